import t from 'tap'
import type { Server } from '../../src/config/model.ts'
import type { RouterOptions } from '../../src/core/options.ts'
import type { FailureCause, Outcome } from '../../src/core/step.ts'
import { PluginError } from '../../src/errors.ts'
import {
  answered,
  cluster,
  config,
  failed,
  Lab,
  relaying,
  server,
  session,
  transports,
} from '../support/reference/lab.ts'

const two = (over: Partial<Server> = {}, more = {}) =>
  cluster([server('a', over), server('b', over)], more)

const whole: Outcome = { kind: 'buffered', bytes: 10, complete: true }
const part: Outcome = { kind: 'buffered', bytes: 10, complete: false }

const rows = [
  ['F1', 'refused', {}, true],
  ['F1', 'unreachable', {}, true],
  ['F2', 'connect-timeout', {}, true],
  ['F3', 'connect-failed', { connectTimeoutMs: 0 }, true],
  ['F4', 'tls', {}, true],
  ['F5', 'handshake', { extendedHandshake: true }, true],
  ['F7', 'reset', {}, true],
  ['F8', 'read-timeout', {}, false],
  ['F9', 'read-timeout', { serverIoTimeoutMarksDown: true }, true],
  ['F10', 'reset', { serverIoTimeoutMs: 0 }, true],
  ['F13', 'malformed', {}, true],
] as const satisfies readonly (readonly [string, FailureCause, Partial<Server>, boolean])[]

for (const [row, cause, over, marksDown] of rows) {
  t.test(
    `${row} ${cause} ${JSON.stringify(over)}: next server, mark-down ${marksDown}`,
    async t => {
      const lab = new Lab(two(over))
      const { servers } = lab.run({}, failed(cause), answered())
      t.same(servers, ['a', 'b'])
      t.match(lab.state('a'), {
        health: marksDown ? 'down' : 'up',
        lastFailureAt: marksDown ? 0 : null,
        pending: 0,
        failed: 1,
        total: 0,
      })
    },
  )
}

t.test('F6 a stale stream: the same server once more, on a new stream, not counted', async t => {
  for (const cause of ['reset', 'read-timeout', 'malformed'] as const) {
    const lab = new Lab(two({ serverIoTimeoutMarksDown: true }, { serverIoTimeoutRetry: 0 }))
    const exchange = lab.open()
    t.match(exchange.report(failed(cause, 'pooled')), {
      kind: 'attempt',
      server: 'a',
      why: 'same-server',
      stream: 'new',
      number: 2,
      failover: false,
    })
    t.match(lab.state('a'), { health: 'up', pending: 1, failed: 1 }, cause)
    t.same(lab.weights(), [0, 1], 'weight is not touched again')
  }
})

t.test('F6 the second attempt is judged as a new stream', async t => {
  const lab = new Lab(two())
  const { servers } = lab.run({}, failed('reset', 'pooled'), failed('reset'), answered())
  t.same(servers, ['a', 'a', 'b'])
  t.match(lab.state('a'), { health: 'down', failed: 2 })
})

t.test('F11 503: another server, no mark-down; the last one is passed through', async t => {
  const lab = new Lab(two())
  t.same(lab.run({}, answered(503), answered()).servers, ['a', 'b'])
  t.match(lab.state('a'), { health: 'up', failed: 0, total: 1 })
  const { servers, end } = lab.run({}, answered(503), answered(503))
  t.same(servers, ['a', 'b'], 'each is asked once')
  t.match(end, { kind: 'done', result: 'served', status: 503, server: 'b' })
  t.match(lab.run(session('a'), answered(503)).end, { server: 'b' }, 'also from affinity')
  const single = new Lab(cluster(['a'])).run({}, relaying(503), { kind: 'relayed' })
  t.match(single.end, { kind: 'done', status: 503 })
})

t.test('F11 a 503 is not passed on when the body is gone', async t => {
  const lab = new Lab(two())
  const { end } = lab.run({ body: 10 }, part, answered(503))
  t.match(end, { kind: 'done', status: 503, server: 'a' })
})

