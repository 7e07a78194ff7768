import t from 'tap'
import type { FailureCause, Outcome } from '../../src/core/step.ts'
import {
  anonymous,
  cluster,
  config,
  only,
  route,
  server,
  settings,
  transport,
} from '../support/configs.ts'
import { answered, failed, lab, ok, serverOf } from '../support/lab.ts'

const pair = (over = {}, a = {}, b = {}) => only(cluster([server('A', a), server('B', b)], over))
const lone = (over = {}, a = {}) => only(cluster([server('A', a)], over))

t.test('§7 the documented ten steps', async t => {
  const l = lab(
    only(
      cluster([
        server('PluginMember1', { cloneId: 'v544d031' }),
        server('PluginMember2', { cloneId: 'v544d0o0' }),
      ]),
    ),
  )
  const exchange = l.session('v544d031')
  t.match(exchange.step, {
    kind: 'attempt',
    server: 'PluginMember1',
    why: 'affinity',
    failover: false,
  })
  t.match(l.server('PluginMember1'), { pending: 1, affinity: 1 })
  t.match(exchange.report(failed('refused')), {
    kind: 'attempt',
    server: 'PluginMember2',
    failover: true,
    number: 2,
  })
  t.match(l.server('PluginMember1'), { health: 'down', pending: 0, failed: 1, retryInMs: 60_000 })
  t.match(exchange.report(ok), { kind: 'done', result: 'served', server: 'PluginMember2' })
  t.match(l.server('PluginMember2'), { pending: 0, total: 1 })
  t.same(
    l.records.map(record => record.kind).join(' '),
    'route ids compare check select transport stream connect fail mark-down stats retry ' +
      'ids compare check skip compare skip check select transport stream connect stats weights outcome',
  )
  l.forget()
  const next = l.session('v544d031', 'v544d0o0')
  t.equal(serverOf(next.step), 'PluginMember2', 'the second id is used while the first is down')
  t.same(
    l.of('skip').map(record => [record.server, record.reason, record.retryInSec]),
    [['PluginMember1', 'marked-down', 60]],
  )
})

const rows: readonly (readonly [
  title: string,
  outcome: Outcome,
  over: object,
  health: string,
  next: string,
])[] = [
  ['F1 refused: down, next server', failed('refused'), {}, 'down', 'B'],
  ['F1 unreachable: down, next server', failed('unreachable'), {}, 'down', 'B'],
  ['F2 ConnectTimeout: down, next server', failed('connect-timeout'), {}, 'down', 'B'],
  ['F3 connect fails in the operating system: down', failed('connect-failed'), {}, 'down', 'B'],
  ['F4 TLS failure: down, next server', failed('tls'), {}, 'down', 'B'],
  ['F5 handshake failure: down, next server', failed('handshake'), {}, 'down', 'B'],
  ['F6 old stream broken: up, same server again', failed('reset', 'pooled'), {}, 'up', 'A'],
  ['F7 new stream broken: down, next server', failed('reset'), {}, 'down', 'B'],
  [
    'F8 positive time-out: up, and affinity finds it again (B6)',
    failed('read-timeout'),
    {},
    'up',
    'A',
  ],
  [
    'F9 negative time-out: down, next server',
    failed('read-timeout'),
    { serverIoTimeoutMs: 900_000, serverIoTimeoutMarksDown: true },
    'down',
    'B',
  ],
  ['F11 503: up, next server', answered(503), {}, 'up', 'B'],
  ['F12 500 is passed through', answered(500), {}, 'up', 'done served'],
  ['F12 502 is passed through', answered(502), {}, 'up', 'done served'],
  ['F12 504 is passed through', answered(504), {}, 'up', 'done served'],
  ['F13 malformed answer: down, next server', failed('malformed'), {}, 'down', 'B'],
  [
    'F15 a client that leaves is nobody’s fault',
    { kind: 'client-aborted' },
    {},
    'up',
    'done client-aborted',
  ],
  [
    'F15 a broken client body is answered 400',
    { kind: 'client-failed' },
    {},
    'up',
    '400 client-body',
  ],
]

for (const [title, outcome, over, health, next] of rows) {
  t.test(title, async t => {
    const l = lab(pair({}, over))
    const exchange = l.session('a')
    t.equal(serverOf(exchange.step), 'A')
    exchange.report(outcome)
    t.equal(l.server('A').health, health)
    t.equal(serverOf(exchange.step), next)
    t.equal(l.server('A').pending, next === 'A' ? 1 : 0)
    t.equal(l.server('A').failed, outcome.kind === 'failed' ? 1 : 0)
  })
}

