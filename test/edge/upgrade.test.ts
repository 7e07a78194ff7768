import http from 'node:http'
import net, { type Socket } from 'node:net'
import t, { type Test } from 'tap'
import { edgeConfig } from '../support/edge-config.ts'
import {
  edgeOn,
  eventually,
  fields,
  listen,
  onHead,
  origin,
  rawAsk,
  rawOrigin,
  refusingPort,
} from '../support/loopback.ts'

const switching =
  'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: x\r\n\r\n'

const asking = (path = '/ws', extra = ''): string =>
  `GET ${path} HTTP/1.1\r\nHost: h\r\nOrigin: http://h\r\nConnection: keep-alive, Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: k\r\n${extra}\r\n`

/** A server that says 101 and then sends everything back. */
const echo = async (t: Test) => {
  const heads: string[] = []
  const received: string[] = []
  const sockets: Socket[] = []
  const port = await rawOrigin(t, socket => {
    sockets.push(socket)
    let open = false
    let text = ''
    socket.on('data', chunk => {
      received.push(chunk.toString('latin1'))
      if (open) {
        socket.write(chunk)
        return
      }
      text += chunk.toString('latin1')
      const end = text.indexOf('\r\n\r\n')
      if (end < 0) return
      heads.push(text.slice(0, end))
      open = true
      socket.write(switching)
      if (text.length > end + 4) socket.write(text.slice(end + 4))
    })
  })
  return { port, heads, received, sockets }
}

/** Opens a tunnel and collects what comes out of it. */
const open = (port: number, bytes = asking()) => {
  const socket = net.connect(port, '127.0.0.1', () => socket.write(bytes, 'latin1'))
  const tunnel = { socket, text: '', closed: false }
  socket.on('data', chunk => {
    tunnel.text += chunk.toString('latin1')
  })
  socket.on('error', () => {})
  socket.on('close', () => {
    tunnel.closed = true
  })
  return tunnel
}

t.test('a WebSocket is opened through the same routing, with the private headers', async t => {
  const server = await echo(t)
  const { port, records, edge } = await edgeOn(t, edgeConfig([{ port: server.port }]))
  const tunnel = open(port)
  await eventually(() => tunnel.text.includes('\r\n\r\n'))
  t.match(tunnel.text, /^HTTP\/1\.1 101 /)
  t.match(tunnel.text, /\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n/)
  t.match(tunnel.text, /\r\nSec-WebSocket-Accept: x\r\n/)
  tunnel.socket.write('ping')
  await eventually(() => tunnel.text.endsWith('ping'))
  const [head] = server.heads
  t.match(head, /\r\norigin: http:\/\/h/i, 'Origin is kept')
  t.match(head, /\r\n\$WSRA: 127\.0\.0\.1/, 'PH27966')
  t.match(head, /\r\nSec-WebSocket-Key: k/)
  t.match(edge.snapshot().clusters[0]?.servers, [{ pending: 1 }])
  tunnel.socket.end()
  await eventually(() => records.length === 1)
  t.match(records, [{ status: 101, result: 'served', server: 'm1' }])
  t.match(edge.snapshot().clusters[0]?.servers, [{ pending: 0 }])
  t.equal(edge.counters().idleStreams, 0, 'its stream never serves another request')
})

t.test('affinity and failover hold for upgrades', async t => {
  const server = await echo(t)
  const { port, edge } = await edgeOn(
    t,
    edgeConfig([{ port: await refusingPort() }, { port: server.port }]),
  )
  const tunnel = open(port, asking('/ws', 'Cookie: JSESSIONID=0000x:c1\r\n'))
  await eventually(() => tunnel.text.includes('\r\n\r\n'))
  t.match(tunnel.text, /^HTTP\/1\.1 101 /)
  t.match(edge.snapshot().clusters[0]?.servers, [{ health: 'down' }, { health: 'up' }])
  tunnel.socket.destroy()
})

