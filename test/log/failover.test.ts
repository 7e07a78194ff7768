import { constants } from 'node:os'
import t from 'tap'
import { failed, lab, ok } from '../support/lab.ts'
import { figure, logOf, takeover } from './figure.ts'
import { parseLine } from './support.ts'

const one = 'was1node_PluginMember1'
const two = 'was2Node_PluginMember2'
const refused = constants.errno.ECONNREFUSED

/** `LEVEL: text` of every line. */
const texts = (lines: readonly string[]): string[] =>
  lines.map(parseLine).map(({ level, text }) => `${level}: ${text}`)

/** `LEVEL component function` of every line. */
const places = (lines: readonly string[]): string[] =>
  lines.map(parseLine).map(({ level, text }) => {
    const [component, fn] = text.split(': ')
    return `${level} ${component} ${fn}`
  })

const check = 'STATS: ws_server_group: serverGroupCheckServerStatus: status of'

t.test('10.3 10.4 a failover at LogLevel="Stats", line by line', async t => {
  const lines = await logOf(takeover(), 'stats')
  t.equal(
    lines[0],
    `[06/Oct/2017:19:06:43.24773] 00ea003e 00000001 - ${check} ${one}, ignoreWeights 1, markedDown 0, retryNow 0, retryInSec --, wlbAllows 0 reachedMaxConnectionsLimit 0`,
  )
  t.same(texts(lines), [
    `${check} ${one}, ignoreWeights 1, markedDown 0, retryNow 0, retryInSec --, wlbAllows 0 reachedMaxConnectionsLimit 0`,
    `ERROR: ws_common: websphereGetStream: connect to ${one} failed (${refused}): ECONNREFUSED`,
    `ERROR: ws_common: websphereExecute: No stream to ${one} was created: connection refused (ECONNREFUSED)`,
    `ERROR: ws_server: serverSetFailoverStatus: marking ${one} down, retry in 60`,
    `STATS: ws_server: serverSetFailoverStatus: ${one} : pendingRequests 0 failedRequests 1 affinityRequests 1 totalRequests 0.`,
    `ERROR: ws_common: websphereHandleRequest: transaction to ${one} on host app1.example failed, another server is tried`,
    `${check} ${one}, ignoreWeights 1, markedDown 1, retryNow 0, retryInSec 60, wlbAllows 0 reachedMaxConnectionsLimit 0`,
    `${check} ${two}, ignoreWeights 0, markedDown 0, retryNow 0, retryInSec --, wlbAllows 1 reachedMaxConnectionsLimit 0`,
    `STATS: ws_server: serverSetFailoverStatus: ${two} : pendingRequests 0 failedRequests 0 affinityRequests 0 totalRequests 1.`,
  ])
})

t.test('10.3 one failed attempt: connect, stream, mark-down, counters, another one', async t => {
  const lines = await logOf(takeover(), 'stats')
  t.same(places(lines.slice(1, 6)), [
    'ERROR ws_common websphereGetStream',
    'ERROR ws_common websphereExecute',
    'ERROR ws_server serverSetFailoverStatus',
    'STATS ws_server serverSetFailoverStatus',
    'ERROR ws_common websphereHandleRequest',
  ])
})