t.test('F6 the second try takes a new stream, and its failure is judged as one', async t => {
  const l = lab(pair())
  const exchange = l.session('a')
  t.match(exchange.report(failed('reset', 'pooled')), {
    server: 'A',
    why: 'same-server',
    stream: 'new',
    failover: false,
  })
  t.equal(serverOf(exchange.report(failed('reset'))), 'B')
  t.equal(l.health(), 'A:down B:up')
})

t.test('T4 the second try on a new stream is not counted', async t => {
  const l = lab(lone())
  const exchange = l.request()
  exchange.report(failed('reset', 'pooled'))
  exchange.report(failed('refused'))
  t.equal(serverOf(exchange.step), 'A', 'one counted attempt so far')
  t.equal(serverOf(exchange.report(failed('refused'))), '500 attempts-failed')
})

t.test('F14 a response that breaks off ends the exchange without a mark', async t => {
  const l = lab(pair())
  const exchange = l.session('a')
  t.match(exchange.report({ kind: 'answered', status: 200, streaming: true }), {
    kind: 'relay',
    server: 'A',
    status: 200,
  })
  t.equal(l.server('A').pending, 1, 'pending while the answer is passed on')
  t.match(exchange.report(failed('reset')), { kind: 'done', result: 'response-broken' })
  t.match(l.server('A'), { health: 'up', pending: 0, failed: 0, total: 1 })
  t.same(
    l.of('fail').map(record => record.row),
    ['F14'],
  )
})

t.test(
  'F16 a server at MaxConnections is skipped, not marked; R7 Q17 its session goes elsewhere',
  async t => {
    const l = lab(pair({}, { maxConnections: 1 }))
    const first = l.session('a')
    const second = l.session('a')
    t.equal(serverOf(second.step), 'B')
    t.equal(l.health(), 'A:up B:up')
    t.same(
      l.of('skip').map(record => `${record.server} ${record.reason}`),
      ['A busy', 'A busy'],
      'once as the server of the session, once in its turn',
    )
    first.report(ok)
    t.equal(serverOf(l.session('a').step), 'A')
  },
)

t.test(
  'F17 a server without a usable transport is no candidate for the life of the configuration',
  async t => {
    const l = lab(pair({}, { transports: [transport({ hostname: 'nowhere.example' })] }), {
      transportUsable: ({ hostname }) => hostname !== 'nowhere.example',
    })
    t.equal(l.server('A').usable, false)
    t.equal(serverOf(l.session('a').step), 'B')
    t.equal(l.run(3), 'BBB')
  },
)

t.test('F18 Y3 an https request is not sent over http', async t => {
  const both = [transport(), transport({ protocol: 'https', port: 9443 })]
  const l = lab(pair({}, {}, { transports: both }))
  const exchange = l.request({ scheme: 'https' })
  t.equal(serverOf(exchange.step), 'B')
  t.match(l.server('A'), { health: 'down', failed: 1, pending: 0 })
  t.same(
    l.of('fail').map(record => [record.row, record.server]),
    [['F18', 'A']],
  )
})

t.test('E21 MarkBusyDown marks a server down that reached MaxConnections', async t => {
  const l = lab(
    only(cluster([server('A', { maxConnections: 1 }), server('B', { maxConnections: 1 })]), {
      settings: settings({ markBusyDown: true }),
    }),
  )
  const first = l.request()
  l.request()
  t.equal(serverOf(l.request().step), '503 all-busy')
  t.equal(l.health(), 'A:down B:down')
  first.report(ok)
  t.equal(l.health(), 'A:up B:down', 'U2 the answer under way brings it back')
})

t.test('U1 U2 a late answer marks up, and the probe that fails later marks down again', async t => {
  const l = lab(pair())
  const late = l.session('a')
  l.session('a').report(failed('refused'))
  t.equal(l.health(), 'A:down B:up')
  late.report(ok)
  t.equal(l.health(), 'A:up B:up')
  t.match(l.of('mark-up'), [{ server: 'A', reason: 'late-answer' }])
})

