import type { IncomingMessage, ServerResponse } from 'node:http'
import type { PluginConfig } from '../config/model.ts'
import type { AdminState } from '../core/admin-state.ts'
import { endCodes, type ReasonCode } from '../core/reason-code.ts'
import type { RouterSnapshot } from '../core/snapshot.ts'
import type { RecordedSettings, Recording } from '../debug/recording.ts'
import { longestTimerMs } from '../driver/connect.ts'
import type { LoadNews, PluginLog } from '../log/plugin-log.ts'
import { Administration } from './administration.ts'
import type { CloseOptions, CloseReport, Edge, EdgeCounters } from './api.ts'
import { ClusterWatch } from './cluster-watch.ts'
import type { Companion, EdgeContext, ExchangeRecord } from './context.ts'
import type { DrainReport } from './drain.ts'
import { openEdgeLog } from './edge-log.ts'
import { type EdgeEvents, type EdgeListener, EventHub } from './events.ts'
import { awaitsContinue } from './expectation.ts'
import { type FastifyPlugin, fastifyPlugin } from './fastify.ts'
import type { Followed } from './followed.ts'
import type { Generation } from './generation.ts'
import { giveBack, isOrdinary } from './give-back.ts'
import { Guards } from './guards.ts'
import { Handling } from './handling.ts'
import { clientHasLeft, targetOf } from './head.ts'
import { type HonoMiddleware, honoMiddleware } from './hono.ts'
import { type KoaMiddleware, koaMiddleware } from './koa.ts'
import { type Load, load } from './load.ts'
import type { Offer, OfferHooks } from './offer.ts'
import { invalid } from './option-error.ts'
import type { EdgeSettings } from './options.ts'
import { type Readiness, readinessOf } from './readiness.ts'
import { receive } from './receive.ts'
import { type KeptRecording, Recordings } from './recordings.ts'
import { type ReloadEvent, Reloader, type Signature } from './reload.ts'
import { Seldom } from './seldom.ts'
import { sendPage } from './send-page.ts'
import { type TraceOptions, TraceSelection } from './trace-options.ts'
import { Tracing } from './tracing.ts'
import { afterEarlierAnswers, type TakenOver, takeOver } from './upgrade.ts'

/** An edge between its start and its close: offers every request to the configuration in force. */
export class RunningEdge implements Edge {
  readonly #settings: EdgeSettings
  readonly #events = new EventHub()
  readonly #reloader: Reloader
  readonly #administration: Administration
  readonly #context: EdgeContext
  readonly #log: PluginLog | null
  readonly #recordings: Recordings
  readonly #tracing: Tracing
  readonly #retiring = new Set<Generation>()
  #generation: Generation
  #requests = 0
  #declined = 0
  #reloads = 0
  #failedReloads = 0
  readonly #seldom: Seldom
  readonly #cutTimers: NodeJS.Timeout[] = []
  #cut = 0
  #drained = false
  #leaving = false
  #closing: Promise<CloseReport> | null = null

  constructor(
    settings: EdgeSettings,
    loaded: Load,
    generation: Generation,
    signature: Signature | null,
  ) {
    this.#settings = settings
    this.#generation = generation
    const events = this.#events
    const { log, witness } = settings
    this.#log = log === null ? null : openEdgeLog(log, generation.config, this.#events)
    this.#recordings = new Recordings(settings.recordings)
    this.#tracing = new Tracing(
      settings.trace,
      this.#events,
      this.#log,
      witness === null ? null : { witness, recordings: this.#recordings },
    )
    const isClosing = (): boolean => this.#closing !== null
    this.#seldom = new Seldom(settings.clock, warning => events.emit('warning', warning))
    this.#administration = new Administration({
      clock: settings.clock,
      settings: settings.drain,
      routers: () => [this.#generation, ...this.#retiring].map(({ router }) => router),
      changed: change => events.emit('administered', change),
      drained: report => events.emit('drained', report),
    })
    this.#context = {
      clock: settings.clock,
      errorPage: settings.errorPage,
      administration: this.#administration,
      log: this.#log,
      warn: warning => events.emit('warning', warning),
      guards: new Guards(settings.limits, settings.clock, warning => this.#seldom.warn(warning)),
      clusters: new ClusterWatch(event => events.emit('cluster', event)),
      forwarded: settings.forwarded,
      get watchesClusters() {
        return events.hearsOfClusters
      },
      get closing() {
        return isClosing()
      },
      get wantsRecords() {
        return settings.onExchange !== undefined || events.hearsOfExchanges
      },
      finished: (record, companion) => this.#finished(record, companion),
    }
    this.#reloader = new Reloader(
      {
        path: typeof settings.config === 'string' ? settings.config : null,
        clock: settings.clock,
        refreshIntervalMs: () => this.config.settings.refreshIntervalMs,
        load: () => load(settings, this.#generation.keyrings),
        keyFilesChanged: () => this.#generation.keyFiles.changed(),
        install: next => this.#install(next),
        report: event => this.#reported(event),
      },
      signature,
    )
    const offer: Offer = (request, response, hooks) => this.#afterReload(request, response, hooks)
    // The requests and answers of HTTP/2 are made to be taken for those of HTTP/1.
    this.handler = (request, response, next) =>
      offer(request as IncomingMessage, response as ServerResponse, { declined: next })
    this.fastify = fastifyPlugin(offer)
    this.koa = koaMiddleware(offer)
    this.hono = honoMiddleware(offer)
    // Listeners can only be there in the next turn.
    setImmediate(() => this.#warnOf(loaded))
    this.#log?.loaded(generation.config, this.#news(loaded))
  }

