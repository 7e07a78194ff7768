import net from 'node:net'
import t from 'tap'
import { edgeConfig } from '../support/edge-config.ts'
import { ask, edgeOn, eventually, origin, rawOrigin } from '../support/loopback.ts'

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
