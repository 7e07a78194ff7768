import type { Exchange } from '../core/exchange.ts'
import type { AttemptStep } from '../core/step.ts'
import { failoverHeader, mergePrivate, privateHeaders } from '../driver/private-headers.ts'
import type { OutgoingRequest } from '../driver/send.ts'
import type { RequestBody } from './body.ts'
import type { Generation } from './generation.ts'
import { originForm } from './head.ts'
import type { Received } from './receive.ts'
import type { Upgrade } from './upgrade.ts'

/** A request of ours in the form in which servers get it. Its headers are put together for the first attempt. */
export class Outgoing implements OutgoingRequest {
  readonly method: string
  readonly path: string
  readonly body: RequestBody
  readonly upgrade: string | null

  readonly #received: Received
  readonly #generation: Generation
  readonly #exchange: Exchange
  #headers: string[] | null = null
  #failedOver = false

  constructor(
    received: Received,
    generation: Generation,
    exchange: Exchange,
    body: RequestBody,
    upgrade: Upgrade | null,
  ) {
    this.method = received.request.method ?? 'GET'
    this.path = originForm(received.target)
    this.body = body
    this.upgrade = upgrade?.protocol ?? null
    this.#received = received
    this.#generation = generation
    this.#exchange = exchange
  }

  headers(step: AttemptStep): string[] {
    const headers = this.#headers ?? this.#assemble()
    this.#headers = headers
    if (step.failover && !this.#failedOver) {
      this.#failedOver = true
      headers.push(...failoverHeader)
    }
    return headers
  }

  #assemble(): string[] {
    const { request, host, scan, trusted } = this.#received
    const { settings } = this.#generation.config
    const ours = privateHeaders(request, host, settings.appServerPortPreference)
    const kept = this.#exchange.binding?.removeSpecialHeaders === false
    const headers = scan.forward
    if (host !== undefined && host !== '') headers.push('Host', host)
    const trust = trusted ? 'trusted-proxy' : kept ? 'kept' : 'removed'
    headers.push(...mergePrivate(scan.privates, ours, trust))
    const { announced } = this.body
    if (announced !== null) headers.push('Content-Length', String(announced))
    return headers
  }
}
