import http from 'node:http'
import net from 'node:net'
import t from 'tap'
import { edgeConfig } from '../support/edge-config.ts'
import { ask, edgeOn, eventually, onHead, origin, rawAsk, rawOrigin } from '../support/loopback.ts'

t.test('close waits for what runs, takes nothing new, and closes the streams', async t => {
  let finish = (): void => {}
  const server = await origin(t, (request, response) => {
    if (request.url === '/slow') finish = () => response.end('slow but whole')
    else response.end('ok')
  })
  const { edge, port } = await edgeOn(t, edgeConfig([{ port: server.port }]))
  await ask(port, '/')
  const running = ask(port, '/slow')
  await eventually(() => server.seen.length === 2)
  let closed = false
  const closing = edge.close()
  closing.then(() => {
    closed = true
  })
  t.equal(edge.close(), closing, 'every call is the same')
  t.match(await ask(port, '/'), { status: 503, headers: { connection: 'close' } })
  t.equal(closed, false)
  finish()
  t.equal((await running).body, 'slow but whole')
  await closing
  t.match(edge.counters(), { running: 0, idleStreams: 0 })
  t.equal(server.seen.length, 2)
})

t.test('close of an idle edge is immediate, and a reload afterwards opens nothing', async t => {
  const server = await origin(t)
  const { edge } = await edgeOn(t, edgeConfig([{ port: server.port }]))
  await edge.close()
  await edge.reload()
  t.match(edge.counters(), { running: 0, idleStreams: 0 })
  t.equal(edge.snapshot().clusters.length, 1, 'the last state can still be looked at')
})

t.test('close waits for requests on older configurations, too', async t => {
  let finish = (): void => {}
  const server = await origin(t, (_, response) => {
    finish = () => response.end('ok')
  })
  const { edge, port } = await edgeOn(t, edgeConfig([{ port: server.port }]))
  const running = ask(port, '/')
  await eventually(() => server.seen.length === 1)
  await edge.reload()
  let closed = false
  const closing = edge.close().then(() => {
    closed = true
  })
  await new Promise(setImmediate)
  t.equal(closed, false)
  finish()
  await closing
  t.equal((await running).body, 'ok')
})

t.test('close ends tunnels', async t => {
  const port = await rawOrigin(t, socket =>
    socket.once('data', () =>
      socket.write('HTTP/1.1 101 Go\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n'),
    ),
  )
  const test = await edgeOn(t, edgeConfig([{ port }]))
  const socket = net.connect(test.port, '127.0.0.1')
  socket.write('GET /ws HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n')
  await new Promise(resolve => socket.once('data', resolve))
  const ended = new Promise(resolve => socket.on('close', resolve))
  await test.edge.close()
  await ended
  t.equal(test.edge.counters().running, 0)
})

t.test('close with a limit cuts what is left, and says how many', async t => {
  let closed = 0
  const port = await rawOrigin(t, socket => {
    socket.on('close', () => closed++)
    onHead(socket, head => {
      if (head.startsWith('GET /begun'))
        socket.write('HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nbeginning')
    })
  })
  const test = await edgeOn(
    t,
    edgeConfig([
      { port, maxConnections: 2 },
      { port: 9, loadBalanceWeight: 0, maxConnections: 1 },
    ]),
    { limits: { queue: { max: 5 } } },
  )
  const waiting = ask(test.port, '/waiting')
  const begun = new Promise<http.IncomingMessage>(resolve =>
    http.get({ port: test.port, path: '/begun', agent: false }, resolve),
  )
  const response = await begun
  response.resume()
  const broken = new Promise(resolve => response.on('error', resolve))
  const upload = rawAsk(
    test.port,
    'POST /upload HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\n\r\nhalf',
  )
  await eventually(() => test.edge.counters().running === 3)
  const closing = test.edge.close()
  t.equal(test.edge.close({ waitMs: 20 }), closing, 'a later call shortens it')
  t.strictSame(await closing, { cut: 3 })
  t.match(await waiting, { status: 503, headers: { connection: 'close' } })
  t.match(await upload, /^HTTP\/1.1 503 /)
  await broken
  await eventually(() => closed === 2)
  t.match(test.edge.counters(), { running: 0, idleStreams: 0, waiting: 0, replayBytes: 0 })
  t.match(
    new Map(test.records.map(({ url, code, result, status }) => [url, { code, result, status }])),
    new Map([
      ['/waiting', { code: 'RR>CUT', result: 'fail', status: 503 }],
      ['/begun', { code: 'RR>CUT', result: 'response-broken', status: 200 }],
      ['/upload', { code: 'CUT', result: 'fail', status: 503 }],
    ]),
  )
  t.match(test.edge.snapshot().clusters[0]?.servers, [
    { health: 'up', pending: 0, failed: 0 },
    { health: 'up', pending: 0, failed: 0 },
  ])
  t.strictSame(await test.edge.close({ waitMs: 1 }), { cut: 3 })
})

t.test('answers that begin while the edge closes end their connections', async t => {
  let finish = (): void => {}
  const server = await origin(t, (_, response) => {
    finish = () => response.end('ok')
  })
  const test = await edgeOn(t, edgeConfig([{ port: server.port }]))
  const text = rawAsk(test.port, 'GET / HTTP/1.1\r\nHost: h\r\n\r\n')
  await eventually(() => server.seen.length === 1)
  const closing = test.edge.close({ waitMs: 60_000 })
  finish()
  t.match(await text, /\r\nConnection: close\r\n[\s\S]*ok/, 'the client need not wait')
  t.strictSame(await closing, { cut: 0 })
})

t.test('a wait that is none is refused', async t => {
  const { edge } = await edgeOn(t, edgeConfig([{}]))
  t.throws(() => edge.close({ waitMs: -1 }), {
    code: 'OPTION_INVALID',
    message: /^close.waitMs is -1; write 0 or more milliseconds/,
  })
})
