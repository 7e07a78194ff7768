import type { ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { Exchange } from '../core/exchange.ts'
import { endCodes, type ReasonCode } from '../core/reason-code.ts'
import type {
  AttemptStep,
  BufferStep,
  DoneStep,
  FailReason,
  FailStep,
  Outcome,
  RelayStep,
  Step,
} from '../core/step.ts'
import { type ResponseScan, scanResponse, withoutField } from '../driver/headers.ts'
import type { Piece } from '../driver/read-memory.ts'
import { type Carrier, carryOut } from '../driver/run.ts'
import { type AnswerSink, Attempt } from '../driver/send.ts'
import { type BodyOwner, RequestBody } from './body.ts'
import type { EdgeContext, ExchangeRecord } from './context.ts'
import type { PageReason } from './error-page.ts'
import { awaitsContinue, hasWaitForContinue, sayContinue } from './expectation.ts'
import type { Followed, Follower } from './followed.ts'
import type { Endless, Generation } from './generation.ts'
import { passInterim } from './interim.ts'
import { KeptAnswer } from './kept-answer.ts'
import { Outgoing } from './outgoing.ts'
import type { Received } from './receive.ts'
import { Relay, type RelayOwner } from './relay.ts'
import { sendPage } from './send-page.ts'
import { Stopwatch } from './stopwatch.ts'
import { openTunnel, tunnelLimitMs } from './tunnel.ts'
import type { Cuttable } from './under-way.ts'
import type { Upgrade } from './upgrade.ts'
import type { Waiter } from './waiting-line.ts'

/**
 * One request of ours from its first step to its last byte: the carrier of its exchange and the sink of what comes back.
 * Everything that can happen to it arrives here, as a step of the core, as an event of an attempt, or as the client going
 * away; after the end nothing of it has an effect.
 */
export class Handling implements Carrier, AnswerSink, BodyOwner, RelayOwner, Waiter, Cuttable {
  #exchange: Exchange
  readonly #follower: Follower
  readonly #followed: Followed | null
  readonly #context: EdgeContext
  readonly #generation: Generation
  readonly #received: Received
  readonly #response: ServerResponse
  readonly #upgrade: Upgrade | null
  /** Node has given us the bare socket of the request, and no way to read a body. */
  readonly #bare: boolean
  /** null: nobody wants to know how long it takes. */
  readonly #watch: Stopwatch | null
  readonly #body: RequestBody
  readonly #outgoing: Outgoing
  #attempt: Attempt | null = null
  #kept: KeptAnswer | null = null
  #relay: Relay | null = null
  #tunnel: Endless | null = null
  #attempts = 0
  #status = 0
  /** The way it went, where the core does not know it. */
  #code: ReasonCode | null = null
  /** Where it is kept among those under way. */
  #slot = 0
  /** Every server is busy: it stands in line. */
  #waits = false
  #over = false
  /** Pipelined: an earlier request of the connection was still being answered when this one came. */
  #inLine = false
  readonly #gone = (): void => this.clientGone()

  constructor(
    context: EdgeContext,
    generation: Generation,
    received: Received,
    accepted: { readonly response: ServerResponse; readonly upgrade?: Upgrade | null },
    exchange: Exchange,
    follower: Follower,
  ) {
    const { response, upgrade } = accepted
    const { followed } = follower
    this.#exchange = exchange
    this.#follower = follower
    this.#followed = followed
    this.#context = context
    this.#generation = generation
    this.#received = received
    this.#response = response
    this.#upgrade = upgrade ?? null
    this.#bare = upgrade !== undefined
    const timed = context.wantsRecords || followed?.wantsEnd === true
    this.#watch = timed ? new Stopwatch(context.clock) : null
    const { request, forwarded, scan } = received
    this.#body = new RequestBody(request, forwarded, this, context.guards, scan.named)
    this.#outgoing = new Outgoing(
      received,
      generation,
      exchange,
      this.#body,
      this.#upgrade,
      context,
    )
  }

  begin(): void {
    const { request, announced, forwarded } = this.#received
    const { underWay, limits } = this.#context.guards
    this.#generation.enter()
    this.#slot = underWay.enter(this)
    this.#response.on('close', this.#gone)
    // HTTP/2: while nobody reads the rest of a body, this is all that Node says of a reset with NO_ERROR.
    if (request.httpVersionMajor >= 2) request.on('aborted', this.#gone)
    // Pipelined behind another request: Node will not tell this response that the connection has gone.
    this.#inLine = this.#response.socket === null
    if (this.#inLine) {
      // Each waits for itself, and Node takes more than ten for a mistake.
      request.socket.setMaxListeners(0)
      request.socket.once('close', this.#gone)
    }
    if (underWay.size > limits.maxRequests) {
      this.#context.guards.reached('requests')
      this.#code = endCodes.tooMany
      this.#refuse(503, 'too-many-requests')
    } else if (this.#bare && announced !== 0) this.#refuse(400, 'client-body')
    // A length that cannot be counted exactly cannot be announced to a server either.
    else if (announced !== 'unknown' && announced > Number.MAX_SAFE_INTEGER) {
      this.#refuse(413, 'client-body')
    } else if (this.#body.alreadyRead) {
      const message = `the body of ${this.#name()} was read before the edge saw the request; mount the edge before body parsers`
      this.#context.warn({ code: 'BODY_CONSUMED', message })
      this.#code = endCodes.consumed
      this.#refuse(500, 'internal')
    } else {
      // E4: read and dropped, and the request goes on without it.
      if (announced !== forwarded) request.resume()
      else if (announced !== 0) this.#body.awaited = awaitsContinue(request, this.#response)
      this.#carryOut(this.#exchange.step)
    }
  }

  // Steps of the exchange.

  buffer(step: BufferStep): void {
    this.#body.limitBytes = step.limitBytes
    const asksServer =
      this.#body.awaited && hasWaitForContinue(this.#generation.config, step.cluster)
    // What is to be asked of a server first cannot be had before one is chosen.
    this.#body.buffer(asksServer ? { ...step, maxBytes: 0 } : step, how => {
      const { bytes } = this.#body
      if (how === 'too-large') this.#report({ kind: 'body-too-large' })
      else this.#report({ kind: 'buffered', bytes, complete: how === 'complete' })
    })
  }

  attempt(step: AttemptStep): void {
    this.#attempts++
    this.#watch?.attemptBegins()
    this.#context.administration.attempted(step, this.#exchange)
    this.#body.limitBytes = step.limitBytes
    this.#attempt = new Attempt(step, this.#outgoing, this.#generation.streams, this)
    this.#attempt.start()
  }

  relay(step: RelayStep): void {
    this.#status = step.status
  }

  decline(): void {
    this.#page(404, 'no-route')
  }

  fail(step: FailStep): void {
    if (step.reason === 'all-busy' && this.#attempts === 0 && this.#standInLine()) return
    this.#noteUnserved(step)
    const kept = this.#kept
    if (step.reason !== 'server-503' || kept === null) {
      this.#page(step.status, step.reason)
      return
    }
    kept.settled(whole => {
      if (this.#over) return
      if (whole) this.#passOn(kept, step)
      else this.#page(step.status, step.reason)
    })
  }

  done(step: DoneStep): void {
    if (step.result !== 'served' && this.#tunnel === null) {
      if (step.result === 'response-broken' && !this.#response.headersSent) {
        this.#page(500, 'response-broken')
        return
      }
      // The client, if it is still there, must see that there will be no more.
      this.#response.destroy()
    }
    this.#finish(step.result, undefined, step.server)
  }

  // What comes back.

  interim(status: number, rawHeaders: readonly Buffer[]): void {
    if (this.#over) return
    passInterim(this.#received.request, this.#response, status, rawHeaders, this.#maxHeaders())
  }

  answered(attempt: Attempt, status: number, reason: string, rawHeaders: readonly Buffer[]): void {
    const { origin } = attempt
    this.#logHead(status, reason, rawHeaders)
    const step = this.#next({
      kind: 'answered',
      status,
      stream: origin,
      streaming: true,
      bodySent: this.#body.lost,
    })
    if (step.kind === 'relay') {
      this.relay(step)
      this.#begin(attempt, status, reason, rawHeaders)
      this.#body.answered()
      const { clusters } = this.#context
      if (clusters.lost > 0 && status !== 503) clusters.answered(step.cluster)
      return
    }
    // F11: another server is asked; what this one said is kept for the case that nobody does better.
    this.#kept?.drop()
    this.#kept = new KeptAnswer(attempt, status, reason, rawHeaders, this.#context.guards.replay)
    attempt.sink = this.#kept
    this.#attempt = null
    this.#carryOut(step)
  }

  data(chunk: Buffer, piece: Piece | null): boolean {
    return this.#relay?.write(chunk, piece) ?? true
  }

  ended(rawTrailers: readonly Buffer[]): void {
    if (this.#over) return
    this.#relay?.end(rawTrailers)
    this.#report({ kind: 'relayed' })
  }

  failed(outcome: Outcome): void {
    if (!this.#over) this.#report(outcome)
  }

  upgraded(attempt: Attempt, rawHeaders: readonly Buffer[], socket: Socket): void {
    const upgrade = this.#upgrade
    const head = scanResponse(rawHeaders, this.#maxHeaders())
    if (upgrade === null || !upgrade.accepts(head.upgrade)) {
      // A 101 to something that nobody asked for is not HTTP (F13).
      socket.destroy()
      this.failed({ kind: 'failed', cause: 'malformed', stream: attempt.origin })
      return
    }
    this.#logHead(101, 'Switching Protocols', rawHeaders)
    const step = this.#next({
      kind: 'answered',
      status: 101,
      stream: attempt.origin,
      streaming: true,
    })
    if (step.kind !== 'relay') {
      socket.destroy()
      this.#carryOut(step)
      return
    }
    this.relay(step)
    this.#addDecision(head)
    this.#response.off('close', this.#gone)
    this.#response.detachSocket(upgrade.client.socket as Socket)
    const limitMs = tunnelLimitMs(this.#generation.config, attempt.step)
    this.#tunnel = openTunnel(upgrade, head, socket, limitMs, outcome => {
      if (!this.#over) this.#report(outcome)
    })
    this.#generation.enterTunnel(this.#tunnel)
  }

  // What happens to the client's side.

  /** The client went away, or the host took the response from us. */
  clientGone(): void {
    if (this.#over) return
    this.#attempt?.cancel()
    const step = this.#next({ kind: 'client-aborted' })
    if (step.kind === 'done') this.done(step)
    else {
      // It had failed and was waiting for the kept answer, or for a server with room.
      this.#endsAs(endCodes.aborted)
      this.#finish('client-aborted')
    }
  }

  bodyFailed(): void {
    if (this.#over) return
    this.#attempt?.cancel()
    if (this.#received.request.destroyed) this.#report({ kind: 'client-aborted' })
    else this.#report({ kind: 'client-failed' })
  }

  bodyWanted(): void {
    sayContinue(this.#response)
  }

  bodyTooLarge(): void {
    if (this.#over) return
    this.#attempt?.cancel()
    this.#report({ kind: 'body-too-large' })
  }

  bodyStalled(): void {
    if (this.#over) return
    this.#context.guards.reached('bodyTimeout')
    this.#attempt?.cancel()
    const { kind } = this.#next({ kind: 'client-failed' })
    this.#endsAs(endCodes.bodyTimeout)
    if (kind === 'fail') this.#page(408, 'body-timeout')
    else {
      this.#response.destroy()
      this.#finish('client-aborted', 'body-timeout')
    }
  }

  drained(): void {
    this.#attempt?.resume()
  }

  clientStalled(): void {
    if (this.#over) return
    this.#context.guards.reached('clientStall')
    this.#attempt?.cancel()
    this.#next({ kind: 'client-aborted' })
    this.#endsAs(endCodes.stalled)
    this.#response.destroy()
    this.#finish('client-aborted', 'client-stalled')
  }

  // What the edge decides.

  /** A server may have room: the request is looked at as if it had just come. */
  tryAgain(): boolean {
    try {
      const exchange = this.#routeAgain()
      if (isBusy(exchange.step)) return false
      this.#leaveLine()
      this.#exchange = exchange
      this.#outgoing.exchange = exchange
      this.#carryOut(exchange.step)
    } catch (error) {
      this.broken(error)
    }
    return true
  }

  waitedTooLong(): void {
    this.#context.guards.reached('queueTimeout')
    this.#endsAs(endCodes.queueTimeout)
    this.#page(503, 'queue-timeout')
  }

  /** The edge cannot wait any longer for it. */
  cut(): void {
    if (this.#over) return
    this.#attempt?.cancel()
    this.#next({ kind: 'client-aborted' })
    this.#endsAs(endCodes.cut)
    if (!this.#response.headersSent && this.#tunnel === null) {
      this.#page(503, 'closing')
      return
    }
    this.#tunnel?.end()
    this.#response.destroy()
    this.#finish('response-broken', 'closing')
  }

  /** @internal Something threw that should not have: the request ends, the error is made known. */
  broken(error: unknown): void {
    if (this.#over) return
    this.#code = endCodes.internal
    this.#context.warn({
      code: 'INTERNAL',
      message: `${this.#name()}: ${String(error)}`,
      error,
    })
    this.#attempt?.cancel()
    try {
      if (!this.#response.headersSent) this.#page(500, 'internal')
    } catch {
      // What broke may be the response itself.
    }
    if (this.#over) return
    this.#response.destroy()
    this.#finish('response-broken', 'internal')
  }

  /** The exchange has perhaps chosen a server already, which is free again. */
  #refuse(status: number, reason: 'client-body' | 'internal' | 'too-many-requests'): void {
    this.#next({ kind: 'client-failed' })
    this.#page(status, reason)
  }

  /** @returns false: it gets the page. */
  #standInLine(): boolean {
    const { line } = this.#context.guards
    if (!line.open) return false
    if (line.enter(this, this.#generation, this.#cluster())) {
      this.#waits = true
      return true
    }
    this.#context.guards.reached('queueFull')
    this.#endsAs(endCodes.queueFull)
    this.#page(503, 'queue-full')
    return true
  }

  #leaveLine(): void {
    if (!this.#waits) return
    this.#waits = false
    this.#context.guards.line.leave(this, this.#generation, this.#cluster())
  }

  #routeAgain(): Exchange {
    const { onTrace, depth } = this.#follower
    const exchange =
      this.#followed?.routeAgain() ??
      this.#generation.router.route(this.#received.head, onTrace, depth)
    const how = this.#body.read
    if (exchange.step.kind !== 'buffer' || how === null) return exchange
    const outcome = {
      kind: 'buffered',
      bytes: this.#body.bytes,
      complete: how === 'complete',
    } as const
    if (this.#followed === null) exchange.report(outcome)
    else this.#followed.report(exchange, outcome)
    return exchange
  }

  #noteUnserved({ reason, cluster }: FailStep): void {
    const { clusters, watchesClusters } = this.#context
    if (watchesClusters && cluster !== undefined && nobodyLeft.has(reason)) {
      clusters.unserved(cluster)
    }
  }

  #noteFailed(outcome: Extract<Outcome, { kind: 'failed' }>): void {
    const { clusters, watchesClusters } = this.#context
    if (!watchesClusters) return
    const { router } = this.#generation
    clusters.failed(this.#cluster(), outcome.cause, () => router.snapshot().clusters)
  }

  /** The core cannot know why it ended like this: its last word is ours. */
  #endsAs(code: ReasonCode): void {
    this.#code = this.#exchange.code.replace(/[^>]*$/, code)
  }

  #cluster(): string {
    return this.#exchange.binding?.cluster ?? ''
  }

  #name(): string {
    return `${this.#outgoing.method} ${this.#outgoing.path}`
  }

  #maxHeaders(): number {
    return this.#generation.config.settings.httpMaxHeaders
  }

  #logHead(status: number, reason: string, rawHeaders: readonly Buffer[]): void {
    const { log } = this.#context
    if (log?.wantsHeads === true) {
      log.responseHead(this.#exchange.number, status, reason, rawHeaders)
    }
  }

  /** Replaces what a server says under the name, which is about another edge behind this one. */
  #addDecision({ headers }: ResponseScan): void {
    if (this.#followed === null) return
    const decision = this.#decision()
    const [name] = decision
    if (name === undefined) return
    headers.splice(0, headers.length, ...withoutField(headers, name.toLowerCase()), ...decision)
  }

  /** The header field for a client that may know how its request was decided, as name and value. */
  #decision(): readonly string[] {
    if (this.#followed === null) return none
    const { number, binding } = this.#exchange
    return this.#followed.decision({
      code: this.#wholeCode(),
      server: this.#server(),
      cluster: binding?.cluster,
      exchange: number,
    })
  }

  #wholeCode(): ReasonCode {
    return this.#code ?? this.#exchange.code
  }

  #server(): string | undefined {
    const { step } = this.#exchange
    return 'server' in step ? step.server : undefined
  }

  #report(outcome: Outcome): void {
    this.#carryOut(this.#next(outcome))
  }

  /** A mistake of ours must end this request and no other. */
  #next(outcome: Outcome): Step {
    try {
      const step =
        this.#followed === null
          ? this.#exchange.report(outcome)
          : this.#followed.report(this.#exchange, outcome)
      if (step.kind !== 'relay') this.#watch?.attemptEnds()
      if (outcome.kind === 'failed') this.#noteFailed(outcome)
      return step
    } catch (error) {
      this.broken(error)
      return this.#exchange.step
    }
  }

  #carryOut(step: Step): void {
    if (this.#over) return
    try {
      carryOut(step, this)
    } catch (error) {
      this.broken(error)
    }
  }

  #begin(attempt: Attempt, status: number, reason: string, rawHeaders: readonly Buffer[]): void {
    const head = scanResponse(rawHeaders, this.#maxHeaders(), attempt.repeated)
    this.#addDecision(head)
    if (this.#context.closing) this.#response.shouldKeepAlive = false
    const relay = new Relay(this.#response, this, this.#context.guards.downloads)
    try {
      relay.begin(status, reason, head)
      this.#relay = relay
    } catch {
      // F13: nothing of it has left, and the client gets a page instead.
      attempt.cancel()
      this.#report({ kind: 'failed', cause: 'malformed', stream: attempt.origin })
    }
  }

  #passOn(kept: KeptAnswer, step: FailStep): void {
    const response = this.#response
    const head = scanResponse(kept.rawHeaders, this.#maxHeaders())
    this.#addDecision(head)
    try {
      if (this.#context.closing) response.shouldKeepAlive = false
      new Relay(response, this, this.#context.guards.downloads).begin(
        kept.status,
        kept.reason,
        head,
      )
    } catch {
      this.#page(step.status, step.reason)
      return
    }
    this.#status = kept.status
    response.end(kept.body)
    this.#finish('fail', step.reason)
  }

  #page(status: number, reason: PageReason): void {
    this.#status = status
    const { request } = this.#received
    sendPage(this.#context, request, this.#response, status, reason, this.#decision())
    this.#finish(reason === 'response-broken' ? 'response-broken' : 'fail', reason)
  }

  #finish(
    result: 'served' | 'fail' | 'client-aborted' | 'response-broken',
    reason?: string,
    server?: string,
  ): void {
    if (this.#over) return
    this.#over = true
    this.#response.off('close', this.#gone)
    const { request } = this.#received
    if (request.httpVersionMajor >= 2) request.off('aborted', this.#gone)
    if (this.#inLine) request.socket.off('close', this.#gone)
    this.#attempt = null
    this.#kept?.drop()
    this.#body.discard()
    this.#relay?.stop()
    this.#leaveLine()
    const { underWay, line } = this.#context.guards
    underWay.leave(this.#slot)
    if (line.size > 0) line.freed(this.#generation, this.#cluster())
    if (this.#tunnel !== null) this.#generation.leaveTunnel(this.#tunnel)
    this.#generation.leave()
    const watch = this.#watch
    if (watch === null) return
    watch.attemptEnds()
    this.#context.finished(this.#record(watch, result, reason, server), this.#followed)
  }

  #record(
    watch: Stopwatch,
    result: ExchangeRecord['result'],
    reason: string | undefined,
    server: string | undefined,
  ): ExchangeRecord {
    const { request, target, host } = this.#received
    const { number, binding } = this.#exchange
    return {
      exchange: number,
      code: this.#wholeCode(),
      method: this.#outgoing.method,
      url: target,
      host,
      clientAddress: request.socket?.remoteAddress,
      cluster: binding?.cluster,
      server: server ?? this.#server(),
      status: this.#status,
      result,
      reason,
      attempts: this.#attempts,
      durationMs: watch.durationMs,
      serverMs: watch.serverMs,
      request,
    }
  }
}

const none: readonly string[] = []

const isBusy = (step: Step): boolean => step.kind === 'fail' && step.reason === 'all-busy'

/** No server of the cluster could even be asked. */
const nobodyLeft: ReadonlySet<FailReason> = new Set<FailReason>([
  'no-server',
  'all-down',
  'all-out-of-service',
])
