import { constants } from 'node:os'
import t from 'tap'
import { type TraceKind, type TraceRecord, traceKinds } from '../../src/core/trace.ts'
import { levelWords, logLevels, shows } from '../../src/log/levels.ts'
import { coarsestLevel, linesOf } from '../../src/log/message.ts'

const base = { exchange: 1, time: 0, step: 'P1', component: 'x', fn: 'y' }

const told = (
  kind: TraceKind,
  facts: object,
  { showSecrets = false, layout = 'precise' as 'precise' | 'classic' } = {},
): string[] =>
  linesOf({ ...base, kind, ...facts } as unknown as TraceRecord, { showSecrets, layout }).map(
    ({ level, text }) => `${levelWords[level]} ${text}`,
  )

type Row = readonly [title: string, kind: TraceKind, facts: object, lines: readonly string[]]

const begin = [
  'DEBUG node_http: ws_handle_request: start of handling',
  "DETAIL ws_common: websphereBeginRequest: request: host='shop'; port=80; uri='/a'",
]
const where = { host: 'shop', port: 80, path: '/a' }
const ids = { source: 'cookie', name: 'JSESSIONID', value: '0001x:c1', cloneIds: ['c1'] }
const affinity = 'TRACE ws_common: websphereHandleSessionAffinity:'
const check = {
  server: 'm1',
  ignoreWeights: true,
  markedDown: true,
  probing: false,
  retryNow: true,
  retryInSec: 0,
  wlbAllows: false,
  reachedMaxConnectionsLimit: true,
  pending: 3,
}
const select = { cluster: 'C', server: 'm1', cloneId: 'c1', attempt: 2, probe: false }
const counts = { pending: 1, affinity: 2, total: 3, weight: 4 }
const picked = [
  'TRACE ws_server_group: lockedServerGroupUseServer: m1 picked, weight 4',
  'TRACE ws_server_group: serverGroupIncrementConnectionCount: m1 picked, pending count 1, total count 3',
  'TRACE ws_common: websphereFindServer: Server m1, attempt 2',
]
const execute = 'ws_common: websphereExecute:'
const noStream = (text: string) => `ERROR ${execute} No stream to m1 was created: ${text}`
const fail = (row: string, cause: string, text = 'text') => ({ server: 'm1', row, cause, text })
const handle = 'ws_common: websphereHandleRequest:'
const end = 'TRACE ws_common: websphereEndRequest: end of handling'

