import type { Exchange } from '../core/exchange.ts'
import type { AttemptStep } from '../core/step.ts'
import { type ClientConnection, clientConnection } from '../driver/client-connection.ts'
import { fieldLines } from '../driver/field-lines.ts'
import { failoverHeader, mergePrivate, privateFields } from '../driver/private-headers.ts'
import { announcedTrailers } from '../driver/request-trailers.ts'
import type { OutgoingFields, OutgoingRequest } from '../driver/send.ts'
import type { RequestBody } from './body.ts'
import type { EdgeContext } from './context.ts'
import { addForwarded } from './forwarded.ts'
import type { Generation } from './generation.ts'
import { originForm } from './head.ts'
import type { Received } from './receive.ts'
import type { Upgrade } from './upgrade.ts'

/** A request of ours in the form in which servers get it. Its fields are put together for the first attempt. */
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
  #known: string[] | null = null
  #lines = ''
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

  fields(step: AttemptStep): OutgoingFields {
    if (this.#known === null) this.#known = this.#assemble()
    if (step.failover && !this.#failedOver) {
      this.#failedOver = true
      this.#lines += failoverLine
    }
    const known = this.#known
    const { log } = this.#context
    if (log?.wantsSentHeads === true) {
      const sent = [...known, ...listOf(this.#lines)]
      log.sentHead(this.exchange.number, this.method, this.path, sent)
    }
    return { known, lines: this.#lines }
  }

  #assemble(): string[] {
    const { request, host, scan } = this.#received
    const { forward } = scan
    if (scan.cookies.length > 1 && request.httpVersionMajor >= 2) joinCookies(forward, scan.cookies)
    const { forwarded } = this.#context
    if (forwarded !== null) addForwarded(forward, request, host, forwarded)
    if (scan.trailer !== undefined && this.body.trailing) {
      const names = announcedTrailers(scan.trailer, scan.named)
      if (names !== '') forward.push('Trailer', names)
    }
    const connection = clientConnection(request)
    this.#lines = connection.repeated.of(forward) + this.#privateLines(connection)
    const known: string[] = []
    if (host !== undefined && host !== '') known.push('Host', host)
    const { announced } = this.body
    if (announced !== null) known.push('Content-Length', String(announced))
    return known
  }

  #privateLines(connection: ClientConnection): string {
    const { request, host, scan, trusted } = this.#received
    const { settings } = this.#generation.config
    const ours = privateFields(request, host, settings.appServerPortPreference, connection)
    if (scan.privates.length === 0) return ours.lines
    const kept = this.exchange.binding?.removeSpecialHeaders === false
    const trust = trusted ? 'trusted-proxy' : kept ? 'kept' : 'removed'
    return trust === 'removed'
      ? ours.lines
      : fieldLines(mergePrivate(scan.privates, ours.list, trust))
  }
}

const failoverLine = fieldLines(failoverHeader)

/** Names and values in turn, out of text. */
const listOf = (lines: string): string[] =>
  lines
    .split('\r\n')
    .slice(0, -1)
    .flatMap(line => {
      const colon = line.indexOf(': ')
      return [line.slice(0, colon), line.slice(colon + 2)]
    })

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
