import { edgeConfig } from '../../support/edge-config.ts'
import { bytesAre, last, openStage, request, talk, unambiguous } from '../stage.ts'
import { type Case, clearOrRefused, probe, refused, served } from '../suite.ts'
import { statusOf, valuesOf } from '../wire.ts'

const ours = {
  $WSIS: ['false'],
  $WSSC: ['http'],
  $WSRA: ['127.0.0.1'],
  $WSRH: ['127.0.0.1'],
  $WSPR: ['HTTP/1.1'],
  $WSSN: ['edge.example'],
  $WSSP: ['80'],
}

/** Every private field, a name that is none, and names that only begin like one. */
const privates = [
  ...['$WSAT', '$WSCC', '$WSCS', '$WSFO', '$WSIS', '$WSPC', '$WSPR', '$WSRA', '$WSRH', '$WSRU'],
  ...['$WSSC', '$WSSI', '$WSSN', '$WSSP', '$WSPT', '$WSEP', '$WSBP', '$WSZZ', '$WS', '$WS-RA'],
  ...['_WS_HAPRT_WLMVERSION', '_WS', '_WS-RU'],
]

const spellings = (name: string): readonly string[] => [
  name,
  name.toLowerCase(),
  name.replace(/W/, 'w'),
  name.replace('$', '_'),
  name.replace('$', '_').toLowerCase(),
]

const forwarded = [
  ...['X-Forwarded-For', 'X-Forwarded-Proto', 'X-Forwarded-Host', 'X-Forwarded-Port'],
  ...['X-Forwarded-Server', 'X-Forwarded-User', 'X-Forwarded-'],
]

const underscored = (name: string): readonly string[] => [
  name,
  name.toUpperCase(),
  name.toLowerCase(),
  name.replaceAll('-', '_'),
  name.replace('-', '_'),
  name.replace(/-(?=[^-]*$)/, '_'),
]

/** Header names that vanish or alias (security.md 1). */
export const headerNames: readonly Case[] = [
  refused(
    'an empty name in the first field',
    'GET /a HTTP/1.1\r\n: x\r\nHost: edge.example\r\n\r\n',
  ),
  refused('an empty name behind others (CVE-2023-25725)', request('GET /a', ': x', 'X: y')),
  ...[
    'X Y: z',
    'X(: z',
    'X,Y: z',
    'X/Y: z',
    'X@: z',
    '"X": z',
    '{X}: z',
    'X\x80: z',
    'X\xe9: z',
    '\x7fX: z',
  ].map(line => refused(`a name that is none, ${JSON.stringify(line)},`, request('GET /a', line))),
  ...[...new Set(privates.flatMap(spellings))].map(name =>
    served(
      `${name} of a client does not arrive`,
      request('GET /a', `${name}: spoofed`, 'X-Own: 1'),
      {
        has: { ...ours, 'X-Own': ['1'] },
        lacks: [name, name.replace('_', '$')].filter(each => !(each.toUpperCase() in ours)),
      },
    ),
  ),
  served(
    'a private field twice and in two spellings',
    request('GET /a', '$WSRA: 1', '$wsra: 2', '_WSRA: 3', '$WSRA: 4'),
    { has: ours, lacks: ['_WSRA'] },
  ),
  served(
    'a private field before Host',
    'GET /a HTTP/1.1\r\n$WSSN: evil\r\nHost: edge.example\r\n\r\n',
    { has: ours },
  ),
  ...[...new Set(forwarded.flatMap(underscored))].map(name =>
    served(
      `${name} of a client does not arrive`,
      request('GET /a', `${name}: 6.6.6.6`, 'X-Own: 1'),
      {
        has: { ...ours, 'X-Own': ['1'] },
        lacks: [name],
      },
    ),
  ),
  ...['Forwarded', 'FORWARDED', 'forwarded'].map(name =>
    served(
      `${name} of a client does not arrive`,
      request('GET /a', `${name}: for=6.6.6.6;proto=https`),
      { lacks: ['forwarded'] },
    ),
  ),
  ...[
    'Proxy',
    'proxy',
    'Proxy-Authorization',
    'Proxy_Authorization',
    'Proxy-Authenticate',
    'PROXY-CONNECTION',
    'Proxy_Connection',
  ].map(name =>
    served(`${name} of a client does not arrive`, request('GET /a', `${name}: http://evil/`), {
      lacks: [name],
    }),
  ),
  ...[
    'X-Forward',
    'XForwarded-For',
    'Forwarded-For',
    '$W',
    '_W',
    '$XWS',
    'WSRA',
    'HTTP_HOST',
    'Proxied',
    'X-Own-Forwarded-For',
  ].map(name =>
    served(`${name} is nobody’s but the client’s and arrives`, request('GET /a', `${name}: x`), {
      has: { ...ours, [name]: ['x'] },
    }),
  ),
  served('a name of 1,000 letters arrives', request('GET /a', `${'n'.repeat(1000)}: x`), {
    has: { ['n'.repeat(1000)]: ['x'] },
  }),
  served(
    'names that mean something to JavaScript alone arrive',
    request('GET /a', '__proto__: x', 'constructor: y', 'toString: z'),
    { has: { __proto__: ['x'], constructor: ['y'], tostring: ['z'] } },
  ),
  clearOrRefused(
    'a private name with a blank before its colon',
    request('GET /a', '$WSRA : 6.6.6.6'),
    '',
  ),
  refused('two Hosts', 'GET /a HTTP/1.1\r\nHost: edge.example\r\nHost: evil.example\r\n\r\n'),
  refused(
    'the same Host twice',
    'GET /a HTTP/1.1\r\nHost: edge.example\r\nHost: edge.example\r\n\r\n',
  ),
  refused('no Host', 'GET /a HTTP/1.1\r\n\r\n'),
  probe('a spoofed field does not get past a server that is tried second', async t => {
    const { port, app } = await openStage(t, {
      config: port => edgeConfig([{ port: 1 }, { port }]),
    })
    await talk(port, request('GET /a', '$WSFO: spoofed', '$WSRU: root') + last)
    const [seen] = app.messages()
    t.strictSame(valuesOf(seen, '$WSFO'), ['true'])
    t.strictSame(valuesOf(seen, '$WSRU'), [])
  }),
  probe('a trusted proxy may send them, and each arrives once', async t => {
    const { port, app } = await openStage(t, {
      config: port =>
        edgeConfig([{ port }], {
          settings: { trustedProxyEnable: true },
          trustedProxies: ['127.0.0.1'],
        }),
    })
    await talk(
      port,
      request('GET /a', '$wsra: 9.9.9.9', '$WSRA: 8.8.8.8', 'X-Forwarded-For: 9.9.9.9') + last,
    )
    const [seen] = app.messages()
    t.ok(valuesOf(seen, '$WSRA').includes('9.9.9.9'))
    t.notOk(valuesOf(seen, '$WSRA').includes('127.0.0.1'))
    t.strictSame(valuesOf(seen, 'X-Forwarded-For'), ['9.9.9.9'])
    t.strictSame(valuesOf(seen, '$WSSN'), ['edge.example'])
    unambiguous(t, app)
  }),
]

