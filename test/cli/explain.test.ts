import { resolve } from 'node:path'
import t from 'tap'
import { captured } from './capture.ts'

const sample = (name: string) => resolve(import.meta.dirname, '../../plugin-cfg', name)
const figure = sample('figure-5-12.xml')
const snoop = 'http://yourWebServer/snoop'
const cookie = 'JSESSIONID=0000A2MB4IJozU_VM8IffsMNfdR:v544d031'

t.test('routing.md 7: figure 5-12 with member 1 refusing ends with member 2', async t => {
  const { status, out, err } = await captured([
    ...['explain', figure, snoop, '--cookie', cookie],
    ...['--fail', 'PluginMember1=refused'],
  ])
  t.equal(status, 0)
  t.equal(err, '')
  t.equal(
    out,
    `GET http://yourWebServer/snoop
Cookie: JSESSIONID=0000A2MB4IJozU_VM8IffsMNfdR:v544d031

 1  Route 1 matches: host yourwebserver, port 80 (alias *:80 of default_host) and path    ws_common: websphereShouldHandleRequest
    /snoop (/snoop/* of default_host_PluginCluster_URIs, score 7); cluster PluginCluster
 2  Cookie JSESSIONID carries the clone ID v544d031                                       ws_common: websphereParseCloneID
 3  v544d031 is the clone ID of PluginMember1                                             ws_server_group: serverGroupFindClone
 4  Status of PluginMember1: can take the request (ignoreWeights 1, markedDown 0,         ws_server_group: serverGroupCheckServerStatus
    retryNow 0, retryInSec --, wlbAllows 0, reachedMaxConnectionsLimit 0)
 5  PluginMember1 is chosen because the session names it (attempt 1, pending 1, total 0)  ws_server_group: lockedServerGroupUseServer
 6  Its http transport 127.0.0.1:9088 is taken (case 2)                                   ws_common: websphereFindTransport
 7  No idle stream to PluginMember1: a new one is to be opened                            ws_transport: transportStreamDequeue
 8  PluginMember1 cannot be connected to: ECONNREFUSED                                    ws_common: websphereGetStream
 9  Attempt at PluginMember1 failed: connection refused (ECONNREFUSED), rule F1           ws_common: websphereExecute
10  PluginMember1 is marked down; its retry timer of 60 s starts                          ws_server: serverSetFailoverStatus
11  Counters of PluginMember1: pendingRequests 0, failedRequests 1, affinityRequests 1,   ws_server: serverSetFailoverStatus
    totalRequests 0
12  The transaction to PluginMember1 on host 127.0.0.1 failed; another attempt is made    ws_common: websphereHandleRequest
    if the rules allow one
13  Again: cookie JSESSIONID carries the clone ID v544d031                                ws_common: websphereParseCloneID
14  v544d031 is the clone ID of PluginMember1                                             ws_server_group: serverGroupFindClone
15  Status of PluginMember1: cannot take the request (ignoreWeights 1, markedDown 1,      ws_server_group: serverGroupCheckServerStatus
    retryNow 0, retryInSec 60, wlbAllows 0, reachedMaxConnectionsLimit 0)
16  PluginMember1 is passed over: marked down, 60 s left on its retry timer               ws_server_group: serverGroupCheckServerStatus
17  v544d031 is not the clone ID of PluginMember2 (v544d0o0)                              ws_server_group: serverGroupFindClone
18  Status of PluginMember2: can take the request (ignoreWeights 0, markedDown 0,         ws_server_group: serverGroupCheckServerStatus
    retryNow 0, retryInSec --, wlbAllows 1, reachedMaxConnectionsLimit 0)
19  PluginMember2 is chosen because it is its turn in weighted round robin (attempt 2,    ws_server_group: lockedServerGroupUseServer
    pending 1, total 0)
20  Its http transport 127.0.0.1:9086 is taken (case 2)                                   ws_common: websphereFindTransport
21  No idle stream to PluginMember2: a new one is to be opened                            ws_transport: transportStreamDequeue
22  PluginMember2 accepts the connection                                                  ws_common: websphereGetStream
23  Counters of PluginMember2: pendingRequests 0, failedRequests 0, affinityRequests 0,   ws_server: serverSetFailoverStatus
    totalRequests 1
24  Weights now PluginMember1 1 of 1, PluginMember2 0 of 1                                ws_server_group: assureWeightsValid
25  PluginMember2 answers with status 200, 2 attempts                                     ws_common: websphereEndRequest

=> PluginMember2 of PluginCluster answers 200, after PluginMember1 failed: it is its turn in weighted round robin
`,
  )
})

