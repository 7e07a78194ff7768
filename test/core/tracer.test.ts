import t from 'tap'
import { ManualClock } from '../../src/core/clock.ts'
import type { FailureCause } from '../../src/core/step.ts'
import type { TraceKind, TraceRecord } from '../../src/core/trace.ts'
import { Tracer } from '../../src/core/tracer.ts'
import { anonymous, cluster, config, only, route, server, transport } from '../support/configs.ts'
import { answered, failed, type Lab, lab, ok } from '../support/lab.ts'

const pair = (over = {}, a = {}, b = {}) => only(cluster([server('A', a), server('B', b)], over))

/** Every record with its own facts: without number, time and the plug-in's names for the place. */
const told = (l: Lab): object[] =>
  l.records.map(({ exchange: _, time: __, component: ___, fn: ____, ...facts }) => facts)

/** The same for the records of some kinds. */
const toldOf = (l: Lab, ...kinds: readonly TraceKind[]): object[] =>
  told({ ...l, records: l.records.filter(({ kind }) => kinds.includes(kind)) })

const places: readonly (readonly [TraceKind, step: string, component: string, fn: string])[] = [
  ['route', 'P2', 'ws_common', 'websphereShouldHandleRequest'],
  ['decline', 'P2', 'ws_common', 'websphereShouldHandleRequest'],
  ['ids', 'P6', 'ws_common', 'websphereParseCloneID'],
  ['compare', 'P6', 'ws_server_group', 'serverGroupFindClone'],
  ['check', 'P7', 'ws_server_group', 'serverGroupCheckServerStatus'],
  ['skip', 'P7', 'ws_server_group', 'serverGroupCheckServerStatus'],
  ['weights', 'P7', 'ws_server_group', 'assureWeightsValid'],
  ['select', 'P7', 'ws_server_group', 'lockedServerGroupUseServer'],
  ['transport', 'P8', 'ws_common', 'websphereFindTransport'],
  ['stream', 'P9', 'ws_transport', 'transportStreamDequeue'],
  ['connect', 'P9', 'ws_common', 'websphereGetStream'],
  ['fail', 'P10', 'ws_common', 'websphereExecute'],
  ['mark-down', 'P11', 'ws_server', 'serverSetFailoverStatus'],
  ['mark-up', 'P11', 'ws_server', 'serverSetFailoverStatus'],
  ['stats', 'P11', 'ws_server', 'serverSetFailoverStatus'],
  ['retry', 'P11', 'ws_common', 'websphereHandleRequest'],
  ['outcome', 'P13', 'ws_common', 'websphereEndRequest'],
]
for (const [kind, step, component, fn] of places) {
  t.test(`10.3 a ${kind} record says that it comes from ${fn}`, async t => {
    const records: TraceRecord[] = []
    const tracer = new Tracer(7, new ManualClock(1234), 'requests', record => records.push(record))
    tracer.emit(kind, {} as never)
    t.same(records, [{ kind, exchange: 7, time: 1234, step, component, fn }])
  })
}

