import type { IncomingMessage, ServerResponse } from 'node:http'
import type { PluginConfig } from '../config/model.ts'
import type { RouterSnapshot } from '../core/snapshot.ts'
import type { EdgeContext, ExchangeRecord } from './context.ts'
import type { Edge, EdgeCounters } from './edge.ts'
import { type EdgeEvents, type EdgeListener, EventHub } from './events.ts'
import { type FastifyPlugin, fastifyPlugin } from './fastify.ts'
import type { Generation } from './generation.ts'
import { Handling } from './handling.ts'
import { clientHasLeft, targetOf } from './head.ts'
import { type Load, load } from './load.ts'
import type { EdgeSettings } from './options.ts'
import { receive } from './receive.ts'
import { type ReloadEvent, Reloader, type Signature } from './reload.ts'
import { sendPage } from './send-page.ts'
import { type TakenOver, takeOver } from './upgrade.ts'

/** An edge between its start and its close: offers every request to the configuration in force. */
export class RunningEdge implements Edge {
  readonly #settings: EdgeSettings
  readonly #events = new EventHub()
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
    signature: Signature | null,
  ) {
    this.#settings = settings
    this.#generation = generation
    this.#context = {
      clock: settings.clock,
      errorPage: settings.errorPage,
      warn: warning => this.#events.emit('warning', warning),
      finished: settings.onExchange && (record => this.#finished(record)),
    }
    this.#reloader = new Reloader(
      {
        path: typeof settings.config === 'string' ? settings.config : null,
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

  on<E extends keyof EdgeEvents>(event: E, listener: EdgeListener<E>): Edge {
    this.#events.on(event, listener)
    return this
  }

  once<E extends keyof EdgeEvents>(event: E, listener: EdgeListener<E>): Edge {
    this.#events.once(event, listener)
    return this
  }

  off<E extends keyof EdgeEvents>(event: E, listener: EdgeListener<E>): Edge {
    this.#events.off(event, listener)
    return this
  }

  /** The request that finds a changed file waits for it; all others go on at once. */
  #afterReload(work: () => void): void {
    const waiting = this.#reloader.due()
    const { reloadWaitMs } = this.#settings
    if (waiting === null || reloadWaitMs === 0) work()
    // In a turn of its own, so that what a host throws in `next` is not a rejected promise.
    else atMost(waiting, reloadWaitMs).then(() => setImmediate(work))
  }

  #offer(request: IncomingMessage, accept: () => Accepted, hooks: OfferHooks): void {
    if (clientHasLeft(request)) return
    this.#requests++
    if (this.#closing !== null) this.#decline(request, accept, hooks, 503)
    else if (!this.#take(request, accept, hooks)) this.#decline(request, accept, hooks, 404)
  }

  /** @returns false when the request is not ours. */
  #take(request: IncomingMessage, accept: () => Accepted, hooks: OfferHooks): boolean {
    const generation = this.#generation
    const received = receive(request, generation, this.#settings.clientForwarded)
    const exchange = generation.router.route(received.head, this.#events.tracing)
    if (exchange.step.kind === 'decline') return false
    hooks.taken?.()
    const { dropped } = received.scan
    if (dropped > 0) {
      const message = `${dropped} request headers beyond HTTPMaxHeaders were dropped`
      this.#events.emit('warning', { code: 'HEADERS_DROPPED', message })
    }
    const handling = new Handling(this.#context, generation, received, accept(), exchange)
    try {
      handling.begin()
    } catch (error) {
      handling.broken(error)
    }
    return true
  }

  #decline(
    request: IncomingMessage,
    accept: () => Accepted,
    { declined }: OfferHooks,
    status: 404 | 503,
  ): void {
    this.#declined++
    const reason = status === 404 ? 'no-route' : 'closing'
    this.#context.finished?.({
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
    const { generation } = loaded
    if (generation === null) return
    if (this.#closing !== null) {
      generation.streams.close()
      return
    }
    const old = this.#generation
    this.#generation = generation
    this.#reloads++
    this.#retiring.add(old)
    void old.retire().then(() => this.#retiring.delete(old))
    this.#warnOfUnusable(loaded)
  }

  #warnOfUnusable({ unusable }: Load): void {
    for (const { cluster, owner, message, advice } of unusable) {
      this.#events.emit('warning', {
        code: 'TRANSPORT_UNUSABLE',
        message: `${owner} of ${cluster} cannot be reached until the next load: ${message}; ${advice}`,
      })
    }
  }

  #reported(event: ReloadEvent): void {
    if (event.result === 'refused' || event.result === 'unreadable') this.#failedReloads++
    this.#events.emit('reload', event)
  }

  #finished(record: ExchangeRecord): void {
    try {
      this.#settings.onExchange?.(record)
    } catch (error) {
      this.#events.hookFailed('onExchange', error)
    }
  }

  async #drain(): Promise<void> {
    const generations = [this.#generation, ...this.#retiring]
    for (const generation of generations) generation.endTunnels()
    await Promise.all(generations.map(generation => generation.retire()))
  }
}

/** The answer to a request of ours; with `upgrade` where Node has given us a bare socket. */
type Accepted = { readonly response: ServerResponse; readonly upgrade?: never } | TakenOver

/** How a request that is offered goes on in its host. */
interface OfferHooks {
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
