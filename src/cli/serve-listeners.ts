import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { createSecureServer, type Http2SecureServer } from 'node:http2'
import { type AddressInfo, Server, type Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { TLSSocket } from 'node:tls'
import type { Edge } from '../edge/edge.ts'
import { InputError } from './io.ts'
import { listenProblem } from './listen-problem.ts'
import { Connections } from './serve-connections.ts'
import type { Identity } from './serve-identity.ts'
import type { Limits } from './serve-limits.ts'
import type { Port, Ports } from './serve-ports.ts'

/** The ports of `serve`, open. */
export interface Listeners {
  /** As asked for, with the numbers that were taken. */
  readonly ports: readonly Port[]
  /** Shows this certificate to whoever connects from now on. */
  renew(identity: Identity): void
  /**
   * Takes no more connections, lets requests under way finish, closes the edge, and then all connections.
   *
   * @param limitMs how long that may take. @returns how many requests were cut off then; every call the same promise.
   */
  drain(limitMs: number): Promise<number>
}

/** @throws InputError when a port cannot be had; none is open then. */
export const openListeners = async (
  edge: Edge,
  { host, ports }: Ports,
  limits: Limits,
  identity: Identity | undefined,
): Promise<Listeners> => {
  const connections = new Connections()
  const servers: Server[] = []
  const secure: Http2SecureServer[] = []
  const closeAll = (): Promise<unknown> => Promise.all(servers.map(stopped))
  const open = async ({ number, scheme }: Port): Promise<Port> => {
    const server =
      scheme === 'http' || identity === undefined
        ? plainServer(connections, limits)
        : secureServer(connections, limits, identity)
    if ('setSecureContext' in server) secure.push(server)
    server.on('request', (request: IncomingMessage, response: ServerResponse) => {
      connections.began(request, response)
      edge.handler(request, response)
    })
    server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
      connections.upgrading(socket as Socket)
      edge.upgrade(request, socket, head)
    })
    const option = scheme === 'http' ? '--port' : '--tls-port'
    const taken = { number: await listen(server, number, host, option), scheme }
    servers.push(server)
    return taken
  }
  const taken: Port[] = []
  try {
    for (const port of ports) taken.push(await open(port))
  } catch (error) {
    connections.destroy()
    await closeAll()
    throw error
  }
  const drain = async (limitMs: number): Promise<number> => {
    const closed = closeAll()
    const finished = (async () => {
      await connections.drain()
      await edge.close()
      await connections.upgradedClosed()
    })()
    const inTime = await within(finished, limitMs)
    // Tunnels have no end of their own, so that ending them cuts off nothing.
    const cutOff = inTime ? 0 : connections.underWay
    connections.destroy()
    await Promise.all([edge.close(), finished, closed])
    return cutOff
  }
  let draining: Promise<number> | undefined
  return {
    ports: taken,
    renew({ cert, key }) {
      for (const server of secure) server.setSecureContext({ cert, key })
    },
    drain(limitMs) {
      draining ??= drain(limitMs)
      return draining
    },
  }
}

/** @returns whether the work was done in time. */
const within = async (work: Promise<unknown>, ms: number): Promise<boolean> => {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<false>(resolve => {
    timer = setTimeout(() => resolve(false), ms)
  })
  try {
    return await Promise.race([work.then(() => true), late])
  } finally {
    clearTimeout(timer)
  }
}

/** What both kinds of listeners have in common. */
const commonSettings = (limits: Limits) => ({
  maxHeaderSize: limits.headerBytes,
  headersTimeout: limits.headerMs,
  requestTimeout: limits.requestMs,
  keepAliveTimeout: limits.keepAliveMs,
  connectionsCheckingInterval: 1000,
  requireHostHeader: true,
})

/** Beside them: their number is for the edge to limit (HTTPMaxHeaders), which says so; Node would drop some unseen. */
const anyNumber = { maxHeadersCount: 0 }

/** Finds out about clients that have gone without a word, behind tunnels and long answers. */
const tcpKeepAlive = { keepAlive: true, keepAliveInitialDelay: 60_000 }

const plainServer = (connections: Connections, limits: Limits): Server => {
  // Node answers `Expect: 100-continue` by itself, as the edge wants it (src/edge/interim.ts).
  const server = createServer({ ...commonSettings(limits), ...tcpKeepAlive })
  server.on('connection', socket => {
    connections.accepted(socket)
    connections.opened(socket)
  })
  return Object.assign(server, anyNumber)
}

const secureServer = (
  connections: Connections,
  limits: Limits,
  { cert, key }: Identity,
): Http2SecureServer => {
  const server = createSecureServer({
    cert,
    key,
    ...tcpKeepAlive,
    allowHTTP1: true,
    handshakeTimeout,
    maxHeaderListPairs: mostFields,
    settings: { maxHeaderListSize: limits.headerBytes, maxConcurrentStreams: mostStreams },
  })
  server.on('connection', socket => connections.accepted(socket))
  server.on('secureConnection', (socket: TLSSocket) => {
    if (socket.alpnProtocol !== 'h2') connections.opened(socket)
  })
  server.on('session', session => connections.session(session, limits.keepAliveMs))
  // For clients of HTTP/1.1 Node takes them from here, and not from the options.
  return Object.assign(server, commonSettings(limits), anyNumber)
}

/** Milliseconds. */
const handshakeTimeout = 20_000

/** As many as HTTPMaxHeaders can allow, and those of HTTP/2 itself. */
const mostFields = 4096

/** Requests at a time on one connection of HTTP/2. */
const mostStreams = 128

/** @returns the port that was taken. */
const listen = (
  server: Server,
  port: number,
  host: string,
  option: '--port' | '--tls-port',
): Promise<number> =>
  new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      reject(new InputError(listenProblem(error, port, host, { port: option, host: '--host' })))
    })
    server.listen(port, host, () => resolve((server.address() as AddressInfo).port))
  })

/**
 * Takes no more connections. The `close` of `net` it must be: that of `http` cuts off answers that were written and have
 * not left yet. Resolves when the last connection is closed.
 */
const stopped = async (server: Server): Promise<void> => {
  await new Promise<void>(resolve => Server.prototype.close.call(server, () => resolve()))
  // Now nothing is left to cut off, and its timer ends.
  server.close()
}