t.test('--json is outcome and trace records, nothing else', async t => {
  const { status, out } = await captured([
    ...['explain', figure, snoop, '--cookie', cookie, '--json'],
    ...['--fail', 'PluginMember1=refused'],
  ])
  t.equal(status, 0)
  const json = JSON.parse(out)
  t.same(Object.keys(json), ['outcome', 'steps'])
  t.same(json.outcome, {
    kind: 'served',
    server: 'PluginMember2',
    cluster: 'PluginCluster',
    status: 200,
    reason: 'round-robin',
  })
  const kinds = json.steps.map((step: { kind: string }) => step.kind)
  t.same(kinds.slice(0, 8), [
    'route',
    'ids',
    'compare',
    'check',
    'select',
    'transport',
    'stream',
    'connect',
  ])
  t.equal(kinds.at(-1), 'outcome')
  for (const step of json.steps)
    t.match(step, { step: /^P\d+$/, component: String, fn: String, time: Number })
})

/** Last line, and its beginning, of an explanation. */
const lastLine = async (...args: readonly string[]) => {
  const { out, err } = await captured(['explain', ...args])
  return `${err}${out.trimEnd().split('\n').at(-1)}`
}

const conclusions = [
  [
    [figure, snoop, '--cookie', cookie],
    /^=> PluginMember1 of PluginCluster answers 200: the session names it$/,
  ],
  [[figure, `${snoop};jsessionid=0000x:v544d0o0`], /^=> PluginMember2 .* the session names it$/],
  [[figure, snoop, '--header', `Cookie: ${cookie}`], /^=> PluginMember1 .* the session names it$/],
  [[figure, snoop, '--cookie', cookie, '--down', 'PluginMember1=5'], /^=> PluginMember2 /],
  [[figure, snoop, '--cookie', cookie, '--down', 'PluginMember1=0'], /^=> PluginMember1 /],
  [[figure, snoop, '--cookie', cookie, '--busy', 'PluginMember1'], /^=> PluginMember2 /],
  [[figure, snoop, '--cookie', cookie, '--drain', 'PluginMember1'], /^=> PluginMember1 /],
  [[figure, snoop, '--drain', 'PluginMember1'], /^=> PluginMember2 /],
  [[figure, snoop, '--cookie', cookie, '--stop', 'PluginMember1'], /^=> PluginMember2 /],
  [
    [figure, snoop, '--cookie', cookie, '--down', 'PluginCluster/PluginMember1'],
    /^=> PluginMember2 /,
  ],
  [
    [figure, snoop, '--cookie', cookie, '--fail', 'PluginMember1=404'],
    /^=> PluginMember1 .* answers 404: /,
  ],
  [
    [figure, snoop, '--cookie', cookie, '--fail', 'PluginMember1=503'],
    /^=> PluginMember2 of PluginCluster answers 200, after PluginMember1 failed: /,
  ],
  [
    [figure, snoop, '--fail', 'PluginMember1=connect-timeout', '--fail', 'PluginMember2=reset'],
    /^=> the client gets 500, after PluginMember\d, PluginMember\d failed: every attempt/,
  ],
  [
    [figure, snoop, '--down', 'PluginMember1', '--down', 'PluginMember2'],
    /^=> the client gets 500: every server is marked down, and none was contacted$/,
  ],
  [[figure, 'http://yourWebServer/other'], /^=> declined: no Route matches/],
  [[figure, snoop, '--header', 'Host: other:99'], /^=> declined/],
  [[figure, 'http://yourWebServer/a/../..'], /^=> the client gets 400: the path is not understood/],
  [
    [sample('timeouts.xml'), 'http://a/alone/', '--method', 'POST', '--body', '1048577'],
    /^=> the client gets 413: .* larger than PostSizeLimit$/,
  ],
  [
    [
      sample('timeouts.xml'),
      'http://a/unbuffered/',
      '--method',
      'POST',
      '--body',
      '10',
      '--fail',
      'once1=reset',
      '--fail',
      'once2=reset',
    ],
    /the request body cannot be sent again$/,
  ],
  [[sample('trusted-proxy.xml'), 'https://a/inner/', '--local-port', '8443'], /^=> inner1 /],
  [[sample('trusted-proxy.xml'), 'https://a:8443/inner/', '--local-port', '443'], /^=> declined/],
  [
    [sample('tls.xml'), 'https://a/secured/', '--fail', 'secure1=tls', '--fail', 'secure2=tls'],
    /^=> the client gets 500/,
  ],
] as const

