import t from 'tap'
import type { Outcome } from '../../src/core/step.ts'
import { cluster, only, server, transport } from '../support/configs.ts'
import { answered, failed, lab, ok, serverOf } from '../support/lab.ts'

// What happens exactly at a limit, at the last moment, or where two rules meet.

const pair = (over = {}, a = {}, b = {}) => only(cluster([server('A', a), server('B', b)], over))
const post = { method: 'POST', body: 50 } as const

t.test('P4 a body of exactly PostSizeLimit is let through', async t => {
  const l = lab(pair({ postSizeLimitBytes: 50 }))
  t.equal(l.request(post).step.kind, 'buffer')
  t.equal(serverOf(l.request({ ...post, body: 51 }).step), '413 body-too-large')
  const chunked = l.request({ method: 'POST', body: 'unknown' })
  t.equal(serverOf(chunked.report({ kind: 'buffered', bytes: 50, complete: true })), 'A')
})

t.test('E11 a body that turns out too long while it is buffered gets 413', async t => {
  const l = lab(pair({ postSizeLimitBytes: 50 }))
  const exchange = l.request({ method: 'POST', body: 'unknown' })
  t.equal(serverOf(exchange.report({ kind: 'body-too-large' })), '413 body-too-large')
  t.same([l.server('A').pending, l.server('B').pending], [0, 0])
})

t.test('P5 a body of 0 bytes is none, and one of 1 byte is one', async t => {
  const l = lab(pair())
  t.equal(l.request({ method: 'POST', body: 0 }).step.kind, 'attempt')
  t.equal(l.request({ method: 'POST', body: 1 }).step.kind, 'buffer')
})

t.test('B2 a body in memory is sent again whatever the first server has seen of it', async t => {
  const exchange = lab(pair()).request(post)
  exchange.report({ kind: 'buffered', bytes: 50, complete: true })
  t.equal(serverOf(exchange.report({ kind: 'failed', cause: 'reset', bodySent: true })), 'B')
})

t.test('B3 F11 what a server has not seen of a body may go to another after a 503', async t => {
  const l = lab(pair({ postBufferSizeBytes: 0 }))
  const kept = l.request(post)
  t.equal(serverOf(kept.report({ kind: 'answered', status: 503, bodySent: false })), 'B')
})

t.test('F6 B4 R9 a stale stream under a body that is gone moves no timer', async t => {
  const l = lab(pair({ postBufferSizeBytes: 0 }))
  const older = l.request({ ...post, cookie: 'JSESSIONID=0001:a' })
  l.session('a').report(failed('refused'))
  l.clock.advance(30_000)
  t.equal(serverOf(older.report(failed('reset', 'pooled'))), '500 not-replayable')
  t.match(l.server('A'), { health: 'down', retryInMs: 30_000 })
})

const ends: readonly (readonly [title: string, outcome: Outcome, step: object])[] = [
  [
    'F15 a client that leaves while the answer is passed on',
    { kind: 'client-aborted' },
    { kind: 'done', result: 'client-aborted' },
  ],
  [
    'F15 a client whose body breaks off after the answer began',
    { kind: 'client-failed' },
    { kind: 'done', result: 'client-aborted' },
  ],
  [
    'E11 a body that turns out too long after the answer began',
    { kind: 'body-too-large' },
    { kind: 'done', result: 'client-aborted' },
  ],
]
for (const [title, outcome, step] of ends) {
  t.test(`${title} ends the exchange without a mark`, async t => {
    const l = lab(pair())
    const exchange = l.session('a')
    exchange.report({ kind: 'answered', status: 201, streaming: true })
    t.same(exchange.report(outcome), { ...step, cluster: 'Cluster', server: 'A', status: 201 })
    t.match(l.server('A'), { health: 'up', pending: 0, failed: 0, total: 1 })
    t.match(l.records.at(-1), { kind: 'outcome', result: 'client-aborted', status: 201 })
  })
}

t.test('a report that does not fit says what is waited for and what was told', async t => {
  const told = (exchange: { report(outcome: Outcome): unknown }, outcome: Outcome, text: string) =>
    t.throws(() => exchange.report(outcome), { code: 'OUTCOME_UNEXPECTED', message: text })
  const l = lab(pair())
  told(
    l.request(),
    { kind: 'relayed' },
    'the exchange waits for the end of its attempt step and was told "relayed"',
  )
  told(
    l.request(post),
    ok,
    'the exchange waits for the end of its buffer step and was told "answered"',
  )
  const relaying = l.request()
  relaying.report({ kind: 'answered', status: 200, streaming: true })
  told(
    relaying,
    { kind: 'buffered', bytes: 1, complete: true },
    'the exchange waits for the end of its relay step and was told "buffered"',
  )
})

