import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import type { Diagnostic } from '../../src/config/diagnostics.ts'
import type { LogSettings, PluginConfig } from '../../src/config/model.ts'
import type { TraceRecord } from '../../src/core/trace.ts'
import { logLevels } from '../../src/log/levels.ts'
import {
  type LoadNews,
  type LogProblem,
  openPluginLog,
  type PluginLogOptions,
} from '../../src/log/plugin-log.ts'
import { cluster, only, server } from '../support/configs.ts'
import { takeover } from './figure.ts'
import { Disk, full, linesIn, linesOfText, october, parseLine } from './support.ts'

const setUp = (options: PluginLogOptions = {}, settings?: LogSettings) => {
  const disk = new Disk()
  const problems: LogProblem[] = []
  const log = openPluginLog(
    {
      pid: 1,
      now: () => october,
      fileSystem: disk,
      onError: problem => problems.push(problem),
      ...options,
    },
    settings,
  )
  /** `LEVEL text` of the lines of a file, without the banner. */
  const read = async (path = '/log'): Promise<string[]> => {
    await log.flush()
    return linesOfText(disk.text(path))
      .map(parseLine)
      .filter(({ level, text }) => level !== 'PLUGIN' || text.includes('Config'))
      .map(({ level, text }) => `${level} ${text}`)
  }
  return { disk, problems, log, read }
}

const pair = only(
  cluster([server('A'), server('B'), server('C')], {
    primaryServers: ['A', 'B'],
    backupServers: ['C'],
  }),
)
const withLog = (log: LogSettings): PluginConfig => ({ ...pair, log })
const news = { path: '/plugin-cfg.xml', diagnostics: [] }
const markDown = {
  kind: 'mark-down',
  exchange: 1,
  server: 'A',
  retryIntervalMs: 1000,
  reason: 'failure',
} as TraceRecord
const marked = 'ERROR ws_server: serverSetFailoverStatus: marking A down, retry in 1'

t.test('10.2 a log begins with the banner, whatever the level', async t => {
  for (const level of logLevels) {
    const { disk, log } = setUp({ file: '/log', level })
    await log.flush()
    const lines = linesOfText(disk.text('/log')).map(parseLine)
    t.same([...new Set(lines.map(line => line.level))], ['PLUGIN'])
    t.same([...new Set(lines.map(({ tid }) => tid))], ['00000000'])
    t.match(lines[2]?.text, /^version plugin-cfg-router \d+\.\d+\.\d+$/)
    t.match(lines[3]?.text, /^web server Node\.js\/\d+/)
    await log.close()
  }
})

t.test('10.2 the level decides what the core has to make', async t => {
  const wanted = logLevels.map(level => {
    const { log } = setUp({ file: '/log', level })
    return [level, log.depth, log.wantsHeads, log.wantsSentHeads]
  })
  t.same(wanted, [
    ['error', 'failures', false, false],
    ['warn', 'failures', false, false],
    ['stats', 'all', false, false],
    ['detail', 'all', true, false],
    ['debug', 'all', true, false],
    ['trace', 'all', true, true],
  ])
})

t.test('A.2 name and level are those of the Log element', async t => {
  const { log, read } = setUp({}, { name: '/from/config', level: 'stats' })
  t.equal(log.depth, 'all')
  log.record(markDown)
  t.same(await read('/from/config'), [marked])
})

t.test('A.2 the options win over the Log element', async t => {
  const { disk, log, read } = setUp({ file: '/log', level: 'error' })
  log.loaded(withLog({ name: '/from/config', level: 'trace' }), news)
  log.record(markDown)
  t.same(await read(), [
    'PLUGIN ws_common: websphereUpdateConfig: configuration loaded from /plugin-cfg.xml',
    marked,
  ])
  t.equal(disk.text('/from/config'), '')
})

t.test('A.2 a reload changes level and file', async t => {
  const { disk, log, read } = setUp()
  t.equal(log.depth, 'none')
  log.loaded(withLog({ name: '/one', level: 'error' }), news)
  t.equal(log.depth, 'failures')
  log.loaded(withLog({ name: '/one', level: 'stats' }), news)
  t.equal(log.depth, 'all')
  log.record(markDown)
  log.loaded(withLog({ name: '/two', level: 'error' }), news)
  log.record(markDown)
  t.same(await read('/one'), [
    'PLUGIN ws_common: websphereUpdateConfig: configuration loaded from /plugin-cfg.xml',
    'PLUGIN ws_common: websphereUpdateConfig: configuration loaded again from /plugin-cfg.xml',
    marked,
  ])
  t.same(await read('/two'), [
    'PLUGIN ws_common: websphereUpdateConfig: configuration loaded again from /plugin-cfg.xml',
    marked,
  ])
  t.match(disk.text('/two'), /PLUGIN: plug-in loaded/)
  t.equal(disk.closed, 1, 'the first is closed')
})

