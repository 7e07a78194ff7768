import { createServer } from 'node:http'

/** Connections to servers that a contender may keep. */
export const connections = Number(process.env.CONNECTIONS ?? 64)

/** The server to forward to, for contenders that know only one: `http://127.0.0.1:port`. */
export const target = process.env.TARGET

/** The certificate authority of a server on TLS. */
export const authority = process.env.AUTHORITY

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