const rows: readonly Row[] = [
  [
    'a route with a virtual host and a pattern',
    'route',
    {
      ...where,
      cluster: 'C',
      route: 2,
      virtualHostGroup: 'V',
      virtualHost: '*:80',
      uriGroup: 'U',
      uri: '/a*',
      score: 2,
    },
    [
      ...begin,
      "TRACE ws_common: websphereVhostMatch: Comparing '*:80' to 'shop:80' in VhostGroup 'V': match",
      "TRACE ws_common: websphereUriMatch: Comparing '/a*' to '/a' in UriGroup 'U': match, score 2",
      'TRACE ws_common: websphereShouldHandleRequest: Route 3 matches, cluster C',
    ],
  ],
  [
    'a request that is declined',
    'decline',
    where,
    [
      ...begin,
      "TRACE ws_common: websphereShouldHandleRequest: No route matches 'shop:80' and '/a'",
    ],
  ],
  [
    'a session in a cookie',
    'ids',
    { ...ids, reparsed: false },
    [
      `${affinity} Looking at the cookie`,
      "TRACE lib_htrequest: htrequestGetCookieValue: Cookie JSESSIONID: '***'",
      "TRACE ws_common: websphereParseCloneID: Clone ids: 'c1'",
    ],
  ],
  [
    'a session in the URL, looked at again, without clone ids',
    'ids',
    { ...ids, source: 'url', cloneIds: [], name: 'jsessionid', reparsed: true },
    [
      `${affinity} Looking at the URL again`,
      "TRACE ws_common: websphereParseSessionID: Session id jsessionid: '***'",
      'TRACE ws_common: websphereParseCloneID: Clone ids: none',
    ],
  ],
  [
    'a partition id of the SSL session',
    'ids',
    { ...ids, source: 'ssl-session', partitions: { p1: ['c1', 'c2'] }, reparsed: false },
    [
      `${affinity} Looking at the SSL session cookie`,
      "TRACE lib_htrequest: htrequestGetCookieValue: Cookie JSESSIONID: '***'",
      "TRACE ws_common: websphereParseCloneID: Partition id 'p1' belongs to 'c1', 'c2'",
      "TRACE ws_common: websphereParseCloneID: Clone ids: 'c1'",
    ],
  ],
  [
    'no session',
    'ids',
    { source: 'none', cloneIds: [], reparsed: false },
    [`${affinity} No session identifier to go by`],
  ],
  [
    'a comparison with a server that has no clone id',
    'compare',
    { id: 'c9', server: 'm1', serverCloneId: null, list: 'primary', match: false },
    ["TRACE ws_server_group: serverGroupFindClone: comparing 'c9' with clone id ''"],
  ],
  [
    'the status of a server, its flags in their order',
    'check',
    check,
    [
      'STATS ws_server_group: serverGroupCheckServerStatus: status of m1, ignoreWeights 1, markedDown 1, retryNow 1, retryInSec 0, wlbAllows 0 reachedMaxConnectionsLimit 1',
      'TRACE ws_server: serverHasReachedMaxConnections: m1: current 3, limit reached 1',
    ],
  ],
  [
    'a server that is passed over',
    'skip',
    { server: 'm1', reason: 'busy', retryInSec: null },
    ['TRACE ws_server_group: serverGroupCheckServerStatus: m1 is passed over: busy'],
  ],
  [
    'a backup that is chosen to probe it',
    'select',
    { ...select, ...counts, why: 'backup', probe: true },
    [
      'TRACE ws_server_group: serverGroupGetFirstBackupServer: m1 is chosen: no primary can take the request, and it is the first backup that can, to find out whether it is up again',
      ...picked,
    ],
  ],
  [
    'a transport',
    'transport',
    { server: 'm1', case: 1, protocol: 'https', hostname: 'app', port: 9443 },
    [
      'TRACE ws_common: websphereFindTransport: Looking for a transport of m1',
      'DETAIL ws_common: websphereFindTransport: transport case 1: host app, port 9443',
    ],
  ],
  [
    'a pooled stream',
    'stream',
    { server: 'm1', from: 'pooled' },
    [
      `TRACE ${execute} executing the request`,
      'DEBUG ws_common: websphereGetStream: Getting a stream to m1',
      'TRACE ws_transport: transportStreamDequeue: looking for an idle stream',
      'TRACE ws_common: websphereGetStream: An idle stream is reused',
    ],
  ],
  [
    'a connection in time',
    'connect',
    { server: 'm1', result: 'ok', connectTimeoutMs: 5000 },
    [
      'TRACE ws_common: websphereGetStream: Connecting to m1 within 5 s',
      'DEBUG ws_common: websphereGetStream: Connected to m1',
    ],
  ],
  [
    'a connect timeout',
    'connect',
    { server: 'm1', result: 'timeout', connectTimeoutMs: 5000 },
    [
      'TRACE ws_common: websphereGetStream: Connecting to m1 within 5 s',
      'ERROR ws_common: websphereGetStream: connect timeout: m1, 5 s',
    ],
  ],
  [
    'a connection that failed with a code of the operating system',
    'connect',
    { server: 'm1', result: 'failed', connectTimeoutMs: 0, code: 'EHOSTUNREACH' },
    [
      `ERROR ws_common: websphereGetStream: connect to m1 failed (${constants.errno.EHOSTUNREACH}): EHOSTUNREACH`,
    ],
  ],
  [
    'a connection that failed with another code',
    'connect',
    { server: 'm1', result: 'failed', connectTimeoutMs: 0, code: 'UND_ERR' },
    ['ERROR ws_common: websphereGetStream: connect to m1 failed (UND_ERR)'],
  ],
  [
    'a connection that failed without a code',
    'connect',
    { server: 'm1', result: 'failed', connectTimeoutMs: 0 },
    ['ERROR ws_common: websphereGetStream: connect to m1 failed (unknown)'],
  ],
  ['F1 a refused connection', 'fail', fail('F1', 'refused'), [noStream('text')]],
  ['F2 a connect timeout', 'fail', fail('F2', 'connect-timeout'), [noStream('text')]],
  [
    'F4 a TLS failure',
    'fail',
    fail('F4', 'tls', 'TLS handshake failed (CERT)'),
    [
      'ERROR lib_stream: openStream: m1: TLS handshake failed (CERT)',
      noStream('TLS handshake failed (CERT)'),
    ],
  ],
  [
    'F5 a handshake without answer',
    'fail',
    fail('F5', 'handshake'),
    ['ERROR ws_common: websphereGetStream: m1: text', noStream('text')],
  ],
  [
    'F6 an old stream',
    'fail',
    fail('F6', 'reset'),
    [`WARN ${execute} Read failed on an old stream to m1: text`],
  ],
  [
    'F7 a new stream',
    'fail',
    fail('F7', 'reset'),
    [`ERROR ${execute} Read failed on a new stream to m1: text`],
  ],
  [
    'T3 a ServerIOTimeout with its fields in their order',
    'fail',
    {
      ...fail('F8', 'read-timeout'),
      timeoutMs: 30_000,
      retryCount: 1,
      serverIoTimeoutRetry: 3,
      retry: true,
    },
    [
      `ERROR ServerIOTimeout fired: time out 30, retry count 1, serverIOTimeoutRetry 3, retry YES, rc ${constants.errno.ETIMEDOUT}`,
    ],
  ],
  [
    'T3 a ServerIOTimeout without a limit of its own',
    'fail',
    { ...fail('F9', 'read-timeout'), timeoutMs: 500, serverIoTimeoutRetry: null, retry: false },
    [
      `ERROR ServerIOTimeout fired: time out 0.5, retry count 0, serverIOTimeoutRetry -1, retry NO, rc ${constants.errno.ETIMEDOUT}`,
    ],
  ],
  [
    'F11 a 503',
    'fail',
    { ...fail('F11', 'status-503', 'the server answered 503'), retry: true },
    [`WARN ${execute} m1: the server answered 503, retry YES`],
  ],
  [
    'F13 what is not HTTP',
    'fail',
    fail('F13', 'malformed'),
    ['ERROR lib_htresponse: htresponseRead: m1: text'],
  ],
  [
    'F14 an answer that broke off',
    'fail',
    fail('F14', 'response-broken'),
    [`ERROR ${execute} m1: text`],
  ],
  [
    'F18 no transport of the scheme',
    'fail',
    fail('F18', 'no-transport'),
    ['ERROR ws_common: websphereFindTransport: m1: text'],
  ],
  [
    'Q4 a cluster that is not there',
    'fail',
    { cause: 'cluster-unknown', text: '' },
    [
      'ERROR ws_common: websphereFindServerGroup: No cluster: the Route names a cluster that is not defined',
    ],
  ],
  [
    'B4 a body that cannot be sent again',
    'fail',
    { cause: 'not-replayable', text: '' },
    [
      'ERROR ws_common: websphereWriteRequestReadResponse: No app server could be found for this request: the attempt failed, and the request body cannot be sent again',
      'ERROR ESI: getResponse: No response: rc = 2',
    ],
  ],
  ['a refused request, which its end tells of', 'fail', { cause: 'bad-host', text: '' }, []],
  [
    'a mark-down after a probe',
    'mark-down',
    { server: 'm1', retryIntervalMs: 60_000, reason: 'probe-failed' },
    ['ERROR ws_server: serverSetFailoverStatus: marking m1 down, retry in 60, its probe failed'],
  ],
  [
    'a mark-up',
    'mark-up',
    { server: 'm1', reason: 'probe-answered' },
    ['WARN ws_server: serverSetFailoverStatus: marking m1 up, probe answered'],
  ],
  [
    'another server',
    'retry',
    { server: 'm1', hostname: 'app', how: 'another-server', attempt: 2 },
    [`ERROR ${handle} transaction to m1 on host app failed, another server is tried`],
  ],
  [
    'another stream',
    'retry',
    { server: 'm1', hostname: 'app', how: 'same-server', attempt: 2 },
    [`WARN ${handle} transaction to m1 on host app failed, a new stream is tried`],
  ],
  [
    'the counters of the older levels',
    'stats',
    { server: 'm1', pending: 1, failed: 2, affinity: 3, total: 4, vocabulary: 'connections' },
    [
      'STATS ws_server: serverSetFailoverStatus: m1 : pendingConnections 1 failedConnections 2 affinityConnections 3 totalConnections 4.',
    ],
  ],
  [
    'a reset of the weights',
    'weights',
    { cluster: 'C', reset: 2, weights: [{ server: 'm1', current: 3, start: 2 }] },
    [
      'TRACE ws_server_group: assureWeightsValid: Weights reset, 2 times the start weight added: m1 3 of 2',
    ],
  ],
  ['a served request', 'outcome', { result: 'served', attempts: 1 }, [end]],
  ['a declined request', 'outcome', { result: 'decline', attempts: 0 }, [end]],
  [
    'F15 a client that went away',
    'outcome',
    { result: 'client-aborted', attempts: 1 },
    [`WARN ${handle} The client has gone away`, end],
  ],
  [
    'F14 the end of an answer that broke off',
    'outcome',
    { result: 'response-broken', attempts: 1 },
    [`ERROR ${handle} The answer could not be passed on whole`, end],
  ],
  [
    'E7 a refused request, which is not the fault of this side',
    'outcome',
    { result: 'fail', status: 400, reason: 'bad-host', attempts: 0 },
    [
      `WARN ${handle} The request could not be handled: the Host header is not understood, status 400`,
      end,
    ],
  ],
]
for (const [title, kind, facts, lines] of rows) {
  t.test(`10.3 ${kind}: ${title}`, async t => {
    t.same(told(kind, facts), lines)
  })
}