t.test('10.3 the records of a request whose server refuses, word for word', async t => {
  const l = lab(pair({}, { connectTimeoutMs: 5000 }))
  const exchange = l.session('a')
  exchange.report({ kind: 'failed', cause: 'refused', code: 'ECONNREFUSED' })
  exchange.report({ kind: 'answered', status: 200, stream: 'pooled' })
  const value = '0001abcdefghijklmnopqrstuvw:a'
  const ids = { kind: 'ids', step: 'P6', source: 'cookie', name: 'JSESSIONID', value }
  const matchA = { kind: 'compare', step: 'P6', id: 'a', server: 'A', serverCloneId: 'a' }
  const matchB = { kind: 'compare', step: 'P6', id: 'a', server: 'B', serverCloneId: 'b' }
  const check = { kind: 'check', step: 'P7', probing: false, retryNow: false, pending: 0 }
  const free = { reachedMaxConnectionsLimit: false }
  const well = { ...check, ...free, markedDown: false, retryInSec: null, eligible: true }
  const select = { kind: 'select', step: 'P7', cluster: 'Cluster', probe: false, pending: 1 }
  const chosen = { kind: 'transport', step: 'P8', case: 2, protocol: 'http', port: 9080 }
  const hostname = '127.0.0.1'
  const stats = { kind: 'stats', step: 'P11', pending: 0, vocabulary: 'requests' }
  t.same(told(l), [
    {
      kind: 'route',
      step: 'P2',
      host: 'edge.example',
      port: 80,
      path: '/',
      cluster: 'Cluster',
      route: 0,
      score: 0,
      affinityCookie: 'JSESSIONID',
      affinityUrlIdentifier: 'jsessionid',
    },
    { ...ids, cloneIds: ['a'], reparsed: false },
    { ...matchA, list: 'primary', match: true },
    { ...well, server: 'A', ignoreWeights: true, wlbAllows: false },
    {
      ...select,
      server: 'A',
      cloneId: 'a',
      why: 'affinity',
      attempt: 1,
      affinity: 1,
      total: 0,
      weight: 1,
    },
    { ...chosen, server: 'A', hostname },
    { kind: 'stream', step: 'P9', server: 'A', from: 'new' },
    {
      kind: 'connect',
      step: 'P9',
      server: 'A',
      result: 'failed',
      connectTimeoutMs: 5000,
      code: 'ECONNREFUSED',
    },
    {
      kind: 'fail',
      step: 'P10',
      server: 'A',
      row: 'F1',
      cause: 'refused',
      text: 'connection refused (ECONNREFUSED)',
      retry: true,
    },
    { kind: 'mark-down', step: 'P11', server: 'A', retryIntervalMs: 60_000, reason: 'failure' },
    { ...stats, server: 'A', failed: 1, affinity: 1, total: 0 },
    { kind: 'retry', step: 'P11', server: 'A', hostname, how: 'another-server', attempt: 2 },
    { ...ids, cloneIds: ['a'], reparsed: true },
    { ...matchA, list: 'primary', match: true },
    {
      ...check,
      ...free,
      server: 'A',
      ignoreWeights: true,
      markedDown: true,
      retryInSec: 60,
      wlbAllows: false,
      eligible: false,
    },
    { kind: 'skip', step: 'P7', server: 'A', reason: 'marked-down', retryInSec: 60 },
    { ...matchB, list: 'primary', match: false },
    { kind: 'skip', step: 'P7', server: 'A', reason: 'tried', retryInSec: 60 },
    { ...well, server: 'B', ignoreWeights: false, wlbAllows: true },
    {
      ...select,
      server: 'B',
      cloneId: 'b',
      why: 'round-robin',
      attempt: 2,
      affinity: 0,
      total: 0,
      weight: 0,
    },
    { ...chosen, server: 'B', hostname },
    { kind: 'stream', step: 'P9', server: 'B', from: 'pooled' },
    { ...stats, server: 'B', failed: 0, affinity: 0, total: 1 },
    {
      kind: 'weights',
      step: 'P7',
      cluster: 'Cluster',
      reset: 0,
      weights: [
        { server: 'A', current: 1, start: 1 },
        { server: 'B', current: 0, start: 1 },
      ],
    },
    {
      kind: 'outcome',
      step: 'P13',
      cluster: 'Cluster',
      server: 'B',
      result: 'served',
      status: 200,
      reason: 'round-robin',
      attempts: 2,
    },
  ])
})

const connections: readonly (readonly [
  title: string,
  cause: FailureCause,
  connect: 'ok' | 'failed' | 'timeout',
  row: string,
  text: string,
])[] = [
  ['F1 refused', 'refused', 'failed', 'F1', 'connection refused'],
  ['F1 unreachable', 'unreachable', 'failed', 'F1', 'host or network unreachable'],
  ['F2', 'connect-timeout', 'timeout', 'F2', 'no connection within ConnectTimeout'],
  ['F3', 'connect-failed', 'failed', 'F3', 'the operating system gave up connecting'],
  ['F4', 'tls', 'ok', 'F4', 'TLS handshake failed'],
  ['F5', 'handshake', 'ok', 'F5', 'no valid answer to the extended handshake'],
  ['F7', 'reset', 'ok', 'F7', 'connection broken before a status line came'],
  ['F13', 'malformed', 'ok', 'F13', 'status line or headers are not HTTP'],
]
for (const [title, cause, result, row, text] of connections) {
  t.test(`${title} is told with its connection, and the code where there is one`, async t => {
    for (const code of [undefined, 'ECODE']) {
      const l = lab(pair({}, { connectTimeoutMs: 7000 }))
      l.session('a').report({ kind: 'failed', cause, ...(code !== undefined && { code }) })
      // TLS and HTTP fail on a connection that was made; their code is not one of the connection.
      const told = result === 'ok' || code === undefined ? {} : { code }
      t.same(toldOf(l, 'stream', 'connect', 'fail'), [
        { kind: 'stream', step: 'P9', server: 'A', from: 'new' },
        { kind: 'connect', step: 'P9', server: 'A', result, connectTimeoutMs: 7000, ...told },
        {
          kind: 'fail',
          step: 'P10',
          server: 'A',
          row,
          cause,
          text: code === undefined ? text : `${text} (ECODE)`,
          retry: true,
        },
      ])
    }
  })
}