t.test('F11 §9 after a discarded 503 the end is 503', async t => {
  const { end } = new Lab(two()).run({}, answered(503), failed('refused'))
  t.match(end, { kind: 'fail', status: 503, reason: 'server-503' })
})

t.test('F11 §9 when nobody can even be connected to, the 503 is still at hand', async t => {
  const what = cluster([server('a', { transports: transports('https') }), 'b'])
  const { end } = new Lab(what).run({ scheme: 'https' }, relaying(503))
  t.match(end, { kind: 'relay', server: 'a', status: 503 })
})

t.test('F12 Q1 other statuses pass through and mark nobody down', async t => {
  for (const status of [200, 404, 500, 502, 504]) {
    const lab = new Lab(two())
    t.match(lab.run({}, answered(status)).end, { kind: 'done', status })
    t.match(lab.state('a'), { health: 'up', total: 1 })
  }
})

t.test('Q1 markDownOn5xx marks down and still passes the answer on', async t => {
  const lab = new Lab(two(), { markDownOn5xx: true })
  t.match(lab.run({}, answered(500)).end, { kind: 'done', status: 500 })
  t.match(lab.state('a'), { health: 'down', failed: 0, total: 1 })
  lab.run({}, answered(499))
  t.equal(lab.state('b').health, 'up')
  const single = new Lab(cluster(['a']), { markDownOn5xx: true })
  single.run({}, answered(500))
  t.equal(single.state('a').health, 'up', 'N2')
})

t.test('F14 broken while the answer is passed on: the end, nobody is blamed', async t => {
  const lab = new Lab(two())
  const { end } = lab.run({}, relaying(), failed('reset'))
  t.match(end, { kind: 'done', result: 'response-broken', server: 'a', status: 200 })
  t.match(lab.state('a'), { health: 'up', failed: 0, pending: 0, total: 1 })
})

t.test('F15 clients never mark anybody down, and nothing is retried', async t => {
  const ends = [
    [{ kind: 'client-aborted' }, { kind: 'done', result: 'client-aborted' }],
    [{ kind: 'client-failed' }, { kind: 'fail', status: 400, reason: 'client-body' }],
    [{ kind: 'body-too-large' }, { kind: 'fail', status: 413, reason: 'body-too-large' }],
  ] as const satisfies readonly (readonly [Outcome, object])[]
  for (const [outcome, end] of ends) {
    const lab = new Lab(two())
    t.match(lab.run({}, outcome).end, end)
    t.match(lab.state('a'), { health: 'up', failed: 0, pending: 0, total: 0 })
    t.match(lab.run({ body: 10 }, outcome).end, end, 'while buffering')
  }
  t.match(new Lab(two()).run({}, relaying(), { kind: 'client-aborted' }).end, {
    kind: 'done',
    result: 'client-aborted',
    status: 200,
  })
})

t.test('F16 §5 busy is skipped without a mark-down; nobody left is 503', async t => {
  const lab = new Lab(two({ maxConnections: 1 }))
  const first = lab.open()
  lab.open()
  t.match(lab.open().step, { kind: 'fail', status: 503, reason: 'all-busy' })
  t.match(lab.state('a'), { busy: true, health: 'up' })
  first.report(answered())
  t.match(lab.open().step, { server: 'a' })
})

t.test('§5 some down, the others busy: 503', async t => {
  const lab = new Lab(two({ maxConnections: 1 }))
  lab.takeDown('a')
  lab.open(session('b'))
  t.match(lab.open().step, { kind: 'fail', status: 503, reason: 'all-busy' })
})

t.test('§9 a timeout that may not be repeated is 500, whoever else is busy', async t => {
  const lab = new Lab(two({ maxConnections: 1 }, { serverIoTimeoutRetry: 0 }))
  lab.open(session('b'))
  t.match(lab.run({}, failed('read-timeout')).end, { status: 500, reason: 'attempts-failed' })
})