for (const [args, line] of conclusions) {
  t.test(`${args.slice(1).join(' ')} ends with ${line.source}`, async t => {
    t.match(await lastLine(...args), line)
  })
}

t.test('what was assumed or drawn is noted', async t => {
  const { out } = await captured([
    ...['explain', sample('weights.xml'), 'http://a/drawn/', '--seed', '5'],
    ...['--busy', 'Drawn/A', '--down', 'Steps/B'],
  ])
  t.match(out, 'note: Steps/B is a server of Steps, and the request belongs to Drawn\n')
  t.match(out, 'note: MaxConnections of A is unlimited; it is taken to be 1\n')
  t.match(out, /^note: chance decided \(seed 5\); with another --seed it is [BC]$/m)
})

t.test('the head of the request is shown as it was asked for', async t => {
  const { out } = await captured([
    ...['explain', figure, 'http://a/x\u001b', '--method', 'PUT'],
    ...['--header', 'host: b:99', '--cookie', 'a=1', '--cookie', 'b=2'],
  ])
  t.match(out, /^PUT http:\/\/a\/x\\u001b\nHost: b:99\nCookie: a=1\nCookie: b=2\n\n 1 {2}/)
})

t.test('sentences are broken to fit a terminal', async t => {
  const { out } = await captured(['explain', figure, snoop], { columns: 100 })
  const longest = Math.max(
    ...out
      .split('\n')
      .filter(line => /^ *\d/.test(line))
      .map(line => line.length),
  )
  t.ok(longest <= 100, String(longest))
})

t.test('in a narrow terminal no line is longer than it', async t => {
  for (const columns of [60, 80, 110, 111, 140]) {
    const { out } = await captured(['explain', figure, snoop, '--cookie', cookie], { columns })
    const steps = out.split('\n').filter(line => /^( *\d+| {2}) {2}/.test(line))
    t.ok(steps.length >= 10)
    for (const line of steps) t.ok(line.length <= columns, line)
    t.match(out, 'ws_server_group: serverGroupCheckServerStatus')
  }
})

t.test('--json leaves standard output to the JSON; notes are on standard error', async t => {
  const args = ['explain', figure, 'http://a/other', '--json']
  const { status, out, err } = await captured(args)
  t.equal(status, 0)
  t.same(JSON.parse(out).outcome, { kind: 'decline', reason: 'no-route' })
  t.equal(err, 'note: no Route takes /other on any host\n')
})

t.test('a cookie of 64 KiB does not fill the screen', async t => {
  const { status, out } = await captured([
    'explain',
    figure,
    snoop,
    '--cookie',
    `a=${'b'.repeat(65_536)}`,
  ])
  t.equal(status, 0)
  t.match(out, /^Cookie: a=b{190}… \(65546 characters\)$/m)
})