t.test('F6 Z1 a stream from the pool comes without a connect, also when it breaks', async t => {
  const l = lab(pair())
  l.session('a').report(failed('reset', 'pooled'))
  t.same(toldOf(l, 'stream', 'connect', 'fail', 'retry'), [
    { kind: 'stream', step: 'P9', server: 'A', from: 'pooled' },
    {
      kind: 'fail',
      step: 'P10',
      server: 'A',
      row: 'F6',
      cause: 'reset',
      text: 'the pooled stream had gone stale',
      retry: true,
    },
    {
      kind: 'retry',
      step: 'P11',
      server: 'A',
      hostname: '127.0.0.1',
      how: 'same-server',
      attempt: 2,
    },
  ])
})

t.test('an answer on a new stream tells of the connection that was made', async t => {
  const l = lab(pair({}, { connectTimeoutMs: 7000 }))
  l.session('a').report(ok)
  t.same(toldOf(l, 'stream', 'connect'), [
    { kind: 'stream', step: 'P9', server: 'A', from: 'new' },
    { kind: 'connect', step: 'P9', server: 'A', result: 'ok', connectTimeoutMs: 7000 },
  ])
})

t.test('T3 F8 F9 a time-out is told with the fields of the plug-in’s own record', async t => {
  for (const [serverIoTimeoutMarksDown, row] of [
    [false, 'F8'],
    [true, 'F9'],
  ] as const) {
    const over = { serverIoTimeoutMs: 9000, serverIoTimeoutMarksDown }
    const l = lab(pair({ serverIoTimeoutRetry: 3 }, over))
    l.session('a').report(failed('read-timeout'))
    t.same(toldOf(l, 'fail'), [
      {
        kind: 'fail',
        step: 'P10',
        server: 'A',
        row,
        cause: 'read-timeout',
        text: 'ServerIOTimeout fired',
        timeoutMs: 9000,
        retryCount: 0,
        serverIoTimeoutRetry: 3,
        retry: true,
      },
    ])
  }
})

t.test('T3 connect failures do not count among the retries after time-outs', async t => {
  const l = lab(only(cluster(['A', 'B', 'C'].map(name => server(name)))))
  const exchange = l.request()
  exchange.report(failed('refused'))
  exchange.report(failed('read-timeout'))
  exchange.report(failed('read-timeout'))
  t.same(
    l.of('fail').map(({ cause, retryCount }) => [cause, retryCount]),
    [
      ['refused', undefined],
      ['read-timeout', 0],
      ['read-timeout', 1],
    ],
  )
})

t.test('T3 B7 the retry that a lone server does not get is not counted', async t => {
  const l = lab(only(cluster([server('A')])))
  l.request().report(failed('read-timeout'))
  t.match(l.of('fail')[0], { cause: 'read-timeout', retryCount: 0, retry: false })
  t.same(l.of('retry'), [])
})

t.test('F18 a server without a transport for the scheme fails in the search for one', async t => {
  const https = transport({ protocol: 'https', port: 9443, hostname: 'b.example' })
  const l = lab(pair({}, {}, { transports: [https] }))
  l.request({ scheme: 'https' })
  t.match(l.of('fail'), [
    {
      step: 'P8',
      component: 'ws_common',
      fn: 'websphereFindTransport',
      server: 'A',
      row: 'F18',
      cause: 'no-transport',
      text: 'no usable transport for the scheme of the request',
      retry: true,
    },
  ])
  t.same(toldOf(l, 'retry', 'transport'), [
    {
      kind: 'retry',
      step: 'P11',
      server: 'A',
      hostname: '127.0.0.1',
      how: 'another-server',
      attempt: 2,
    },
    {
      kind: 'transport',
      step: 'P8',
      server: 'B',
      case: 1,
      protocol: 'https',
      hostname: 'b.example',
      port: 9443,
    },
  ])
})