  readonly handler: Edge['handler']
  readonly upgrade: Edge['upgrade'] = (request, socket, head, next) => {
    if (isOrdinary(request, next !== undefined) && giveBack(request, socket, head)) return
    // Node leaves it to us to hear of errors on the socket.
    socket.on('error', ignore)
    afterEarlierAnswers(socket, () =>
      this.#afterReload(request, () => takeOver(request, socket, head), { declined: next }),
    )
  }

  readonly fastify: FastifyPlugin
  readonly koa: KoaMiddleware
  readonly hono: HonoMiddleware

  get config(): PluginConfig {
    return this.#generation.config
  }

  reload(): Promise<ReloadEvent> {
    return this.#reloader.reload()
  }

  snapshot(): RouterSnapshot {
    return this.#generation.router.snapshot()
  }

  restore(snapshot: RouterSnapshot): void {
    this.#generation.router.restore(snapshot)
    this.#administration.adopt()
  }

  administer(cluster: string, server: string, state: AdminState): void {
    this.#administration.administer(cluster, server, state)
  }

  draining(): readonly DrainReport[] {
    return this.#administration.draining()
  }

  ready(clusters?: readonly string[]): Readiness {
    const closing = this.#leaving || this.#closing !== null
    return readinessOf(this.snapshot(), this.config, closing, clusters)
  }

  leave(): void {
    this.#leaving = true
  }

  get routerSettings(): RecordedSettings {
    return this.#generation.recordedSettings
  }

  trace(options: TraceOptions | null): void {
    this.#tracing.selection = new TraceSelection(options)
  }

  get tracing(): TraceOptions | null {
    return this.#tracing.selection.options
  }

  recordings(): readonly Recording[] {
    return this.#recordings.all()
  }

  recording(exchange: number): KeptRecording | undefined {
    return this.#recordings.find(exchange)
  }

