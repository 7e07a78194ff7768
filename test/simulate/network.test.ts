import t from 'tap'
import { ManualClock } from '../../src/core/clock.ts'
import type { AttemptStep } from '../../src/core/step.ts'
import { noBody, VirtualNetwork } from '../../src/simulate/network.ts'
import type { Behaviours } from '../../src/simulate/scenario.ts'

const attempt = (change: Partial<AttemptStep> = {}): AttemptStep => ({
  kind: 'attempt',
  cluster: 'C',
  server: 'm1',
  why: 'round-robin',
  number: 1,
  transport: { hostname: '127.0.0.1', port: 9080, protocol: 'http', properties: [] },
  stream: 'any',
  probe: false,
  failover: false,
  connectTimeoutMs: 5000,
  serverIoTimeoutMs: 60_000,
  connectionTtlMs: 28_000,
  extendedHandshake: false,
  waitForContinue: false,
  limitBytes: null,
  ...change,
})

const https = { hostname: '127.0.0.1', port: 9443, protocol: 'https', properties: [] } as const

const cases: readonly [string, Behaviours, Partial<AttemptStep>, object | null, number][] = [
  ['a server that nobody mentions answers 200', 'ok', {}, { kind: 'answered', status: 200 }, 0],
  ['a number is a status', 503, {}, { kind: 'answered', status: 503 }, 0],
  ['F1 refused', 'refused', {}, { kind: 'failed', cause: 'refused', code: 'ECONNREFUSED' }, 0],
  ['F1 unreachable', 'unreachable', {}, { cause: 'unreachable', code: 'EHOSTUNREACH' }, 0],
  [
    'F2 a connect timeout takes its time',
    'connect-timeout',
    {},
    { cause: 'connect-timeout' },
    5000,
  ],
  [
    'F3 without ConnectTimeout the operating system gives up',
    'connect-timeout',
    { connectTimeoutMs: 0 },
    { cause: 'connect-failed', code: 'ETIMEDOUT' },
    127_000,
  ],
  [
    'F3 connect-failed takes the same time',
    'connect-failed',
    {},
    { cause: 'connect-failed' },
    127_000,
  ],
  [
    'F3 connect-failed after a given time',
    { does: 'connect-failed', afterSeconds: 3 },
    {},
    { cause: 'connect-failed' },
    3000,
  ],
  ['F4 TLS fails on https', 'tls', { transport: https }, { cause: 'tls' }, 0],
  ['F4 TLS cannot fail on http', 'tls', {}, { kind: 'answered', status: 200 }, 0],
  [
    'F5 a handshake fails where there is one',
    'handshake',
    { extendedHandshake: true },
    { cause: 'handshake' },
    0,
  ],
  ['F5 no handshake, no failure', 'handshake', {}, { kind: 'answered' }, 0],
  [
    'F6 the stream of the pool is stale',
    'reset-pooled',
    {},
    { cause: 'reset', stream: 'pooled', code: 'ECONNRESET' },
    0,
  ],
  [
    'F6 and the new stream works',
    'reset-pooled',
    { stream: 'new' },
    { kind: 'answered', stream: 'new' },
    0,
  ],
  ['F7 a new stream breaks', 'reset', {}, { cause: 'reset', stream: 'new' }, 0],
  ['F8 a read timeout takes its time', 'read-timeout', {}, { cause: 'read-timeout' }, 60_000],
  ['F8 a silent server runs into the same', 'silent', {}, { cause: 'read-timeout' }, 60_000],
  [
    'F8 so does one that is too slow',
    { does: 'ok', afterSeconds: 61 },
    {},
    { cause: 'read-timeout' },
    60_000,
  ],
  ['a slow answer takes its time', { does: 200, afterSeconds: 59 }, {}, { status: 200 }, 59_000],
  [
    'F10 without ServerIOTimeout the connection breaks in the end',
    'read-timeout',
    { serverIoTimeoutMs: 0 },
    { cause: 'reset' },
    0,
  ],
  ['F10 or nothing ever happens', 'silent', { serverIoTimeoutMs: 0 }, null, 0],
  ['F13 malformed', 'malformed', {}, { cause: 'malformed' }, 0],
  [
    'F14 an answer that breaks off is passed on first',
    'broken-answer',
    {},
    { kind: 'answered', streaming: true },
    0,
  ],
  [
    'a stream of the pool, when asked for',
    { does: 'ok', stream: 'pooled' },
    {},
    { kind: 'answered', stream: 'pooled' },
    0,
  ],
  [
    'but not where a new one is wanted',
    { does: 'ok', stream: 'pooled' },
    { stream: 'new' },
    { kind: 'answered', stream: 'new' },
    0,
  ],
  [
    'a code of one choice',
    { does: 'refused', code: 'EX' },
    {},
    { cause: 'refused', code: 'EX' },
    0,
  ],
]

