import t from 'tap'
import { type TraceKind, type TraceRecord, traceKinds } from '../../src/core/trace.ts'
import { describeRecord } from '../../src/debug/index.ts'
import { reasonText } from '../../src/debug/sentences.ts'

const base = { exchange: 1, time: 0, step: 'P7', component: 'c', fn: 'f' } as const

type Facts = {
  [K in TraceKind]: Omit<Extract<TraceRecord, { kind: K }>, keyof typeof base>
}[TraceKind]

const route = {
  kind: 'route',
  host: 'www.example.com',
  port: 80,
  path: '/x/y',
  cluster: 'C',
  route: 0,
  virtualHostGroup: 'default_host',
  virtualHost: '*:80',
  uriGroup: 'uris',
  uri: '/x/*',
  score: 3,
  affinityCookie: 'JSESSIONID',
  affinityUrlIdentifier: 'jsessionid',
} as const
const ids = {
  kind: 'ids',
  source: 'cookie',
  name: 'JSESSIONID',
  cloneIds: ['a'],
  reparsed: false,
} as const
const check = {
  kind: 'check',
  server: 'm1',
  ignoreWeights: true,
  markedDown: false,
  probing: false,
  retryNow: false,
  retryInSec: null,
  wlbAllows: false,
  reachedMaxConnectionsLimit: false,
  pending: 0,
  eligible: true,
} as const
const select = {
  kind: 'select',
  cluster: 'C',
  server: 'm1',
  cloneId: 'a',
  why: 'affinity',
  attempt: 1,
  probe: false,
  pending: 1,
  affinity: 1,
  total: 4,
  weight: 1,
} as const
const stats = {
  kind: 'stats',
  server: 'm1',
  pending: 0,
  failed: 1,
  affinity: 2,
  total: 3,
  vocabulary: 'requests',
} as const
const weights = {
  kind: 'weights',
  cluster: 'C',
  reset: 0,
  weights: [
    { server: 'm1', current: 2, start: 3 },
    { server: 'm2', current: 0, start: 1 },
  ],
} as const
const outcome = {
  kind: 'outcome',
  result: 'served',
  server: 'm1',
  status: 200,
  attempts: 1,
} as const

const { virtualHostGroup: _, virtualHost: __, uriGroup: ___, uri: ____, ...anyRoute } = route

