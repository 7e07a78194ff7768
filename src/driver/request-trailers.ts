import type { Socket } from 'node:net'
import type { Readable } from 'node:stream'
import { fieldLines, isFieldValue, isToken } from './field-lines.ts'
import { isTrailer } from './headers.ts'

/**
 * Trailers of requests: which of them go on, and how they get behind a body.
 *
 * undici writes no trailers. It ends a body in chunks by one write, in the event that ends the stream of the body; for
 * just that event a `write` of ours stands in front of the connection. It knows the last chunk by its text, which no part
 * of a body can be taken for, because those are buffers. A body without a byte never became chunks: undici writes its
 * head then, which is made one of chunks. Whatever else is written passes as it is, so that an undici that works
 * differently loses the trailers and nothing else.
 */

/** What OutgoingBody says of the end of a body. */
export interface TrailedBody {
  /** Names and values in turn; complete when the end of the body has been read. */
  readonly trailers?: readonly string[]
}

/** Sends the trailers of `body` behind what `open` gives, on the connection as undici has it. */
export const sendTrailers = (open: Readable | Buffer, body: TrailedBody, socket: Socket): void => {
  if (Buffer.isBuffer(open)) return
  // Ours is the first listener: undici writes the end in its own.
  open.once('end', () => {
    const { trailers = [] } = body
    if (trailers.length > 0) writeBehind(socket, fieldLines(trailers))
  })
}

/**
 * Trailers of a client that may go on, in the same form as the raw list: what changes framing, routing, trust or the
 * meaning of the body has no place behind it (RFC 9110 6.5.1).
 *
 * @param named what Connection names, which ends here as well (E17).
 */
export const requestTrailers = (
  raw: readonly string[],
  named: ReadonlySet<string> | null,
): readonly string[] => {
  const trailers: string[] = []
  for (let i = 0; i < raw.length; i += 2) {
    const name = raw[i] as string
    const value = raw[i + 1] as string
    if (mayFollow(name, named) && isFieldValue(value)) trailers.push(name, value)
  }
  return trailers
}

/** The names in a Trailer field that may go on; empty: none. */
export const announcedTrailers = (value: string, named: ReadonlySet<string> | null): string =>
  value
    .split(',')
    .map(name => name.trim())
    .filter(name => mayFollow(name, named))
    .join(', ')

const mayFollow = (name: string, named: ReadonlySet<string> | null): boolean => {
  if (!isToken(name)) return false
  // A CGI-like mapping takes the two for the same.
  const dashed = name.replaceAll('_', '-')
  return isTrailer(name, named) && isTrailer(dashed, named) && !neverInRequests.test(dashed)
}

/** What says how to read the body, or whether to do what is asked. */
const neverInRequests = /^(?:content-.*|if-.*|pragma|range)$/i

/** Puts the lines into the next write on the socket, if that is the end of a body and comes in this turn. */
const writeBehind = (socket: Socket, lines: string): void => {
  const { write } = socket
  const restore = (): void => {
    socket.write = write
  }
  const once = (chunk: Uint8Array | string, ...rest: []): boolean => {
    restore()
    return write.call(socket, typeof chunk === 'string' ? withLines(chunk, lines) : chunk, ...rest)
  }
  socket.write = once
  // The listeners of the end have all been called by then: the next request must not find it.
  queueMicrotask(restore)
}

/** undici's last chunk, behind the last byte of the body. */
const lastChunk = '\r\n0\r\n\r\n'

const withLines = (text: string, lines: string): string => {
  if (text === lastChunk) return `\r\n0\r\n${lines}\r\n`
  const head = openHead(text)
  return head === null ? text : `${head}transfer-encoding: chunked\r\n\r\n0\r\n${lines}\r\n`
}

/** The head of a request without a body up to where its framing stands; null: it is something else. */
const openHead = (text: string): string | null => {
  if (!/^\S+ \S+ HTTP\/1\.1\r\n/.test(text)) return null
  const end = /\r\n(?:content-length: 0\r\n)?\r\n$/.exec(text)
  if (end === null) return null
  const head = text.slice(0, end.index + 2)
  return /^(?:content-length|transfer-encoding):/im.test(head) ? null : head
}