t.test('10.3 there is a line for every kind of record', async t => {
  const kinds = new Set(rows.map(([, kind]) => kind))
  t.same(
    traceKinds.filter(kind => !kinds.has(kind)),
    [],
  )
})

t.test('10.2 no record has a line that its level would hide', async t => {
  for (const [title, kind, , lines] of rows) {
    const words = lines.map(line => line.split(' ')[0])
    const first = logLevels.find(level =>
      logLevels.some(line => words.includes(levelWords[line]) && shows(level, line)),
    )
    if (first !== undefined) t.ok(shows(first, coarsestLevel(kind)), title)
  }
})

t.test('10.3 the session id is shown to those who ask for secrets', async t => {
  const [, cookie] = told('ids', { ...ids, reparsed: false }, { showSecrets: true })
  t.match(cookie, /Cookie JSESSIONID: '0001x:c1'$/)
})

t.test('10.3 why a server was chosen is said in the words of the function that did', async t => {
  const places = ['affinity', 'round-robin', 'random', 'only-server', 'next-in-list'].map(
    why => told('select', { ...select, ...counts, why })[0]?.split(': ')[1],
  )
  t.same(places, [
    'websphereHandleSessionAffinity',
    'serverGroupNextRoundRobinServer',
    'serverGroupSelectServer',
    'serverGroupSelectServer',
    'serverGroupGetNextPrimaryServer',
  ])
})