t.test('R4 F6 a probe on a stale stream is still the probe on a new one', async t => {
  const l = lab(pair())
  l.session('a').report(failed('refused'))
  l.clock.advance(60_000)
  const probe = l.session('a')
  t.match(probe.report(failed('reset', 'pooled')), {
    server: 'A',
    why: 'same-server',
    stream: 'new',
    probe: true,
  })
  t.match(l.server('A'), { health: 'probing', pending: 1, lastFailureAt: 0 })
  probe.report(ok)
  t.equal(l.server('A').health, 'up')
})

t.test('T3 T4 a time-out on an old stream uses up no retry', async t => {
  const exchange = lab(pair({ serverIoTimeoutRetry: 1 })).session('a')
  t.match(exchange.report(failed('read-timeout', 'pooled')), { server: 'A', stream: 'new' })
  t.equal(serverOf(exchange.report(failed('read-timeout'))), 'A', 'the one retry')
  t.equal(serverOf(exchange.report(failed('read-timeout'))), '500 attempts-failed')
})

t.test('T1 F11 a 503 to the last attempt that the rules allow is passed on', async t => {
  const l = lab(pair())
  const exchange = l.session('a')
  for (let i = 0; i < 2; i++) exchange.report(failed('read-timeout'))
  t.match(exchange.step, { server: 'A', number: 3 })
  l.forget()
  t.match(exchange.report(answered(503)), { kind: 'done', server: 'A', status: 503 })
  t.match(l.of('fail'), [{ row: 'F11', retry: false }])
  t.same(l.of('retry'), [])
  t.equal(l.of('stats').length, 1)
})

t.test('F11 T1 before the last attempt it is not', async t => {
  const l = lab(pair())
  const exchange = l.session('a')
  exchange.report(failed('read-timeout'))
  t.match(exchange.step, { server: 'A', number: 2 })
  t.match(exchange.report(answered(503)), { server: 'B', number: 3 })
})

t.test('F11 the 503 that is passed on belongs to the attempt that got it', async t => {
  const l = lab(pair())
  const exchange = l.session('a')
  exchange.report(answered(503))
  exchange.report(answered(503))
  t.match(l.records.at(-1), {
    kind: 'outcome',
    result: 'served',
    server: 'B',
    status: 503,
    reason: 'round-robin',
    attempts: 2,
  })
})

t.test('F11 F18 also when the search for another went past one without a transport', async t => {
  const https = [transport({ protocol: 'https' })]
  const l = lab(only(cluster([server('A', { transports: https }), server('B'), server('C')])))
  const exchange = l.request({ scheme: 'https' })
  t.match(exchange.step, { server: 'A', why: 'round-robin' })
  t.match(exchange.report(answered(503)), { kind: 'done', server: 'A', status: 503 })
  t.equal(l.health(), 'A:up B:down C:down')
  t.match(l.records.at(-1), { kind: 'outcome', server: 'A', reason: 'round-robin', attempts: 3 })
  t.same([l.server('A').pending, l.server('B').pending, l.server('C').pending], [0, 0, 0])
})

t.test('§9 T1 when the attempts are used up a busy server does not make it a 503', async t => {
  const l = lab(pair({}, {}, { maxConnections: 1 }))
  l.session('b')
  const exchange = l.session('a')
  for (let i = 0; i < 3; i++) exchange.report(failed('read-timeout'))
  t.equal(serverOf(exchange.step), '500 attempts-failed')
})

t.test('§9 some down, the others up without weight: not all are down', async t => {
  const l = lab(pair({}, {}, { loadBalanceWeight: 0 }))
  l.session('a').report(failed('refused'))
  t.equal(serverOf(l.request().step), '500 no-server')
})

t.test('Q1 markDownOn5xx means 5xx and nothing else', async t => {
  for (const [status, health] of [
    [499, 'up'],
    [404, 'up'],
    [500, 'down'],
    [599, 'down'],
    [600, 'up'],
  ] as const) {
    const l = lab(pair(), { markDownOn5xx: true })
    l.session('a').report(answered(status))
    t.equal(l.server('A').health, health, String(status))
  }
})

t.test('Q1 U1 without it any 5xx but 503 marks up', async t => {
  for (const [status, health] of [
    [500, 'up'],
    [599, 'up'],
    [503, 'down'],
  ] as const) {
    const l = lab(pair())
    const older = l.session('a')
    l.session('a').report(failed('refused'))
    older.report(answered(status))
    t.equal(l.server('A').health, health, String(status))
  }
})

t.test('§0 retryClock arrival: the timer begins when the request came', async t => {
  const negative = { serverIoTimeoutMs: 40_000, serverIoTimeoutMarksDown: true }
  for (const [retryClock, since] of [
    ['arrival', 5000],
    ['now', 45_000],
  ] as const) {
    const l = lab(pair({}, negative), { retryClock })
    l.clock.advance(5000)
    const exchange = l.session('a')
    l.clock.advance(40_000)
    exchange.report(failed('read-timeout'))
    t.equal(l.server('A').lastFailureAt, since, retryClock)
  }
})