t.test('U3 Q2 a 503 to a probe clears the flag, marks up and goes elsewhere', async t => {
  const l = lab(pair())
  l.session('a').report(failed('refused'))
  l.clock.advance(60_000)
  const probe = l.session('a')
  t.match(probe.step, { server: 'A', probe: true })
  t.equal(serverOf(probe.report(answered(503))), 'B')
  t.equal(l.health(), 'A:up B:up')
})

t.test('U3 without PM49491 the server stays stuck', async t => {
  const l = lab(pair(), { probe503ClearsFlag: false })
  l.session('a').report(failed('refused'))
  l.clock.advance(60_000)
  l.session('a').report(answered(503))
  l.clock.advance(600_000)
  t.equal(l.health(), 'A:probing B:up')
  t.equal(serverOf(l.session('a').step), 'B')
})

t.test('U1 a late 503 does not mark up', async t => {
  const l = lab(pair())
  const late = l.session('a')
  l.session('a').report(failed('refused'))
  late.report(answered(503))
  t.equal(l.health(), 'A:down B:up')
})

t.test('R1 R2 R3 a down server is left alone until RetryInterval has passed', async t => {
  const l = lab(pair())
  l.session('a').report(failed('refused'))
  l.clock.advance(59_999)
  t.equal(serverOf(l.session('a').step), 'B')
  l.clock.advance(1)
  t.match(l.session('a').step, { server: 'A', probe: true })
})

t.test('R4 further requests stay away while the probe is out', async t => {
  const l = lab(pair())
  l.session('a').report(failed('refused'))
  l.clock.advance(60_000)
  const probe = l.session('a')
  t.equal(serverOf(l.session('a').step), 'B')
  probe.report(ok)
  t.equal(serverOf(l.session('a').step), 'A')
})

t.test('R5 new work reaches a due server only when its turn comes', async t => {
  const l = lab(only(cluster([server('A'), server('B'), server('C')])))
  t.equal(l.run(1), 'A')
  l.session('b').report(failed('refused'))
  t.equal(l.health(), 'A:up B:down C:up')
  l.clock.advance(60_000)
  t.equal(l.run(2), 'AB', 'C took over, so A comes first')
  t.equal(l.health(), 'A:up B:up C:up')
})

t.test('R6 a failed probe starts a full interval, without growing', async t => {
  const l = lab(pair())
  l.session('a').report(failed('refused'))
  for (let i = 0; i < 3; i++) {
    l.clock.advance(60_000)
    l.session('a').report(failed('refused'))
    t.equal(l.server('A').retryInMs, 60_000)
  }
})

t.test('R6 a probe that times out without a mark-down has failed all the same', async t => {
  const l = lab(pair())
  l.session('a').report(failed('refused'))
  l.clock.advance(60_000)
  l.session('a').report(failed('read-timeout'))
  t.match(l.server('A'), { health: 'down', retryInMs: 60_000 })
})

t.test('E3 a client that leaves during a probe lowers the flag and nothing else', async t => {
  const l = lab(pair())
  l.session('a').report(failed('refused'))
  l.clock.advance(61_000)
  l.session('a').report({ kind: 'client-aborted' })
  t.match(l.server('A'), { health: 'down', lastFailureAt: 0, pending: 0 })
  t.match(l.session('a').step, { server: 'A', probe: true })
})

t.test('R8 with RetryInterval 0 a down server is due for the next request at once', async t => {
  const l = lab(pair({ retryIntervalMs: 0 }))
  const exchange = l.session('a')
  t.equal(serverOf(exchange.report(failed('refused'))), 'B', 'but not for this one')
  t.match(l.session('a').step, { server: 'A', probe: true })
})

t.test('R9 a failure of a request under way moves the timer forward', async t => {
  const l = lab(pair())
  const other = l.session('a')
  l.session('a').report(failed('refused'))
  l.clock.advance(30_000)
  other.report(failed('reset'))
  t.equal(l.server('A').retryInMs, 60_000)
  t.same(
    l.of('mark-down').map(record => record.reason),
    ['failure', 'failed-again'],
  )
})

t.test('R10 an expired timer with no probe always means eligible', async t => {
  const l = lab(pair())
  l.session('a').report(failed('refused'))
  l.clock.advance(86_400_000)
  t.equal(serverOf(l.session('a').step), 'A')
})