t.test('the retry after a failure names the transport that was used', async t => {
  const transports = [
    transport({ hostname: 'plain.example' }),
    transport({ protocol: 'https', hostname: 'secure.example' }),
  ]
  const l = lab(pair({}, { transports }))
  l.session('a').report(failed('refused'))
  t.match(l.of('retry'), [{ hostname: 'plain.example' }])
  const secure = lab(pair({}, { transports }, { transports }))
  secure.request({ scheme: 'https', cookie: 'JSESSIONID=0001abc:a' }).report(failed('refused'))
  t.match(secure.of('retry'), [{ hostname: 'secure.example' }])
})

t.test('F11 a 503 is told as a failure of its own row, and where the request goes', async t => {
  const l = lab(pair())
  l.session('a').report(answered(503))
  t.same(toldOf(l, 'fail', 'retry', 'stats'), [
    {
      kind: 'fail',
      step: 'P10',
      server: 'A',
      row: 'F11',
      cause: 'status-503',
      text: 'the server answered 503',
      retry: true,
    },
    {
      kind: 'stats',
      step: 'P11',
      server: 'A',
      pending: 0,
      failed: 0,
      affinity: 1,
      total: 1,
      vocabulary: 'requests',
    },
    {
      kind: 'retry',
      step: 'P11',
      server: 'A',
      hostname: '127.0.0.1',
      how: 'another-server',
      attempt: 2,
    },
  ])
})

t.test('F14 a broken answer is told in the step that passes it on', async t => {
  const l = lab(pair())
  const exchange = l.session('a')
  exchange.report({ kind: 'answered', status: 200, streaming: true })
  exchange.report(failed('reset'))
  t.same(toldOf(l, 'fail', 'outcome'), [
    {
      kind: 'fail',
      step: 'P12',
      server: 'A',
      row: 'F14',
      cause: 'response-broken',
      text: 'the answer broke off after its beginning had been passed on',
    },
    {
      kind: 'outcome',
      step: 'P13',
      result: 'response-broken',
      cluster: 'Cluster',
      server: 'A',
      status: 200,
      attempts: 1,
    },
  ])
})

t.test('§9 what the client gets is told last, with the reason', async t => {
  const l = lab(pair())
  l.session('a').report(failed('refused'))
  l.session('b').report(failed('refused'))
  l.forget()
  l.request()
  t.match(l.records.at(-2), {
    kind: 'fail',
    step: 'P7',
    component: 'ws_common',
    fn: 'websphereWriteRequestReadResponse',
    cause: 'all-down',
    text: 'the client gets 500',
  })
  t.same(toldOf(l, 'outcome'), [
    {
      kind: 'outcome',
      step: 'P13',
      result: 'fail',
      cluster: 'Cluster',
      status: 500,
      reason: 'all-down',
      attempts: 0,
    },
  ])
})

t.test('a request that is refused before it has a cluster names none', async t => {
  const l = lab(pair())
  t.same(l.request({ target: '/%' }).step, { kind: 'fail', status: 400, reason: 'bad-target' })
  t.same(told(l), [
    {
      kind: 'fail',
      step: 'P7',
      cause: 'bad-target',
      text: 'the client gets 400',
    },
    {
      kind: 'outcome',
      step: 'P13',
      result: 'fail',
      status: 400,
      reason: 'bad-target',
      attempts: 0,
    },
  ])
})

t.test('M6 a declined request says what was looked for and found nowhere', async t => {
  const l = lab(config())
  l.request({ host: 'Shop.example:8080', target: '/a;v=1/b?q' })
  l.request({ target: '*', method: 'OPTIONS' })
  t.same(told(l), [
    { kind: 'decline', step: 'P2', host: 'shop.example', port: 8080, path: '/a/b' },
    { kind: 'outcome', step: 'P13', result: 'decline', reason: 'no-route', attempts: 0 },
    { kind: 'decline', step: 'P2', host: 'edge.example', port: 80, path: '*' },
    { kind: 'outcome', step: 'P13', result: 'decline', reason: 'no-route', attempts: 0 },
  ])
})

