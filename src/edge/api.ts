import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Http2ServerRequest, Http2ServerResponse } from 'node:http2'
import type { Duplex } from 'node:stream'
import type { PluginConfig } from '../config/model.ts'
import type { AdminState } from '../core/admin-state.ts'
import type { RouterSnapshot } from '../core/snapshot.ts'
import type { RecordedSettings, Recording } from '../debug/recording.ts'
import type { DrainReport } from './drain.ts'
import type { EdgeEvents, EdgeListener } from './events.ts'
import type { FastifyPlugin } from './fastify.ts'
import type { HonoMiddleware } from './hono.ts'
import type { KoaMiddleware } from './koa.ts'
import type { LimitCounters } from './limits.ts'
import type { Readiness } from './readiness.ts'
import type { KeptRecording } from './recordings.ts'
import type { ReloadEvent } from './reload.ts'
import type { TraceOptions } from './trace-options.ts'

/** Counts since the edge was made, and what is going on now. */
export interface EdgeCounters {
  /** Requests that were offered to the edge. */
  readonly requests: number
  /** Those among them that no route matched. */
  readonly declined: number
  /** Requests of ours that are under way, those on older configurations included. */
  readonly running: number
  /** Connections to servers that wait for the next request. */
  readonly idleStreams: number
  /** Configurations put in force after the first. */
  readonly reloads: number
  /** Times that a changed file could not be used or read. */
  readonly failedReloads: number
  /** Requests that wait for a server with room. */
  readonly waiting: number
  /** Bytes of bodies and 503 answers that are kept for another attempt. */
  readonly replayBytes: number
  /** How often each limit was reached. */
  readonly limited: LimitCounters
}

export interface CloseOptions {
  /**
   * Milliseconds after which requests that are still under way are cut: 503 where no answer has begun, else the
   * connection is. Default: none, everything may finish. A later call may shorten it.
   */
  readonly waitMs?: number
}

export interface CloseReport {
  /** Requests that were cut. */
  readonly cut: number
}

/** A running edge: the plug-in in front of its servers, to be mounted on a server of the host. */
export interface Edge {
  /**
   * For `http.createServer`, `http2.createSecureServer`, Connect and Express. A request that no route matches goes to `next`, untouched, or gets a
   * 404 where there is none. Mount it before anything that reads request bodies. Never throws.
   */
  readonly handler: (
    request: IncomingMessage | Http2ServerRequest,
    response: ServerResponse | Http2ServerResponse,
    next?: (error?: unknown) => void,
  ) => void
  /**
   * For `server.on('upgrade', ...)`: WebSocket and other upgrades, routed like every request. One that no route matches
   * goes to `next`, untouched, or gets a 404 where there is none.
   *
   * What offers no more than HTTP again (`h2c`), and, where there is no `next`, what has a body, is no upgrade: the server
   * gets its connection back and offers it to its `request` listeners, without the offer.
   */
  readonly upgrade: (
    request: IncomingMessage,
    socket: Duplex,
    head: Buffer,
    next?: () => void,
  ) => void
  /** A Fastify plugin; requests that no route matches go on to Fastify's own routes. */
  readonly fastify: FastifyPlugin
  /** Koa middleware; requests that no route matches go on to the middleware behind. */
  readonly koa: KoaMiddleware
  /** Hono middleware on @hono/node-server; requests that no route matches go on to the routes of Hono. */
  readonly hono: HonoMiddleware
  /** The configuration in force. */
  readonly config: PluginConfig
  /** Loads the configuration now, changed or not. Never rejects: the event says how it went. */
  reload(): Promise<ReloadEvent>
  /** The state of the router as plain JSON. */
  snapshot(): RouterSnapshot
  /**
   * Puts a state in force at once, for an operator who marks a server by hand: `snapshot()`, changed. Requests under way
   * go on, and what they report counts.
   */
  restore(snapshot: RouterSnapshot): void
  /**
   * Says which part a server takes from now on, beside what requests find out about it: `draining` keeps its sessions
   * and gets no new work, `stopped` gets nothing, `in-service` is the usual part. What it has under way goes on. It holds
   * until it is said otherwise, also across reloads, by the names of cluster and server. Where the sessions of a server
   * cannot be told from new work, because it has no CloneID, draining is no more than stopping.
   *
   * Ours; the plug-in has nothing like it.
   *
   * @throws PluginError `OPTION_INVALID` for a state or a server that there is not.
   */
  administer(cluster: string, server: string, state: AdminState): void
  /** How far the draining servers have come; the event `drained` says when one is done. */
  draining(): readonly DrainReport[]
  /**
   * Whether new requests can be served: not closing, and a server for each of these clusters; by default for all that a
   * Route leads to.
   */
  ready(clusters?: readonly string[]): Readiness
  /** How the routers were set up: version switches, and the transports that the last load left out. */
  readonly routerSettings: RecordedSettings
  counters(): EdgeCounters
  /**
   * Says which requests are followed from now on; null: none. Those under way go on as they began.
   *
   * @throws PluginError `OPTION_INVALID` naming the option and what was given.
   */
  trace(options: TraceOptions | null): void
  /** Which requests are followed; null: none. */
  readonly tracing: TraceOptions | null
  /** The last requests that were followed, newest last; empty unless the option `recordings` says how many to keep. */
  recordings(): readonly Recording[]
  /** The recording of this number, with the configuration of the request. */
  recording(exchange: number): KeptRecording | undefined
  /** Opens the log again, after it was moved away. Without a log: nothing. */
  reopenLog(): void
  /**
   * Says by `ready()` that the edge is going to close, for those who send it requests; what comes all the same is served.
   */
  leave(): void
  /**
   * Takes no more requests, lets those under way finish, ends tunnels, closes all streams, and writes the log to its
   * end. New requests are declined, or answered 503 where there is no `next`, and connections of HTTP/1 end with the
   * answers under way. Every call returns the same promise.
   *
   * @throws PluginError `OPTION_INVALID`.
   */
  close(options?: CloseOptions): Promise<CloseReport>
  on<E extends keyof EdgeEvents>(event: E, listener: EdgeListener<E>): Edge
  once<E extends keyof EdgeEvents>(event: E, listener: EdgeListener<E>): Edge
  off<E extends keyof EdgeEvents>(event: E, listener: EdgeListener<E>): Edge
}
