import replyFrom from '@fastify/reply-from'
import fastify from 'fastify'
import { ready, target, tune, undiciSettings } from './serve.mjs'

const app = fastify({ logger: false, bodyLimit: 2 ** 30 })
await app.register(replyFrom, { base: target, undici: undiciSettings })
// Bodies go on as streams.
app.removeAllContentTypeParsers()
app.addContentTypeParser('*', (_request, payload, done) => done(null, payload))
app.all('/*', (request, reply) => {
  reply.from(request.raw.url)
})
tune(app.server)
await app.listen({ port: 0, host: '127.0.0.1' })
ready(app.server.address().port)