t.test('10.1 nothing that a client sends can break a line, in any record', async t => {
  const evil = "a\r\n[06/Oct/2017:19:06:43.24773] 00ea003e 00000001 - ERROR: x'; y='\u202e\u0085"
  const facts = { host: evil, path: evil, uri: evil, uriGroup: 'U', port: 80, score: 1, route: 0 }
  const sent = { name: evil, value: evil, cloneIds: [evil], partitions: { [evil]: [evil] } }
  const all = [
    ...told('route', { ...facts, cluster: 'C', virtualHostGroup: 'V', virtualHost: '*' }),
    ...told('decline', facts),
    ...told('ids', { ...sent, source: 'cookie' }, { showSecrets: true }),
    ...told('ids', { ...sent, source: 'url' }, { showSecrets: true }),
    ...told('compare', { id: evil, server: 'm1', serverCloneId: evil, match: true }),
    ...told('fail', { server: 'm1', row: 'F1', cause: 'refused', text: evil }),
    ...told('connect', { server: 'm1', result: 'failed', connectTimeoutMs: 0, code: evil }),
  ]
  for (const text of all) {
    t.notMatch(text, /[\r\n\u0085\u202e]/, 'one line')
    t.notMatch(text, /\] \w+ \w+ - /, 'no second record')
  }
})
