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

/** Most names are told apart by their first letter; only candidates are lower-cased. */
export const kindOf = (name: string): FieldKind => {
  switch (name.charCodeAt(0) | 0x20) {
    case 0x24: // $
    case 0x7f: // _
      return isPrivate(name) ? 'private' : 'end-to-end'
    case 0x3a: // : of HTTP/2 pseudo fields, which Node puts into the same list
      return 'hop-by-hop'
    case 0x63: // c
    case 0x65: // e
    case 0x68: // h
    case 0x6b: // k
    case 0x74: // t
    case 0x75: // u
      if (!kindLengths.has(name.length)) return 'end-to-end'
      return kinds.get(name) ?? kinds.get(name.toLowerCase()) ?? 'end-to-end'
    case 0x66: // f
      return name.toLowerCase() === 'forwarded' ? 'forwarded' : 'end-to-end'
    case 0x70: // p
      // `Proxy` alone is no field at all, but becomes HTTP_PROXY in a CGI-like mapping.
      return /^proxy(?:[-_]|$)/i.test(name) ? 'hop-by-hop' : 'end-to-end'
    case 0x78: // x
      return /^x[-_]forwarded[-_]/i.test(name) ? 'forwarded' : 'end-to-end'
    default:
      return 'end-to-end'
  }
}

const kinds: ReadonlyMap<string, FieldKind> = new Map<string, FieldKind>([
  ['connection', 'connection'],
  ['cookie', 'cookie'],
  ['content-length', 'length'],
  // Answered by the server in front of us; WaitForContinue asks anew.
  ['expect', 'hop-by-hop'],
  ['host', 'host'],
  ['http2-settings', 'hop-by-hop'],
  ['keep-alive', 'hop-by-hop'],
  ['te', 'te'],
  ['trailer', 'trailer'],
  ['transfer-encoding', 'transfer-encoding'],
  ['upgrade', 'upgrade'],
])

/** Spares most names the look-up, for which their text has to be hashed. */
const kindLengths: ReadonlySet<number> = new Set(Array.from(kinds.keys(), name => name.length))

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
