import t from 'tap'
import { edgeConfig } from '../support/edge-config.ts'
import { ask, edgeOn, fields, names, origin, rawAsk } from '../support/loopback.ts'

t.test('Host, order, spelling and repeated lines arrive as the client sent them', async t => {
  const server = await origin(t)
  const { port } = await edgeOn(t, edgeConfig([{ port: server.port }]))
  await rawAsk(
    port,
    'GET / HTTP/1.1\r\nHost: Edge.Example:81\r\nX-CaMeL: 1\r\nCookie: a=1\r\nx-dup: 1\r\nCookie: b=2\r\nX-Dup: 2\r\nConnection: close\r\n\r\n',
  )
  const raw = server.seen[0]?.rawHeaders ?? []
  t.strictSame(fields(raw, 'host'), ['Edge.Example:81'])
  t.strictSame(fields(raw, 'cookie'), ['a=1', 'b=2'])
  t.match(
    names(raw).filter(name => /camel|dup|cookie/i.test(name)),
    ['X-CaMeL', 'Cookie', 'x-dup', 'Cookie', 'X-Dup'],
  )
})

t.test('E16 private headers are set in upper case, and those of the client are gone', async t => {
  const server = await origin(t)
  const { port } = await edgeOn(t, edgeConfig([{ port: server.port }]))
  await ask(port, '/', {
    headers: {
      $wsra: '6.6.6.6',
      _WS_HAPRT_WLMVERSION: '7',
      _WSRU: 'root',
      $WSRU: 'root',
      'X-Forwarded-For': '6.6.6.6',
      X_Forwarded_For: '6.6.6.6',
      Host: 'shop:9080',
    },
  })
  const raw = server.seen[0]?.rawHeaders ?? []
  t.strictSame(
    names(raw).filter(name => /ws|forwarded/i.test(name)),
    ['$WSIS', '$WSSC', '$WSRA', '$WSRH', '$WSPR', '$WSSN', '$WSSP'],
  )
  t.strictSame(
    ['$WSRA', '$WSSN', '$WSSP'].flatMap(name => fields(raw, name)),
    ['127.0.0.1', 'shop', '9080'],
  )
})

t.test('E16 RemoveSpecialHeaders=false leaves those of the client that we do not set', async t => {
  const server = await origin(t)
  const { port } = await edgeOn(
    t,
    edgeConfig([{ port: server.port }], { cluster: { removeSpecialHeaders: false } }),
  )
  await ask(port, '/', { headers: { $wsra: '6.6.6.6', $WSAT: 'BASIC' } })
  const raw = server.seen[0]?.rawHeaders ?? []
  t.strictSame(fields(raw, '$WSRA'), ['127.0.0.1'])
  t.strictSame(fields(raw, '$WSAT'), ['BASIC'])
})

const proxies = [
  ['an address', ['127.0.0.1'], true],
  ['an address in its IPv6 form', ['::ffff:127.0.0.1'], true],
  ['a name', ['proxy.example'], true],
  ['somebody else', ['10.9.8.7', '2001:db8::1'], false],
  ['nobody', [], false],
] as const

for (const [title, trustedProxies, believed] of proxies) {
  t.test(
    `E16 a TrustedProxyGroup of ${title}: its headers are ${believed ? '' : 'not '}kept`,
    async t => {
      const server = await origin(t)
      const { port } = await edgeOn(
        t,
        edgeConfig([{ port: server.port }], {
          settings: { trustedProxyEnable: true },
          trustedProxies,
        }),
        { lookup: async () => ['127.0.0.1'] },
      )
      await ask(port, '/', { headers: { $wsra: '9.9.9.9', 'X-Forwarded-Proto': 'https' } })
      const raw = server.seen[0]?.rawHeaders ?? []
      t.strictSame(fields(raw, '$WSRA'), [believed ? '9.9.9.9' : '127.0.0.1'])
      t.strictSame(fields(raw, '$WSIS'), ['false'], 'the gaps are filled')
      t.strictSame(fields(raw, 'X-Forwarded-Proto'), believed ? ['https'] : [])
    },
  )
}

