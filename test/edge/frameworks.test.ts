import type { AddressInfo } from 'node:net'
import { serve } from '@hono/node-server'
import connect from 'connect'
import { Hono } from 'hono'
import Koa from 'koa'
import t from 'tap'
import { createEdge, type Edge } from '../../src/edge/edge.ts'
import { edgeConfig } from '../support/edge-config.ts'
import { ask, fields, listen, origin } from '../support/loopback.ts'

// Hosts beside node:http, Express and Fastify, for which see hosts.test.ts. All of them must behave alike.

/** A host with the edge before a route of its own, `/own`, that answers with the body it got. */
type Host = (edge: Edge) => Promise<{ readonly port: number; readonly close: () => void }>

const hosts: Readonly<Record<string, Host>> = {
  'Connect 3': async edge => {
    const app = connect()
    app.use(edge.handler)
    app.use((request, response) => {
      if (request.url !== '/own') {
        response.writeHead(404).end()
        return
      }
      request.setEncoding('utf8')
      let body = ''
      request.on('data', chunk => {
        body += chunk
      })
      request.on('end', () => response.end(`own ${body}`))
    })
    const server = app.listen(0, '127.0.0.1')
    await new Promise(resolve => server.once('listening', resolve))
    return { port: (server.address() as AddressInfo).port, close: () => server.close() }
  },
  'Koa 3': async edge => {
    const app = new Koa()
    app.use(edge.koa)
    app.use(async context => {
      if (context.path !== '/own') return
      let body = ''
      for await (const chunk of context.req) body += chunk
      context.body = `own ${body}`
    })
    const server = app.listen(0, '127.0.0.1')
    await new Promise(resolve => server.once('listening', resolve))
    return { port: (server.address() as AddressInfo).port, close: () => server.close() }
  },
  'Hono 4 on Node': async edge => {
    const app = new Hono()
    app.use(edge.hono)
    app.post('/own', async context => context.text(`own ${await context.req.text()}`))
    let server: ReturnType<typeof serve> | undefined
    const port = await new Promise<number>(resolve => {
      server = serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }, info =>
        resolve(info.port),
      )
    })
    return { port, close: () => server?.close() }
  },
}

for (const [name, open] of Object.entries(hosts)) {
  t.test(`${name}: requests with a route are ours, all others go on untouched`, async t => {
    const server = await origin(t, (request, response) => {
      response.writeHead(200, { 'Set-Cookie': ['a=1', 'b=2'], 'X-Powered-By': 'server' })
      response.end(`${request.method} ${request.url}`)
    })
    const edge = await createEdge({
      config: edgeConfig([{ port: server.port }], { uri: '/app/*' }),
    })
    t.teardown(() => edge.close())
    const { port, close } = await open(edge)
    t.teardown(close)

    const answer = await ask(port, '/app/a?b=c')
    t.match(answer, { status: 200, body: 'GET /app/a?b=c' })
    t.strictSame(fields(answer.rawHeaders, 'set-cookie'), ['a=1', 'b=2'])
    await ask(port, '/app/p', { method: 'POST', body: '{"x":1}' })
    t.match(server.seen.at(-1), { body: '{"x":1}' })
    t.match(await ask(port, '/own', { method: 'POST', body: 'hello' }), {
      status: 200,
      body: 'own hello',
    })
    t.equal((await ask(port, '/nothing')).status, 404)
    t.equal(server.seen.length, 2)
  })

  t.test(`${name}: a large answer and a large upload pass whole`, async t => {
    const size = 3_000_000
    const server = await origin(t, (_, response) => response.end('x'.repeat(size)))
    const edge = await createEdge({ config: edgeConfig([{ port: server.port }]) })
    t.teardown(() => edge.close())
    const { port, close } = await open(edge)
    t.teardown(close)
    const answer = await ask(port, '/app', { method: 'POST', body: 'y'.repeat(size) })
    t.equal(answer.body.length, size)
    t.equal(server.seen[0]?.body.length, size)
  })

  t.test(`${name}: a client that leaves frees its request`, async t => {
    let arrived = (): void => {}
    const waiting = new Promise<void>(resolve => {
      arrived = resolve
    })
    const server = await origin(t, () => arrived())
    const edge = await createEdge({ config: edgeConfig([{ port: server.port }]) })
    t.teardown(() => edge.close())
    const { port, close } = await open(edge)
    t.teardown(close)
    const over = new Promise<{ readonly result: string }>(resolve => edge.once('exchange', resolve))
    const leaver = new AbortController()
    const asked = ask(port, '/app', { signal: leaver.signal }).catch(() => null)
    await waiting
    leaver.abort()
    await asked
    t.match(await over, { result: 'client-aborted', code: 'ONLY>ABORT' })
    t.equal(edge.counters().running, 0)
  })
}

t.test('the same page through every host', async t => {
  const server = await origin(t, (_, response) => response.end('the page'))
  const edge = await createEdge({ config: edgeConfig([{ port: server.port }]) })
  t.teardown(() => edge.close())
  const { createServer } = await import('node:http')
  const plain = await listen(t, createServer(edge.handler))
  const pages = [(await ask(plain, '/page')).body]
  for (const open of Object.values(hosts)) {
    const { port, close } = await open(edge)
    t.teardown(close)
    pages.push((await ask(port, '/page')).body)
  }
  t.strictSame([...new Set(pages)], ['the page'])
})