  reopenLog(): void {
    this.#log?.reopen()
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
      waiting: this.#context.guards.line.size,
      replayBytes: this.#context.guards.replay.bytes,
      limited: this.#context.guards.counters,
    }
  }

  close({ waitMs = Number.POSITIVE_INFINITY }: CloseOptions = {}): Promise<CloseReport> {
    if (!(waitMs >= 0)) throw invalid('close.waitMs', waitMs, '0 or more milliseconds')
    this.#closing ??= this.#drain()
    if (!this.#drained && waitMs <= longestTimerMs) {
      this.#cutTimers.push(
        setTimeout(() => {
          this.#cut += this.#context.guards.underWay.cutAll()
        }, waitMs),
      )
    }
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
  #afterReload(request: IncomingMessage, answer: Answer, hooks: OfferHooks): void {
    const waiting = this.#reloader.due()
    const { reloadWaitMs } = this.#settings
    if (waiting === null || reloadWaitMs === 0) {
      this.#offer(request, answer, hooks)
      return
    }
    // In a turn of its own, so that what a host throws in `next` is not a rejected promise.
    const work = (): void => this.#offer(request, answer, hooks)
    atMost(waiting, reloadWaitMs).then(() => setImmediate(work))
  }

  #offer(request: IncomingMessage, answer: Answer, hooks: OfferHooks): void {
    if (clientHasLeft(request)) return
    this.#requests++
    if (this.#closing === null) this.#take(request, answer, hooks)
    else this.#decline(request, answer, hooks, closing, 0, null)
  }

  #take(request: IncomingMessage, answer: Answer, hooks: OfferHooks): void {
    const generation = this.#generation
    const received = receive(request, generation, this.#settings.clientForwarded)
    const follower = this.#tracing.follow(received, generation)
    const { onTrace, depth, followed } = follower
    const exchange =
      followed === null ? generation.router.route(received.head, onTrace, depth) : followed.route()
    const { number } = exchange
    if (this.#log?.wantsHeads === true) {
      this.#log.requestHead(number, received.head.method, received.target, request.rawHeaders)
    }
    if (exchange.step.kind === 'decline') {
      this.#decline(request, answer, hooks, noRoute, number, followed)
      return
    }
    hooks.taken?.()
    const { dropped } = received.scan
    if (dropped > 0) {
      const message = `${dropped} request headers beyond HTTPMaxHeaders were dropped`
      this.#seldom.warn({ code: 'HEADERS_DROPPED', message })
    }
    const accepted = accept(answer)
    const handling = new Handling(this.#context, generation, received, accepted, exchange, follower)
    try {
      handling.begin()
    } catch (error) {
      handling.broken(error)
    }
  }

  #decline(
    request: IncomingMessage,
    answer: Answer,
    { declined }: OfferHooks,
    { status, reason, code }: Refusal,
    exchange: number,
    followed: Followed | null,
  ): void {
    this.#declined++
    if (this.#context.wantsRecords || followed?.wantsEnd === true) {
      const record: ExchangeRecord = {
        exchange,
        code,
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
        serverMs: 0,
        request,
      }
      this.#finished(record, followed)
    }
    if (declined !== undefined) {
      if (typeof answer !== 'function') sayContinueForHost(request, answer)
      declined()
      return
    }
    const decision = followed?.decision({ code, server: undefined, cluster: undefined, exchange })
    sendPage(this.#context, request, accept(answer).response, status, reason, decision)
  }

  #install(loaded: Load): void {
    const { generation } = loaded
    if (generation === null) return
    if (this.#closing !== null) {
      generation.streams.close()
      return
    }
    this.#administration.applyTo(generation.router)
    const old = this.#generation
    this.#generation = generation
    this.#reloads++
    this.#context.clusters.keepOnly(new Set(generation.config.clusters.map(({ name }) => name)))
    this.#retiring.add(old)
    void old.retire().then(() => this.#retiring.delete(old))
    this.#warnOf(loaded)
    this.#log?.loaded(generation.config, this.#news(loaded))
  }

  #news({ diagnostics, unusable }: Load): LoadNews {
    const { config } = this.#settings
    return { path: typeof config === 'string' ? config : null, diagnostics, unusable }
  }

  #warnOf({ unusable, notes }: Load): void {
    for (const { code, message, advice } of notes) {
      this.#events.emit('warning', { code, message: `${message}; ${advice}` })
    }
    for (const { cluster, owner, message, advice } of unusable) {
      this.#events.emit('warning', {
        code: 'TRANSPORT_UNUSABLE',
        message: `${owner} of ${cluster} cannot be reached until the next load: ${message}; ${advice}`,
      })
    }
  }

  #reported(event: ReloadEvent): void {
    if (event.result === 'refused' || event.result === 'unreadable') {
      this.#failedReloads++
      this.#log?.refused(event)
    }
    this.#events.emit('reload', event)
  }

  #finished(record: ExchangeRecord, companion: Companion | null): void {
    try {
      companion?.over(record)
    } catch (error) {
      this.#events.hookFailed('trace.when', error)
    }
    try {
      this.#settings.onExchange?.(record)
    } catch (error) {
      this.#events.hookFailed('onExchange', error)
    }
    if (this.#events.hearsOfExchanges) this.#events.emit('exchange', record)
  }

  async #drain(): Promise<CloseReport> {
    const generations = [this.#generation, ...this.#retiring]
    for (const generation of generations) generation.endTunnels()
    await Promise.all(generations.map(generation => generation.retire()))
    this.#administration.close()
    this.#drained = true
    for (const timer of this.#cutTimers) clearTimeout(timer)
    await this.#log?.close()
    return { cut: this.#cut }
  }
}

/** The answer to a request of ours; with `upgrade` where Node has given us a bare socket. */
/** Where an answer goes: a response of Node's, or how to get one out of a bare socket. */
type Answer = ServerResponse | (() => TakenOver)

const accept = (answer: Answer): Accepted =>
  typeof answer === 'function' ? answer() : { response: answer }

type Accepted = { readonly response: ServerResponse; readonly upgrade?: never } | TakenOver

/** Why a request is not taken. */
interface Refusal {
  readonly status: 404 | 503
  readonly reason: 'no-route' | 'closing'
  readonly code: ReasonCode
}

const noRoute: Refusal = { status: 404, reason: 'no-route', code: endCodes.declined }

const closing: Refusal = { status: 503, reason: 'closing', code: endCodes.closing }

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

/** Nobody behind us expects to have to say 100: without `checkContinue` Node would have done it. */
const sayContinueForHost = (request: IncomingMessage, response: ServerResponse): void => {
  if (awaitsContinue(request, response)) response.writeContinue()
}

const ignore = (): void => {}
