import { channel } from 'node:diagnostics_channel'
import { EventEmitter } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import type { PluginConfig } from '../config/model.ts'
import type { RouterSnapshot } from '../core/snapshot.ts'
import type { TraceRecord } from '../core/trace.ts'
import { addressesOf } from '../driver/connect.ts'
import type { EdgeContext, EdgeWarning, ExchangeRecord } from './context.ts'
import { type FastifyPlugin, fastifyPlugin } from './fastify.ts'
import type { Generation } from './generation.ts'
import { Handling } from './handling.ts'
import { targetOf } from './head.ts'
import { configError, type Load, load } from './load.ts'
import { type EdgeOptions, type EdgeSettings, resolveEdgeOptions } from './options.ts'
import { receive } from './receive.ts'
import { Reloader, type ReloadEvent, signatureOf } from './reload.ts'
import { sendPage } from './send-page.ts'
import { type TakenOver, takeOver } from './upgrade.ts'

/** What can be listened to, and what listeners get. */
export interface EdgeEvents {
  /** Every decision record; nothing is built while nobody listens. */
  trace: [record: TraceRecord]
  /** The configuration was looked at again and something came of it. */
  reload: [event: ReloadEvent]
  warning: [warning: EdgeWarning]
}

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
  on<E extends keyof EdgeEvents>(event: E, listener: (...args: EdgeEvents[E]) => void): Edge
  once<E extends keyof EdgeEvents>(event: E, listener: (...args: EdgeEvents[E]) => void): Edge
  off<E extends keyof EdgeEvents>(event: E, listener: (...args: EdgeEvents[E]) => void): Edge
}

/** Name of the `node:diagnostics_channel` on which all edges of the process publish their trace records. */
export const traceChannel = 'plugin-cfg-router:trace'

/**
 * Reads the configuration and makes an edge from it.
 *
 * @throws PluginError `CONFIG_INVALID` with the first errors in the message and all findings in `diagnostics`,
 *   `FILE_UNREADABLE`, `OPTION_INVALID`.
 */
export const createEdge = async (options: EdgeOptions): Promise<Edge> => {
  const settings = resolveEdgeOptions(options, addressesOf)
  const path = typeof settings.config === 'string' ? settings.config : null
  // Before reading: a change in between is seen at the next look.
  const signature = path === null ? null : await signatureOf(path).catch(() => null)
  const loaded = await load(settings)
  if (loaded.generation === null) throw configError(loaded.diagnostics)
  return new RunningEdge(settings, loaded, loaded.generation, path, signature)
}

class RunningEdge implements Edge {
  readonly #settings: EdgeSettings
  readonly #emitter = new EventEmitter()
  readonly #channel = channel(traceChannel)
  readonly #reloader: Reloader
  readonly #context: EdgeContext
  readonly #retiring = new Set<Generation>()
  #generation: Generation
  #requests = 0
  #declined = 0
  #reloads = 0
  #failedReloads = 0
  #closing: Promise<void> | null = null