t.test('E21 MarkBusyDown: down for an interval, busy to the request that found it', async t => {
  const lab = new Lab(config([two({ maxConnections: 1 })], {}, { markBusyDown: true }))
  lab.open(session('a'))
  lab.open(session('b'))
  t.match(lab.open().step, { status: 503, reason: 'all-busy' })
  t.match(lab.state('a'), { health: 'down', retryInMs: 60_000, failed: 0 })
  t.match(lab.open().step, { status: 500, reason: 'all-down' })
  t.match(lab.told('mark-down'), ['mark-down a busy', 'mark-down b busy'])
  const single = new Lab(
    config([cluster([server('a', { maxConnections: 1 })])], {}, { markBusyDown: true }),
  )
  single.open()
  t.match(single.open().step, { status: 503 })
  t.equal(single.state('a').health, 'up', 'N2')
})

t.test('E21 what a request found busy it calls busy to its end', async t => {
  const what = cluster([server('a', { maxConnections: 1 }), 'b', 'c'])
  const lab = new Lab(config([what], {}, { markBusyDown: true }))
  lab.open(session('a'))
  const { servers, end } = lab.run(session('a'), failed('refused'), failed('refused'))
  t.same(servers, ['b', 'c'])
  t.match(end, { kind: 'fail', status: 503, reason: 'all-busy' })
})

t.test('F18 Y3 no transport for the scheme: failed without contact, on to the next', async t => {
  const secure = server('b', { transports: transports('http', 'https') })
  const lab = new Lab(cluster(['a', secure]))
  t.match(lab.open({ scheme: 'https' }).step, {
    server: 'b',
    number: 2,
    failover: true,
    transport: { protocol: 'https' },
  })
  t.match(lab.state('a'), { health: 'down', failed: 1, pending: 0 })
  t.same(lab.told().slice(1, 10), [
    'ids',
    'check a',
    'select a round-robin',
    'fail a',
    'mark-down a failure',
    'stats a',
    'retry a another-server',
    'ids',
    'check b',
  ])
})

t.test('Y1 Y2 Y3 Y4 Y5 the transport and its case', async t => {
  const chosen = (
    scheme: 'http' | 'https',
    protocols: readonly ('http' | 'https')[],
    options: RouterOptions = {},
  ) => {
    const lab = new Lab(cluster([server('a', { transports: transports(...protocols) })]), options)
    lab.open({ scheme })
    const record = lab.trace.find(({ kind }) => kind === 'transport')
    return record?.kind === 'transport' ? [record.case, record.hostname] : 'none'
  }
  t.same(chosen('https', ['http', 'https', 'https']), [1, 't1.example.net'])
  t.same(chosen('http', ['https', 'http', 'http']), [2, 't1.example.net'])
  t.same(chosen('http', ['https']), [3, 't0.example.net'])
  t.same(chosen('https', ['http']), 'none')
  t.same(chosen('https', ['http'], { insecureFallback: true }), [4, 't0.example.net'])
  const skipped: RouterOptions = {
    transportUsable: ({ hostname }) => hostname !== 't0.example.net',
  }
  t.same(chosen('http', ['http', 'http'], skipped), [2, 't1.example.net'])
})

t.test('B1 a request without a body is always replayable', async t => {
  const outcome: Outcome = { kind: 'failed', cause: 'reset' }
  t.same(new Lab(two({}, { postBufferSizeBytes: 0 })).run({}, outcome).servers, ['a', 'b'])
  t.same(new Lab(two()).run({ body: 0 }, outcome).servers, ['a', 'b'])
})

t.test('B2 a body that is buffered whole is replayable', async t => {
  const { servers } = new Lab(two()).run({ body: 'unknown' }, whole, failed('reset'), answered())
  t.same(servers, ['a', 'b'])
})

t.test('P5 buffer is the first step iff there is a body and a buffer', async t => {
  t.match(new Lab(two()).open({ body: 10 }).step, {
    kind: 'buffer',
    cluster: 'PluginCluster',
    maxBytes: 65_536,
    limitBytes: null,
  })
  t.match(new Lab(two({}, { postBufferSizeBytes: null })).open({ body: 'unknown' }).step, {
    kind: 'buffer',
    maxBytes: null,
  })
  t.match(new Lab(two({}, { postBufferSizeBytes: 0 })).open({ body: 10 }).step, { kind: 'attempt' })
  t.match(new Lab(two()).open().step, { kind: 'attempt' })
})