const unusable: readonly (readonly [title: string, name: string | undefined, message: RegExp])[] = [
  ['no name', undefined, /no Log Name; write one, or pass the option file$/],
  [
    'a program',
    '|rotatelogs x',
    /"\|rotatelogs x", and no program is started .* write a file path$/,
  ],
  ['a path of Windows', 'C:\\Plugins\\http_plugin.log', /of another operating system; write one/],
]
for (const [title, name, message] of unusable) {
  t.test(
    `A.2 ${title} is no log: said once, nothing is written`,
    { skip: name?.startsWith('C:') === true && process.platform === 'win32' },
    async t => {
      const { disk, log, problems } = setUp()
      const config = withLog({ ...(name !== undefined && { name }), level: 'trace' })
      log.loaded(config, news)
      log.loaded(config, news)
      log.record(markDown)
      await log.close()
      t.match(problems, [{ code: 'LOG_NAME_UNUSABLE', message }])
      t.equal(problems.length, 1)
      t.equal(log.depth, 'none')
      t.equal(log.wantsHeads, false)
      t.equal(disk.opened, 0)
    },
  )
}

t.test('10.3 a loaded configuration: findings, dead transports, members of the lists', async t => {
  const { log, read } = setUp({ file: '/log', level: 'trace' })
  const found = (code: string, severity: Diagnostic['severity']): Diagnostic => ({
    severity,
    code,
    file: 'plugin-cfg.xml',
    line: 3,
    column: 5,
    path: '',
    message: 'found',
    effect: 'effect',
    advice: 'advice',
  })
  log.loaded(pair, {
    path: null,
    diagnostics: [found('L47', 'warning'), found('X20', 'note'), found('L08', 'warning')],
    unusable: [
      { cluster: 'Cluster', owner: 'A', reason: 'keyring', message: 'no key' },
      { cluster: 'Cluster', owner: 'B', reason: 'unresolvable', message: 'told as L08' },
    ],
  })
  log.loaded(pair, {
    path: null,
    diagnostics: [],
    unusable: [{ cluster: 'Cluster', owner: 'B', reason: 'unresolvable', message: 'no address' }],
  })
  const group = 'TRACE ws_server_group: serverGroupAdd'
  const members = [
    `${group}PrimaryServerName: Server A added to primary list of Cluster`,
    `${group}PrimaryServerName: Server B added to primary list of Cluster`,
    `${group}BackupServerName: Server C added to backup list of Cluster`,
  ]
  t.same(await read(), [
    'WARN ws_config_parser: configParserParse: plugin-cfg.xml:3:5 L47 found; effect',
    'DETAIL ws_config_parser: configParserParse: plugin-cfg.xml:3:5 X20 found; effect',
    'ERROR ws_transport: transportSetServerAddress: plugin-cfg.xml:3:5 L08 found; effect',
    'ERROR ws_server: serverAddTransport: A of Cluster: no key',
    ...members,
    'PLUGIN ws_common: websphereUpdateConfig: configuration loaded',
    'ERROR ws_transport: transportSetServerAddress: B of Cluster: no address',
    ...members,
    'PLUGIN ws_common: websphereUpdateConfig: configuration loaded again',
  ])
})

t.test('10.3 without lists every server is a primary', async t => {
  const { log, read } = setUp({ file: '/log', level: 'trace' })
  log.loaded(only(cluster([server('A')])), news)
  t.match((await read())[0], /serverGroupAddPrimaryServerName: Server A added/)
})

t.test('10.3 a configuration that is refused or cannot be read', async t => {
  const { log, read } = setUp({ file: '/log' })
  const place = { line: 1, column: 1, path: '', effect: '', advice: '' }
  const refusal: LoadNews = {
    path: '/p.xml',
    diagnostics: [{ ...place, severity: 'error', code: 'L01', message: 'no XML' }],
  }
  log.refused(refusal)
  log.loaded(only(cluster([server('A')])), news)
  log.refused(refusal)
  log.refused({ path: '/p.xml', diagnostics: [], error: new Error('ENOENT\nforged') })
  log.refused({ path: null, diagnostics: [], error: 'odd' })
  t.same(await read(), [
    'ERROR ws_config_parser: configParserParse: 1:1 L01 no XML',
    'ERROR ws_common: websphereUpdateConfig: /p.xml cannot be used',
    'PLUGIN ws_common: websphereUpdateConfig: configuration loaded from /plugin-cfg.xml',
    'ERROR ws_config_parser: configParserParse: 1:1 L01 no XML',
    'ERROR ws_common: websphereUpdateConfig: /p.xml cannot be used; what was in force stays in force',
    'ERROR ws_common: websphereUpdateConfig: Cannot read /p.xml: ENOENT\\u000aforged',
    'ERROR ws_common: websphereUpdateConfig: Cannot read the configuration: odd',
  ])
})

const clientHead = ['Host', 'shop', 'Cookie', 'JSESSIONID=0001:m1', 'X-Odd', 'a\r\nb: c'] as const
const heads = (options: PluginLogOptions) => {
  const made = setUp({ file: '/log', ...options })
  made.log.requestHead(9, 'GET', '/a;jsessionid=0001:m1?x=1', clientHead)
  made.log.sentHead(9, 'GET', '/a', [Buffer.from('$WSFO'), Buffer.from('true')])
  made.log.responseHead(9, 200, 'OK', [Buffer.from('Set-Cookie'), Buffer.from('a=\xfc; Path=/')])
  return made
}