t.test('E16 without TrustedProxyEnable the group has no effect', async t => {
  const server = await origin(t)
  const { port } = await edgeOn(
    t,
    edgeConfig([{ port: server.port }], { trustedProxies: ['127.0.0.1'] }),
  )
  await ask(port, '/', { headers: { $WSRA: '9.9.9.9' } })
  t.strictSame(fields(server.seen[0]?.rawHeaders ?? [], '$WSRA'), ['127.0.0.1'])
})

t.test('clientForwarded keep passes X-Forwarded-* of any client', async t => {
  const server = await origin(t)
  const { port } = await edgeOn(t, edgeConfig([{ port: server.port }]), { clientForwarded: 'keep' })
  await ask(port, '/', { headers: { 'X-Forwarded-Proto': 'https' } })
  t.strictSame(fields(server.seen[0]?.rawHeaders ?? [], 'X-Forwarded-Proto'), ['https'])
})

t.test('E17 naming our headers in Connection removes nothing', async t => {
  const server = await origin(t)
  const { port } = await edgeOn(t, edgeConfig([{ port: server.port }]))
  await rawAsk(
    port,
    'POST / HTTP/1.1\r\nHost: h\r\nConnection: close, $WSRA, $WSIS, Cookie, Host, Content-Length, X-Own\r\nX-Own: 1\r\nCookie: a=1\r\nContent-Length: 2\r\n\r\nhi',
  )
  const [seen] = server.seen
  t.equal(seen?.body, 'hi')
  for (const name of ['$WSRA', '$WSIS', 'Cookie', 'Host']) {
    t.equal(fields(seen?.rawHeaders ?? [], name).length, 1, name)
  }
  t.strictSame(fields(seen?.rawHeaders ?? [], 'X-Own'), [])
})

t.test('E16 E17 private and hop-by-hop fields of an answer do not reach the client', async t => {
  const server = await origin(t, (_, response) => {
    response.writeHead(200, {
      $WSEP: 'x',
      _WS_HAPRT_WLMVERSION: '5',
      $WSPT: 'table',
      Connection: 'keep-alive, X-Hop',
      'X-Hop': '1',
      'Keep-Alive': 'timeout=5',
      'Set-Cookie': ['a=1', 'b=2'],
    })
    response.end('ok')
  })
  const { port } = await edgeOn(t, edgeConfig([{ port: server.port }]))
  const { rawHeaders } = await ask(port, '/')
  t.strictSame(
    names(rawHeaders).filter(name => /ws|hop/i.test(name)),
    [],
  )
  t.strictSame(fields(rawHeaders, 'set-cookie'), ['a=1', 'b=2'])
})

t.test('Date is the server’s, and not invented where it sent none', async t => {
  const server = await origin(t, (request, response) => {
    response.sendDate = false
    if (request.url === '/dated') response.setHeader('Date', 'Thu, 01 Jan 1970 00:00:00 GMT')
    response.end('ok')
  })
  const { port } = await edgeOn(t, edgeConfig([{ port: server.port }]))
  t.strictSame(fields((await ask(port, '/dated')).rawHeaders, 'date'), [
    'Thu, 01 Jan 1970 00:00:00 GMT',
  ])
  t.strictSame(fields((await ask(port, '/')).rawHeaders, 'date'), [])
})

t.test('E12 headers beyond HTTPMaxHeaders are dropped with a warning', async t => {
  const server = await origin(t)
  const { port, warnings } = await edgeOn(
    t,
    edgeConfig([{ port: server.port }], { settings: { httpMaxHeaders: 3 } }),
  )
  const headers = Object.fromEntries(Array.from({ length: 10 }, (_, i) => [`X-${i}`, `${i}`]))
  t.equal((await ask(port, '/', { headers })).status, 200)
  t.equal(names(server.seen[0]?.rawHeaders ?? []).filter(name => name.startsWith('X-')).length, 3)
  t.match(warnings, [{ code: 'HEADERS_DROPPED', message: /7 request headers/ }])
})