t.test('R12 all down: 500 without contact', async t => {
  const l = lab(pair())
  l.session('a').report(failed('refused'))
  l.session('b').report(failed('refused'))
  l.forget()
  t.equal(serverOf(l.request().step), '500 all-down')
  t.same(l.of('select'), [])
})

t.test('R13 Q3 allDown probe tries the server that failed longest ago', async t => {
  const l = lab(pair(), { allDown: 'probe' })
  const a = l.session('a')
  a.report(failed('refused'))
  l.clock.advance(1000)
  a.report(failed('refused'))
  t.match(l.request().step, { server: 'A', why: 'least-recently-failed', probe: true })
})

t.test('§0 retryClock: the old plug-in counted from the arrival of the request', async t => {
  for (const [retryClock, left] of [
    ['now', 59_000],
    ['arrival', 0],
  ] as const) {
    const negative = { serverIoTimeoutMs: 90_000, serverIoTimeoutMarksDown: true }
    const l = lab(pair({}, negative), { retryClock })
    const exchange = l.session('a')
    l.clock.advance(90_000)
    exchange.report(failed('read-timeout'))
    l.clock.advance(1000)
    t.equal(l.server('A').retryInMs, left, retryClock)
  }
})

t.test('§5 some down and the others busy: 503', async t => {
  const l = lab(pair({}, {}, { maxConnections: 1 }))
  l.session('b')
  const exchange = l.session('a')
  t.equal(serverOf(exchange.report(failed('refused'))), '503 all-busy')
})

t.test('N2 N3 the only server is never marked down', async t => {
  const l = lab(lone())
  l.request().report(failed('refused'))
  t.equal(l.health(), 'A:up')
  t.equal(serverOf(l.request().step), 'A')
  t.same(l.of('mark-down'), [])
})

t.test('N4 a lone server is chosen with weight 0 and refused only while busy: 503', async t => {
  const l = lab(lone({}, { loadBalanceWeight: 0, maxConnections: 1 }))
  t.match(l.request().step, { server: 'A', why: 'only-server' })
  t.equal(serverOf(l.request().step), '503 all-busy')
})

t.test('N4 one usable server over both lists counts as lone', async t => {
  const l = lab(pair({ primaryServers: ['A'], backupServers: ['B'] }, { transports: [] }))
  t.match(l.request().step, { server: 'B', why: 'only-server' })
})

t.test('N1 Q12 a lone server keeps its weight as configured', async t => {
  t.same(lab(lone({}, { loadBalanceWeight: 2 })).server('A').weight, { start: 2, current: 2 })
})

t.test('T2 Q11 a lone server gets two attempts for connect failures', async t => {
  const l = lab(lone())
  const exchange = l.request()
  t.equal(serverOf(exchange.report(failed('connect-timeout'))), 'A')
  t.equal(serverOf(exchange.report(failed('connect-timeout'))), '500 attempts-failed')
})

t.test('B7 Q11 a lone server gets one attempt for what breaks later', async t => {
  for (const cause of ['read-timeout', 'reset', 'malformed'] as const) {
    t.equal(serverOf(lab(lone()).request().report(failed(cause))), '500 attempts-failed', cause)
  }
})

t.test('B7 nor does it retry a time-out on an old stream', async t => {
  const exchange = lab(lone()).request()
  t.equal(serverOf(exchange.report(failed('read-timeout', 'pooled'))), '500 attempts-failed')
})

t.test('§9 a lone server’s 503 is passed through', async t => {
  t.match(lab(lone()).request().report(answered(503)), { kind: 'done', status: 503 })
})

t.test('T1 T2 attempts end at one more than there are servers', async t => {
  const l = lab(pair({}, { serverIoTimeoutMs: 1000 }))
  const exchange = l.session('a')
  const tried: string[] = []
  while (exchange.step.kind === 'attempt') {
    tried.push(exchange.step.server)
    exchange.report(failed('read-timeout'))
  }
  t.equal(tried.join(''), 'AAA', 'B6 the affinity trap: a positive time-out finds A again')
  t.equal(serverOf(exchange.step), '500 attempts-failed')
})

t.test('B5 without a session a positive time-out moves on to the next server', async t => {
  const exchange = lab(pair()).request()
  t.equal(serverOf(exchange.report(failed('read-timeout'))), 'B')
})

