import type { IncomingMessage } from 'node:http'
import type { RequestHead } from '../core/request.ts'
import { bodyIsDropped } from '../core/request.ts'
import { type RequestScan, scanRequest } from '../driver/headers.ts'
import type { Generation } from './generation.ts'
import { bodyLength, headOf, hostOf, targetOf } from './head.ts'

/** A request as the edge has understood it before routing. */
export interface Received {
  readonly request: IncomingMessage
  readonly target: string
  readonly host: string | undefined
  /** It comes from a listed proxy, whose private headers are believed (E16). */
  readonly trusted: boolean
  readonly scan: RequestScan
  /** What the client announces; 0: no body. */
  readonly announced: number | 'unknown'
  /** What of it is forwarded: the same, or nothing (E4). */
  readonly forwarded: number | 'unknown'
  /** What routing looks at. */
  readonly head: RequestHead
}

/** Reads the head of a request, once. Touches neither its body nor its answer. */
export const receive = (
  request: IncomingMessage,
  generation: Generation,
  clientForwarded: 'remove' | 'keep',
): Received => {
  const { settings } = generation.config
  const trusted = generation.trusted(request.socket.remoteAddress)
  const scan = scanRequest(
    request.rawHeaders,
    settings.httpMaxHeaders,
    trusted || clientForwarded === 'keep',
  )
  const target = targetOf(request)
  const host = hostOf(request, target, scan)
  const announced = bodyLength(request, scan)
  const dropped = bodyIsDropped(request.method ?? '', settings.acceptAllContent)
  const forwarded = dropped ? 0 : announced
  const head = headOf(request, target, scan, host, forwarded)
  return { request, target, host, trusted, scan, announced, forwarded, head }
}