t.test('nothing of the client is forwarded raw before the 101', async t => {
  let answer = (): void => {}
  const received: string[] = []
  const server = await rawOrigin(t, socket => {
    socket.on('data', chunk => received.push(chunk.toString('latin1')))
    answer = () => socket.write(switching)
  })
  const { port } = await edgeOn(t, edgeConfig([{ port: server }]))
  const smuggled = 'GET /admin HTTP/1.1\r\nHost: h\r\n\r\n'
  const tunnel = open(port, asking() + smuggled)
  await eventually(() => received.join('').includes('\r\n\r\n'))
  await new Promise(resolve => setTimeout(resolve, 50))
  t.notMatch(received.join(''), /admin/)
  answer()
  await eventually(() => received.join('').includes('/admin'))
  t.pass('afterwards the bytes belong to the tunnel')
  tunnel.socket.destroy()
})

t.test('an answer other than 101 is passed on as an ordinary response', async t => {
  const received: string[] = []
  const server = await rawOrigin(t, socket =>
    onHead(socket, head => {
      received.push(head)
      socket.write(
        'HTTP/1.1 403 Not You\r\nX-Why: because\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nno\r\n0\r\n\r\n',
      )
    }),
  )
  const { port, records } = await edgeOn(t, edgeConfig([{ port: server }]))
  const text = await rawAsk(port, `${asking()}GET /admin HTTP/1.1\r\nHost: h\r\n\r\n`)
  t.match(text, /^HTTP\/1\.1 403 Not You\r\n/)
  t.match(text, /\r\nX-Why: because\r\n/)
  t.match(text, /no/)
  t.equal(received.length, 1, 'what followed the request is not a request')
  t.match(records, [{ status: 403, result: 'served' }])
})

t.test('a 101 to another protocol is no answer', async t => {
  const server = await rawOrigin(t, socket =>
    onHead(socket, () => socket.write(switching.replace('websocket', 'h2c'))),
  )
  const second = await echo(t)
  const { port, trace, edge } = await edgeOn(
    t,
    edgeConfig([{ port: server }, { port: second.port }]),
  )
  const tunnel = open(port)
  await eventually(() => tunnel.text.includes('\r\n\r\n'))
  t.match(tunnel.text, /^HTTP\/1\.1 101 /)
  t.match(
    trace.find(({ kind }) => kind === 'fail'),
    { row: 'F13' },
  )
  t.match(edge.snapshot().clusters[0]?.servers, [{ health: 'down' }, { health: 'up' }])
  tunnel.socket.destroy()
})

t.test('a 101 that nobody asked for is no answer', async t => {
  const server = await rawOrigin(t, socket => onHead(socket, () => socket.write(switching)))
  const { port } = await edgeOn(t, edgeConfig([{ port: server }]))
  t.match(
    await rawAsk(port, 'GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n'),
    /^HTTP\/1.1 500/,
  )
})

for (const protocol of ['h2c', 'TLS/1.0', 'HTTP/2.0']) {
  t.test(`an upgrade to ${protocol} is treated as a request without one`, async t => {
    const server = await origin(t)
    const { port } = await edgeOn(t, edgeConfig([{ port: server.port }]))
    const text = await rawAsk(
      port,
      `GET /a HTTP/1.1\r\nHost: h\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: ${protocol}\r\nHTTP2-Settings: AAMAAABk\r\n\r\n`,
      answer => answer.endsWith('ok'),
    )
    t.match(text, /^HTTP\/1\.1 200 /)
    t.match(text, /ok/)
    t.strictSame(fields(server.seen[0]?.rawHeaders ?? [], 'upgrade'), [])
    t.strictSame(fields(server.seen[0]?.rawHeaders ?? [], 'http2-settings'), [])
  })
}

t.test('a large answer to what is no upgrade comes whole', async t => {
  const server = await origin(t, (_, response) => response.end('x'.repeat(3_000_000)))
  const { port, records } = await edgeOn(t, edgeConfig([{ port: server.port }]))
  // The second is answered by a server that does not care for the upgrade: Node has let go of the connection, and nobody
  // else says when it has room again.
  const closing = asking().replace('websocket', 'h2c').replace('Upgrade\r', 'Upgrade, close\r')
  const text = await rawAsk(port, closing)
  const other = await rawAsk(port, asking())
  t.equal(other.length - other.indexOf('\r\n\r\n') - 4, 3_000_000)
  t.equal(text.length - text.indexOf('\r\n\r\n') - 4, 3_000_000)
  t.match(records, [
    { result: 'served', status: 200 },
    { result: 'served', status: 200 },
  ])
})

