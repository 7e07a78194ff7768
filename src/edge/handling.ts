import type { ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { Exchange } from '../core/router.ts'
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
import { failoverHeader, mergePrivate, privateHeaders } from '../driver/private-headers.ts'
import { type Carrier, carryOut } from '../driver/run.ts'
import { type AnswerSink, Attempt, type OutgoingRequest } from '../driver/send.ts'
import { type BodyOwner, RequestBody } from './body.ts'
import type { EdgeContext } from './context.ts'
import type { Endless, Generation } from './generation.ts'
import { originForm } from './head.ts'
import { KeptAnswer } from './kept-answer.ts'
import type { Received } from './receive.ts'
import { Relay } from './relay.ts'
import { sendPage } from './send-page.ts'
import { openTunnel } from './tunnel.ts'
import type { Upgrade } from './upgrade.ts'

/**
 * One request of ours from its first step to its last byte: the carrier of its exchange, the source of what is sent, the
 * sink of what comes back. Everything that can happen to it arrives here, as a step of the core, as an event of an
 * attempt, or as the client going away; after the end nothing of it has an effect.
 */
export class Handling implements Carrier, AnswerSink, BodyOwner, OutgoingRequest {
  readonly exchange: Exchange
  readonly method: string
  readonly path: string
  readonly upgrade: string | null
  readonly body: RequestBody

  readonly #context: EdgeContext
  readonly #generation: Generation
  readonly #received: Received
  readonly #response: ServerResponse
  readonly #upgrade: Upgrade | null
  /** Node has given us the bare socket of the request, and no way to read a body. */
  readonly #bare: boolean
  readonly #startedAt: number
  #headers: string[] | null = null
  #failedOver = false
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
    const { request, target, forwarded } = received
    this.exchange = exchange
    this.#context = context
    this.#generation = generation
    this.#received = received
    this.#response = response
    this.#upgrade = upgrade ?? null
    this.#bare = upgrade !== undefined
    this.#startedAt = context.clock.now()
    this.method = request.method ?? 'GET'
    this.path = originForm(target)
    this.upgrade = upgrade?.protocol ?? null
    this.body = new RequestBody(request, forwarded, this)
  }

  begin(): void {
    const { request, announced, forwarded } = this.#received
    this.#generation.enter()
    this.#response.on('close', this.#gone)
    if (this.#bare && announced !== 0) return this.#withoutBody(400, 'client-body')
    if (this.body.alreadyRead) {
      const message = `the body of ${this.method} ${this.path} was read before the edge saw the request; mount the edge before body parsers`
      this.#context.warn({ code: 'BODY_CONSUMED', message })
      return this.#withoutBody(500, 'internal')
    }
    // E4: read and dropped, and the request goes on without it.
    if (announced !== forwarded) request.resume()
    this.#carryOut(this.exchange.step)
  }

  // Steps of the exchange.

  buffer(step: BufferStep): void {
    this.body.limitBytes = step.limitBytes
    this.body.buffer(step, how => {
      if (how === 'too-large') return this.#report({ kind: 'body-too-large' })
      this.#report({ kind: 'buffered', bytes: this.body.bytes, complete: how === 'complete' })
    })
  }

  attempt(step: AttemptStep): void {
    this.#attempts++
    this.body.limitBytes = step.limitBytes
    this.#attempt = new Attempt(step, this, this.#generation.streams, this)
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
    if (step.reason !== 'server-503' || kept === null) return this.#page(step.status, step.reason)
    kept.settled(whole => {
      if (this.#over) return
      if (whole) this.#passOn(kept, step)
      else this.#page(step.status, step.reason)
    })
  }

  done(step: DoneStep): void {
    if (step.result === 'response-broken' && this.#tunnel === null) {
      if (!this.#response.headersSent) return this.#page(500, 'response-broken')
      this.#relay?.cut()
    }
    this.#finish(step.result, undefined, step.server)
  }

  // What an attempt sends.

  headers(step: AttemptStep): string[] {
    if (this.#headers === null) this.#headers = this.#outgoing()
    if (step.failover && !this.#failedOver) {
      this.#failedOver = true
      this.#headers.push(...failoverHeader)
    }
    return this.#headers
  }

  // What comes back.

  interim(status: number, rawHeaders: readonly Buffer[]): void {
    const response = this.#response
    const http10 = this.#received.request.httpVersion === '1.0'
    if (this.#over || response.headersSent || http10) return
    if (status === 102) response.writeProcessing()
    if (status !== 103) return
    const { headers } = scanResponse(rawHeaders, this.#maxHeaders)
    const links: string[] = []
    const hints: Record<string, string | string[]> = {}
    for (let i = 0; i < headers.length; i += 2) {
      const name = (headers[i] as string).toLowerCase()
      if (name === 'link') links.push(headers[i + 1] as string)
      else if (name !== 'content-length') hints[name] = headers[i + 1] as string
    }
    try {
      response.writeEarlyHints({ ...hints, link: links })
    } catch {
      // Hints that Node finds malformed are only hints.
    }
  }

  answered(
    attempt: Attempt,
    status: number,
    reason: string,
    rawHeaders: readonly Buffer[],
  ): boolean {
    const { origin } = attempt
    const step = this.#next({
      kind: 'answered',
      status,
      stream: origin,
      streaming: true,
      bodySent: this.body.lost,
    })
    if (step.kind === 'relay') {
      this.relay(step)
      this.#begin(status, reason, rawHeaders, attempt)
      return true
    }
    // F11: another server is asked; what this one said is kept for the case that nobody does better.
    this.#kept?.drop()
    this.#kept = new KeptAnswer(attempt, status, reason, rawHeaders)
    attempt.sink = this.#kept
    this.#attempt = null
    this.#carryOut(step)
    return true
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
      return this.failed({ kind: 'failed', cause: 'malformed', stream: attempt.origin })
    }
    const step = this.#next({
      kind: 'answered',
      status: 101,
      stream: attempt.origin,
      streaming: true,
    })
    if (step.kind !== 'relay') {
      socket.destroy()
      return this.#carryOut(step)
    }
    this.relay(step)
    this.#response.off('close', this.#gone)
    this.#response.detachSocket(upgrade.client.socket as Socket)
    this.#tunnel = openTunnel(upgrade, head, socket, this.#tunnelLimit(attempt.step), outcome => {
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
    if (step.kind === 'done') return this.done(step)
    // It had failed and was waiting for the kept answer.
    this.#finish('client-aborted')
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
      message: `${this.method} ${this.path}: ${String(error)}`,
      error,
    })
    this.#attempt?.cancel()
    if (this.#response.headersSent) {
      this.#response.destroy()
      this.#finish('response-broken', 'internal')
    } else this.#page(500, 'internal')
  }

  /** The exchange has perhaps chosen a server already, which is free again. */
  #withoutBody(status: number, reason: 'client-body' | 'internal'): void {
    this.#next({ kind: 'client-failed' })
    this.#page(status, reason)
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
      return this.exchange.report(outcome)
    } catch (error) {
      this.broken(error)
      return this.exchange.step
    }
  }

  #carryOut(step: Step): void {
    if (!this.#over) carryOut(step, this)
  }

  #outgoing(): string[] {
    const { request, host, scan } = this.#received
    const { settings } = this.#generation.config
    const ours = privateHeaders(request, host, settings.appServerPortPreference)
    const trust = this.#generation.trusted(request.socket.remoteAddress)
      ? 'trusted-proxy'
      : this.exchange.binding?.removeSpecialHeaders === false
        ? 'kept'
        : 'removed'
    const headers = scan.forward
    if (host !== undefined && host !== '') headers.push('Host', host)
    headers.push(...mergePrivate(scan.privates, ours, trust))
    const { announced } = this.body
    if (announced !== null) headers.push('Content-Length', String(announced))
    return headers
  }

  #begin(
    status: number,
    reason: string,
    rawHeaders: readonly Buffer[],
    attempt: Attempt | null,
  ): boolean {
    const { headers } = scanResponse(rawHeaders, this.#maxHeaders)
    const relay = new Relay(this.#response, () => attempt?.resume())
    try {
      relay.begin(status, reason, headers)
    } catch {
      // F13: nothing of it has left, and the client gets a page instead.
      attempt?.cancel()
      this.#report({ kind: 'failed', cause: 'malformed', stream: attempt?.origin ?? 'new' })
      return false
    }
    this.#relay = relay
    return true
  }

  #passOn(kept: KeptAnswer, step: FailStep): void {
    const response = this.#response
    const { headers } = scanResponse(kept.rawHeaders, this.#maxHeaders)
    try {
      new Relay(response, () => {}).begin(kept.status, kept.reason, headers)
    } catch {
      return this.#page(step.status, step.reason)
    }
    this.#status = kept.status
    response.end(kept.body)
    this.#finish('fail', step.reason)
  }

  #page(
    status: number,
    reason: FailReason | 'no-route' | 'response-broken' | 'internal',
  ): void {
    this.#status = status
    sendPage(this.#context, this.#received.request, this.#response, status, reason)
    this.#finish(reason === 'response-broken' ? 'response-broken' : 'fail', reason)
  }

  #tunnelLimit(step: AttemptStep): number {
    const cluster = this.#generation.config.clusters.find(({ name }) => name === step.cluster)
    const server = cluster?.servers.find(({ name }) => name === step.server)
    const limits = [server?.wsServerIoTimeoutMs ?? 0, server?.wsServerIdleTimeoutMs ?? 0]
    return Math.min(...limits.map(ms => ms || Number.POSITIVE_INFINITY))
  }

  #finish(
    result: 'served' | 'fail' | 'client-aborted' | 'response-broken',
    reason?: string,
    server?: string,
  ): void {
    if (this.#over) return
    this.#over = true
    const { request, target, host } = this.#received
    this.#response.off('close', this.#gone)
    this.#attempt = null
    this.#kept?.drop()
    this.body.discard()
    if (this.#tunnel !== null) this.#generation.leaveTunnel(this.#tunnel)
    this.#generation.leave()
    const { step } = this.exchange
    const cluster = this.exchange.binding?.cluster
    const served = server ?? ('server' in step ? step.server : undefined)
    this.#context.finished({
      method: this.method,
      url: target,
      host,
      clientAddress: request.socket?.remoteAddress,
      cluster,
      server: served,
      status: this.#status,
      result,
      reason,
      attempts: this.#attempts,
      durationMs: this.#context.clock.now() - this.#startedAt,
      request,
    })
  }
}
