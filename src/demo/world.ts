import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { createServer } from 'node:http'
import { relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { ApplicationServer } from '../appserver/application-server.ts'
import { createApplicationServer } from '../appserver/application-server.ts'
import type { ApplicationServerOptions } from '../appserver/application-server-options.ts'
import { listen } from '../appserver/listen.ts'
import { createSessionStore } from '../appserver/session-store.ts'
import type { Server as ConfiguredServer } from '../config/model.ts'
import type { TraceRecord } from '../core/trace.ts'
import type { Edge } from '../edge/edge.ts'
import { createEdge } from '../edge/edge.ts'
import { JumpingClock } from './jumping-clock.ts'
import { loadSample, movedTo, samplePath, servesPort, withPort } from './sample-config.ts'

/** Two application servers and an edge in front of them, all in this process. */
export interface World {
  /** In the order of the primary list. */
  readonly members: readonly [ApplicationServer, ApplicationServer]
  readonly cluster: string
  readonly retryIntervalMs: number
  /** The clock of the edge. */
  readonly clock: JumpingClock
  /** `http://host:port` of the edge. */
  readonly url: string
  /** Where the configuration comes from, and what of it is not as written. */
  readonly source: string
  readonly changes: readonly string[]
  /** Calls back with every trace record until the returned function is called. */
  follow(listener: (record: TraceRecord) => void): () => void
  /** Ends all of it at once. */
  close(): Promise<void>
}

export interface WorldOptions {
  /** Ports for the edge, tried in order; 0: any free one. Default 8080, then 0. */
  readonly ports?: readonly number[]
  /** The file to walk through. Default: the sample of figure 5-12. */
  readonly file?: string
  /** How a member is made. Default `createApplicationServer`. */
  readonly member?: (options: ApplicationServerOptions) => ApplicationServer
}

const host = '127.0.0.1'
const usualPorts = [8080, 0] as const

/** Starts everything. Rejects with what went wrong, and leaves nothing running. */
export const buildWorld = async (options: WorldOptions = {}): Promise<World> => {
  const file = options.file ?? fileURLToPath(samplePath)
  const { config, cluster, servers } = await loadSample(file)
  const store = createSessionStore()
  const make = options.member ?? createApplicationServer
  const member = ({ name, cloneId = '' }: ConfiguredServer) => make({ name, cloneId, store, host })
  const one = member(servers[0])
  const two = member(servers[1])

  const front = createServer()
  let edge: Edge | undefined
  const close = async (): Promise<void> => {
    const ended = closed(front)
    front.closeAllConnections()
    await Promise.all([ended, one.kill(), two.kill(), edge?.close()])
  }
  try {
    await Promise.all([one.start(), two.start()])
    const port = await listenOnOne(front, options.ports ?? usualPorts)
    const clock = new JumpingClock()
    const moved = movedTo(config, cluster.name, {
      [servers[0].name]: { hostname: host, port: one.port },
      [servers[1].name]: { hostname: host, port: two.port },
    })
    const known = servesPort(moved, port)
    edge = await createEdge({ config: known ? moved : withPort(moved, port), clock })
    const { handler, upgrade } = edge
    front.on('request', (req, res) => handler(req, res, () => notOurs(req, res)))
    front.on('upgrade', (req, socket, head) => upgrade(req, socket, head))
    return {
      members: [one, two],
      cluster: cluster.name,
      retryIntervalMs: cluster.retryIntervalMs,
      clock,
      url: `http://${host}:${port}`,
      source: shortest(file),
      changes: [
        `Its ports ${portsOf(servers)} may be taken, so the members listen on those above.`,
        ...(known ? [] : [`It has no alias for port ${port}, so *:${port} was added.`]),
      ],
      follow: follower(edge),
      close,
    }
  } catch (error) {
    await close()
    throw error
  }
}

const follower =
  (edge: Edge): World['follow'] =>
  listener => {
    edge.on('trace', listener)
    return () => edge.off('trace', listener)
  }

/** Listens on the first of these ports that can be had. */
const listenOnOne = async (server: Server, ports: readonly number[]): Promise<number> => {
  let refusal: unknown
  for (const port of ports) {
    try {
      return await listen(server, port, host)
    } catch (error) {
      refusal = error
    }
  }
  throw refusal
}

const closed = (server: Server): Promise<void> =>
  new Promise(resolve => server.close(() => resolve()))

const notOurs = (req: IncomingMessage, res: ServerResponse): void => {
  res.writeHead(404, { 'Content-Type': 'text/plain; charset=utf-8' })
  res.end(`No route matches ${req.url}: the router leaves it to the web server. Try /snoop.\n`)
}

const shortest = (file: string): string => {
  const near = relative('.', file)
  return near.startsWith('..') ? file : near
}

const portsOf = (servers: readonly ConfiguredServer[]): string =>
  servers.map(({ transports }) => transports[0]?.port ?? '?').join(' and ')