const cases: readonly (readonly [Facts, string])[] = [
  [
    route,
    'Route 1 matches: host www.example.com, port 80 (alias *:80 of default_host) and path /x/y (/x/* of uris, score 3); cluster C',
  ],
  [
    { ...anyRoute, host: '' },
    'Route 1 matches: no host, port 80 (the Route takes every host) and path /x/y (the Route takes every path); cluster C',
  ],
  [
    { kind: 'decline', host: 'h', port: 81, path: '/' },
    'No Route matches host h, port 81 and path /: the plug-in declines, and the web server handles the request itself',
  ],
  [ids, 'Cookie JSESSIONID carries the clone ID a'],
  [
    { ...ids, cloneIds: ['a', 'b'], reparsed: true },
    'Again: cookie JSESSIONID carries the clone IDs a, b',
  ],
  [{ ...ids, cloneIds: [] }, 'Cookie JSESSIONID carries no clone ID'],
  [
    { ...ids, source: 'url', name: 'jsessionid' },
    'URL parameter jsessionid carries the clone ID a',
  ],
  [
    { ...ids, source: 'ssl-session', name: 'SSLJSESSION' },
    'SSL session cookie SSLJSESSION carries the clone ID a',
  ],
  [
    { kind: 'ids', source: 'none', cloneIds: [], reparsed: false },
    'No session identifier to go by',
  ],
  [
    { kind: 'ids', source: 'none', cloneIds: [], reparsed: true },
    'Again: no session identifier to go by',
  ],
  [
    { ...ids, partitions: { '109': ['a', 'b'] } },
    'Cookie JSESSIONID carries the clone ID a; partition 109 belongs to a, b',
  ],
  [
    { kind: 'compare', id: 'a', server: 'm1', serverCloneId: 'a', list: 'primary', match: true },
    'a is the clone ID of m1',
  ],
  [
    { kind: 'compare', id: 'a', server: 'm2', serverCloneId: 'b', list: 'primary', match: false },
    'a is not the clone ID of m2 (b)',
  ],
  [
    { kind: 'compare', id: 'a', server: 'm3', serverCloneId: null, list: 'backup', match: false },
    'a is not the clone ID of m3 (it has none)',
  ],
  [
    check,
    'Status of m1: can take the request (ignoreWeights 1, markedDown 0, retryNow 0, retryInSec --, wlbAllows 0, reachedMaxConnectionsLimit 0)',
  ],
  [
    {
      ...check,
      ignoreWeights: false,
      markedDown: true,
      retryInSec: 58,
      wlbAllows: true,
      reachedMaxConnectionsLimit: true,
      eligible: false,
    },
    'Status of m1: cannot take the request (ignoreWeights 0, markedDown 1, retryNow 0, retryInSec 58, wlbAllows 1, reachedMaxConnectionsLimit 1)',
  ],
  [
    { kind: 'skip', server: 'm1', reason: 'marked-down', retryInSec: 58 },
    'm1 is passed over: marked down, 58 s left on its retry timer',
  ],
  [
    { kind: 'skip', server: 'm1', reason: 'probing', retryInSec: 0 },
    'm1 is passed over: marked down, and another request is probing it',
  ],
  [
    { kind: 'skip', server: 'm1', reason: 'busy', retryInSec: null },
    'm1 is passed over: at its MaxConnections',
  ],
  [
    { kind: 'skip', server: 'm1', reason: 'weight', retryInSec: null },
    'm1 is passed over: no weight left',
  ],
  [
    { kind: 'skip', server: 'm1', reason: 'draining', retryInSec: null },
    'm1 is passed over: it is draining, so it takes the requests of its sessions and no others',
  ],
  [
    { kind: 'skip', server: 'm1', reason: 'stopped', retryInSec: null },
    'm1 is passed over: an operator has stopped it',
  ],
  [select, 'm1 is chosen because the session names it (attempt 1, pending 1, total 4)'],
  [
    { ...select, why: 'round-robin', probe: true },
    'm1 is chosen because it is its turn in weighted round robin; its retry timer has expired, so this request is the probe (attempt 1, pending 1, total 4)',
  ],
  [
    { kind: 'transport', server: 'm1', case: 1, protocol: 'https', hostname: 'h', port: 9443 },
    'Its https transport h:9443 is taken (case 1)',
  ],
  [{ kind: 'stream', server: 'm1', from: 'pooled' }, 'An idle stream to m1 is reused'],
  [
    { kind: 'stream', server: 'm1', from: 'new' },
    'No idle stream to m1: a new one is to be opened',
  ],
  [
    { kind: 'connect', server: 'm1', result: 'ok', connectTimeoutMs: 0 },
    'm1 accepts the connection',
  ],
  [
    { kind: 'connect', server: 'm1', result: 'failed', connectTimeoutMs: 0, code: 'ECONNREFUSED' },
    'm1 cannot be connected to: ECONNREFUSED',
  ],
  [
    { kind: 'connect', server: 'm1', result: 'failed', connectTimeoutMs: 0 },
    'm1 cannot be connected to',
  ],
  [
    { kind: 'connect', server: 'm1', result: 'timeout', connectTimeoutMs: 5000 },
    'm1 does not accept a connection within ConnectTimeout, 5 s',
  ],
  [
    { kind: 'fail', server: 'm1', row: 'F1', cause: 'refused', text: 'connection refused' },
    'Attempt at m1 failed: connection refused, rule F1',
  ],
  [
    { kind: 'fail', cause: 'all-down', text: 'the client gets 500' },
    'No server can be found for the request: the client gets 500',
  ],
  [
    { kind: 'fail', cause: 'body-too-large', text: 'the client gets 413' },
    'The request is refused: the client gets 413',
  ],
  [
    { kind: 'fail', cause: 'not-replayable', text: 'the client gets 500' },
    'The request cannot be sent to another server: the client gets 500',
  ],
  [
    {
      kind: 'fail',
      server: 'm1',
      row: 'F8',
      cause: 'read-timeout',
      text: 'ServerIOTimeout fired',
      timeoutMs: 60_000,
      retryCount: 0,
      serverIoTimeoutRetry: null,
      retry: true,
    },
    'Attempt at m1 failed: ServerIOTimeout fired, rule F8; time out 60 s, retry count 0, serverIOTimeoutRetry -1, retry YES',
  ],
  [
    {
      kind: 'fail',
      server: 'm1',
      cause: 'read-timeout',
      text: 'x',
      timeoutMs: 1500,
      serverIoTimeoutRetry: 2,
    },
    'Attempt at m1 failed: x; time out 1.5 s, retry count 0, serverIOTimeoutRetry 2, retry NO',
  ],
  [
    { kind: 'mark-down', server: 'm1', retryIntervalMs: 60_000, reason: 'failure' },
    'm1 is marked down; its retry timer of 60 s starts',
  ],
  [
    { kind: 'mark-down', server: 'm1', retryIntervalMs: 60_000, reason: 'probe-failed' },
    'm1 is marked down, because its probe failed; its retry timer of 60 s starts',
  ],
  [
    { kind: 'mark-down', server: 'm1', retryIntervalMs: 60_000, reason: 'busy' },
    'm1 is marked down, because it is at its MaxConnections; its retry timer of 60 s starts',
  ],
  [
    { kind: 'retry', server: 'm1', hostname: 'h', how: 'another-server', attempt: 2 },
    'The transaction to m1 on host h failed; another attempt is made if the rules allow one',
  ],
  [
    { kind: 'retry', server: 'm1', hostname: 'h', how: 'same-server', attempt: 2 },
    'The request is sent to m1 once more, on a new stream',
  ],
  [
    { kind: 'mark-up', server: 'm1', reason: 'probe-answered' },
    'm1 has answered its probe and is marked up',
  ],
  [
    { kind: 'mark-up', server: 'm1', reason: 'late-answer' },
    'm1 has answered a request sent before it went down, and is marked up',
  ],
  [
    stats,
    'Counters of m1: pendingRequests 0, failedRequests 1, affinityRequests 2, totalRequests 3',
  ],
  [
    { ...stats, vocabulary: 'connections' },
    'Counters of m1: pendingConnections 0, failedConnections 1, affinityConnections 2, totalConnections 3',
  ],
  [weights, 'Weights now m1 2 of 3, m2 0 of 1'],
  [
    { ...weights, reset: 2 },
    'No server has weight left: 2 times the start weight is added; weights now m1 2 of 3, m2 0 of 1',
  ],
  [outcome, 'm1 answers with status 200, 1 attempt'],
  [{ kind: 'outcome', result: 'decline', attempts: 0 }, 'The request is left to the web server'],
  [
    { kind: 'outcome', result: 'fail', status: 500, reason: 'all-down', attempts: 0 },
    'The client gets status 500: every server is marked down, and none was contacted, 0 attempts',
  ],
  [
    { kind: 'outcome', result: 'client-aborted', attempts: 1 },
    'The client has gone away, 1 attempt; no server is blamed',
  ],
  [
    { kind: 'outcome', result: 'response-broken', server: 'm1', attempts: 2 },
    'The answer of m1 broke off; the connection to the client is closed, 2 attempts',
  ],
]

for (const [facts, sentence] of cases) {
  t.test(`${facts.kind}: ${sentence}`, async t => {
    t.equal(describeRecord({ ...base, ...facts } as TraceRecord), sentence)
  })
}

t.test('every kind of record has a sentence', async t => {
  t.strictSame([...new Set(cases.map(([{ kind }]) => kind))].sort(), [...traceKinds].sort())
})

t.test('a value of a session is not shown, its clone IDs are', async t => {
  const record = { ...base, ...ids, value: '0000SECRET:a' }
  t.notMatch(describeRecord(record), /SECRET/)
})

t.test('a reason that nobody knows is shown as it is', async t => {
  t.equal(reasonText('something-new'), 'something-new')
  t.equal(reasonText(undefined), 'no reason given')
})
