import { createServer, type RequestListener } from 'node:http'
import http2 from 'node:http2'
import type { Server } from 'node:net'
import { createAdaptorServer } from '@hono/node-server'
import express from 'express'
import Fastify from 'fastify'
import { Hono } from 'hono'
import Koa from 'koa'
import type { Test } from 'tap'
import type { Edge } from '../../src/edge/edge.ts'
import { serverCertificate, serverKey } from './certificates.ts'
import { listen } from './loopback.ts'

/** How a host listens: HTTP/1.1 alone, HTTP/2 alone by prior knowledge, or over TLS what the client chooses. */
export type Listening = 'http' | 'h2c' | 'tls'

/** Makes a host with the edge before a page of its own, `/own`, and returns the port. */
export type Host = (t: Test, edge: Edge, listening: Listening) => Promise<number>

const tls = { cert: serverCertificate, key: serverKey, allowHTTP1: true }

const serverFor = (listening: Listening, listener: RequestListener): Server => {
  if (listening === 'http') return createServer(listener)
  // The compatibility API of node:http2 has types of its own for what a listener sees.
  const same = listener as never
  return listening === 'h2c' ? http2.createServer(same) : http2.createSecureServer(tls, same)
}

const plain: Host = (t, edge, listening) =>
  listen(
    t,
    serverFor(listening, (request, response) =>
      edge.handler(request, response, () => response.end('own page')),
    ),
  )

/** As the README of the edge shows it: Express itself takes requests of HTTP/1 only. */
const ofExpress: Host = (t, edge, listening) => {
  const app = express()
  app.disable('x-powered-by')
  app.use(edge.handler)
  app.get('/own', (_, response) => {
    response.end('own page')
  })
  if (listening === 'http') return listen(t, createServer(app))
  const server = serverFor(listening, (request, response) => {
    if (request.httpVersionMajor === 1) {
      app(request, response)
      return
    }
    const { stream } = request as unknown as http2.Http2ServerRequest
    edge.handler(request, response, () => stream.close(http2.constants.NGHTTP2_HTTP_1_1_REQUIRED))
  })
  return listen(t, server)
}

const ofFastify: Host = async (t, edge, listening) => {
  // The three have types of their own, and the edge needs none of them.
  const app = (
    listening === 'http'
      ? Fastify()
      : listening === 'h2c'
        ? Fastify({ http2: true })
        : Fastify({ http2: true, https: tls })
  ) as ReturnType<typeof Fastify>
  await app.register(edge.fastify)
  app.get('/own', async () => 'own page')
  await app.listen({ port: 0, host: '127.0.0.1' })
  t.teardown(() => app.close())
  return app.addresses()[0]?.port ?? 0
}

const ofKoa: Host = (t, edge, listening) => {
  const app = new Koa()
  app.use(edge.koa)
  app.use(context => {
    if (context.path === '/own') context.body = 'own page'
  })
  return listen(t, serverFor(listening, app.callback()))
}

const ofHono: Host = (t, edge, listening) => {
  const app = new Hono()
  app.use(edge.hono)
  app.get('/own', context => context.text('own page'))
  const { fetch } = app
  const server =
    listening === 'http'
      ? createAdaptorServer({ fetch })
      : listening === 'h2c'
        ? createAdaptorServer({ fetch, createServer: http2.createServer })
        : createAdaptorServer({ fetch, createServer: http2.createSecureServer, serverOptions: tls })
  return listen(t, server as Server)
}

export const frameworkHosts: Readonly<Record<string, Host>> = {
  'plain Node': plain,
  'Express 5': ofExpress,
  'Fastify 5': ofFastify,
  'Koa 3': ofKoa,
  'Hono 4 on Node': ofHono,
}
