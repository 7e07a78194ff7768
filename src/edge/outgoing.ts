import type { Exchange } from '../core/exchange.ts'
import type { AttemptStep } from '../core/step.ts'
import { failoverHeader, mergePrivate, privateHeaders } from '../driver/private-headers.ts'
import type { OutgoingRequest } from '../driver/send.ts'
import type { RequestBody } from './body.ts'
import type { EdgeContext } from './context.ts'
import { addForwarded } from './forwarded.ts'
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
  /** Another one takes its place when the request has waited for a server. */
  exchange: Exchange

  readonly #received: Received
  readonly #generation: Generation
  readonly #context: EdgeContext
  #headers: string[] | null = null
  #failedOver = false

  constructor(
    received: Received,
    generation: Generation,
    exchange: Exchange,
    body: RequestBody,
    upgrade: Upgrade | null,
    context: EdgeContext,
  ) {
    this.method = received.request.method ?? 'GET'
    this.path = originForm(received.target)
    this.body = body
    this.upgrade = upgrade?.protocol ?? null
    this.#received = received
    this.#generation = generation
    this.exchange = exchange
    this.#context = context
  }

  headers(step: AttemptStep): string[] {
    const headers = this.#headers ?? this.#assemble()
    this.#headers = headers
    if (step.failover && !this.#failedOver) {
      this.#failedOver = true
      headers.push(...failoverHeader)
    }
    const { log } = this.#context
    if (log?.wantsSentHeads === true) {
      log.sentHead(this.exchange.number, this.method, this.path, headers)
    }
    return headers
  }

  #assemble(): string[] {
    const { request, host, scan, trusted } = this.#received
    const { settings } = this.#generation.config
    const ours = privateHeaders(request, host, settings.appServerPortPreference)
    const kept = this.exchange.binding?.removeSpecialHeaders === false
    const headers = scan.forward
    if (scan.cookies.length > 1 && request.httpVersionMajor >= 2) joinCookies(headers, scan.cookies)
    if (host !== undefined && host !== '') headers.push('Host', host)
    const trust = trusted ? 'trusted-proxy' : kept ? 'kept' : 'removed'
    headers.push(...mergePrivate(scan.privates, ours, trust))
    const { forwarded } = this.#context
    if (forwarded !== null) addForwarded(headers, request, host, forwarded)
    const { announced } = this.body
    if (announced !== null) headers.push('Content-Length', String(announced))
    return headers
  }
}

/** HTTP/2 may send a cookie in pieces; in HTTP/1.1 it is one field (RFC 9113 8.2.3). */
const joinCookies = (headers: string[], cookies: readonly string[]): void => {
  let length = 0
  for (let i = 0; i < headers.length; i += 2) {
    const name = headers[i] as string
    if (name === 'cookie') continue
    headers[length++] = name
    headers[length++] = headers[i + 1] as string
  }
  headers.length = length
  headers.push('cookie', cookies.join('; '))
}
