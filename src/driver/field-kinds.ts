import { isPrivate } from './private-headers.ts'

/** What a header field means to us, by its name. */
export type FieldKind =
  | 'end-to-end'
  | 'hop-by-hop'
  | 'private'
  | 'forwarded'
  | 'connection'
  | 'host'
  | 'cookie'
  | 'length'
  | 'te'
  | 'trailer'
  | 'transfer-encoding'
  | 'upgrade'

/**
 * Names are told apart by their first letter and their length, then compared: they come fresh from a parser, and to look
 * one up in a table it would have to be hashed first.
 */
export const kindOf = (name: string): FieldKind => {
  switch (name.charCodeAt(0) | 0x20) {
    case 0x24: // $
    case 0x7f: // _
      return isPrivate(name) ? 'private' : 'end-to-end'
    case 0x3a: // : of HTTP/2 pseudo fields, which Node puts into the same list
      return 'hop-by-hop'
    case 0x63: // c
      if (isCalled(name, 'cookie', 'Cookie')) return 'cookie'
      if (isCalled(name, 'connection', 'Connection')) return 'connection'
      return isCalled(name, 'content-length', 'Content-Length') ? 'length' : 'end-to-end'
    case 0x65: // e
      // Answered by the server in front of us; WaitForContinue asks anew.
      return isCalled(name, 'expect', 'Expect') ? 'hop-by-hop' : 'end-to-end'
    case 0x66: // f
      return isCalled(name, 'forwarded', 'Forwarded') ? 'forwarded' : 'end-to-end'
    case 0x68: // h
      if (isCalled(name, 'host', 'Host')) return 'host'
      return isCalled(name, 'http2-settings', 'HTTP2-Settings') ? 'hop-by-hop' : 'end-to-end'
    case 0x6b: // k
      return isCalled(name, 'keep-alive', 'Keep-Alive') ? 'hop-by-hop' : 'end-to-end'
    case 0x70: // p
      // `Proxy` alone is no field at all, but becomes HTTP_PROXY in a CGI-like mapping.
      return /^proxy(?:[-_]|$)/i.test(name) ? 'hop-by-hop' : 'end-to-end'
    case 0x74: // t
      if (isCalled(name, 'te', 'TE')) return 'te'
      if (isCalled(name, 'trailer', 'Trailer')) return 'trailer'
      return isCalled(name, 'transfer-encoding', 'Transfer-Encoding')
        ? 'transfer-encoding'
        : 'end-to-end'
    case 0x75: // u
      return isCalled(name, 'upgrade', 'Upgrade') ? 'upgrade' : 'end-to-end'
    case 0x78: // x
      return /^x[-_]forwarded[-_]/i.test(name) ? 'forwarded' : 'end-to-end'
    default:
      return 'end-to-end'
  }
}

/** In any spelling; the two that nearly everybody uses need no other text to be made. */
const isCalled = (name: string, lower: string, usual: string): boolean =>
  name.length === lower.length && (name === usual || name === lower || name.toLowerCase() === lower)

/** Fields of RFC 9110 and its neighbours that mean something to the far end; Connection cannot take them away. */
export const isEndToEnd = (lower: string): boolean =>
  endToEnd.has(lower) ||
  isPrivate(lower) ||
  /^(?:accept|access-control|content|cross-origin|if|sec|x-forwarded)-/.test(lower)

const endToEnd: ReadonlySet<string> = new Set([
  'accept',
  'age',
  'allow',
  'authorization',
  'cache-control',
  'cookie',
  'date',
  'etag',
  'expires',
  'forwarded',
  'from',
  'host',
  'last-modified',
  'link',
  'location',
  'max-forwards',
  'origin',
  'pragma',
  'range',
  'referer',
  'retry-after',
  'server',
  'set-cookie',
  'set-cookie2',
  'strict-transport-security',
  'surrogate-capability',
  'surrogate-control',
  'traceparent',
  'tracestate',
  'user-agent',
  'vary',
  'via',
  'warning',
  'www-authenticate',
  'x-content-type-options',
  'x-frame-options',
  'x-real-ip',
  'x-requested-with',
])

/** What changes framing, routing or trust, or says how to read the body. */
export const neverInTrailers: ReadonlySet<string> = new Set([
  'authorization',
  'cache-control',
  'content-encoding',
  'content-range',
  'content-type',
  'location',
  'max-forwards',
  'set-cookie',
  'trailer',
])
