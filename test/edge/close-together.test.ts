import { once } from 'node:events'
import http from 'node:http'
import http2 from 'node:http2'
import net, { type Server, type Socket } from 'node:net'
import { text } from 'node:stream/consumers'
import express from 'express'
import t, { type Test } from 'tap'
import { closeTogether } from '../../src/edge/close-together.ts'
import { createEdge } from '../../src/edge/edge.ts'
import { edgeConfig } from '../support/edge-config.ts'
import { ask, eventually, listen, onHead, rawAsk, rawOrigin } from '../support/loopback.ts'

const edgeTo = async (t: Test, port: number) => {
  const edge = await createEdge({ config: edgeConfig([{ port }], { uri: '/ours/*' }) })
  t.teardown(() => edge.close())
  return edge
}

/** A server that answers when it is told to. */
const slow = async (t: Test) => {
  const state = { asked: 0, answer: (): void => {} }
  const port = await rawOrigin(t, socket =>
    onHead(socket, () => {
      state.asked++
      state.answer = () => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nlate')
    }),
  )
  return { port, state }
}

const refuses = (port: number): Promise<boolean> =>
  new Promise(resolve => {
    const socket = net.connect(port, '127.0.0.1')
    socket.on('connect', () => {
      socket.destroy()
      resolve(false)
    })
    socket.on('error', () => resolve(true))
  })

t.test('an answer that was written and has not left yet comes whole', async t => {
  let client: Socket | undefined
  let sent = 0
  const origin = http.createServer((_, response) => {
    // Until the client's side is full: what comes then is written for the edge, and waits in Node.
    const more = (): void => {
      if ((client?.writableLength ?? 0) > 0) {
        response.end()
        return
      }
      sent += 16_000
      response.write(Buffer.alloc(16_000))
      setImmediate(more)
    }
    more()
  })
  const edge = await edgeTo(t, await listen(t, origin))
  let over = false
  edge.on('exchange', () => {
    over = true
  })
  const server = http.createServer(edge.handler)
  server.on('connection', (socket: Socket) => {
    client = socket
  })
  const close = closeTogether(edge, server)
  const port = await listen(t, server)
  const socket = net.connect(port, '127.0.0.1')
  socket.write('GET /ours/ HTTP/1.1\r\nHost: h\r\n\r\n')
  socket.pause()
  await eventually(() => over)
  t.ok((client?.writableLength ?? 0) > 0, 'the request is over, and not all of its answer has left')
  const closed = close()
  let bytes = 0
  socket.on('data', chunk => {
    bytes += chunk.length
  })
  socket.resume()
  await once(socket, 'close')
  t.ok(bytes > sent, `${bytes} of more than ${sent} bytes`)
  t.same(await closed, { cut: 0 })
})

t.test('what runs finishes, what is idle ends, and nobody can connect', async t => {
  const { port: origin, state } = await slow(t)
  const edge = await edgeTo(t, origin)
  let answerOwn = (): void => {}
  const app = express()
    .use(edge.handler)
    .get('/own', (_, response) => {
      answerOwn = () => response.send('own')
    })
  const server = http.createServer(app)
  const close = closeTogether(edge, server)
  const port = await listen(t, server)
  const idle = net.connect(port, '127.0.0.1')
  await once(idle, 'connect')
  const ours = ask(port, '/ours/', { agent: new http.Agent({ keepAlive: true }) })
  const before = answerOwn
  const own = ask(port, '/own')
  await eventually(() => state.asked === 1 && answerOwn !== before)
  const closed = close()
  t.equal(close(), closed, 'one close, however often it is asked for')
  await once(idle, 'close')
  t.equal(await refuses(port), true)
  t.match(edge.ready(), { ready: false, closing: true }, 'whoever asks is told at once')
  state.answer()
  answerOwn()
  t.match(await ours, { status: 200, body: 'late', headers: { connection: 'close' } })
  t.match(await own, { status: 200, body: 'own' })
  t.same(await closed, { cut: 0 })
})

