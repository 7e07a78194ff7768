import type { ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { Exchange } from '../core/exchange.ts'
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
import { scanResponse } from '../driver/headers.ts'
import { type Carrier, carryOut } from '../driver/run.ts'
import { type AnswerSink, Attempt } from '../driver/send.ts'
import { type BodyOwner, RequestBody } from './body.ts'
import type { EdgeContext, ExchangeRecord } from './context.ts'
import type { Endless, Generation } from './generation.ts'
import { passInterim } from './interim.ts'
import { KeptAnswer } from './kept-answer.ts'
import { Outgoing } from './outgoing.ts'
import type { Received } from './receive.ts'
import { Relay } from './relay.ts'
import { sendPage } from './send-page.ts'
import { openTunnel, tunnelLimitMs } from './tunnel.ts'
import type { Upgrade } from './upgrade.ts'

/**
 * One request of ours from its first step to its last byte: the carrier of its exchange and the sink of what comes back.
 * Everything that can happen to it arrives here, as a step of the core, as an event of an attempt, or as the client going
 * away; after the end nothing of it has an effect.
 */
export class Handling implements Carrier, AnswerSink, BodyOwner {
  readonly #exchange: Exchange
  readonly #context: EdgeContext
  readonly #generation: Generation
  readonly #received: Received
  readonly #response: ServerResponse
  readonly #upgrade: Upgrade | null
  /** Node has given us the bare socket of the request, and no way to read a body. */
  readonly #bare: boolean
  readonly #startedAt: number
  readonly #body: RequestBody
  readonly #outgoing: Outgoing
  #attempt: Attempt | null = null
  #kept: KeptAnswer | null = null
  #relay: Relay | null = null
  #tunnel: Endless | null = null
  #attempts = 0
  #status = 0
  #over = false
  readonly #gone = (): void => this.clientGone()

  constructor(
    context: EdgeContext,
    generation: Generation,
    received: Received,
    accepted: { readonly response: ServerResponse; readonly upgrade?: Upgrade | null },
    exchange: Exchange,
  ) {
    const { response, upgrade } = accepted
    this.#exchange = exchange
    this.#context = context
    this.#generation = generation
    this.#received = received
    this.#response = response
    this.#upgrade = upgrade ?? null
    this.#bare = upgrade !== undefined
    this.#startedAt = context.finished === undefined ? 0 : context.clock.now()
    this.#body = new RequestBody(received.request, received.forwarded, this)
    this.#outgoing = new Outgoing(received, generation, exchange, this.#body, this.#upgrade)
  }

  begin(): void {
    const { request, announced, forwarded } = this.#received
    this.#generation.enter()
    this.#response.on('close', this.#gone)
    if (this.#bare && announced !== 0) this.#refuse(400, 'client-body')
    else if (this.#body.alreadyRead) {
      const message = `the body of ${this.#name} was read before the edge saw the request; mount the edge before body parsers`
      this.#context.warn({ code: 'BODY_CONSUMED', message })
      this.#refuse(500, 'internal')
    } else {
      // E4: read and dropped, and the request goes on without it.
      if (announced !== forwarded) request.resume()
      this.#carryOut(this.#exchange.step)
    }
  }

  // Steps of the exchange.

  buffer(step: BufferStep): void {
    this.#body.limitBytes = step.limitBytes
    this.#body.buffer(step, how => {
      const { bytes } = this.#body
      if (how === 'too-large') this.#report({ kind: 'body-too-large' })
      else this.#report({ kind: 'buffered', bytes, complete: how === 'complete' })
    })
  }

  attempt(step: AttemptStep): void {
    this.#attempts++
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
    passInterim(this.#received.request, this.#response, status, rawHeaders, this.#maxHeaders)
  }

  answered(attempt: Attempt, status: number, reason: string, rawHeaders: readonly Buffer[]): void {
    const { origin } = attempt
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
      return
    }
    // F11: another server is asked; what this one said is kept for the case that nobody does better.
    this.#kept?.drop()
    this.#kept = new KeptAnswer(attempt, status, reason, rawHeaders)
    attempt.sink = this.#kept
    this.#attempt = null
    this.#carryOut(step)
  }

  data(chunk: Buffer): boolean {
    return this.#relay?.write(chunk) ?? true
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
    const head = scanResponse(rawHeaders, this.#maxHeaders)
    if (upgrade === null || !upgrade.accepts(head.upgrade)) {
      // A 101 to something that nobody asked for is not HTTP (F13).
      socket.destroy()
      this.failed({ kind: 'failed', cause: 'malformed', stream: attempt.origin })
      return
    }
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
    // It had failed and was waiting for the kept answer.
    else this.#finish('client-aborted')
  }

  bodyFailed(): void {
    if (this.#over) return
    this.#attempt?.cancel()
    if (this.#received.request.destroyed) this.#report({ kind: 'client-aborted' })
    else this.#report({ kind: 'client-failed' })
  }

  bodyTooLarge(): void {
    if (this.#over) return
    this.#attempt?.cancel()
    this.#report({ kind: 'body-too-large' })
  }

  /** @internal Something threw that should not have: the request ends, the error is made known. */
  broken(error: unknown): void {
    if (this.#over) return
    this.#context.warn({
      code: 'INTERNAL',
      message: `${this.#name}: ${String(error)}`,
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
  #refuse(status: number, reason: 'client-body' | 'internal'): void {
    this.#next({ kind: 'client-failed' })
    this.#page(status, reason)
  }

  get #name(): string {
    return `${this.#outgoing.method} ${this.#outgoing.path}`
  }

  get #maxHeaders(): number {
    return this.#generation.config.settings.httpMaxHeaders
  }

  #report(outcome: Outcome): void {
    this.#carryOut(this.#next(outcome))
  }

  /** A mistake of ours must end this request and no other. */
  #next(outcome: Outcome): Step {
    try {
      return this.#exchange.report(outcome)
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
    const head = scanResponse(rawHeaders, this.#maxHeaders)
    const relay = new Relay(this.#response, () => attempt.resume())
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
    const head = scanResponse(kept.rawHeaders, this.#maxHeaders)
    try {
      new Relay(response, () => {}).begin(kept.status, kept.reason, head)
    } catch {
      this.#page(step.status, step.reason)
      return
    }
    this.#status = kept.status
    response.end(kept.body)
    this.#finish('fail', step.reason)
  }

  #page(status: number, reason: FailReason | 'no-route' | 'response-broken' | 'internal'): void {
    this.#status = status
    sendPage(this.#context, this.#received.request, this.#response, status, reason)
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
    this.#attempt = null
    this.#kept?.drop()
    this.#body.discard()
    if (this.#tunnel !== null) this.#generation.leaveTunnel(this.#tunnel)
    this.#generation.leave()
    this.#context.finished?.(this.#record(result, reason, server))
  }

  #record(
    result: ExchangeRecord['result'],
    reason: string | undefined,
    server: string | undefined,
  ): ExchangeRecord {
    const { request, target, host } = this.#received
    const { step, binding } = this.#exchange
    return {
      method: this.#outgoing.method,
      url: target,
      host,
      clientAddress: request.socket?.remoteAddress,
      cluster: binding?.cluster,
      server: server ?? ('server' in step ? step.server : undefined),
      status: this.#status,
      result,
      reason,
      attempts: this.#attempts,
      durationMs: this.#context.clock.now() - this.#startedAt,
      request,
    }
  }
}