t.test('P4 E11 PostSizeLimit: at once when the length is known, later when it shows', async t => {
  const what = two({}, { postSizeLimitBytes: 9 })
  const tooLarge = { kind: 'fail', status: 413, reason: 'body-too-large' }
  t.match(new Lab(what).open({ body: 10 }).step, tooLarge)
  t.match(new Lab(what).open({ body: 9 }).step, { kind: 'buffer', limitBytes: 9 })
  t.match(new Lab(what).run({ body: 'unknown' }, whole).end, tooLarge)
})

t.test('B3 a body in part can move on until its first byte was written', async t => {
  const connecting = new Lab(two()).run({ body: 10 }, part, failed('refused'), failed('tls'))
  t.same(connecting.servers, ['a', 'b'])
  const untouched: Outcome = { kind: 'failed', cause: 'reset', bodySent: false }
  t.same(new Lab(two()).run({ body: 10 }, part, untouched).servers, ['a', 'b'])
  const written: Outcome = { kind: 'failed', cause: 'refused', bodySent: true }
  t.match(new Lab(two()).run({ body: 10 }, part, written).end, { reason: 'not-replayable' })
  const three = cluster(['a', 'b', 'c'])
  const { end } = new Lab(three).run({ body: 10 }, part, untouched, failed('reset'))
  t.match(end, { reason: 'not-replayable' })
})

const matrix = [
  ['> 0, buffered', { body: 10 }, whole, false, 'new', ['a', 'b'], 'up'],
  ['< 0, buffered', { body: 10 }, whole, true, 'new', ['a', 'b'], 'down'],
  ['> 0, old stream', { body: 10 }, whole, false, 'pooled', ['a', 'a'], 'up'],
  ['< 0, old stream', { body: 10 }, whole, true, 'pooled', ['a', 'a'], 'up'],
  ['> 0, not buffered', { body: 10 }, part, false, 'new', ['a'], 'up'],
  ['< 0, not buffered', { body: 10 }, part, true, 'new', ['a'], 'down'],
  ['< 0, not buffered, old stream', { body: 10 }, part, true, 'pooled', ['a'], 'up'],
] as const

t.test('B4 B5 the matrix of ServerIOTimeout and PostBufferSize', async t => {
  for (const [title, head, buffered, marksDown, stream, servers, health] of matrix) {
    const lab = new Lab(two({ serverIoTimeoutMarksDown: marksDown }))
    const ran = lab.run(head, buffered, failed('read-timeout', stream))
    t.same(ran.servers, servers, title)
    t.equal(lab.state('a').health, health, title)
    if (servers.length === 1) t.match(ran.end, { status: 500, reason: 'not-replayable' }, title)
  }
})

t.test('B6 a positive timeout leads a session back to the same server', async t => {
  const lab = new Lab(two())
  const { servers } = lab.run(session('a'), failed('read-timeout'), failed('read-timeout'))
  t.same(servers, ['a', 'a', 'a'])
  const negative = new Lab(two({ serverIoTimeoutMarksDown: true }))
  t.same(negative.run(session('a'), failed('read-timeout')).servers, ['a', 'b'])
})

t.test('B7 a single server is not asked again after an I/O failure, old stream or not', async t => {
  const single = cluster(['a'])
  for (const outcome of [
    failed('read-timeout'),
    failed('read-timeout', 'pooled'),
    failed('reset'),
    failed('malformed'),
  ]) {
    const { servers, end } = new Lab(single).run({}, outcome)
    t.same(servers, ['a'])
    t.match(end, { kind: 'fail', status: 500, reason: 'attempts-failed' })
  }
  t.same(new Lab(single).run({}, failed('reset', 'pooled')).servers, ['a', 'a'], 'F6')
})

t.test('B8 failover is said once an attempt went to another server', async t => {
  const lab = new Lab(cluster(['a', 'b', 'c']))
  const exchange = lab.open(session('a'))
  t.match(exchange.step, { failover: false })
  t.match(exchange.report(failed('read-timeout')), { server: 'a', failover: false })
  t.match(exchange.report(failed('refused')), { server: 'b', failover: true })
  t.match(exchange.report(failed('reset', 'pooled')), { server: 'b', failover: true })
})

