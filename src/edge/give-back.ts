import { createServer, type IncomingMessage, type Server } from 'node:http'
import { Server as NetServer, type Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { isFieldValue, isToken } from '../driver/field-lines.ts'
import { targetOf } from './head.ts'
import { afterEarlierAnswers, protocolsAsked } from './upgrade.ts'

/**
 * Requests with an Upgrade field that are no upgrades. A server may ignore the field (RFC 9110 7.8), but Node, once somebody
 * listens to `upgrade`, hands over a bare socket for every one of them and reads no body. Clients that offer `h2c` with each
 * request, a POST included, want no more than the answer.
 *
 * Their connection goes back to the HTTP server that it came from: the head is put before the bytes that are still to be
 * read, without the offer, and the server reads it as it reads the first request of any connection. So it finds the
 * body, the host sees an ordinary request, and the connection stays open.
 */

/**
 * Whether a request with an Upgrade field is to be served without it: it offers no more than HTTP again, or it has a body.
 *
 * @param hasNext the host has a handler of its own behind the edge, which may want any other upgrade, body or not.
 */
export const isOrdinary = (request: IncomingMessage, hasNext: boolean): boolean =>
  protocolsAsked(request.headers.upgrade).length === 0 || (!hasNext && hasBody(request))

const hasBody = ({ headers }: IncomingMessage): boolean =>
  headers['transfer-encoding'] !== undefined || !/^0*$/.test(headers['content-length'] ?? '')

/** @returns false: it cannot be given back, and nothing has been done with it. */
export const giveBack = (request: IncomingMessage, socket: Duplex, head: Buffer): boolean => {
  const server = serverOf(request, socket)
  if (server === null || !isWhole(request, server)) return false
  const again = headAgain(request, server)
  if (again === null || socket.readableEnded || !socket.writable) return false
  // At once, because a connection with something to read does not end, whatever becomes of its client meanwhile.
  socket.unshift(Buffer.concat([Buffer.from(again, 'latin1'), head]))
  // Nobody else listens while earlier answers are under way. With the second, a `resume` does not lose what is there:
  // Node resumes a connection that it had paused when those answers are sent.
  socket.on('error', ignore)
  socket.on('readable', ignore)
  afterEarlierAnswers(socket, () => {
    if (socket.writable) {
      // It may be that of a connection without a request, which would cut off a slow answer.
      ;(socket as Partial<Socket>).setTimeout?.(0)
      accepted?.call(server, socket)
    } else socket.destroy()
    socket.off('readable', ignore)
    socket.off('error', ignore)
    socket.resume()
  })
  return true
}

/**
 * What Node does with a connection to an HTTP server, whichever it is: https and http2 do the same with theirs. To emit
 * `connection` would do it as well, but tell the host of the same connection with each such request.
 */
const [accepted] = createServer().listeners('connection')

/** The server that the request came from; null: none that would take it again. */
const serverOf = (request: IncomingMessage, socket: Duplex): Server | null => {
  const { server } = socket as Duplex & { readonly server?: unknown }
  // Some versions of Node read the body, and hand over a stream of their own in the place of the socket.
  if (socket !== request.socket || accepted === undefined) return null
  if (!(server instanceof NetServer) || server.listenerCount('request') === 0) return null
  return server as Server
}

/** Beyond `maxHeadersCount` Node may have dropped fields, and without the length a body would be read as requests. */
const isWhole = ({ rawHeaders }: IncomingMessage, { maxHeadersCount }: Server): boolean => {
  const most = maxHeadersCount === null || maxHeadersCount === undefined ? 1000 : maxHeadersCount
  return most <= 0 || rawHeaders.length < most * 2
}

/**
 * The same head without the offer, in Latin-1, as Node reads it; null for one that could be read in another way than
 * before, such as what only a lenient parser takes.
 */
const headAgain = (request: IncomingMessage, server: Server): string | null => {
  const { method = '', httpVersion, rawHeaders } = request
  const target = targetOf(request)
  if (!isToken(method) || !visible.test(target) || !/^1\.[01]$/.test(httpVersion)) return null
  let text = `${method} ${target} HTTP/${httpVersion}\r\n`
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const [name = '', value = ''] = rawHeaders.slice(index, index + 2)
    if (!isToken(name) || !isFieldValue(value)) return null
    const key = name.toLowerCase()
    if (offering.has(key)) continue
    const kept = key === 'connection' ? withoutOffer(value) : value
    if (kept !== null) text += `${name}: ${kept}\r\n`
  }
  // The server counts anew from here on: without this a client could have as many as it likes.
  if ((server.maxRequestsPerSocket ?? 0) > 0) text += 'Connection: close\r\n'
  return `${text}\r\n`
}

/** A Connection field without the names of what is left out; null: nothing else is in it. */
const withoutOffer = (value: string): string | null => {
  const names = value.split(',')
  const kept = names.filter(
    name => !offering.has(name.replace(/^[\t ]+|[\t ]+$/g, '').toLowerCase()),
  )
  if (kept.length === names.length) return value
  return kept.length === 0 ? null : kept.join(',').replace(/^[\t ]+/, '')
}

/** Fields of an offer to leave HTTP/1. */
const offering: ReadonlySet<string> = new Set(['upgrade', 'http2-settings'])

const visible = /^[\x21-\x7e\x80-\xff]+$/

const ignore = (): void => {}
