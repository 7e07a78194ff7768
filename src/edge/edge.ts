import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import type { PluginConfig } from '../config/model.ts'
import type { RouterSnapshot } from '../core/snapshot.ts'
import { addressesOf } from '../driver/connect.ts'
import type { EdgeEvents, EdgeListener } from './events.ts'
import type { FastifyPlugin } from './fastify.ts'
import { configError, load } from './load.ts'
import { type EdgeOptions, resolveEdgeOptions } from './options.ts'
import { type ReloadEvent, signatureOf } from './reload.ts'
import { RunningEdge } from './running-edge.ts'

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
}

/** A running edge: the plug-in in front of its servers, to be mounted on a server of the host. */
export interface Edge {
  /**
   * For `http.createServer`, Connect and Express. A request that no route matches goes to `next`, untouched, or gets a
   * 404 where there is none. Mount it before anything that reads request bodies. Never throws.
   */
  readonly handler: (
    request: IncomingMessage,
    response: ServerResponse,
    next?: (error?: unknown) => void,
  ) => void
  /**
   * For `server.on('upgrade', ...)`: WebSocket and other upgrades, routed like every request. One that no route matches
   * goes to `next`, untouched, or gets a 404 where there is none.
   */
  readonly upgrade: (
    request: IncomingMessage,
    socket: Duplex,
    head: Buffer,
    next?: () => void,
  ) => void
  /** A Fastify plugin; requests that no route matches go on to Fastify's own routes. */
  readonly fastify: FastifyPlugin
  /** The configuration in force. */
  readonly config: PluginConfig
  /** Loads the configuration now, changed or not. Never rejects: the event says how it went. */
  reload(): Promise<ReloadEvent>
  /** The state of the router as plain JSON. */
  snapshot(): RouterSnapshot
  counters(): EdgeCounters
  /**
   * Takes no more requests, lets those under way finish, ends tunnels, closes all streams. New requests are declined, or
   * answered 503 where there is no `next`. Every call returns the same promise.
   */
  close(): Promise<void>
  on<E extends keyof EdgeEvents>(event: E, listener: EdgeListener<E>): Edge
  once<E extends keyof EdgeEvents>(event: E, listener: EdgeListener<E>): Edge
  off<E extends keyof EdgeEvents>(event: E, listener: EdgeListener<E>): Edge
}

/**
 * Reads the configuration and makes an edge from it.
 *
 * @throws PluginError `CONFIG_INVALID` with the first errors in the message and all findings in `diagnostics`,
 *   `FILE_UNREADABLE`, `OPTION_INVALID`.
 */
export const createEdge = async (options: EdgeOptions): Promise<Edge> => {
  const settings = resolveEdgeOptions(options, addressesOf)
  const { config } = settings
  // Before reading: a change in between is seen at the next look.
  const signature = typeof config === 'string' ? await signatureOf(config).catch(() => null) : null
  const loaded = await load(settings)
  if (loaded.generation === null) throw configError(loaded.diagnostics)
  return new RunningEdge(settings, loaded, loaded.generation, signature)
}