t.test('T1 T2 attempts are limited to one more than the servers', async t => {
  const lab = new Lab(two())
  const timeouts = Array.from({ length: 3 }, () => failed('read-timeout'))
  const { servers, end } = lab.run(session('a'), ...timeouts)
  t.same(servers, ['a', 'a', 'a'])
  t.match(end, { kind: 'fail', status: 500, reason: 'attempts-failed' })
  const single = new Lab(cluster(['a'])).run({}, failed('refused'), failed('connect-timeout'))
  t.same(single.servers, ['a', 'a'])
  t.match(single.end, { kind: 'fail', status: 500 })
})

t.test('T3 ServerIOTimeoutRetry limits retries after timeouts only', async t => {
  const one = two({}, { serverIoTimeoutRetry: 1 })
  t.same(new Lab(one).run(session('a'), failed('read-timeout'), failed('read-timeout')).servers, [
    'a',
    'a',
  ])
  const never = two({}, { serverIoTimeoutRetry: 0 })
  t.match(new Lab(never).run({}, failed('read-timeout')).end, { reason: 'attempts-failed' })
  t.same(new Lab(never).run({}, failed('connect-timeout'), answered()).servers, ['a', 'b'])
  const lab = new Lab(one)
  lab.run({}, failed('read-timeout'))
  t.match(
    lab.trace.find(({ kind }) => kind === 'fail'),
    { row: 'F8', timeoutMs: 60_000, retryCount: 0, serverIoTimeoutRetry: 1, retry: true },
  )
})

t.test('T4 the attempt of F6 is outside the counts', async t => {
  const lab = new Lab(two({}, { serverIoTimeoutRetry: 1 }))
  const { servers } = lab.run(
    session('a'),
    failed('read-timeout', 'pooled'),
    failed('read-timeout'),
    failed('read-timeout', 'pooled'),
    failed('read-timeout'),
  )
  t.same(servers, ['a', 'a', 'a', 'a'])
})

t.test('T5 mark-downs end it earlier', async t => {
  const { servers } = new Lab(two()).run({}, failed('refused'), failed('refused'))
  t.same(servers, ['a', 'b'])
})

t.test('U1 U2 a late answer marks up a server that others have marked down', async t => {
  const lab = new Lab(two())
  const early = lab.open(session('a'))
  lab.takeDown('a')
  lab.told()
  early.report(answered(404))
  t.equal(lab.state('a').health, 'up')
  t.match(lab.told('mark-up'), ['mark-up a late-answer'])
  t.match(lab.open(session('a')).step, { server: 'a', probe: false })
})

t.test('U3 Q2 a 503 answers a probe; late 503s say nothing', async t => {
  const lab = new Lab(two())
  const early = lab.open(session('a'))
  lab.takeDown('a')
  early.report(answered(503))
  t.equal(lab.state('a').health, 'down')
  lab.clock.advance(60_000)
  t.match(lab.run(session('a'), answered(503)).end, { server: 'b' })
  t.equal(lab.state('a').health, 'up')
  const stuck = new Lab(two(), { probe503ClearsFlag: false })
  stuck.takeDown('a')
  stuck.clock.advance(60_000)
  stuck.run(session('a'), answered(503), answered())
  stuck.clock.advance(600_000)
  t.equal(stuck.state('a').health, 'probing', 'PM49491')
  t.match(stuck.open(session('a')).step, { server: 'b' })
})

t.test(
  'R1 R2 R3 R5 the interval runs from the last failure; a real request is the probe',
  async t => {
    const lab = new Lab(two())
    lab.takeDown('a')
    lab.clock.advance(59_999)
    t.match(lab.open(session('a')).step, { server: 'b' })
    t.equal(lab.state('a').retryInMs, 1)
    lab.clock.advance(1)
    t.match(lab.open(session('a')).step, { server: 'a', probe: true }, 'R11')
    t.equal(lab.state('a').health, 'probing')
  },
)