const remarks = [
  [
    'E4 a body that is dropped cannot be in the way of a second attempt',
    [
      sample('timeouts.xml'),
      'http://a/unbuffered/',
      '--body',
      '10',
      '--fail',
      'once1=reset',
      '--fail',
      'once2=reset',
    ],
    /^note: the body of a GET is read and dropped, unless AcceptAllContent is true\n(.*\n)*=> the client gets 500, after once\d, once\d failed: every attempt/m,
  ],
  [
    'B2 a body larger than PostBufferSize',
    [sample('timeouts.xml'), 'http://a/patient/', '--method', 'POST', '--body', '65537'],
    /^note: the request body has 65537 bytes, more than PostBufferSize \(65536\), so it can be sent only once$/m,
  ],
  [
    'B2 a body without a buffer',
    [sample('timeouts.xml'), 'http://a/unbuffered/', '--method', 'POST', '--body', '1'],
    /^note: PostBufferSize is 0, so the request body can be sent only once$/m,
  ],
  [
    'B6 a time that passes',
    [
      sample('timeouts.xml'),
      'http://a/patient/',
      '--cookie',
      'JSESSIONID=0000x:pat00001',
      '--fail',
      'patient1=read-timeout',
    ],
    /^note: the client has waited 180 s by then\n=> the client gets 500, after patient1 \(3 times\) failed: every attempt/m,
  ],
  [
    'the port that counts with VHostMatchingCompat',
    [sample('trusted-proxy.xml'), 'http://a/inner/'],
    /^note: VHostMatchingCompat is true, .* \(--local-port\)\nnote: Routes take \/inner\/ on other hosts or ports: \*:8443\n=> declined/m,
  ],
  [
    'other hosts that a path is known on',
    [
      sample('virtual-hosts.xml'),
      'http://www.example.com/inside/x.jsp?y',
      '--header',
      'Host: a:99',
    ],
    /^note: Routes take \/inside\/x\.jsp on other hosts or ports: \*:80, \*:443/m,
  ],
  [
    'A8 a session that nobody looks for',
    [sample('timeouts.xml'), 'http://a/alone/', '--cookie', 'JSESSIONID=0000x:y'],
    /^note: no server of Alone has a CloneID, so no session is looked for$/m,
  ],
  [
    'V3 a session with the other separator',
    [figure, snoop, '--cookie', 'JSESSIONID=0000x+v544d031'],
    /^note: the session has a clone ID behind \+, but CloneSeparatorChange of PluginCluster makes it :$/m,
  ],
] as const

for (const [title, args, remark] of remarks) {
  t.test(`${title}: said in a note`, async t => {
    const { status, out } = await captured(['explain', ...args])
    t.equal(status, 0)
    t.match(out, remark)
  })
}

t.test('chance is mentioned only where it makes a difference', async t => {
  const one = await captured(['explain', figure, snoop, '--down', 'PluginMember1'])
  t.notMatch(one.out, 'chance')
  const both = await captured(['explain', figure, snoop])
  t.match(both.out, /^note: chance decided \(seed 1\); with another --seed it is PluginMember1$/m)
  const three = await captured(['explain', sample('weights.xml'), 'http://a/steps/'])
  t.match(three.out, /^note: chance decided \(seed 1\); with another --seed it is A or C$/m)
})

t.test('two Host fields are refused, as the edge does it', async t => {
  const args = [figure, snoop, '--header', 'Host: a', '--header', 'Host: b']
  t.match(await lastLine(...args), /^=> the client gets 400: the Host header is not understood$/)
})

t.test('the same seed gives the same answer', async t => {
  const ask = () => captured(['explain', sample('weights.xml'), 'http://a/drawn/', '--seed', '9'])
  t.same(await ask(), await ask())
})

t.test('a configuration may come from standard input', async t => {
  const stdin =
    '<Config><Route ServerCluster="C" UriGroup="u"/><UriGroup Name="u"><Uri Name="/*"/></UriGroup><ServerCluster Name="C"><Server Name="m1"><Transport Hostname="127.0.0.1" Port="1"/></Server></ServerCluster></Config>'
  const { status, out } = await captured(['explain', '-', 'http://a/'], { stdin })
  t.equal(status, 0)
  t.match(out, /\n=> m1 of C answers 200: it is the only server/)
})

const ways =
  'refused, connect-timeout, tls, reset, reset-pooled, read-timeout, unreachable, handshake, malformed or a status such as 503'
