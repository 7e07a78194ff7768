import type { IncomingMessage } from 'node:http'
import type { Http2ServerRequest } from 'node:http2'
import type { TLSSocket } from 'node:tls'
import type { RequestHead } from '../core/request.ts'
import { authorityOf } from '../core/routing/target.ts'
import type { RequestScan } from '../driver/headers.ts'

/** The request target as the client sent it. Express and Connect cut their mount path off `url` and keep this. */
export const targetOf = (request: IncomingMessage): string => {
  const { originalUrl } = request as IncomingMessage & { readonly originalUrl?: unknown }
  return typeof originalUrl === 'string' ? originalUrl : (request.url ?? '')
}

/** Path and query of a target, byte for byte; of an absolute form without its scheme and authority (E7). */
export const originForm = (target: string): string => {
  if (target.startsWith('/')) return target
  const rest = target.replace(/^https?:\/\/[^/?#]*/i, '')
  return rest.startsWith('/') ? rest : `/${rest}`
}

/**
 * The host that the client asks for, which is also the one that the server is told: that of an absolute target, else the
 * Host field, else `:authority`. Several Host fields, or one that is not the `:authority` (RFC 9113 8.3.1), come out as a
 * text that is no host, so that they are refused.
 */
export const hostOf = (
  request: IncomingMessage,
  target: string,
  scan: RequestScan,
): string | undefined => {
  if (scan.hosts.length > 1) return scan.hosts.join(' ')
  const [field] = scan.hosts
  const authority = request.headers[':authority'] as string | undefined
  if (authority !== undefined && field !== undefined && !sameHost(authority, field)) {
    return `${authority} ${field}`
  }
  return authorityOf(target) ?? field ?? authority
}

const sameHost = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase()

/** The stream of an HTTP/2 request; null for HTTP/1. */
export const http2Stream = (request: IncomingMessage): Http2ServerRequest['stream'] | null =>
  // By the stream, not by the version: a request line may end with HTTP/2.0.
  (request as unknown as Partial<Http2ServerRequest>).stream ?? null

/** The client is not there any more. */
export const clientHasLeft = (request: IncomingMessage): boolean =>
  request.socket.destroyed || http2Stream(request)?.destroyed === true

/** Bytes of the request body that the client announces; 0: none. HTTP/2 need not announce any to send some. */
export const bodyLength = (request: IncomingMessage, scan: RequestScan): number | 'unknown' => {
  if (scan.chunked) return 'unknown'
  const { contentLength, trailer } = scan
  // HTTP/2 may have trailers behind an announced length; only chunks can carry them to the server.
  if (contentLength !== undefined && (trailer === undefined || http2Stream(request) === null)) {
    return Number(contentLength)
  }
  const stream = http2Stream(request)
  return stream === null || stream.endAfterHeaders ? 0 : 'unknown'
}

/** What routing looks at. */
export const headOf = (
  request: IncomingMessage,
  target: string,
  scan: RequestScan,
  host: string | undefined,
  body: number | 'unknown',
): RequestHead => {
  const socket = request.socket as TLSSocket
  return {
    method: request.method ?? 'GET',
    // An absolute target must not hide that there are several Host fields.
    target: scan.hosts.length > 1 ? originForm(target) : target,
    scheme: socket.encrypted === true ? 'https' : 'http',
    host,
    localPort: socket.localPort,
    cookie: scan.cookies,
    body,
  }
}