t.test('B6 a negative time-out avoids the trap', async t => {
  const negative = { serverIoTimeoutMs: 1000, serverIoTimeoutMarksDown: true }
  const exchange = lab(pair({}, negative)).session('a')
  t.equal(serverOf(exchange.report(failed('read-timeout'))), 'B')
})

t.test(
  'T3 ServerIOTimeoutRetry limits retries after time-outs, not after connect failures',
  async t => {
    const never = lab(pair({ serverIoTimeoutRetry: 0 }))
    t.equal(serverOf(never.session('a').report(failed('read-timeout'))), '500 attempts-failed')
    t.equal(serverOf(never.session('a').report(failed('refused'))), 'B')
    const once = lab(pair({ serverIoTimeoutRetry: 1 }))
    const exchange = once.session('a')
    t.equal(serverOf(exchange.report(failed('read-timeout'))), 'A')
    t.equal(serverOf(exchange.report(failed('read-timeout'))), '500 attempts-failed')
    t.match(once.of('fail')[0], { retryCount: 0, serverIoTimeoutRetry: 1, retry: true })
    t.match(once.of('fail')[1], { retryCount: 1, serverIoTimeoutRetry: 1, retry: false })
  },
)

t.test('T5 mark-downs end the loop when selection finds nobody', async t => {
  const exchange = lab(pair()).session('a')
  t.equal(serverOf(exchange.report(failed('refused'))), 'B')
  t.equal(serverOf(exchange.report(failed('refused'))), '500 attempts-failed')
})

t.test('F11 the last 503 is the answer when nobody else is left', async t => {
  const l = lab(pair())
  const exchange = l.session('a')
  t.equal(serverOf(exchange.report(answered(503))), 'B')
  t.match(exchange.report({ kind: 'answered', status: 503, streaming: true }), {
    kind: 'relay',
    server: 'B',
    status: 503,
  })
  exchange.report({ kind: 'relayed' })
  t.match([l.server('A').pending, l.server('B').pending], [0, 0])
  t.match([l.server('A').total, l.server('B').total], [1, 1])
})

t.test('§9 a 503 that was given up for a server that fails is what the client gets', async t => {
  const exchange = lab(pair()).session('a')
  exchange.report(answered(503))
  t.match(exchange.report(failed('refused')), { kind: 'fail', status: 503, reason: 'server-503' })
})

t.test('Q1 markDownOn5xx is the documented variant', async t => {
  const l = lab(pair(), { markDownOn5xx: true })
  t.match(l.session('a').report(answered(500)), { kind: 'done', status: 500 })
  t.equal(l.health(), 'A:down B:up')
})

const post = { method: 'POST', body: 100 } as const

t.test('P5 a body is buffered before a server is chosen', async t => {
  const l = lab(pair())
  const exchange = l.request(post)
  t.same(exchange.step, { kind: 'buffer', cluster: 'Cluster', maxBytes: 65_536, limitBytes: null })
  t.same([l.server('A').pending, l.server('B').pending], [0, 0])
  t.equal(serverOf(exchange.report({ kind: 'buffered', bytes: 100, complete: true })), 'A')
})

t.test('B1 a request without a body is always replayable', async t => {
  const exchange = lab(pair({ postBufferSizeBytes: 0 })).session('a')
  t.equal(serverOf(exchange.report(failed('reset'))), 'B')
})

t.test('B2 a body that fitted the buffer is sent again', async t => {
  const exchange = lab(pair()).request(post)
  exchange.report({ kind: 'buffered', bytes: 100, complete: true })
  t.equal(serverOf(exchange.report(failed('reset'))), 'B')
})

const unbuffered: readonly (readonly [string, FailureCause, object, string, string])[] = [
  ['B4 B5 positive time-out: 500, no mark', 'read-timeout', {}, 'up', '500 not-replayable'],
  [
    'B4 B5 negative time-out: 500, marked down',
    'read-timeout',
    { serverIoTimeoutMs: 1, serverIoTimeoutMarksDown: true },
    'down',
    '500 not-replayable',
  ],
  ['B4 broken new stream: 500, marked down', 'reset', {}, 'down', '500 not-replayable'],
  ['B3 refused: nothing was sent, so it moves on', 'refused', {}, 'down', 'B'],
]
for (const [title, cause, over, health, next] of unbuffered) {
  t.test(`PostBufferSize 0, ${title}`, async t => {
    const l = lab(pair({ postBufferSizeBytes: 0 }, over))
    const exchange = l.request(post)
    t.equal(serverOf(exchange.step), 'A', 'nothing is buffered first')
    t.equal(serverOf(exchange.report(failed(cause))), next)
    t.equal(l.server('A').health, health)
  })
}