t.test(
  'the outcome says why its server was chosen, and only for an answer that was served',
  async t => {
    const served = lab(pair())
    served.session('b').report(ok)
    t.same(toldOf(served, 'outcome'), [
      {
        kind: 'outcome',
        step: 'P13',
        result: 'served',
        cluster: 'Cluster',
        server: 'B',
        status: 200,
        reason: 'affinity',
        attempts: 1,
      },
    ])
    const gone = lab(pair())
    const exchange = gone.session('b')
    t.same(exchange.report({ kind: 'client-aborted' }), {
      kind: 'done',
      result: 'client-aborted',
      cluster: 'Cluster',
      server: 'B',
    })
    t.same(toldOf(gone, 'outcome'), [
      {
        kind: 'outcome',
        step: 'P13',
        result: 'client-aborted',
        cluster: 'Cluster',
        server: 'B',
        attempts: 1,
      },
    ])
  },
)

t.test('W7 weights are told at the end, when picks of the request have moved them', async t => {
  const l = lab(pair({}, { loadBalanceWeight: 2 }))
  l.request().report(ok)
  t.match(l.of('weights'), [{ reset: 0, weights: [{ current: 1 }, { current: 1 }] }])
  l.forget()
  l.session('a').report(ok)
  t.same(l.of('weights'), [], 'a session leaves them alone')
})

t.test('W12 a reset is told with its k before anyone is looked at', async t => {
  const l = lab(pair())
  l.run(2)
  l.forget()
  l.request()
  t.same(toldOf(l, 'weights', 'check').slice(0, 1), [
    {
      kind: 'weights',
      step: 'P7',
      cluster: 'Cluster',
      reset: 1,
      weights: [
        { server: 'A', current: 1, start: 1 },
        { server: 'B', current: 1, start: 1 },
      ],
    },
  ])
})

t.test('W18 a session that lowers a weight is told like a pick', async t => {
  const l = lab(pair({ ignoreAffinityRequests: false }))
  l.session('a').report(ok)
  t.match(l.of('weights'), [{ reset: 0, weights: [{ server: 'A', current: 0 }, { current: 1 }] }])
})

t.test('P6 the ids of a request without a session, and those that a table knows', async t => {
  const l = lab(pair(), { partitionTables: { Cluster: { '4711': ['b'] } } })
  l.request()
  l.session('4711', 'zz')
  t.same(toldOf(l, 'ids'), [
    { kind: 'ids', step: 'P6', source: 'none', cloneIds: [], reparsed: false },
    {
      kind: 'ids',
      step: 'P6',
      source: 'cookie',
      name: 'JSESSIONID',
      value: '0001abcdefghijklmnopqrstuvw:4711:zz',
      cloneIds: ['4711', 'zz'],
      partitions: { '4711': ['b'] },
      reparsed: false,
    },
  ])
  const without = lab(pair(), { partitionTables: { Cluster: { '4711': ['b'] } } })
  without.session('a')
  t.notOk('partitions' in (without.of('ids')[0] as object), 'none of the ids is a partition id')
})

t.test('R6 U1 why a server goes down or comes up', async t => {
  const l = lab(pair())
  l.session('a').report(failed('refused'))
  l.clock.advance(60_000)
  l.session('a').report(failed('refused'))
  l.clock.advance(60_000)
  l.session('a').report(ok)
  t.same(toldOf(l, 'mark-down', 'mark-up'), [
    { kind: 'mark-down', step: 'P11', server: 'A', retryIntervalMs: 60_000, reason: 'failure' },
    {
      kind: 'mark-down',
      step: 'P11',
      server: 'A',
      retryIntervalMs: 60_000,
      reason: 'probe-failed',
    },
    { kind: 'mark-up', step: 'P11', server: 'A', reason: 'probe-answered' },
  ])
})

t.test('E21 a mark-down for being busy says so', async t => {
  const busy = pair({}, { maxConnections: 1 })
  const l = lab({ ...busy, settings: { ...busy.settings, markBusyDown: true } })
  l.session('a')
  l.clock.advance(10)
  l.session('a')
  t.same(toldOf(l, 'mark-down'), [
    { kind: 'mark-down', step: 'P11', server: 'A', retryIntervalMs: 60_000, reason: 'busy' },
  ])
  t.equal(l.server('A').lastFailureAt, 10)
  t.same(
    l.of('skip').map(({ server, reason, retryInSec }) => [server, reason, retryInSec]),
    [
      ['A', 'busy', 60],
      ['A', 'marked-down', 60],
    ],
  )
})

