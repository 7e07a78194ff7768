import type { IncomingMessage } from 'node:http'
import { isIPv6 } from 'node:net'
import type { TLSSocket } from 'node:tls'
import type { Settings } from '../config/model.ts'
import { clientConnection, type PrivateFields } from './client-connection.ts'
import { fieldLines, inOnePiece } from './field-lines.ts'

/**
 * The plug-in's own header fields (plugin-cfg.md §3), by which the application server learns what its web container would
 * see without a proxy: who the client is, on which scheme, host and port it asked.
 */

/** Whether only the plug-in may send a field of this name: `$WS…`, `_WS…`. */
export const isPrivate = (name: string): boolean =>
  // The underscore is what CGI-like mappings make of the dollar.
  /^(?:\$|_)ws/i.test(name)

/**
 * The private fields for a request, without `$WSFO`, which belongs to an attempt.
 *
 * @throws an error with the code of `fieldUnsendable`, when the host cannot be sent.
 */
export const privateFields = (
  request: IncomingMessage,
  host: string | undefined,
  preference: Settings['appServerPortPreference'],
  connection = clientConnection(request),
): PrivateFields => {
  const { httpVersionMinor: minor } = request
  const last = connection.privates
  if (
    last !== null &&
    last.host === host &&
    last.minor === minor &&
    last.preference === preference
  ) {
    return last
  }
  const facts = last?.facts ?? connectionFacts(request.socket as TLSSocket)
  const list = fieldsOf(request, facts, host, preference)
  const lines = inOnePiece(fieldLines(list))
  const fields = { list, lines, facts, host, minor, preference }
  connection.privates = fields
  return fields
}

const fieldsOf = (
  { socket, httpVersionMajor, httpVersionMinor }: IncomingMessage,
  facts: readonly string[],
  host: string | undefined,
  preference: Settings['appServerPortPreference'],
): readonly string[] => {
  const secure = facts[1] === 'true'
  const [name, port] = splitHost(host ?? '')
  const headerPort = port === '' ? (secure ? '443' : '80') : port
  const localPort = String(socket.localPort ?? headerPort)
  return [
    ...facts,
    '$WSPR',
    httpVersionMajor === 1 && httpVersionMinor === 0 ? 'HTTP/1.0' : 'HTTP/1.1',
    '$WSSN',
    name,
    '$WSSP',
    preference === 'webserver-port' ? localPort : headerPort,
  ]
}

/** `$WSFO`: tells a server that it gets what another one could not do (B8). */
export const failoverHeader = ['$WSFO', 'true'] as const

/**
 * Fields of the client and ours together. A listed proxy's stand, and ours fill the gaps; without removal anybody's
 * stand where we add none; otherwise ours alone are sent (§3.2, §3.3). Names go out in upper case: a server was once
 * confused by `$Wssp`.
 */
export const mergePrivate = (
  theirs: readonly string[],
  ours: readonly string[],
  trust: 'trusted-proxy' | 'kept' | 'removed',
): readonly string[] => {
  if (trust === 'removed' || theirs.length === 0) return ours
  const [first, second] = trust === 'trusted-proxy' ? [theirs, ours] : [ours, theirs]
  const merged: string[] = []
  const seen = new Set<string>()
  for (let i = 0; i < first.length; i += 2) {
    const name = (first[i] as string).toUpperCase()
    seen.add(name)
    merged.push(name, first[i + 1] as string)
  }
  for (let i = 0; i < second.length; i += 2) {
    const name = (second[i] as string).toUpperCase()
    if (!seen.has(name)) merged.push(name, second[i + 1] as string)
  }
  return merged
}

/** An address without the form that IPv4 takes on an IPv6 listener. */
export const plainAddress = (address: string | undefined): string => {
  if (address === undefined) return ''
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)
  return mapped?.[1] ?? address
}

const connectionFacts = (socket: TLSSocket): readonly string[] => {
  const secure = socket.encrypted === true
  const address = plainAddress(socket.remoteAddress)
  const facts = ['$WSIS', String(secure), '$WSSC', secure ? 'https' : 'http']
  // Without a reverse look-up, which would cost a round trip for each client, the name is the address (§3.1).
  facts.push('$WSRA', address, '$WSRH', address)
  if (secure) facts.push(...tlsFacts(socket))
  return facts
}

const tlsFacts = (socket: TLSSocket): string[] => {
  const facts: string[] = []
  const { standardName, name } = socket.getCipher() ?? {}
  const cipher = standardName ?? name
  if (cipher !== undefined) facts.push('$WSCS', cipher)
  const session = sessionId(socket.getSession())
  if (session !== undefined) facts.push('$WSSI', session)
  // A certificate that nobody has checked must not arrive as the identity of a client.
  const certificate = socket.authorized ? socket.getPeerCertificate().raw : undefined
  if (certificate !== undefined) facts.push('$WSCC', certificate.toString('base64'))
  return facts
}

/**
 * The session id inside OpenSSL's encoding of a session, the only form in which Node gives it away: a SEQUENCE of
 * version, protocol, cipher and, fourth, the id as an OCTET STRING.
 */
const sessionId = (session: Buffer | undefined): string | undefined => {
  if (session === undefined) return undefined
  let at = skipLength(session, 1).start
  for (let field = 0; field < 3; field++) at = skipLength(session, at + 1).end
  const { start, end } = skipLength(session, at + 1)
  if (session[at] !== octetString || end > session.length || end === start) return undefined
  return session.toString('hex', start, end)
}

const octetString = 0x04

/** Start and end of the content whose length is written at `at` (DER). */
const skipLength = (der: Buffer, at: number): { readonly start: number; readonly end: number } => {
  const first = der[at] ?? 0
  if (first < 0x80) return { start: at + 1, end: at + 1 + first }
  const octets = first & 0x7f
  let length = 0
  for (let i = 1; i <= octets; i++) length = length * 256 + (der[at + i] ?? 0)
  const start = at + 1 + octets
  return { start, end: start + length }
}

/** Host and port of a Host field; the brackets of IPv6 stay, because servers build URLs from it. */
const splitHost = (host: string): readonly [string, string] => {
  const colon = host.lastIndexOf(':')
  if (colon < 0 || host.endsWith(']') || isIPv6(host)) return [host, '']
  return [host.slice(0, colon), host.slice(colon + 1)]
}
