import { createServer, Agent as HttpAgent } from 'node:http'
import { Agent as HttpsAgent } from 'node:https'

/** Connections to servers that a contender may keep. */
export const connections = Number(process.env.CONNECTIONS ?? 64)

/** The server to forward to, for contenders that know only one: `http://127.0.0.1:port`. */
export const target = process.env.TARGET

/** The certificate authority of a server on TLS. */
export const authority = process.env.AUTHORITY

/** What the certificate of a server on TLS is checked by. */
const trust = { ca: authority, servername: 'app.example' }

/** For contenders on undici: nothing that costs time, and no more connections than clients. */
export const undiciSettings = {
  connections,
  pipelining: 1,
  headersTimeout: 0,
  bodyTimeout: 0,
  keepAliveTimeout: 600_000,
  ...(authority !== undefined && { connect: trust }),
}

/** For contenders on the client of `node:http`. */
export const keepAliveAgent = options =>
  authority === undefined
    ? new HttpAgent({ keepAlive: true, ...options })
    : new HttpsAgent({ keepAlive: true, ...trust, ...options })

/** Keeps connections of clients for ever, so that no contender pays for timers that another does not have. */
export const tune = server => {
  server.keepAliveTimeout = 600_000
  server.headersTimeout = 0
  server.requestTimeout = 0
  server.timeout = 0
  return server
}

/** Serves on a free port, and tells the parent which. */
export const serve = (handler, upgrade) => {
  const server = tune(createServer(handler))
  if (upgrade !== undefined) server.on('upgrade', upgrade)
  server.listen(0, '127.0.0.1', () => ready(server.address().port))
}

export const ready = port => process.send({ port })

process.on('disconnect', () => process.exit(0))
process.on('SIGTERM', () => process.exit(0))

/** Ends a request that could not be forwarded. */
export const badGateway = response => {
  if (response.headersSent) response.destroy()
  else response.writeHead(502).end()
}