t.test('3.7 R4 the check of a server that is being probed', async t => {
  const l = lab(pair())
  l.session('b').report(failed('refused'))
  l.clock.advance(60_000)
  l.session('b')
  l.forget()
  l.session('b')
  t.same(toldOf(l, 'check', 'skip').slice(0, 2), [
    {
      kind: 'check',
      step: 'P7',
      server: 'B',
      ignoreWeights: true,
      markedDown: true,
      probing: true,
      retryNow: false,
      retryInSec: 0,
      wlbAllows: false,
      reachedMaxConnectionsLimit: false,
      pending: 1,
      eligible: false,
    },
    { kind: 'skip', step: 'P7', server: 'B', reason: 'probing', retryInSec: 0 },
  ])
})

t.test('3.7 W8 the check of a server whose weight is used up', async t => {
  const l = lab(pair({}, { loadBalanceWeight: 3 }))
  l.run(3)
  l.forget()
  l.request()
  t.match(l.of('check'), [
    { server: 'B', ignoreWeights: false, wlbAllows: false, eligible: false },
    { server: 'A', ignoreWeights: false, wlbAllows: true, eligible: true },
  ])
  t.match(l.of('skip'), [{ server: 'B', reason: 'weight', retryInSec: null }])
})

t.test('K7 H5 every comparison says in which list the server is', async t => {
  const l = lab(
    only(
      cluster(
        ['A', 'X', 'N'].map(name => server(name)),
        { primaryServers: ['A'], backupServers: ['X'] },
      ),
    ),
    { partitionTables: { Cluster: { '4711': ['zz'] } } },
  )
  l.session('zz')
  l.session('4711')
  t.same(
    l.of('compare').map(({ id, server, list }) => `${id} ${server} ${list}`),
    ['zz A primary', 'zz X backup', 'zz A primary', 'zz X backup', 'zz N none'],
    'partition ids are looked for beyond the lists',
  )
})

t.test('the choice and its comparisons show a server without a clone ID', async t => {
  const l = lab(only(cluster([anonymous('A'), server('B')])))
  const exchange = l.session('zz')
  t.match(l.of('compare'), [
    { server: 'A', serverCloneId: null, match: false },
    { server: 'B', serverCloneId: 'b', match: false },
  ])
  t.match(l.of('select'), [{ server: 'A', cloneId: null }])
  t.notOk('cloneId' in exchange.step)
  t.match(l.session('b').step, { server: 'B', cloneId: 'b' })
})

t.test('P2 the route says by which groups, alias and pattern it won', async t => {
  const l = lab(
    config({
      virtualHostGroups: [
        {
          name: 'shop_host',
          virtualHosts: [
            { name: '*:80', host: null, port: 80 },
            { name: 'Shop.example:80', host: 'shop.example', port: 80 },
          ],
        },
      ],
      uriGroups: [
        {
          name: 'shop_uris',
          uris: [{ name: '/shop/*', affinityCookie: 'SHOP', affinityUrlIdentifier: 'shopid' }],
        },
      ],
      clusters: [cluster([server('A')])],
      routes: [route('Nowhere'), route('Cluster', 'shop_host', 'shop_uris')],
    }),
  )
  l.request({ host: 'shop.example', target: '/shop/cart' })
  t.same(toldOf(l, 'route'), [
    {
      kind: 'route',
      step: 'P2',
      host: 'shop.example',
      port: 80,
      path: '/shop/cart',
      cluster: 'Cluster',
      route: 1,
      virtualHostGroup: 'shop_host',
      virtualHost: 'Shop.example:80',
      uriGroup: 'shop_uris',
      uri: '/shop/*',
      score: 6,
      affinityCookie: 'SHOP',
      affinityUrlIdentifier: 'shopid',
    },
  ])
})

t.test('a fact that there is none of is absent, not undefined', async t => {
  const l = lab(pair())
  l.request().report({ kind: 'client-aborted' })
  l.request({ target: '/%' })
  for (const record of l.records) t.notOk(Object.values(record).includes(undefined), record.kind)
  t.notOk('status' in l.request().report({ kind: 'client-aborted' }))
})