t.test('10.3 a failover at LogLevel="Trace" names every function in its turn', async t => {
  const affinity = [
    'TRACE ws_common websphereHandleSessionAffinity',
    'TRACE lib_htrequest htrequestGetCookieValue',
    'TRACE ws_common websphereParseCloneID',
    'TRACE ws_server_group serverGroupFindClone',
    'TRACE ws_server_group serverGroupFindClone',
    'STATS ws_server_group serverGroupCheckServerStatus',
    'TRACE ws_server serverHasReachedMaxConnections',
  ]
  const picked = [
    'TRACE ws_server_group lockedServerGroupUseServer',
    'TRACE ws_server_group serverGroupIncrementConnectionCount',
    'TRACE ws_common websphereFindServer',
    'TRACE ws_common websphereFindTransport',
    'DETAIL ws_common websphereFindTransport',
    'TRACE ws_common websphereExecute',
    'DEBUG ws_common websphereGetStream',
    'TRACE ws_transport transportStreamDequeue',
    'DEBUG lib_stream openStream',
  ]
  t.same(places(await logOf(takeover(), 'trace')), [
    'DEBUG node_http ws_handle_request',
    'DETAIL ws_common websphereBeginRequest',
    'TRACE ws_common websphereShouldHandleRequest',
    ...affinity,
    'TRACE ws_common websphereHandleSessionAffinity',
    ...picked,
    'ERROR ws_common websphereGetStream',
    'ERROR ws_common websphereExecute',
    'ERROR ws_server serverSetFailoverStatus',
    'STATS ws_server serverSetFailoverStatus',
    'ERROR ws_common websphereHandleRequest',
    ...affinity,
    'TRACE ws_server_group serverGroupCheckServerStatus',
    'TRACE ws_server_group serverGroupFindClone',
    'TRACE ws_server_group serverGroupCheckServerStatus',
    'STATS ws_server_group serverGroupCheckServerStatus',
    'TRACE ws_server serverHasReachedMaxConnections',
    'TRACE ws_server_group serverGroupNextRoundRobinServer',
    ...picked,
    'DEBUG ws_common websphereGetStream',
    'STATS ws_server serverSetFailoverStatus',
    'TRACE ws_server_group assureWeightsValid',
    'TRACE ws_common websphereEndRequest',
  ])
})

t.test('10.3 picks and transports at Trace, field by field', async t => {
  const lines = texts(await logOf(takeover(), 'trace'))
  for (const line of [
    `TRACE: ws_server_group: lockedServerGroupUseServer: ${one} picked, weight 1`,
    `TRACE: ws_server_group: serverGroupIncrementConnectionCount: ${one} picked, pending count 1, total count 0`,
    'DETAIL: ws_common: websphereFindTransport: transport case 2: host app1.example, port 9088',
    "DETAIL: ws_common: websphereBeginRequest: request: host='edge.example'; port=80; uri='/snoop'",
  ]) {
    t.ok(lines.includes(line), line)
  }
})

const atLevel: readonly (readonly ['error' | 'warn' | 'detail' | 'debug', number])[] = [
  ['error', 4],
  ['warn', 4],
  ['detail', 12],
  ['debug', 18],
]
for (const [level, count] of atLevel) {
  t.test(`10.2 a failover leaves ${count} lines at LogLevel="${level}"`, async t => {
    t.equal((await logOf(takeover(), level)).length, count)
  })
}

t.test('10.3 the records that the core makes for Error hold all that Error shows', async t => {
  const l = lab(figure, { onTrace: () => {} })
  const records: Parameters<typeof logOf>[0][number][] = []
  const head = { method: 'GET', target: '/snoop', scheme: 'http', host: 'edge.example' } as const
  const exchange = l.router.route(
    { ...head, cookie: 'JSESSIONID=0000k_7Zs:v544d031' },
    record => records.push(record),
    'failures',
  )
  exchange.report({ kind: 'failed', cause: 'refused', code: 'ECONNREFUSED' })
  exchange.report(ok)
  for (const level of ['error', 'warn'] as const) {
    t.same(await logOf(records, level), await logOf(takeover(), level), level)
  }
})

t.test('10.3 when nobody is left: no server, no answer, not handled', async t => {
  const l = lab(figure)
  const exchange = l.request()
  while (exchange.step.kind === 'attempt') exchange.report(failed('connect-timeout'))
  const lines = texts(await logOf(l.records, 'error'))
  t.same(lines.slice(-4), [
    'ERROR: ws_server_group: serverGroupNextRoundRobinServer: no server found, every member may be down',
    'ERROR: ws_common: websphereWriteRequestReadResponse: No app server could be found for this request: every attempt that the rules allow has failed',
    'ERROR: ESI: getResponse: No response: rc = 2',
    'ERROR: ws_common: websphereHandleRequest: The request could not be handled: every attempt that the rules allow has failed, status 500',
  ])
  t.match(lines[0], /^ERROR: ws_common: websphereGetStream: connect timeout: /)
})

t.test('10.1 the lines of a request have the number of its exchange for a thread', async t => {
  const l = lab(figure)
  const first = l.request()
  const second = l.request()
  second.report(ok)
  first.report(ok)
  const lines = await logOf(l.records, 'stats')
  const settled = lines.filter(line => line.includes(' : pendingRequests ')).map(parseLine)
  t.same(
    settled.map(({ tid }) => tid),
    ['00000002', '00000001'],
  )
})
