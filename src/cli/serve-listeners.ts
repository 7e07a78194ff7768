import {
  createServer,
  type IncomingMessage,
  type Server as PlainServer,
  type ServerResponse,
} from 'node:http'
import { createSecureServer, type Http2SecureServer } from 'node:http2'
import type { AddressInfo, Server } from 'node:net'
import { closeTogether } from '../edge/close-together.ts'
import type { Edge } from '../edge/edge.ts'
import { InputError } from './io.ts'
import { listenProblem } from './listen-problem.ts'
import type { Identity } from './serve-identity.ts'
import type { Limits } from './serve-limits.ts'
import type { Port, Ports } from './serve-ports.ts'

/** The ports of `serve`, open. */
export interface Listeners {
  /** As asked for, with the numbers that were taken. */
  readonly ports: readonly Port[]
  /** Shows this certificate to whoever connects from now on, and believes these CA certificates about them. */
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
  const make = ({ scheme }: Port): Listener => {
    const server =
      scheme === 'http' || identity === undefined
        ? plainServer(limits)
        : secureServer(limits, identity)
    // A client that waits for a 100 gets it from the edge, when its body is wanted.
    for (const event of ['request', 'checkContinue']) {
      server.on(event, (request: IncomingMessage, response: ServerResponse) =>
        edge.handler(request, response),
      )
    }
    server.on('upgrade', edge.upgrade)
    return server
  }
  const servers = ports.map(make)
  const close = closeTogether(edge, servers, { http2IdleMs: limits.keepAliveMs })
  const taken: Port[] = []
  for (const [index, server] of servers.entries()) {
    const { number, scheme } = ports[index] as Port
    const option = scheme === 'http' ? '--port' : '--tls-port'
    try {
      taken.push({ number: await listen(server, number, host, option), scheme })
    } catch (error) {
      await close({ waitMs: 0 })
      throw error
    }
  }
  return {
    ports: taken,
    renew(identity) {
      for (const server of servers) {
        if ('setSecureContext' in server) server.setSecureContext(contextOf(identity))
      }
    },
    async drain(limitMs) {
      const { cut } = await close({ waitMs: limitMs })
      return cut
    },
  }
}

type Listener = PlainServer | Http2SecureServer

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

const plainServer = (limits: Limits): PlainServer =>
  Object.assign(createServer({ ...commonSettings(limits), ...tcpKeepAlive }), anyNumber)

const secureServer = (limits: Limits, identity: Identity): Http2SecureServer => {
  const server = createSecureServer({
    ...contextOf(identity),
    ...tcpKeepAlive,
    requestCert: identity.clients !== undefined,
    // Without this the request is served, and who the client claims to be stays out of `$WSCC` (plugin-cfg.md §3.1).
    rejectUnauthorized: identity.clients?.required === true,
    allowHTTP1: true,
    handshakeTimeout,
    maxHeaderListPairs: mostFields,
    settings: { maxHeaderListSize: limits.headerBytes, maxConcurrentStreams: mostStreams },
  })
  // For clients of HTTP/1.1 Node takes them from here, and not from the options.
  return Object.assign(server, commonSettings(limits), anyNumber)
}

/** What a connection is made with. A new one has other keys for session tickets, so that no old session goes past it. */
const contextOf = ({ cert, key, clients }: Identity) => ({
  cert,
  key,
  ...(clients && { ca: [...clients.ca] }),
})

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