for (const [title, behaviours, change, outcome, ms] of cases) {
  t.test(title, async t => {
    const clock = new ManualClock()
    const network = new VirtualNetwork(clock)
    network.set('m1', behaviours)
    const result = network.attempt(attempt(change), noBody)
    if (outcome === null) t.equal(result.outcome, null)
    else t.match(result.outcome, outcome)
    t.equal(clock.now(), ms)
  })
}

t.test('what cannot happen says so', async t => {
  const network = new VirtualNetwork(new ManualClock())
  network.set('m1', 'tls')
  t.match(network.attempt(attempt(), noBody).note, /m1 is reached by http here/)
  network.set('m1', 'handshake')
  t.match(network.attempt(attempt(), noBody).note, /no ExtendedHandshake/)
  network.set('m1', 'read-timeout')
  t.match(network.attempt(attempt({ serverIoTimeoutMs: 0 }), noBody).note, /F10/)
})

t.test('a list is gone through, entry by entry, and then the server is well', async t => {
  const network = new VirtualNetwork(new ManualClock())
  network.set('m1', [
    { does: 'refused', times: 2 },
    { does: 503, times: 1 },
  ])
  const seen = [1, 2, 3, 4].map(() => network.attempt(attempt(), noBody).outcome)
  t.match(seen, [{ cause: 'refused' }, { cause: 'refused' }, { status: 503 }, { status: 200 }])
})

t.test('an entry for one protocol leaves the other transport alone', async t => {
  const network = new VirtualNetwork(new ManualClock())
  network.set('m1', [{ does: 'refused', transport: 'https' }, 404])
  t.match(network.attempt(attempt(), noBody).outcome, { status: 404 })
  t.match(network.attempt(attempt({ transport: https }), noBody).outcome, { cause: 'refused' })
})

t.test('CLUSTER/NAME goes before NAME, and NAME before *', async t => {
  const network = new VirtualNetwork(new ManualClock())
  network.set('*', 500)
  network.set('m1', 501)
  network.set('C/m1', 502)
  t.match(network.attempt(attempt(), noBody).outcome, { status: 502 })
  t.match(network.attempt(attempt({ cluster: 'D' }), noBody).outcome, { status: 501 })
  t.match(network.attempt(attempt({ server: 'm2' }), noBody).outcome, { status: 500 })
})

t.test('B2 the body is read as far as the buffer goes', async t => {
  const network = new VirtualNetwork(new ManualClock())
  const body = (bytes: number, arrives = bytes) => ({ bytes, arrives, chunked: false })
  const step = { kind: 'buffer', cluster: 'C', maxBytes: 100, limitBytes: null } as const
  t.same(network.buffer(step, body(100)), { kind: 'buffered', bytes: 100, complete: true })
  t.same(network.buffer(step, body(101)), { kind: 'buffered', bytes: 100, complete: false })
  t.same(network.buffer({ ...step, maxBytes: null }, body(5000)), {
    kind: 'buffered',
    bytes: 5000,
    complete: true,
  })
  t.same(network.buffer({ ...step, limitBytes: 50 }, body(60)), { kind: 'body-too-large' })
  t.same(network.buffer({ ...step, limitBytes: 500 }, body(600)), {
    kind: 'buffered',
    bytes: 100,
    complete: false,
  })
  t.same(network.buffer(step, body(80, 70)), { kind: 'client-failed' })
  t.same(network.buffer(step, body(300, 200)), { kind: 'buffered', bytes: 100, complete: false })
})

t.test('F15 E11 a body that goes out as it comes in may break off or be too large', async t => {
  const network = new VirtualNetwork(new ManualClock())
  const short = { bytes: 300, arrives: 200, chunked: false }
  t.same(network.attempt(attempt(), short).outcome, { kind: 'client-failed' })
  const large = { bytes: 300, arrives: 300, chunked: true }
  t.same(network.attempt(attempt({ limitBytes: 299 }), large).outcome, { kind: 'body-too-large' })
  network.set('m1', 'refused')
  t.match(network.attempt(attempt({ limitBytes: 299 }), large).outcome, { cause: 'refused' })
})

t.test('an answer that is passed on ends well, or breaks off', async t => {
  const network = new VirtualNetwork(new ManualClock())
  t.match(network.attempt(attempt(), noBody, true).outcome, { streaming: true })
  t.same(network.relay(false), { kind: 'relayed' })
  t.match(network.relay(true), { kind: 'failed', cause: 'reset' })
  t.equal(network.breaksAnswer(attempt()), false)
  network.set('m1', 'broken-answer')
  t.equal(network.breaksAnswer(attempt()), true)
})
