import type { Socket } from 'node:net'
import { driverError, fieldUnsendable } from './outcome.ts'

/**
 * Header fields of a request as the text that goes out.
 *
 * undici takes a list of fields and looks at each by itself: lower-cases the name, hashes it, looks it up in two tables,
 * and puts it together again. For the fifteen fields of an ordinary request that costs three times what the decision costs
 * where it goes. So undici gets what it has to know, Host and Content-Length, and the rest joins the head on its way
 * out. What undici would have refused to send is refused here.
 *
 * @param fields names and values in turn.
 * @throws an error with the code of `fieldUnsendable` for a name that is no token, or a value with a control character or
 * a character that is no byte.
 */
export const fieldLines = (fields: readonly string[]): string => {
  let text = ''
  for (let i = 0; i < fields.length; i += 2) {
    text += lineOf(fields[i] as string, fields[i + 1] as string)
  }
  return text
}

/** One of them, with the same errors. */
export const lineOf = (name: string, value: string): string => {
  if (!isToken(name) || !isFieldValue(value)) {
    throw driverError(fieldUnsendable, `the header field ${JSON.stringify(name)} cannot be sent`)
  }
  return `${name}: ${value}\r\n`
}

/** What is added up stays in all its pieces, and whoever writes it goes through them each time. */
export const inOnePiece = (text: string): string => Buffer.from(text, 'latin1').toString('latin1')

/** Whether a text may be the name of a field, or a method (RFC 9110 5.6.2). */
export const isToken = (text: string): boolean => /^[!#$%&'*+.^`|~\w-]+$/.test(text)

/**
 * Whether a text may be the value of a field: without control characters (RFC 9110 5.5). Node gives the bytes of a head as
 * the characters of Latin-1.
 */
export const isFieldValue = (text: string): boolean => !/[^\t\x20-\x7e\x80-\xff]/.test(text)

/** Field lines that join the next head. */
export interface Joining {
  lines: string
}

/**
 * Lets field lines join what undici writes to a connection: the first text that it writes for a request is its head, or
 * all of it but the empty line at its end, which it then writes with the first piece of the body.
 */
export const joinHeads = (socket: Socket): Joining => {
  const joining: Joining = { lines: '' }
  const write = socket.write as Write
  const joined: Write = (chunk, encoding, written) => {
    const { lines } = joining
    if (lines === '' || typeof chunk !== 'string') {
      return write.call(socket, chunk, encoding, written)
    }
    joining.lines = ''
    return write.call(socket, withLines(chunk, lines), encoding, written)
  }
  socket.write = joined as Socket['write']
  return joining
}

type Write = (
  chunk: Uint8Array | string,
  encoding?: BufferEncoding,
  written?: (error?: Error | null) => void,
) => boolean

const withLines = (head: string, lines: string): string => {
  const end = head.indexOf('\r\n\r\n')
  return end < 0 ? head + lines : `${head.slice(0, end + 2)}${lines}${head.slice(end + 2)}`
}