t.test('B5 PostBufferSize 0, old stream: 500 and no mark', async t => {
  const l = lab(pair({ postBufferSizeBytes: 0 }))
  t.equal(serverOf(l.request(post).report(failed('reset', 'pooled'))), '500 not-replayable')
  t.equal(l.server('A').health, 'up')
})

t.test('B3 a body beyond the buffer is replayable until its first byte went out', async t => {
  const l = lab(pair({ postBufferSizeBytes: 10 }))
  const exchange = l.request(post)
  exchange.report({ kind: 'buffered', bytes: 11, complete: false })
  const next = exchange.report({ kind: 'failed', cause: 'reset', bodySent: false })
  t.equal(serverOf(next), 'B')
  t.equal(serverOf(exchange.report(failed('reset'))), '500 not-replayable')
})

t.test('F11 a 503 to a body that is gone goes to the client', async t => {
  const exchange = lab(pair({ postBufferSizeBytes: 0 })).request(post)
  t.match(exchange.report(answered(503)), { kind: 'done', status: 503 })
})

t.test('P4 E11 a body beyond PostSizeLimit gets 413, whenever it turns out', async t => {
  const limited = pair({ postSizeLimitBytes: 50 })
  t.equal(serverOf(lab(limited).request(post).step), '413 body-too-large')
  const chunked = lab(limited).request({ method: 'POST', body: 'unknown' })
  t.match(chunked.step, { kind: 'buffer', limitBytes: 50 })
  t.equal(
    serverOf(chunked.report({ kind: 'buffered', bytes: 51, complete: true })),
    '413 body-too-large',
  )
  const streaming = lab(pair({ postSizeLimitBytes: 50, postBufferSizeBytes: 0 }))
  const exchange = streaming.request({ method: 'POST', body: 'unknown' })
  t.equal(serverOf(exchange.report({ kind: 'body-too-large' })), '413 body-too-large')
  t.match(streaming.server('A'), { pending: 0, health: 'up' })
})

t.test('§9 a client that fails while its body is read', async t => {
  const gone = lab(pair()).request(post)
  t.match(gone.report({ kind: 'client-aborted' }), { kind: 'done', result: 'client-aborted' })
  const broken = lab(pair()).request(post)
  t.equal(serverOf(broken.report({ kind: 'client-failed' })), '400 client-body')
})

t.test('Q4 a Route to a cluster that is not defined answers 500', async t => {
  const l = lab(config({ routes: [route('Nowhere')] }))
  t.equal(serverOf(l.request().step), '500 cluster-unknown')
})

t.test('§1.3 a cluster without a usable server answers 500 at once', async t => {
  t.equal(serverOf(lab(only(cluster([]))).request().step), '500 no-server')
})

t.test('M6 a request that no Route matches is declined', async t => {
  const l = lab(config())
  t.same(l.request().step, { kind: 'decline', reason: 'no-route' })
  t.same(
    l.records.map(record => record.kind),
    ['decline', 'outcome'],
  )
})

t.test('8.3 R7 pending counts requests from pick to the end of the answer', async t => {
  const l = lab(pair())
  const one = l.session('a')
  const two = l.session('a')
  t.equal(l.server('A').pending, 2)
  one.report({ kind: 'answered', status: 200, streaming: true })
  t.equal(l.server('A').pending, 2)
  one.report({ kind: 'relayed' })
  two.report({ kind: 'client-aborted' })
  t.equal(l.server('A').pending, 0)
})

t.test('5.1 affinity counts picks, failed attempts, total answers', async t => {
  const l = lab(pair())
  l.session('a').report(ok)
  l.session('a').report(failed('refused'))
  t.match(l.server('A'), { affinity: 2, failed: 1, total: 1, pending: 0 })
})

t.test('5.1 MaxConnections 0 is unlimited', async t => {
  const l = lab(lone())
  for (let i = 0; i < 100; i++) l.request()
  t.equal(l.server('A').pending, 100)
})

t.test('Q21 an exchange is settled by the router it began with', async t => {
  const before = lab(pair())
  const exchange = before.session('a')
  const after = lab(pair())
  exchange.report(failed('refused'))
  t.equal(after.health(), 'A:up B:up')
})