const wrong = [
  [[], 'FILE is missing; usage: plugin-cfg explain (FILE | --attach ADDRESS) URL [options]'],
  [[figure], 'URL is missing; usage: plugin-cfg explain (FILE | --attach ADDRESS) URL [options]'],
  [
    [figure, snoop, 'x'],
    '"x" is one operand too many; usage: plugin-cfg explain (FILE | --attach ADDRESS) URL [options]',
  ],
  [
    [figure, '/snoop'],
    '"/snoop" is not a URL; write http://HOST/PATH or https://HOST/PATH, a space as %20',
  ],
  [
    [figure, 'ftp://a/b'],
    '"ftp://a/b" is not a URL; write http://HOST/PATH or https://HOST/PATH, a space as %20',
  ],
  [
    [figure, 'http:///b'],
    '"http:///b" is not a URL; write http://HOST/PATH or https://HOST/PATH, a space as %20',
  ],
  [
    [figure, snoop, '--down', 'Nobody'],
    'no server is named "Nobody" (servers: PluginMember1, PluginMember2)',
  ],
  [
    [figure, snoop, '--busy', 'PluginMember3'],
    'no server is named "PluginMember3" (servers: PluginMember1, PluginMember2); did you mean PluginMember1?',
  ],
  [
    [figure, snoop, '--fail', 'Nobody=503'],
    'no server is named "Nobody" (servers: PluginMember1, PluginMember2)',
  ],
  [
    [figure, snoop, '--down', 'PluginMember1=soon'],
    '--down is "PluginMember1=soon"; write NAME or NAME=SECONDS with 0 or more seconds',
  ],
  [
    [figure, snoop, '--down', 'PluginMember1=61'],
    'PluginMember1 cannot have 61 s left on its retry timer: RetryInterval of PluginCluster is 60 s',
  ],
  [[figure, snoop, '--fail', 'x'], `--fail is "x"; write NAME=HOW, where HOW is one of ${ways}`],
  [
    [figure, snoop, '--fail', 'x=boom'],
    `--fail is "x=boom"; write NAME=HOW, where HOW is one of ${ways}`,
  ],
  [
    [figure, snoop, '--fail', 'x=100'],
    `--fail is "x=100"; write NAME=HOW, where HOW is one of ${ways}`,
  ],
  [
    [figure, snoop, '--header', 'nonsense'],
    '--header is "nonsense"; write \'NAME: VALUE\', on one line',
  ],
  [
    [figure, snoop, '--header', 'X: 1\r\nHost: b'],
    '--header is "X: 1\\r\\nHost: b"; write \'NAME: VALUE\', on one line',
  ],
  ...['::1', '[::1', 'a:99999', 'a:x', 'höst'].map(
    host =>
      [
        [figure, `http://${host}/snoop`],
        `"${host}" in the URL is not a host; write HOST or HOST:PORT, an IPv6 address in brackets, an international name in its xn-- form`,
      ] as const,
  ),
  [
    [sample('cluster-address.xml'), 'http://a/sprayed/', '--down', 'sprayer'],
    'sprayer is a ClusterAddress, which is never marked down and has no MaxConnections',
  ],
  [[figure, snoop, '--method', 'G T'], '--method is "G T"; write a method such as POST'],
  [[figure, snoop, '--seed', 'x'], '--seed is "x"; write a whole number, 0 to 4294967295'],
  [[figure, snoop, '--body', '-1'], '--body is "-1"; write a whole number, 0 or more'],
  [[figure, snoop, '--local-port', '0'], '--local-port is "0"; write a whole number, 1 to 65535'],
  [[figure, snoop, '--cokie', 'x'], 'unknown option --cokie; did you mean --cookie?'],
] as const

for (const [args, message] of wrong) {
  t.test(`explain ${args.slice(1).join(' ')} is refused: ${message}`, async t => {
    t.same(await captured(['explain', ...args]), {
      status: 2,
      out: '',
      err: `plugin-cfg explain: ${message}\n`,
    })
  })
}

t.test('a file that cannot be read or used is status 1', async t => {
  t.match(await captured(['explain', 'nowhere.xml', snoop]), {
    status: 1,
    err: 'plugin-cfg explain: cannot read "nowhere.xml": there is no such file\n',
  })
  t.match(await captured(['explain', '-', snoop], { stdin: '' }), {
    status: 1,
    err: /L01 [\s\S]*\nplugin-cfg explain: \(stdin\) has 1 error and cannot be used\n$/,
  })
})