t.test('an upgrade with a body is treated as a request without one', async t => {
  const server = await origin(t)
  const { port } = await edgeOn(t, edgeConfig([{ port: server.port }]))
  for (const framed of [
    'Content-Length: 4\r\n\r\nbody',
    'Transfer-Encoding: chunked\r\n\r\n0\r\n',
  ]) {
    const whole = (text: string): boolean => text.endsWith('ok')
    t.match(await rawAsk(port, asking('/ws', framed), whole), /^HTTP\/1\.1 200 /)
    t.strictSame(fields(server.seen.at(-1)?.rawHeaders ?? [], 'upgrade'), [])
  }
  t.strictSame(
    server.seen.map(({ body }) => body),
    ['', ''],
    'E4',
  )
})

t.test('an upgrade that no route matches: 404, or the next handler', async t => {
  const server = await echo(t)
  const config = edgeConfig([{ port: server.port }], { uri: '/app/*' })
  const { port, edge } = await edgeOn(t, config)
  t.match(await rawAsk(port, asking('/other')), /^HTTP\/1\.1 404 /)
  const front = http.createServer()
  front.on('upgrade', (request, socket, head) =>
    edge.upgrade(request, socket, head, () => socket.end(`mine, with ${head.length} bytes`)),
  )
  const frontPort = await listen(t, front)
  t.equal(await rawAsk(frontPort, `${asking('/other')}early`), 'mine, with 5 bytes')
})

t.test('an upgrade to a cluster that is down gets a page', async t => {
  const { port } = await edgeOn(t, edgeConfig([{ port: await refusingPort() }]))
  const text = await rawAsk(port, asking())
  t.match(text, /^HTTP\/1\.1 500 /)
  t.match(text, /\r\nConnection: close\r\n/i)
})

t.test('a client that leaves before the 101 frees the server', async t => {
  let gone = false
  let reached = false
  const server = await rawOrigin(t, socket => {
    socket.on('data', () => {
      reached = true
    })
    socket.on('close', () => {
      gone = true
    })
  })
  const { port, records, edge } = await edgeOn(t, edgeConfig([{ port: server }]))
  const tunnel = open(port)
  await eventually(() => reached)
  tunnel.socket.destroy()
  await eventually(() => gone && records.length === 1)
  t.match(records, [{ result: 'client-aborted' }])
  t.match(edge.snapshot().clusters[0]?.servers, [{ health: 'up', pending: 0 }])
})

t.test('either side that goes takes the other with it', async t => {
  const server = await echo(t)
  const { port, records } = await edgeOn(t, edgeConfig([{ port: server.port }]))
  const first = open(port)
  await eventually(() => first.text.includes('\r\n\r\n'))
  server.sockets[0]?.destroy()
  await eventually(() => first.closed && records.length === 1)
  const second = open(port)
  await eventually(() => second.text.includes('\r\n\r\n'))
  second.socket.resetAndDestroy()
  await eventually(() => server.sockets[1]?.destroyed === true && records.length === 2)
  t.match(records, [{ status: 101 }, { status: 101 }])
})

for (const limit of ['wsServerIoTimeoutMs', 'wsServerIdleTimeoutMs'] as const) {
  t.test(`${limit} ends a tunnel in which the server is silent`, async t => {
    const server = await echo(t)
    const { port, records } = await edgeOn(t, edgeConfig([{ port: server.port, [limit]: 150 }]))
    const tunnel = open(port)
    await eventually(() => tunnel.closed)
    t.match(tunnel.text, /^HTTP\/1\.1 101 /)
    await eventually(() => records.length === 1)
    t.match(records, [{ result: 'response-broken', status: 101 }])
  })
}

t.test('large messages flow both ways with back-pressure', async t => {
  const server = await echo(t)
  const { port } = await edgeOn(t, edgeConfig([{ port: server.port }]))
  const tunnel = open(port)
  await eventually(() => tunnel.text.includes('\r\n\r\n'))
  const start = tunnel.text.length
  const size = 5_000_000
  tunnel.socket.write(Buffer.alloc(size, 0x62))
  await eventually(() => tunnel.text.length === start + size)
  t.pass()
  tunnel.socket.destroy()
})
