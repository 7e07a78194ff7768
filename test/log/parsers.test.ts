import t from 'tap'
import { openPluginLog } from '../../src/log/plugin-log.ts'
import { lab } from '../support/lab.ts'
import { figure, logOf, takeover } from './figure.ts'
import { Disk, linesOfText, october } from './support.ts'

// Ways in which programs take http_plugin.log apart. Each looks for the few words that it knows a record by.

const one = 'was1node_PluginMember1'
const two = 'was2Node_PluginMember2'

/** Time, process, thread, level and text, of either era. */
const record =
  /^\[([^\]]+)\] ([0-9a-fA-F]{8}) ([0-9a-fA-F]{8}) - (\w+): (?:(\w+): )?(?:(\w+): )?(.*)$/

t.test('10.1 every line of a trace is one record for a parser', async t => {
  for (const layout of ['precise', 'classic'] as const) {
    for (const line of await logOf(takeover(), 'trace', { layout })) t.match(line, record)
  }
})

t.test('10.1 no line looks like two records to a parser that splits them', async t => {
  const two = /^(\[(?:.*?)(?:\.\d{5})?\] \w+ \w+.*)(\[(?:.*?)(?:\.\d{5})?\] \w+ \w+.*$)/
  const l = lab(figure)
  const forged = '[06/Oct/2017:19:06:43.24773] 00ea003e 00000009 - ERROR: ws_server: x'
  l.request({ target: `/${encodeURIComponent(forged)}`, host: 'edge.example', cookie: forged })
  l.request({ cookie: `JSESSIONID=${forged}:v544d031` })
  for (const line of await logOf(l.records, 'trace', { showSecrets: true })) t.notMatch(line, two)
})

t.test('10.4 the counters of the newer levels, the last record by process and server', async t => {
  const stats =
    /^\[(\S+)\] (\S+) (\S+) - STATS: ws_server: serverSetFailoverStatus: (\S+) : pendingRequests (\d+) failedRequests (\d+) affinityRequests (\d+) totalRequests (\d+)\.$/
  const last = new Map<string, readonly number[]>()
  for (const line of await logOf(takeover(), 'stats')) {
    const found = stats.exec(line)
    if (found !== null) last.set(`${found[2]} ${found[4]}`, found.slice(5).map(Number))
  }
  t.same(
    [...last],
    [
      [`00ea003e ${one}`, [0, 1, 1, 0]],
      [`00ea003e ${two}`, [0, 0, 0, 1]],
    ],
  )
})

t.test('10.4 the counters of the older levels have the older names', async t => {
  const l = lab(figure, { statsVocabulary: 'connections' })
  l.serve()
  const lines = await logOf(l.records, 'stats', { layout: 'classic' })
  t.match(
    lines.at(-1),
    /^\[\w{3} \w{3} \d\d \d\d:\d\d:\d\d \d{4}\] \w+ \w+ - STATS: ws_server: serverSetFailoverStatus: \S+ : pendingConnections 0 failedConnections 0 affinityConnections 0 totalConnections 1\.$/,
  )
})

t.test('10.3 the status check is a record of Trace in the old era', async t => {
  const isCheck = (line: string) => line.includes('serverGroupCheckServerStatus: status of')
  t.same((await logOf(takeover(), 'stats', { layout: 'classic' })).filter(isCheck), [])
  const lines = (await logOf(takeover(), 'trace', { layout: 'classic' })).filter(isCheck)
  t.equal(lines.length, 3)
  for (const line of lines) t.match(line, / - TRACE: /)
})

t.test('10.3 the status check, flag by flag', async t => {
  const flags =
    /status of (\S+), ignoreWeights ([01]), markedDown ([01]), retryNow ([01]), retryInSec (--|\d+), wlbAllows ([01]) reachedMaxConnectionsLimit ([01])$/
  const found = (await logOf(takeover(), 'stats')).flatMap(line => {
    const parts = flags.exec(line)
    return parts === null ? [] : [parts.slice(1)]
  })
  t.same(found, [
    [one, '1', '0', '0', '--', '0', '0'],
    [one, '1', '1', '0', '60', '0', '0'],
    [two, '0', '0', '0', '--', '1', '0'],
  ])
})

t.test('10.3 mark-downs, by the words that summaries count', async t => {
  const found = (await logOf(takeover(), 'error')).flatMap(
    line => /serverSetFailoverStatus: marking (.+) down/.exec(line)?.[1] ?? [],
  )
  t.same(found, [one])
})

t.test('10.3 a request from its beginning to its end, with its head and its status', async t => {
  const disk = new Disk()
  const log = openPluginLog({ file: '/log', level: 'trace', now: () => october, fileSystem: disk })
  const [first, ...others] = takeover()
  if (first === undefined) return
  log.record(first)
  log.requestHead(1, 'GET', '/snoop', ['Host', 'edge.example'])
  log.sentHead(1, 'GET', '/snoop', ['Host', 'edge.example', '$WSFO', 'true'])
  log.responseHead(1, 200, 'OK', ['Set-Cookie', 'JSESSIONID=0000k; Path=/', 'Expires', '0'])
  for (const other of others) log.record(other)
  await log.close()
  const order = linesOfText(disk.text('/log')).flatMap(line =>
    marks.filter(([, mark]) => mark.test(line)).map(([name]) => name),
  )
  t.same(order, [
    'loaded',
    'version',
    'web server',
    'begin',
    'uri',
    'failover',
    'reading',
    'status',
    'cookie',
    'expires',
    'queue',
    'mark-down',
    'queue',
    'end',
  ])
})

const marks: readonly (readonly [string, RegExp])[] = [
  ['loaded', /PLUGIN: plug-in loaded/],
  ['version', /PLUGIN: version plugin-cfg-router (\d+)/],
  ['web server', /PLUGIN: web server (.*)/],
  ['begin', /ws_handle_request: start of handling/],
  ['uri', /websphere(?:Begin|Handle)Request: request:.*uri='([^']*)'/],
  ['failover', /\$WSFO/],
  ['reading', /lib_htresponse: htresponseRead: reading the response/],
  ['status', /HTTP\/1.\d (\d+) (?!Continue)\w+/],
  ['cookie', /DETAIL: {4}Set-Cookie: (.*)/],
  ['expires', /DETAIL: {4}Expires: (.*)/],
  ['queue', /transportStreamDequeue: looking for an idle stream/],
  ['mark-down', /serverSetFailoverStatus: marking (.+) down/],
  ['end', /websphereEndRequest: end of handling/],
]