t.test('several servers, one of HTTP/2: sessions end behind their last answer', async t => {
  const { port: origin, state } = await slow(t)
  const edge = await edgeTo(t, origin)
  const [one, two] = [http.createServer(edge.handler), http2.createServer(edge.handler)]
  const close = closeTogether(edge, [one, two])
  await listen(t, one)
  const session = http2.connect(`http://127.0.0.1:${await listen(t, two)}`)
  const idle = http2.connect(`http://127.0.0.1:${(two.address() as net.AddressInfo).port}`)
  await once(idle, 'connect')
  const stream = session.request({ ':path': '/ours/' })
  await eventually(() => state.asked === 1)
  const gone = Promise.all([once(session, 'close'), once(idle, 'close')])
  const closed = close({ waitMs: 60_000 })
  state.answer()
  t.equal(await text(stream), 'late')
  await gone
  t.same(await closed, { cut: 0 })
})

t.test('a session of HTTP/2 without a request ends after http2IdleMs', async t => {
  const edge = await edgeTo(t, 9)
  const server = http2.createServer(edge.handler)
  closeTogether(edge, server, { http2IdleMs: 20 })
  const session = http2.connect(`http://127.0.0.1:${await listen(t, server)}`)
  await once(session, 'close')
})

t.test('after waitMs what is left is cut, and counted', async t => {
  const { port: origin, state } = await slow(t)
  const edge = await edgeTo(t, origin)
  const server = http.createServer(edge.handler)
  const close = closeTogether(edge, server)
  const port = await listen(t, server)
  const requests = [ask(port, '/ours/'), ask(port, '/ours/')].map(each =>
    each.then(
      () => 'answered',
      () => 'cut',
    ),
  )
  await eventually(() => state.asked === 2)
  t.same(await close({ waitMs: 10 }), { cut: 2 })
  t.same(await Promise.all(requests), ['cut', 'cut'])
  t.equal(edge.counters().running, 0)
})

t.test('a tunnel is ended, and is no request that was cut', async t => {
  const port = await rawOrigin(t, socket =>
    onHead(socket, () =>
      socket.write('HTTP/1.1 101 Go\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n'),
    ),
  )
  const edge = await edgeTo(t, port)
  const server = http.createServer(edge.handler)
  const close = closeTogether(edge, server)
  // Listeners of the host may come later.
  server.on('upgrade', edge.upgrade)
  const socket = net.connect(await listen(t, server), '127.0.0.1')
  socket.write(
    'GET /ours/ HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n',
  )
  await once(socket, 'data')
  const ended = once(socket, 'close')
  t.same(await close({ waitMs: 60_000 }), { cut: 0 })
  await ended
})

t.test('a host that leaves upgrades and 100s to Node still does', async t => {
  const edge = await edgeTo(t, 9)
  const server = http.createServer((request, response) => {
    text(request).then(body => response.end(`plain ${body}`))
  })
  closeTogether(edge, server)
  const port = await listen(t, server)
  const lines = 'Connection: Upgrade, close\r\nUpgrade: websocket'
  const upgrade = await rawAsk(port, `GET / HTTP/1.1\r\nHost: h\r\n${lines}\r\n\r\n`)
  t.match(upgrade, /^HTTP\/1\.1 200 /)
  const expecting = await rawAsk(
    port,
    'POST / HTTP/1.1\r\nHost: h\r\nConnection: close\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\nhi',
  )
  t.match(expecting, /^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 200 [\s\S]*plain hi$/)
  t.equal(expecting.split('100 Continue').length, 2)
})

t.test('what is no server, and a wait that is none, are refused by name', async t => {
  const edge = await edgeTo(t, 9)
  for (const servers of [{}, [{}], express()] as unknown as Server[]) {
    t.throws(() => closeTogether(edge, servers), {
      code: 'OPTION_INVALID',
      message: /^servers is /,
    })
  }
  const close = closeTogether(edge, http.createServer())
  t.throws(() => close({ waitMs: -1 }), { code: 'OPTION_INVALID', message: /^close\.waitMs is -1/ })
  t.same(await close(), { cut: 0 }, 'a server that never listened')
})