t.test('10.2 Detail: the head of the request and of the answer, secrets masked', async t => {
  const { read, disk } = heads({ level: 'detail' })
  t.same(await read(), [
    'DETAIL ws_common: websphereHandleRequest: The request of the client:',
    'DETAIL    GET /a;jsessionid=***?x=1 HTTP/1.1',
    'DETAIL    Host: shop',
    'DETAIL    Cookie: JSESSIONID=***',
    'DETAIL    X-Odd: a\\u000d\\u000ab: c',
    'DETAIL    HTTP/1.1 200 OK',
    'DETAIL    Set-Cookie: a=***; Path=/',
  ])
  t.match(disk.text('/log'), / 00000009 - DETAIL: {4}Host: shop\n/)
})

t.test('A.2 Trace: the head that the server gets too, private headers included', async t => {
  const { read } = heads({ level: 'trace' })
  t.same((await read()).slice(5, 9), [
    'TRACE lib_htrequest: htrequestWrite: Writing the request:',
    'TRACE    GET /a HTTP/1.1',
    'TRACE    $WSFO: true',
    'TRACE lib_htresponse: htresponseRead: reading the response',
  ])
})

t.test('10.2 secrets are shown to those who ask for them', async t => {
  const { read } = heads({ level: 'detail', showSecrets: true })
  const lines = await read()
  t.ok(lines.includes('DETAIL    GET /a;jsessionid=0001:m1?x=1 HTTP/1.1'))
  t.ok(lines.includes('DETAIL    Cookie: JSESSIONID=0001:m1'))
  t.ok(lines.some(line => line.startsWith('DETAIL    Set-Cookie: a=')))
})

t.test('10.2 below Detail no head is written', async t => {
  t.same(await heads({ level: 'stats' }).read(), [])
})

t.test('a full disk is a problem with advice, and lost lines are counted', async t => {
  const { disk, log, problems } = setUp({ file: '/log', maxQueueBytes: 2000 })
  disk.broken = full()
  for (let i = 0; i < 100; i++) log.record(markDown)
  await log.flush()
  t.match(problems, [{ code: 'LOG_UNWRITABLE', file: '/log', message: /make room on the disk/ }])
  const { dropped } = log
  t.ok(dropped > 50)
  disk.broken = null
  log.reopen()
  await log.flush()
  const lines = linesOfText(disk.text('/log')).map(parseLine)
  t.match(lines.at(-1), {
    level: 'WARN',
    tid: '00000000',
    text: `log: ${dropped} lines were lost here, the disk was too slow or full`,
  })
  t.equal(lines.length - 1 + dropped, 105, 'all lines and the banner were written or counted')
  await log.close()
  t.equal(log.dropped, dropped, 'and are remembered')
})

t.test('what a listener for problems throws harms nobody', async t => {
  const throws = () => {
    throw new Error('listener')
  }
  t.doesNotThrow(() => setUp({ onError: throws }, { name: '|x', level: 'error' }))
})

t.test('a closed log takes nothing more', async t => {
  const { disk, log } = setUp({ file: '/log' })
  await log.close()
  const text = disk.text('/log')
  log.record(markDown)
  log.loaded(withLog({ name: '/two', level: 'trace' }), news)
  log.refused(news)
  log.reopen()
  await log.close()
  t.equal(disk.text('/log'), text)
  t.equal(disk.opened, 1)
  t.equal(log.depth, 'none')
})

t.test('10.1 on a real disk, with the time and number of this process', async t => {
  const file = join(t.testdir(), 'http_plugin.log')
  const log = openPluginLog({ file, level: 'stats' })
  for (const record of takeover()) log.record(record)
  await log.close()
  const lines = linesIn(file).map(parseLine)
  t.equal(lines.length, 5 + 9)
  for (const { time, pid } of lines) {
    t.match(time, /^\d\d\/\w{3}\/\d{4}:\d\d:\d\d:\d\d\.\d{5}$/)
    t.equal(pid, process.pid.toString(16).padStart(8, '0'))
  }
  t.ok(readFileSync(file, 'utf8').endsWith('\n'))
})

t.test('without options the log waits for a configuration', async t => {
  const log = openPluginLog()
  t.equal(log.depth, 'none')
  t.equal(log.dropped, 0)
  await log.close()
})

const bad: readonly (readonly [option: string, options: object])[] = [
  ['file', { file: '' }],
  ['level', { level: 'loud' }],
  ['layout', { layout: 'new' }],
  ['pid', { pid: 1.5 }],
  ['now', { now: 5 }],
  ['maxQueueBytes', { maxQueueBytes: 0 }],
  ['checkMs', { checkMs: -1 }],
  ['onError', { onError: 'x' }],
]
for (const [option, options] of bad) {
  t.test(`the option ${option} is checked`, async t => {
    t.throws(() => openPluginLog(options), {
      code: 'OPTION_INVALID',
      message: new RegExp(`^${option} is .*; write `),
    })
  })
}