t.test('E7 an absolute target is matched by its own host and sent in origin form', async t => {
  const server = await origin(t)
  const { port, trace } = await edgeOn(t, edgeConfig([{ port: server.port }]))
  for (const [target, path] of [
    ['http://other.example:88/a/b?q=1', '/a/b?q=1'],
    ['http://other.example:88?q=1', '/?q=1'],
    ['HTTP://other.example:88', '/'],
  ] as const) {
    await rawAsk(port, `GET ${target} HTTP/1.1\r\nHost: liar\r\nConnection: close\r\n\r\n`)
    const seen = server.seen.at(-1)
    t.equal(seen?.url, path)
    t.strictSame(fields(seen?.rawHeaders ?? [], 'host'), ['other.example:88'])
    t.strictSame(fields(seen?.rawHeaders ?? [], '$WSSN'), ['other.example'])
  }
  t.match(
    trace.find(({ kind }) => kind === 'route'),
    { host: 'other.example', port: 88 },
  )
})

for (const target of ['//evil/path', '/a/../b', '/a;v=1/%2e%2e/b', '/a|b"c', '/%e4', '/a?x=%']) {
  t.test(`E7 ${target} is forwarded byte for byte`, async t => {
    const server = await origin(t)
    const { port } = await edgeOn(t, edgeConfig([{ port: server.port }]))
    await rawAsk(port, `GET ${target} HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n`)
    t.equal(server.seen[0]?.url, target)
  })
}

for (const [title, bytes] of [
  ['a broken escape', 'GET /%zz HTTP/1.1\r\nHost: h\r\n'],
  ['a NUL', 'GET /a%00b HTTP/1.1\r\nHost: h\r\n'],
  ['a path above the root', 'GET /../a HTTP/1.1\r\nHost: h\r\n'],
  ['an encoded slash', 'GET /a%2fb HTTP/1.1\r\nHost: h\r\n'],
  ['a host that is none', 'GET / HTTP/1.1\r\nHost: a b\r\n'],
  ['two hosts', 'GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n'],
  ['an absolute target with two hosts', 'GET http://c/ HTTP/1.1\r\nHost: a\r\nHost: b\r\n'],
  ['a user in the target', 'GET http://me@h/ HTTP/1.1\r\nHost: h\r\n'],
] as const) {
  t.test(`E7 ${title} is answered with 400 and reaches no server`, async t => {
    const server = await origin(t)
    const { port } = await edgeOn(t, edgeConfig([{ port: server.port }]))
    t.match(await rawAsk(port, `${bytes}Connection: close\r\n\r\n`), /^HTTP\/1.1 400 /)
    t.equal(server.seen.length, 0)
  })
}

t.test('E14 cookies of 12 KB are forwarded whole, and odd ones harm nobody', async t => {
  const server = await origin(t)
  const { port } = await edgeOn(t, edgeConfig([{ port: server.port }]))
  for (const cookie of [
    `JSESSIONID=0000${'x:'.repeat(6000)}`,
    ';'.repeat(12_000),
    'JSESSIONID',
    'JSESSIONID="0000abc:c1"; =; a==b; JSESSIONID=',
    'JSESSIONID=0000:::::',
  ]) {
    t.equal((await ask(port, '/', { headers: { Cookie: cookie } })).status, 200)
    t.strictSame(fields(server.seen.at(-1)?.rawHeaders ?? [], 'cookie'), [cookie])
  }
})

t.test('a request of 64 KB of cookies ends with a status, not in a hang', async t => {
  const server = await origin(t)
  const { port } = await edgeOn(t, edgeConfig([{ port: server.port }]))
  const answer = await rawAsk(
    port,
    `GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\nCookie: ${'a=1; '.repeat(13_000)}\r\n\r\n`,
  )
  t.match(answer, /^HTTP\/1.1 431 /, 'node:http’s own limit')
})