t.test('R4 one probe at a time', async t => {
  const lab = new Lab(two())
  lab.takeDown('a')
  lab.clock.advance(60_000)
  const probe = lab.open(session('a'))
  lab.told()
  t.match(lab.open(session('a')).step, { server: 'b' })
  t.ok(lab.told('skip').includes('skip a probing'))
  probe.report(answered())
  t.match(lab.open(session('a')).step, { server: 'a', probe: false }, 'R7')
})

t.test('R6 a failed probe takes the server down for the full interval', async t => {
  for (const cause of ['refused', 'read-timeout', 'reset'] as const) {
    const lab = new Lab(two())
    lab.takeDown('a')
    lab.clock.advance(60_000)
    lab.told()
    lab.run(session('a'), failed(cause), answered())
    t.match(lab.state('a'), { health: 'down', retryInMs: 60_000 }, cause)
    t.match(lab.told('mark-down'), ['mark-down a probe-failed'])
  }
})

t.test('R8 RetryInterval 0: due at once, but not for the request that failed', async t => {
  const lab = new Lab(two({}, { retryIntervalMs: 0 }))
  t.same(lab.run(session('a'), failed('refused'), answered()).servers, ['a', 'b'])
  t.match(lab.open(session('a')).step, { server: 'a', probe: true })
  const nobody = lab.run(session('b'), failed('refused'), failed('refused'))
  t.match(nobody.end, { kind: 'fail', reason: 'attempts-failed' })
})

t.test(
  'R14 with the longest sensible interval the first server is due when the last fails',
  async t => {
    for (const [names, retryIntervalMs] of [
      [['a', 'b'], 59_000],
      [['a', 'b', 'c', 'd'], 179_000],
    ] as const) {
      const servers = names.map(name => server(name, { serverIoTimeoutMarksDown: true }))
      const lab = new Lab(cluster(servers, { retryIntervalMs }))
      const exchange = lab.open()
      for (const _ of names) {
        lab.clock.advance(60_000)
        exchange.report(failed('read-timeout'))
      }
      t.match(exchange.step, { kind: 'attempt', server: 'a', probe: true })
    }
  },
)

t.test('R9 a further failure of an older request moves the timer', async t => {
  for (const cause of ['refused', 'read-timeout'] as const) {
    const lab = new Lab(two())
    const early = lab.open(session('a'))
    lab.takeDown('a')
    lab.clock.advance(20_000)
    lab.told()
    early.report(failed(cause))
    t.match(lab.state('a'), { health: 'down', retryInMs: 60_000 }, cause)
    t.match(lab.told('mark-down'), ['mark-down a failed-again'])
  }
})

t.test('R9 it leaves somebody else’s probe alone', async t => {
  const lab = new Lab(two())
  const early = lab.open(session('a'))
  lab.takeDown('a')
  lab.clock.advance(60_000)
  const probe = lab.open(session('a'))
  early.report(failed('refused'))
  t.equal(lab.state('a').health, 'probing')
  t.match(lab.open(session('a')).step, { server: 'b' })
  probe.report(answered())
  t.equal(lab.state('a').health, 'up')
})

t.test('R4 R6 a probe that was overtaken does not end the next one', async t => {
  const lab = new Lab(two())
  const early = lab.open(session('a'))
  lab.takeDown('a')
  lab.clock.advance(60_000)
  const first = lab.open(session('a'))
  early.report(answered())
  lab.takeDown('a')
  lab.clock.advance(60_000)
  t.match(lab.open(session('a')).step, { probe: true })
  first.report({ kind: 'client-aborted' })
  t.equal(lab.state('a').health, 'probing')
})

t.test('R10 E3 a client that leaves during a probe leaves the server due', async t => {
  const lab = new Lab(two())
  lab.takeDown('a')
  lab.clock.advance(60_000)
  lab.run(session('a'), { kind: 'client-aborted' })
  t.match(lab.state('a'), { health: 'down', lastFailureAt: 0, retryInMs: 0 })
  t.match(lab.open(session('a')).step, { server: 'a', probe: true })
})

