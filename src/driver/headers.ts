import { isEndToEnd, kindOf, neverInTrailers } from './field-kinds.ts'
import { RepeatedFields } from './repeated-fields.ts'

/**
 * Which header fields end here and which go on. Both directions work on raw lists, so that spelling, order and repeated
 * lines stay as they were.
 *
 * Hop-by-hop fields (E17): Connection and what it names, Keep-Alive, Proxy-*, TE but for `trailers`, Transfer-Encoding,
 * Upgrade. What Connection names is removed only when it is a field of somebody's own: naming Host, Cookie or `$WSRA`
 * there is an old trick to make a proxy drop what the next hop relies on.
 *
 * Private fields (E16): `$WS…`, `_WS…` and the forms in which a CGI-like mapping would mistake another name for one.
 */
export interface RequestScan {
  /** What goes on, names and values in turn, without Host, Content-Length and private fields. */
  readonly forward: string[]
  /** Private fields of the client, in the same form. */
  readonly privates: readonly string[]
  /** Every Host line; more than one is an attack. */
  readonly hosts: readonly string[]
  readonly cookies: readonly string[]
  readonly contentLength: string | undefined
  readonly chunked: boolean
  /** Value of the Upgrade field. */
  readonly upgrade: string | undefined
  /** What the Trailer field announces. */
  readonly trailer: string | undefined
  /** What Connection names, which is dropped from the trailers too (RFC 9110 7.6.1); null: nothing. */
  readonly named: ReadonlySet<string> | null
  /** Fields dropped because of HTTPMaxHeaders (E12). */
  readonly dropped: number
}

/** Reads a raw header list once. `limit`: HTTPMaxHeaders; `keepForwarded`: X-Forwarded-* may pass. */
export const scanRequest = (
  raw: readonly string[],
  limit: number,
  keepForwarded: boolean,
): RequestScan => {
  let forward: string[] = []
  // Most requests have one Host and at most one Cookie: no list is made that is not filled.
  let privates: string[] | null = null
  let hosts: string[] | null = null
  let cookies: string[] | null = null
  let connection = ''
  let contentLength: string | undefined
  let chunked = false
  let upgrade: string | undefined
  let trailer: string | undefined
  let dropped = 0
  for (let i = 0; i < raw.length; i += 2) {
    const name = raw[i] as string
    const value = raw[i + 1] as string
    const kind = kindOf(name)
    switch (kind) {
      case 'host':
        if (hosts === null) hosts = [value]
        else hosts.push(value)
        continue
      case 'length':
        contentLength = value
        continue
      case 'connection':
        connection = connection === '' ? value : `${connection},${value}`
        continue
      case 'transfer-encoding':
        chunked = true
        continue
      case 'upgrade':
        upgrade = value
        continue
      case 'te':
        if (/(?:^|[,\s])trailers(?:$|[,;\s])/i.test(value)) forward.push('TE', 'trailers')
        continue
      case 'trailer':
        trailer = trailer === undefined ? value : `${trailer},${value}`
        continue
      case 'hop-by-hop':
        continue
      case 'private':
        if (privates === null) privates = [name, value]
        else privates.push(name, value)
        continue
      case 'forwarded':
        if (!keepForwarded) continue
        break
      case 'cookie':
        if (cookies === null) cookies = [value]
        else cookies.push(value)
        break
    }
    if (forward.length >= limit * 2 && kind !== 'cookie') dropped++
    else forward.push(name, value)
  }
  const named = namedByConnection(connection)
  if (named !== null) forward = without(forward, named)
  return {
    forward,
    privates: privates ?? none,
    hosts: hosts ?? none,
    cookies: cookies ?? none,
    contentLength,
    chunked,
    upgrade,
    trailer,
    named,
    dropped,
  }
}

const none: readonly string[] = []

/** Head of an answer as it goes to the client. */
export interface ResponseScan {
  readonly headers: string[]
  /** Value of Content-Length; undefined: none. */
  readonly contentLength: string | undefined
  /** A Trailer field announces trailers. */
  readonly announcesTrailers: boolean
  readonly upgrade: string | undefined
  /** What Connection names, which is dropped from the trailers too (RFC 9110 7.6.1); null: nothing. */
  readonly named: ReadonlySet<string> | null
}

/** Reads the raw header list of an answer once. `limit`: HTTPMaxHeaders; `repeated`: of the same server. */
export const scanResponse = (
  raw: readonly Buffer[],
  limit: number,
  repeated = new RepeatedFields(),
): ResponseScan => {
  let headers: string[] = []
  let connection = ''
  let contentLength: string | undefined
  let announcesTrailers = false
  let upgrade: string | undefined
  const count = raw.length / 2
  for (let i = 0; i < count; i++) {
    const { name, kind, value } = repeated.at(raw, i)
    switch (kind) {
      case 'connection':
        connection = connection === '' ? value : `${connection},${value}`
        continue
      case 'upgrade':
        upgrade = value
        continue
      case 'hop-by-hop':
      case 'te':
      case 'transfer-encoding':
      case 'private':
        continue
      case 'length':
        contentLength = value
        headers.push(name, value)
        continue
      case 'trailer':
        announcesTrailers = true
        break
    }
    if (headers.length < limit * 2) headers.push(name, value)
  }
  const named = namedByConnection(connection)
  if (named !== null) headers = without(headers, named)
  return { headers, contentLength, announcesTrailers, upgrade, named }
}

/** A list of header fields without those of this name, given in lower case. */
export const withoutField = (headers: readonly string[], name: string): string[] =>
  without(headers, new Set([name]))

/** Trailers that may be passed on: what changes framing, routing or trust has no place there. */
export const scanTrailers = (
  raw: readonly Buffer[],
  named: ReadonlySet<string> | null = null,
): [string, string][] => {
  const trailers: [string, string][] = []
  for (let i = 0; i < raw.length; i += 2) {
    const name = (raw[i] as Buffer).toString('latin1')
    if (isTrailer(name, named)) trailers.push([name, (raw[i + 1] as Buffer).toString('latin1')])
  }
  return trailers
}

/** Whether a field of this name may be a trailer in either direction. `named`: what Connection names. */
export const isTrailer = (name: string, named: ReadonlySet<string> | null): boolean => {
  if (kindOf(name) !== 'end-to-end') return false
  const lower = name.toLowerCase()
  return !neverInTrailers.has(lower) && named?.has(lower) !== true
}

/** Names in a Connection field that are fields of somebody's own; null: none, as nearly always. */
const namedByConnection = (value: string): ReadonlySet<string> | null => {
  if (value === '' || /^(?:keep-alive|close|upgrade|te)$/i.test(value)) return null
  const names = value
    .toLowerCase()
    .split(',')
    .map(name => name.trim())
    .filter(name => name !== '' && !isEndToEnd(name))
  return names.length === 0 ? null : new Set(names)
}

const without = (headers: readonly string[], named: ReadonlySet<string>): string[] => {
  const kept: string[] = []
  for (let i = 0; i < headers.length; i += 2) {
    const name = headers[i] as string
    if (!named.has(name.toLowerCase())) kept.push(name, headers[i + 1] as string)
  }
  return kept
}