const everything = 'close, $WSRA, X-Forwarded-For, Cookie, Host, Content-Length, X-Own'

/** A POST with a cookie and a field of its own, and these Connection lines. */
const naming = (...lines: readonly string[]): string =>
  `${request('POST /a', ...lines.map(line => `Connection: ${line}`), 'X-Own: 1', 'X-Kept: 2', 'Cookie: a=1', 'Content-Length: 2')}hi`

const needed = {
  ...ours,
  host: ['edge.example'],
  cookie: ['a=1'],
  'content-length': ['2'],
  'x-kept': ['2'],
}

const kept = (title: string, ...lines: readonly string[]): Case =>
  served(title, naming(...lines), { body: 'hi', has: needed, lacks: ['x-own'] })

/** A client or a server names our fields in Connection (security.md 1). */
export const connectionFields: readonly Case[] = [
  probe(`Connection: ${everything}`, async (t, { port, app }) => {
    const { messages } = await talk(port, naming(everything))
    t.strictSame(messages.map(statusOf), [200])
    const [seen] = app.messages()
    for (const [name, values] of Object.entries(needed))
      t.strictSame(valuesOf(seen, name), values, name)
    t.strictSame(valuesOf(seen, 'x-own'), [])
    t.equal(seen?.body, 'hi')
  }),
  ...[
    '$WSRA',
    '$WSIS',
    '$WSSN',
    '$wssp',
    'Cookie',
    'COOKIE',
    'Host',
    'host',
    'Content-Length',
    'content-length',
    'Transfer-Encoding',
    'Content-Type',
    'Authorization',
    'X-Forwarded-For',
    'Connection',
    'Upgrade',
    'Via',
  ].map(name =>
    kept(`Connection: ${name} removes nothing but the field of its own`, `${name}, X-Own`),
  ),
  kept('several Connection lines', 'Host', 'Cookie, x-own', '$WSRA'),
  kept('names in odd case and with blanks', '\t hOST\t ,  X-oWN , cOOKIE'),
  kept('empty names', ',, ,X-Own,,'),
  kept('a thousand names', `${Array.from({ length: 1000 }, (_, i) => `h${i}`).join(',')},X-Own`),
  kept('a name with quotes beside', '"Host", X-Own, "Cookie"'),
  kept('a name with a semicolon beside', 'Host;q=1, X-Own'),
  kept('keep-alive and close at once', 'keep-alive, X-Own, Host'),
  served(
    'the client’s hop-by-hop fields end here',
    request(
      'GET /a',
      'Connection: keep-alive',
      'Keep-Alive: timeout=9',
      'Proxy-Connection: keep-alive',
      'TE: gzip',
      'Expect: 100-continue',
    ),
    { lacks: ['keep-alive', 'proxy-connection', 'te', 'expect'] },
  ),
  served(
    'Authorization cannot be stripped on the way',
    request(
      'GET /a',
      'Connection: Authorization, If-None-Match, Range',
      'Authorization: Basic x',
      'If-None-Match: "e"',
      'Range: bytes=0-1',
    ),
    { has: { authorization: ['Basic x'], 'if-none-match': ['"e"'], range: ['bytes=0-1'] } },
  ),
  served(
    'a Connection that names affinity does not lose the session',
    request('GET /a', 'Connection: Cookie', 'Cookie: JSESSIONID=0000abc:c1'),
    { has: { cookie: ['JSESSIONID=0000abc:c1'] } },
  ),

  // The other direction
  probe(
    'an answer’s Connection removes its own fields and nothing that counts',
    async (t, { port, app }) => {
      app.answer = bytesAre(
        'HTTP/1.1 200 OK\r\nConnection: keep-alive, X-Hop, Set-Cookie, Content-Length, Content-Type\r\nX-Hop: 1\r\nX-Kept: 2\r\nSet-Cookie: a=1\r\nContent-Type: text/x\r\nContent-Length: 2\r\n\r\nhi',
      )
      const { messages, faults } = await talk(port, request('GET /a') + last)
      t.strictSame(faults, [])
      const [answer] = messages
      t.strictSame(valuesOf(answer, 'x-hop'), [])
      t.strictSame(valuesOf(answer, 'x-kept'), ['2'])
      t.strictSame(valuesOf(answer, 'set-cookie'), ['a=1'])
      t.strictSame(valuesOf(answer, 'content-type'), ['text/x'])
      t.equal(answer?.body, 'hi')
    },
  ),
  probe(
    'CVE-2026-55458: a 101 loses the fields that its Connection names',
    async (t, { port, app }) => {
      app.answer = bytesAre(
        'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade, X-Hop, Sec-WebSocket-Accept\r\nUpgrade: websocket\r\nX-Hop: 1\r\n$WSEP: x\r\nKeep-Alive: timeout=5\r\nSec-WebSocket-Accept: k\r\n\r\n',
      )
      const { messages } = await talk(
        port,
        request('GET /a', 'Connection: Upgrade', 'Upgrade: websocket'),
        {
          until: text => text.includes('\r\n\r\n'),
        },
      )
      const [answer] = messages
      t.equal(answer && statusOf(answer), 101)
      for (const name of ['x-hop', '$wsep', 'keep-alive'])
        t.strictSame(valuesOf(answer, name), [], name)
      t.strictSame(valuesOf(answer, 'sec-websocket-accept'), ['k'])
      t.strictSame(valuesOf(answer, 'connection'), ['Upgrade'])
    },
  ),
  probe(
    'an upgrade’s Connection removes the client’s own fields and none of ours',
    async (t, { port, app }) => {
      app.answer = bytesAre('HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n')
      await talk(
        port,
        request(
          'GET /a',
          'Connection: Upgrade, X-Own, $WSRA, Host, Cookie, Origin, Sec-WebSocket-Key',
          'Upgrade: websocket',
          'X-Own: 1',
          '$WSRA: 6.6.6.6',
          'Cookie: a=1',
          'Origin: http://o',
          'Sec-WebSocket-Key: k',
        ),
      )
      const [seen] = app.messages()
      for (const [name, values] of Object.entries({
        ...ours,
        cookie: ['a=1'],
        origin: ['http://o'],
        'sec-websocket-key': ['k'],
        host: ['edge.example'],
        'x-own': [],
      })) {
        t.strictSame(valuesOf(seen, name), values, name)
      }
    },
  ),
  probe('a 103 loses the fields that its Connection names', async (t, { port, app }) => {
    app.answer = bytesAre(
      'HTTP/1.1 103 Early Hints\r\nConnection: X-Hop\r\nX-Hop: 1\r\n$WSEP: x\r\nLink: </a.css>; rel=preload\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi',
    )
    const { messages } = await talk(port, request('GET /a') + last)
    t.strictSame(messages.map(statusOf), [103, 200, 200])
    t.strictSame(valuesOf(messages[0], 'link'), ['</a.css>; rel=preload'])
    for (const name of ['x-hop', '$wsep', 'connection'])
      t.strictSame(valuesOf(messages[0], name), [], name)
  }),
  probe(
    'trailers of an answer that mean framing, trust or this hop are dropped',
    async (t, { port, app }) => {
      app.answer = bytesAre(
        'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n2\r\nhi\r\n0\r\nConnection: X-Kept\r\nKeep-Alive: 1\r\n$WSEP: x\r\n_WS_HAPRT_WLMVERSION: 1\r\nX-Forwarded-For: 1\r\nSet-Cookie: a=1\r\nContent-Type: text/html\r\nLocation: http://evil/\r\nUpgrade: h2c\r\nX-Sum: 42\r\n\r\n',
      )
      const { messages, faults } = await talk(
        port,
        request('GET /a', 'TE: trailers', 'Connection: TE') + last,
      )
      t.strictSame(faults, [])
      t.strictSame(messages[0]?.trailers, [['X-Sum', '42']])
      t.equal(messages[1]?.body, '/last')
    },
  ),
]