t.test('R12 Q3 all down: 500 without contact, or the least recently failed', async t => {
  const lab = new Lab(two())
  lab.takeDown('a')
  lab.clock.advance(10)
  lab.takeDown('b')
  t.match(lab.open().step, { kind: 'fail', status: 500, reason: 'all-down' })
  const hopeful = new Lab(two(), { allDown: 'probe' })
  hopeful.run(session('b'), failed('refused'), { kind: 'client-aborted' })
  hopeful.clock.advance(10)
  const exchange = hopeful.open(session('a'))
  t.match(exchange.report(failed('refused')), {
    server: 'b',
    why: 'least-recently-failed',
    probe: true,
  })
  t.match(exchange.report(failed('refused')), { reason: 'attempts-failed' })
})

t.test('PK28197 retryClock arrival counts from the arrival of the request', async t => {
  for (const [retryClock, retryInMs] of [
    ['now', 60_000],
    ['arrival', 0],
  ] as const) {
    const lab = new Lab(two({ serverIoTimeoutMarksDown: true }), { retryClock })
    const exchange = lab.open()
    lab.clock.advance(90_000)
    exchange.report(failed('read-timeout'))
    t.equal(lab.state('a').retryInMs, retryInMs, retryClock)
  }
})

t.test(
  '§5.1 counters: pending while under way, total with the answer, affinity with the pick',
  async t => {
    const lab = new Lab(two())
    const exchange = lab.open(session('a'))
    t.match(lab.state('a'), { pending: 1, affinity: 1, total: 0 })
    exchange.report(relaying())
    t.match(lab.state('a'), { pending: 1, affinity: 1, total: 1 })
    exchange.report({ kind: 'relayed' })
    t.match(lab.state('a'), { pending: 0, failed: 0 })
    lab.run(session('a'), failed('refused'), answered())
    t.match(lab.state('a'), { pending: 0, affinity: 2, failed: 1, total: 1 })
  },
)

t.test('§7 the ten steps', async t => {
  const members = cluster([
    server('PluginMember1', { cloneId: 'v544d031' }),
    server('PluginMember2', { cloneId: 'v544d0o0' }),
  ])
  const lab = new Lab(members)
  const cookie = 'JSESSIONID=0000A2MB4IJozU_VM8IffsMNfdR:v544d031'
  const exchange = lab.open({ cookie })
  t.match(lab.state('PluginMember1'), { pending: 1, affinity: 1 })
  t.same(lab.told(), [
    'route',
    'ids',
    'compare PluginMember1',
    'check PluginMember1',
    'select PluginMember1 affinity',
    'transport PluginMember1',
  ])
  exchange.report(failed('refused'))
  t.match(lab.state('PluginMember1'), { health: 'down', pending: 0, failed: 1, retryInMs: 60_000 })
  t.same(lab.told(), [
    'stream PluginMember1',
    'connect PluginMember1',
    'fail PluginMember1',
    'mark-down PluginMember1 failure',
    'stats PluginMember1',
    'retry PluginMember1 another-server',
    'ids',
    'compare PluginMember1',
    'check PluginMember1',
    'skip PluginMember1 marked-down',
    'compare PluginMember2',
    'skip PluginMember1 tried',
    'check PluginMember2',
    'select PluginMember2 round-robin',
    'transport PluginMember2',
  ])
  t.equal(lab.state('PluginMember2').pending, 1)
  exchange.report({ kind: 'answered', status: 200, stream: 'pooled' })
  t.match(lab.state('PluginMember2'), { pending: 0, total: 1 })
  t.same(lab.told(), [
    'stream PluginMember2',
    'stats PluginMember2',
    'weights',
    'outcome PluginMember2 round-robin',
  ])
  const { servers } = lab.run({ cookie: `${cookie}:v544d0o0` }, answered())
  t.same(servers, ['PluginMember2'], 'the next request reaches it by its second id')
})

t.test('reports that do not fit are refused, late ones ignored', async t => {
  const lab = new Lab(two())
  const exchange = lab.open()
  t.throws(() => exchange.report({ kind: 'relayed' }), { code: 'OUTCOME_UNEXPECTED' })
  t.throws(() => exchange.report(whole), PluginError)
  exchange.report(answered())
  t.equal(exchange.report({ kind: 'client-aborted' }), exchange.step)
  t.match(exchange.step, { kind: 'done', result: 'served' })
})