  constructor(
    settings: EdgeSettings,
    loaded: Load,
    generation: Generation,
    path: string | null,
    signature: Awaited<ReturnType<typeof signatureOf>> | null,
  ) {
    this.#settings = settings
    this.#generation = generation
    this.#context = {
      clock: settings.clock,
      errorPage: settings.errorPage,
      warn: warning => this.#emit('warning', warning),
      finished: record => this.#finished(record),
    }
    this.#reloader = new Reloader(
      {
        path,
        clock: settings.clock,
        refreshIntervalMs: () => this.config.settings.refreshIntervalMs,
        load: () => load(settings),
        install: next => this.#install(next),
        report: event => this.#reported(event),
      },
      signature,
    )
    // Listeners can only be there in the next turn.
    setImmediate(() => this.#warnOfUnusable(loaded))
  }

  readonly handler: Edge['handler'] = (request, response, next) =>
    this.#afterReload(() => this.#offer(request, () => ({ response }), { declined: next }))

  readonly upgrade: Edge['upgrade'] = (request, socket, head, next) => {
    // Node leaves it to us to hear of errors on the socket.
    socket.on('error', ignore)
    this.#afterReload(() =>
      this.#offer(request, () => takeOver(request, socket, head), { declined: next }),
    )
  }

  readonly fastify: FastifyPlugin = fastifyPlugin((request, response, hooks) =>
    this.#afterReload(() => this.#offer(request, () => ({ response }), hooks)),
  )

  get config(): PluginConfig {
    return this.#generation.config
  }

  reload(): Promise<ReloadEvent> {
    return this.#reloader.reload()
  }

  snapshot(): RouterSnapshot {
    return this.#generation.router.snapshot()
  }

  counters(): EdgeCounters {
    const generations = [this.#generation, ...this.#retiring]
    return {
      requests: this.#requests,
      declined: this.#declined,
      running: generations.reduce((sum, { running }) => sum + running, 0),
      idleStreams: generations.reduce((sum, { streams }) => sum + streams.idle, 0),
      reloads: this.#reloads,
      failedReloads: this.#failedReloads,
    }
  }

  close(): Promise<void> {
    this.#closing ??= this.#drain()
    return this.#closing
  }

  on<E extends keyof EdgeEvents>(event: E, listener: (...args: EdgeEvents[E]) => void): Edge {
    this.#emitter.on(event, listener as (...args: unknown[]) => void)
    return this
  }

  once<E extends keyof EdgeEvents>(event: E, listener: (...args: EdgeEvents[E]) => void): Edge {
    this.#emitter.once(event, listener as (...args: unknown[]) => void)
    return this
  }

  off<E extends keyof EdgeEvents>(event: E, listener: (...args: EdgeEvents[E]) => void): Edge {
    this.#emitter.off(event, listener as (...args: unknown[]) => void)
    return this
  }

  /** The request that finds a changed file waits for it; all others go on at once. */
  #afterReload(work: () => void): void {
    const waiting = this.#reloader.due()
    const { reloadWaitMs } = this.#settings
    if (waiting === null || reloadWaitMs === 0) return work()
    // In a turn of its own, so that what a host throws in `next` is not a rejected promise.
    atMost(waiting, reloadWaitMs).then(() => setImmediate(work))
  }

  #offer(
    request: IncomingMessage,
    accept: () => Accepted,
    hooks: OfferHooks,
  ): void {
    if (request.socket.destroyed) return
    this.#requests++
    if (this.#closing !== null) return this.#decline(request, accept, hooks, 503)
    const handling = this.#take(request, accept, hooks)
    if (handling === null) this.#decline(request, accept, hooks, 404)
  }

  /** @returns null when the request is not ours. */
  #take(
    request: IncomingMessage,
    accept: () => Accepted,
    hooks: OfferHooks,
  ): Handling | null {
    const generation = this.#generation
    const received = receive(request, generation, this.#settings.clientForwarded)
    const tracing = this.#emitter.listenerCount('trace') > 0 || this.#channel.hasSubscribers
    const exchange = generation.router.route(received.head, tracing ? this.#trace : undefined)
    if (exchange.step.kind === 'decline') return null
    hooks.taken?.()
    const { dropped } = received.scan
    if (dropped > 0) {
      const message = `${dropped} request headers beyond HTTPMaxHeaders were dropped`
      this.#emit('warning', { code: 'HEADERS_DROPPED', message })
    }
    const handling = new Handling(this.#context, generation, received, accept(), exchange)
    try {
      handling.begin()
    } catch (error) {
      handling.broken(error)
    }
    return handling
  }

  #decline(
    request: IncomingMessage,
    accept: () => Accepted,
    { declined }: OfferHooks,
    status: 404 | 503,
  ): void {
    this.#declined++
    const reason = status === 404 ? 'no-route' : 'closing'
    this.#finished({
      method: request.method ?? 'GET',
      url: targetOf(request),
      host: request.headers.host,
      clientAddress: request.socket.remoteAddress,
      cluster: undefined,
      server: undefined,
      status: declined === undefined ? status : 0,
      result: 'decline',
      reason,
      attempts: 0,
      durationMs: 0,
      request,
    })
    if (declined !== undefined) declined()
    else sendPage(this.#context, request, accept().response, status, reason)
  }

  #install(loaded: Load): void {
    if (loaded.generation === null) return
    if (this.#closing !== null) return loaded.generation.streams.close()
    const old = this.#generation
    this.#generation = loaded.generation
    this.#reloads++
    this.#retiring.add(old)
    void old.retire().then(() => this.#retiring.delete(old))
    this.#warnOfUnusable(loaded)
  }

  #warnOfUnusable({ unusable }: Load): void {
    for (const { cluster, owner, message, advice } of unusable) {
      this.#emit('warning', {
        code: 'TRANSPORT_UNUSABLE',
        message: `${owner} of ${cluster} cannot be reached until the next load: ${message}; ${advice}`,
      })
    }
  }

  #reported(event: ReloadEvent): void {
    if (event.result === 'refused' || event.result === 'unreadable') this.#failedReloads++
    this.#emit('reload', event)
  }

  async #drain(): Promise<void> {
    const generations = [this.#generation, ...this.#retiring]
    for (const generation of generations) generation.endTunnels()
    await Promise.all(generations.map(generation => generation.retire()))
  }

  readonly #trace = (record: TraceRecord): void => {
    this.#emit('trace', record)
    if (this.#channel.hasSubscribers) this.#channel.publish(record)
  }

  #finished(record: ExchangeRecord): void {
    try {
      this.#settings.onExchange?.(record)
    } catch (error) {
      const message = `onExchange threw: ${String(error)}`
      this.#emit('warning', { code: 'HOOK_FAILED', message, error })
    }
  }

  /** What a listener throws is its own affair and must not reach a request. */
  #emit<E extends keyof EdgeEvents>(event: E, ...args: EdgeEvents[E]): void {
    try {
      this.#emitter.emit(event, ...args)
    } catch (error) {
      if (event === 'warning') return
      const message = `a listener of '${event}' threw: ${String(error)}`
      this.#emit('warning', { code: 'HOOK_FAILED', message, error })
    }
  }
}

/** The answer to a request of ours; with `upgrade` where Node has given us a bare socket. */
type Accepted = { readonly response: ServerResponse; readonly upgrade?: never } | TakenOver

/** How a request that is offered goes on in its host. */
export interface OfferHooks {
  /** The edge answers it. */
  readonly taken?: (() => void) | undefined
  /** It is not ours; absent: the edge answers 404. */
  readonly declined?: (() => void) | undefined
}

/** Settles when the work does, however it does, or when the time is up. */
const atMost = (work: Promise<unknown>, ms: number): Promise<void> =>
  new Promise(resolve => {
    const timer = setTimeout(resolve, ms)
    const done = (): void => {
      clearTimeout(timer)
      resolve()
    }
    work.then(done, done)
  })

const ignore = (): void => {}
