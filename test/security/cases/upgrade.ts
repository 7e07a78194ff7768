import net from 'node:net'
import { edgeConfig } from '../../support/edge-config.ts'
import { eventually } from '../../support/loopback.ts'
import { bytesAre, last, openStage, request, talk, unambiguous } from '../stage.ts'
import { type Case, probe, served } from '../suite.ts'
import { statusOf, valuesOf } from '../wire.ts'

const switching =
  'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n'

const asking = (...lines: readonly string[]): string =>
  request('GET /a', 'Connection: Upgrade', 'Upgrade: websocket', ...lines)

const hidden = 'GET /hidden HTTP/1.1\r\nHost: edge.example\r\n\r\n'

const headOf = (text: string): boolean => text.includes('\r\n\r\n')

/** Ways out of HTTP (security.md 1). */
export const upgrade: readonly Case[] = [
  ...[
    ['Content-Length: 2', 'hi'],
    ['Content-Length: 0002', 'hi'],
    ['Transfer-Encoding: chunked', '2\r\nhi\r\n0\r\n\r\n'],
  ].map(([framing = '', body = '']) =>
    probe(`an upgrade with a body (${framing}) is a request without one`, async (t, stage) => {
      const { port, app } = stage
      const { messages, faults } = await talk(port, `${asking(framing)}${body}${hidden}${last}`)
      t.strictSame(faults, [])
      t.strictSame(
        messages.map(({ body }) => body),
        ['/a', '/hidden', '/last'],
        'what follows is a request like any other',
      )
      t.equal(app.messages().length, 2)
      for (const seen of app.messages()) t.strictSame(valuesOf(seen, 'upgrade'), [])
      unambiguous(t, app)
    }),
  ),
  ...[
    'Content-Length: 2\r\nTransfer-Encoding: chunked',
    'Content-Length: x',
    'Content-Length: 1\r\nContent-Length: 2',
  ].map(framing =>
    probe(
      `an upgrade with a framing that is none (${JSON.stringify(framing)}) is refused`,
      async (t, { port, app }) => {
        const { messages } = await talk(port, `${asking(framing)}hi`)
        t.strictSame(messages.map(statusOf), [400])
        t.equal(app.text(), '')
      },
    ),
  ),
  probe(
    'CVE-2019-17567: nothing of the client is forwarded before the 101',
    async (t, { port, app }) => {
      let answer = (): void => {}
      app.answer = (_, socket) => {
        answer = () => socket.write(switching)
      }
      const client = net.connect(port, '127.0.0.1')
      client.on('error', () => {})
      client.write(asking() + hidden)
      await eventually(() => app.messages().length === 1)
      for (let i = 0; i < 5; i++) {
        client.write(`piece ${i}`)
        await new Promise(resolve => setImmediate(resolve))
      }
      t.notMatch(app.text(), /hidden|piece/)
      answer()
      await eventually(() => app.text().includes('piece 4'))
      t.match(app.text(), /hidden/, 'behind the 101 the bytes belong to the tunnel')
      client.destroy()
    },
  ),
  ...[
    ['200', 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi', 200],
    [
      '200 with an Upgrade field',
      'HTTP/1.1 200 OK\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nContent-Length: 2\r\n\r\nhi',
      200,
    ],
    [
      'chunked 403',
      'HTTP/1.1 403 No\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n',
      403,
    ],
    ['426', 'HTTP/1.1 426 Upgrade Required\r\nUpgrade: h2c\r\nContent-Length: 2\r\n\r\nhi', 426],
    ['redirect', 'HTTP/1.1 302 Found\r\nLocation: /login\r\nContent-Length: 2\r\n\r\nhi', 302],
    ['200 that lasts until close', 'HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nhi', 200],
  ].map(([title, bytes, status]) =>
    probe(
      `${title} to an upgrade is an answer, and what the client sent behind is no request`,
      async (t, { port, app }) => {
        app.answer = bytesAre(bytes as string, String(title).endsWith('close'))
        const { messages, faults } = await talk(port, asking() + hidden)
        t.strictSame([messages.map(statusOf), faults], [[status], []])
        t.equal(messages[0]?.body, 'hi')
        t.notMatch(app.text(), /hidden/)
        t.equal(app.messages().length, 1)
      },
    ),
  ),
  ...[
    ['a 101 to another protocol', switching.replace('websocket', 'h2c')],
    [
      'a 101 that names no protocol',
      'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\n\r\n',
    ],
    ['a 101 to several protocols', switching.replace('websocket', 'websocket, h2c')],
    ['a 101 to a name that only begins like the one', switching.replace('websocket', 'websocket2')],
  ].map(([title = '', bytes = '']) =>
    probe(`${title} is no answer (CVE-2024-23326)`, async t => {
      const { port, app, edge } = await openStage(t)
      app.answer = bytesAre(`${bytes}smuggled`)
      const { messages, text } = await talk(port, asking() + hidden)
      t.notOk(messages.some(message => statusOf(message) < 400))
      t.notMatch(text, /smuggled/)
      t.notMatch(app.text(), /hidden/)
      t.equal(edge.counters().idleStreams, 0)
    }),
  ),
  probe('a 101 that nobody asked for is no answer', async t => {
    const { port, app, edge } = await openStage(t)
    app.answer = bytesAre(`${switching}smuggled`)
    const { messages, text } = await talk(port, request('GET /a') + last)
    t.equal(messages[0] && statusOf(messages[0]), 500)
    t.notMatch(text, /smuggled|101/)
    await eventually(() => edge.counters().running === 0)
  }),
  ...['h2c', 'H2C', 'h2', 'HTTP/2.0', 'http/1.1', 'TLS/1.0', 'tls/1.2', ' h2c ', 'h2c, h2'].map(
    protocol =>
      probe(`an upgrade to ${protocol} is a request without one`, async (t, { port, app }) => {
        const { messages } = await talk(
          port,
          request(
            'GET /a',
            'Connection: Upgrade, HTTP2-Settings',
            `Upgrade: ${protocol}`,
            'HTTP2-Settings: AAMAAABk',
          ) +
            hidden +
            last,
        )
        t.strictSame(messages.map(statusOf), [200, 200, 200])
        const [seen] = app.messages()
        for (const name of ['upgrade', 'http2-settings'])
          t.strictSame(valuesOf(seen, name), [], name)
        t.equal(app.messages().length, 2)
        unambiguous(t, app)
      }),
  ),
  ...['h2c, websocket', 'websocket, h2c', 'websocket,HTTP/2.0'].map(protocol =>
    probe(`of ${protocol} only the websocket is asked for`, async (t, { port, app }) => {
      app.answer = bytesAre('HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n')
      await talk(port, request('GET /a', 'Connection: Upgrade', `Upgrade: ${protocol}`))
      t.strictSame(valuesOf(app.messages()[0], 'upgrade'), ['websocket'])
    }),
  ),
  served(
    'an Upgrade that Connection does not name is no upgrade',
    request('GET /a', 'Upgrade: websocket'),
    { lacks: ['upgrade'] },
  ),
  served(
    'a Connection: Upgrade without the field is no upgrade',
    request('GET /a', 'Connection: Upgrade'),
    { lacks: ['upgrade'] },
  ),
  probe(
    'Origin and the cookies of the page reach the server (CVE-2026-133111)',
    async (t, { port, app }) => {
      app.answer = bytesAre('HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n')
      await talk(port, asking('Origin: http://evil.example', 'Cookie: JSESSIONID=0000x:c1'))
      t.strictSame(valuesOf(app.messages()[0], 'origin'), ['http://evil.example'])
      t.strictSame(valuesOf(app.messages()[0], 'cookie'), ['JSESSIONID=0000x:c1'])
    },
  ),
  probe('the stream of a tunnel never serves another request', async t => {
    const { port, app, edge } = await openStage(t)
    app.answer = bytesAre(switching)
    const seen = await talk(port, asking(), { until: headOf })
    t.equal(seen.messages[0] && statusOf(seen.messages[0]), 101)
    await eventually(() => edge.counters().running === 0)
    t.equal(edge.counters().idleStreams, 0)
    const { messages } = await talk(port, request('GET /next') + last)
    t.strictSame(
      messages.map(({ body }) => body),
      ['/next', '/last'],
    )
    t.equal(app.readings()[0]?.messages.length, 1, 'on a connection of its own')
  }),
  ...[
    ['the server resets', (server: net.Socket) => server.resetAndDestroy()],
    ['the server ends', (server: net.Socket) => server.end()],
    ['the client resets', (_: net.Socket, client: net.Socket) => client.resetAndDestroy()],
    ['the client ends', (_: net.Socket, client: net.Socket) => client.end()],
  ].map(([title, leave]) =>
    probe(`${title} in a tunnel: both sides end, and the edge goes on`, async t => {
      const { port, app, edge } = await openStage(t)
      app.answer = bytesAre(switching)
      const client = net.connect(port, '127.0.0.1')
      client.on('error', () => {})
      let text = ''
      client.on('data', chunk => {
        text += chunk
      })
      client.write(asking())
      await eventually(() => headOf(text))
      const [server] = app.sockets
      ;(leave as (server: net.Socket, client: net.Socket) => void)(server as net.Socket, client)
      await eventually(() => client.destroyed && server?.destroyed === true)
      await eventually(() => edge.counters().running === 0)
      const { messages } = await talk(port, last)
      t.strictSame(
        messages.map(({ body }) => body),
        ['/last'],
      )
    }),
  ),
  probe('a client that resets before the 101 frees the server', async t => {
    const { port, app, edge } = await openStage(t)
    app.answer = () => {}
    const client = net.connect(port, '127.0.0.1')
    client.on('error', () => {})
    client.write(asking())
    await eventually(() => app.messages().length === 1)
    client.resetAndDestroy()
    await eventually(() => edge.counters().running === 0 && app.sockets[0]?.destroyed === true)
    t.equal(edge.counters().idleStreams, 0)
  }),
  probe('what a client sends before the 101 is bounded', async t => {
    const { port, app } = await openStage(t)
    app.answer = () => {}
    const client = net.connect(port, '127.0.0.1')
    client.on('error', () => {})
    client.write(asking())
    await eventually(() => app.messages().length === 1)
    let taken = 0
    const piece = Buffer.alloc(65_536, 0x61)
    const fill = (): void => {
      while (taken < 64_000_000 && client.write(piece)) taken += piece.length
      taken += piece.length
    }
    client.on('drain', fill)
    fill()
    // The kernel’s buffers take some megabytes; then the edge reads no more.
    let before = -1
    while (before !== client.bytesWritten - client.writableLength) {
      before = client.bytesWritten - client.writableLength
      await new Promise(resolve => setTimeout(resolve, 100))
    }
    t.ok(before < 32_000_000, `${before} bytes`)
    t.notMatch(app.text(), /aaaa/)
    client.destroy()
    app.sockets[0]?.destroy()
  }),
  ...[
    'GET /a HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n',
    'GET /a HTTP/1.0\r\nHost: edge.example\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n',
    'GET /a HTTP/1.0\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n',
  ].map(bytes =>
    probe(`${JSON.stringify(bytes.slice(7, 40))}… is no way around`, async (t, { port, app }) => {
      const { messages } = await talk(port, bytes + hidden)
      t.equal(messages.length, 1)
      t.ok(app.messages().length <= 1)
      t.notMatch(app.text(), /hidden/)
      unambiguous(t, app)
    }),
  ),
  ...['CONNECT evil.example:443', 'CONNECT /a', 'CONNECT edge.example:80'].map(line =>
    probe(`${line} opens nothing`, async (t, { port, app }) => {
      const { messages } = await talk(port, request(line) + hidden)
      t.notOk(messages.some(message => statusOf(message) < 400))
      t.equal(app.text(), '')
    }),
  ),
  probe('an upgrade that no route matches reaches nobody', async t => {
    const { port, app } = await openStage(t, {
      config: port => edgeConfig([{ port }], { uri: '/app/*' }),
    })
    const { messages } = await talk(port, asking() + hidden)
    t.strictSame(messages.map(statusOf), [404])
    t.equal(app.text(), '')
    unambiguous(t, app)
  }),
]