t.test('A8 no affinity in a cluster without clone IDs', async t => {
  const l = lab(only(cluster([anonymous('A'), anonymous('B')])))
  t.match(l.session('a').step, { why: 'round-robin' })
  t.match(l.of('ids'), [{ source: 'none', cloneIds: [] }])
})

t.test(
  'K11 requests without a session go to the ClusterAddress, sessions to their member',
  async t => {
    const l = lab(
      pair({ clusterAddress: { name: 'Sprayer', transports: [transport({ port: 8000 })] } }),
    )
    t.match(l.request().step, { server: 'Sprayer', why: 'cluster-address' })
    t.match(l.session('b').step, { server: 'B', why: 'affinity' })
  },
)

t.test('K12 a ClusterAddress is never marked down; members follow', async t => {
  const address = { clusterAddress: { name: 'Sprayer', transports: [transport({ port: 8000 })] } }
  const l = lab(pair(address))
  const exchange = l.request()
  t.equal(serverOf(exchange.report(failed('refused'))), 'A')
  t.equal(l.router.snapshot().clusters[0]?.clusterAddress?.health, 'up')
  t.equal(serverOf(l.request().step), 'Sprayer')
})

t.test('a report that does not fit the step is a mistake of the driver', async t => {
  const exchange = lab(pair()).session('a')
  t.throws(() => exchange.report({ kind: 'relayed' }), { code: 'OUTCOME_UNEXPECTED' })
  t.throws(() => lab(pair()).request(post).report(ok), { code: 'OUTCOME_UNEXPECTED' })
})

t.test('reports after the end are ignored', async t => {
  const l = lab(pair())
  const exchange = l.session('a')
  const end = exchange.report(ok)
  t.equal(exchange.report(failed('refused')), end)
  t.match(l.server('A'), { health: 'up', pending: 0, failed: 0 })
})

t.test('steps and records are plain JSON', async t => {
  const l = lab(pair())
  const exchange = l.session('a')
  exchange.report(failed('refused'))
  t.same(JSON.parse(JSON.stringify(exchange.step)), exchange.step)
  t.same(JSON.parse(JSON.stringify(l.records)), l.records)
})

t.test(
  'R14 with the longest sensible RetryInterval the first server is due when the last has timed out',
  async t => {
    const negative = { serverIoTimeoutMs: 60_000, serverIoTimeoutMarksDown: true }
    const cases = [
      [['A', 'B'], 59_000],
      [['A', 'B', 'C', 'D'], 179_000],
    ] as const
    for (const [names, retryIntervalMs] of cases) {
      const l = lab(
        only(
          cluster(
            names.map(name => server(name, negative)),
            { retryIntervalMs },
          ),
        ),
      )
      const exchange = l.request()
      for (const _ of names) {
        l.clock.advance(60_000)
        exchange.report(failed('read-timeout'))
      }
      const last = names.at(-1)
      t.match(exchange.step, { server: 'A', probe: true }, `${last} is down, A is due again`)
    }
  },
)

t.test('Q10 a connection that breaks on a new stream marks down', async t => {
  const l = lab(pair())
  l.session('a').report(failed('reset'))
  t.match(l.of('mark-down'), [{ server: 'A', reason: 'failure' }])
})

t.test(
  'Q18 what the client did wrong is answered 400 or 413, and never counts against a server',
  async t => {
    const l = lab(pair({ postSizeLimitBytes: 10, postBufferSizeBytes: 0 }))
    t.match(l.request({ host: 'a b' }).step, { status: 400 })
    t.match(l.request({ method: 'POST', body: 11 }).step, { status: 413 })
    t.match(l.request({ method: 'POST', body: 9 }).report({ kind: 'client-failed' }), {
      status: 400,
    })
    t.match([l.server('A').failed, l.server('B').failed], [0, 0])
  },
)

t.test('Q20 the limit counts attempts: as many retries as there are servers', async t => {
  const l = lab(only(cluster([server('A'), server('B'), server('C')])))
  const exchange = l.request()
  let attempts = 0
  for (; exchange.step.kind === 'attempt'; attempts++) exchange.report(failed('read-timeout'))
  t.equal(attempts, 4)
})

