import type { AddressInfo } from 'node:net'
import net from 'node:net'
import express, { type NextFunction, type Request, type Response } from 'express'
import Fastify from 'fastify'
import t from 'tap'
import { createEdge } from '../../src/edge/edge.ts'
import { edgeConfig } from '../support/edge-config.ts'
import { ask, edgeOn, fields, listen, origin, rawOrigin } from '../support/loopback.ts'

t.test('node:http: a request that no route matches gets a 404 page', async t => {
  const server = await origin(t)
  const { port, records } = await edgeOn(t, edgeConfig([{ port: server.port }], { uri: '/app/*' }))
  t.match(await ask(port, '/other'), {
    status: 404,
    body: /Not Found/,
    headers: { 'content-type': 'text/html; charset=utf-8' },
  })
  t.match(records, [{ result: 'decline', reason: 'no-route', status: 404, attempts: 0 }])
  t.equal(server.seen.length, 0)
})

t.test('OPTIONS * is not ours', async t => {
  const server = await origin(t)
  const { port } = await edgeOn(t, edgeConfig([{ port: server.port }]))
  t.equal((await ask(port, '*', { method: 'OPTIONS' })).status, 404)
})

t.test('Express 5', async t => {
  const server = await origin(t, (request, response) => {
    response.writeHead(200, { 'Set-Cookie': ['a=1', 'b=2'] })
    response.end(`${request.method} ${request.url}`)
  })
  const edge = await createEdge({ config: edgeConfig([{ port: server.port }], { uri: '/app/*' }) })
  t.teardown(() => edge.close())
  const app = express()
  app.use(edge.handler)
  app.use(express.json())
  app.post('/own', (request: Request, response: Response) => {
    response.json({ own: request.body })
  })
  app.get('/throws', () => {
    throw new Error('of the host')
  })
  app.use((_error: unknown, _request: Request, response: Response, _next: NextFunction) => {
    response.status(418).end()
  })
  const port = await listen(t, app.listen(0, '127.0.0.1'))

  const answer = await ask(port, '/app/a?b=c')
  t.match(answer, { status: 200, body: 'GET /app/a?b=c' })
  t.strictSame(fields(answer.rawHeaders, 'set-cookie'), ['a=1', 'b=2'])
  await ask(port, '/app/p', { method: 'POST', body: '{"x":1}' })
  t.match(server.seen.at(-1), { body: '{"x":1}' })
  t.match(
    await ask(port, '/own', {
      method: 'POST',
      body: '{"x":1}',
      headers: { 'Content-Type': 'application/json' },
    }),
    { status: 200, body: '{"own":{"x":1}}' },
    'what is declined arrives untouched',
  )
  t.equal((await ask(port, '/throws')).status, 418)
  t.equal((await ask(port, '/nothing')).status, 404)
})

t.test('Express 5: mounted below a path, the whole target counts', async t => {
  const server = await origin(t, (request, response) => response.end(request.url))
  const edge = await createEdge({ config: edgeConfig([{ port: server.port }], { uri: '/app/*' }) })
  t.teardown(() => edge.close())
  const app = express()
  app.use('/app', edge.handler)
  const port = await listen(t, app.listen(0, '127.0.0.1'))
  t.equal((await ask(port, '/app/deep/page')).body, '/app/deep/page')
})

t.test('Fastify 5', async t => {
  const server = await origin(t, (request, response) =>
    response.end(`${request.method} ${request.url}`),
  )
  const edge = await createEdge({ config: edgeConfig([{ port: server.port }], { uri: '/app/*' }) })
  t.teardown(() => edge.close())
  const app = Fastify()
  await app.register(edge.fastify)
  app.post('/own', async request => ({ own: request.body }))
  app.get('/app/shadowed', async () => 'of the host')
  await app.listen({ port: 0, host: '127.0.0.1' })
  t.teardown(() => app.close())
  const { port } = app.server.address() as AddressInfo

  t.match(await ask(port, '/app/a?b=c'), { status: 200, body: 'GET /app/a?b=c' })
  t.match(await ask(port, '/app/shadowed'), { body: 'GET /app/shadowed' }, 'the edge comes first')
  for (const type of ['application/json', 'text/odd', 'application/x-www-form-urlencoded']) {
    const body = `not parsed, ${type}`
    await ask(port, '/app/p', { method: 'POST', body, headers: { 'Content-Type': type } })
    t.match(server.seen.at(-1), { body })
  }
  await ask(port, '/app/p', { method: 'PROPFIND' })
  t.match(server.seen.at(-1), { method: 'PROPFIND' }, 'methods that Fastify does not know')
  t.match(
    await ask(port, '/own', {
      method: 'POST',
      body: '{"x":1}',
      headers: { 'Content-Type': 'application/json' },
    }),
    { status: 200, body: '{"own":{"x":1}}' },
  )
  t.equal((await ask(port, '/nothing')).status, 404)
})

t.test('Fastify 5: registered in a scope of its own it still comes before all routes', async t => {
  const server = await origin(t)
  const edge = await createEdge({ config: edgeConfig([{ port: server.port }], { uri: '/app/*' }) })
  t.teardown(() => edge.close())
  const app = Fastify()
  app.register(edge.fastify)
  app.get('/own', async () => 'own')
  await app.listen({ port: 0, host: '127.0.0.1' })
  t.teardown(() => app.close())
  app.server.on('upgrade', edge.upgrade)
  const { port } = app.server.address() as AddressInfo
  t.equal((await ask(port, '/app/a')).body, 'ok')
  t.equal((await ask(port, '/own')).body, 'own')
})

t.test('Fastify 5: upgrades through the server of the host', async t => {
  const ws = await rawOrigin(t, socket =>
    socket.once('data', () =>
      socket.write('HTTP/1.1 101 Go\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\nhello'),
    ),
  )
  const edge = await createEdge({ config: edgeConfig([{ port: ws }]) })
  t.teardown(() => edge.close())
  const app = Fastify()
  await app.register(edge.fastify)
  app.server.on('upgrade', edge.upgrade)
  await app.listen({ port: 0, host: '127.0.0.1' })
  t.teardown(() => app.close())
  const { port } = app.server.address() as AddressInfo
  const socket = net.connect(port, '127.0.0.1')
  socket.write('GET / HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n')
  let text = ''
  await new Promise<void>(resolve =>
    socket.on('data', chunk => {
      text += chunk
      if (text.endsWith('hello')) resolve()
    }),
  )
  t.match(text, /^HTTP\/1\.1 101 /)
  socket.destroy()
})

t.test('Fastify 5: app.inject, as in the tests of a host', async t => {
  const server = await origin(t)
  const edge = await createEdge({ config: edgeConfig([{ port: server.port }], { uri: '/app/*' }) })
  t.teardown(() => edge.close())
  const app = Fastify()
  await app.register(edge.fastify)
  app.get('/own', async () => 'own')
  t.teardown(() => app.close())
  t.match(await app.inject({ method: 'POST', url: '/app/a', payload: 'hello' }), {
    statusCode: 200,
    body: 'ok',
  })
  t.match(server.seen, [{ body: 'hello' }])
  t.match(await app.inject('/own'), { statusCode: 200, body: 'own' })
})