t.test(
  'R9 a positive time-out of a request under way also moves the timer of a down server',
  async t => {
    const l = lab(pair())
    const other = l.session('a')
    l.session('a').report(failed('refused'))
    l.clock.advance(20_000)
    other.report(failed('read-timeout'))
    t.equal(l.server('A').retryInMs, 60_000)
  },
)

t.test('T2 a ClusterAddress adds an attempt only where it had one', async t => {
  const clusterAddress = { name: 'Sprayer', transports: [transport({ port: 8000 })] }
  const attempts = (cookie: string) => {
    const exchange = lab(lone({ clusterAddress })).request({ cookie })
    let made = 0
    for (; exchange.step.kind === 'attempt'; made++) exchange.report(failed('refused'))
    return made
  }
  t.equal(attempts('JSESSIONID=x:a'), 2)
  t.equal(attempts(''), 3)
})

t.test('§9 when the attempts are used up the answer is 500, whoever is busy by now', async t => {
  const l = lab(pair({ serverIoTimeoutRetry: 0 }, {}, { maxConnections: 1 }))
  l.session('b')
  const exchange = l.session('a')
  t.equal(serverOf(exchange.report(failed('read-timeout'))), '500 attempts-failed')
})

t.test('§5 a server that is due again but at MaxConnections is only busy: 503', async t => {
  const both = pair({}, { maxConnections: 1 }, { maxConnections: 1 })
  const fresh = lab(both).router.snapshot()
  const snapshot = {
    ...fresh,
    clusters: fresh.clusters.map(each => ({
      ...each,
      servers: each.servers.map(member => ({
        ...member,
        health: 'down' as const,
        lastFailureAt: 0,
        pending: 1,
      })),
    })),
  }
  const l = lab(both, { snapshot })
  t.equal(serverOf(l.request().step), '500 all-down', 'while the timers run')
  l.clock.advance(60_000)
  t.equal(serverOf(l.request().step), '503 all-busy')
})

t.test(
  'E21 a server found busy at an earlier attempt is still busy for this request: 503',
  async t => {
    const l = lab(
      only(cluster([server('A', { maxConnections: 1 }), server('B')]), {
        settings: settings({ markBusyDown: true }),
      }),
    )
    l.session('a')
    const exchange = l.session('a')
    t.equal(serverOf(exchange.step), 'B')
    t.equal(serverOf(exchange.report(failed('refused'))), '503 all-busy')
  },
)

t.test('R13 allDown probe leaves a busy server its 503', async t => {
  const l = lab(
    only(cluster([server('A', { maxConnections: 1 }), server('B')]), {
      settings: settings({ markBusyDown: true }),
    }),
    { allDown: 'probe' },
  )
  l.session('b').report(failed('refused'))
  t.equal(serverOf(l.request().step), '503 all-busy')
})

t.test('R8 with RetryInterval 0 a probe that times out is not sent there again', async t => {
  const l = lab(pair({ retryIntervalMs: 0 }))
  l.session('a').report(failed('refused'))
  const probe = l.session('a')
  t.match(probe.step, { server: 'A', probe: true })
  t.equal(serverOf(probe.report(failed('read-timeout'))), 'B')
})

t.test('Q1 only 500 to 599 count as server errors', async t => {
  const l = lab(pair(), { markDownOn5xx: true })
  l.session('a').report(answered(600))
  t.equal(l.health(), 'A:up B:up')
})

t.test('B8 the first attempt is no failover, not even as a probe', async t => {
  const l = lab(only(cluster([server('A'), server('B')])))
  l.session('a').report(failed('refused'))
  l.clock.advance(60_000)
  t.match(l.session('a').step, { server: 'A', probe: true, failover: false })
})

t.test('B8 going back to a server after another one is a failover', async t => {
  const l = lab(only(cluster([server('A'), server('B')])))
  const exchange = l.request()
  t.match(exchange.report(failed('read-timeout')), { number: 2, failover: true })
  t.match(exchange.report(failed('read-timeout')), { number: 3, failover: true })
})

t.test('3.7 where nobody is available the checks of the primaries ignore weights', async t => {
  const l = lab(only(cluster([server('A'), server('B')])))
  l.session('a').report(failed('refused'))
  l.session('b').report(failed('refused'))
  l.forget()
  l.request()
  t.same(
    l.of('check').map(({ server, ignoreWeights }) => [server, ignoreWeights]),
    [
      ['A', true],
      ['B', true],
    ],
  )
})
