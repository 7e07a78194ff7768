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

const lineOf = (name: string, value: string): string => {
  if (!isToken(name) || !isFieldValue(value)) {
    throw driverError(fieldUnsendable, `the header field ${JSON.stringify(name)} cannot be sent`)
  }
  return `${name}: ${value}\r\n`
}

/**
 * The field lines of the last request of a client connection. Most fields of the next one are the same, in the same
 * places; to compare them costs a fifth of what it costs to look at each character and put them together again.
 */
export class RepeatedLines {
  readonly #known: KnownLine[] = []
  /** Of the known lines these came last. */
  #count = 0
  /** All of them, in one piece; null: they have not been asked for again yet. */
  #text: string | null = null

  /**
   * The same as {@link fieldLines}.
   *
   * @throws an error with the code of `fieldUnsendable`.
   */
  of(fields: readonly string[]): string {
    const known = this.#known
    const count = fields.length / 2
    let same = 0
    while (same < count && known[same]?.is(fields, same) === true) same++
    const repeated = same === count && same === this.#count
    if (repeated && this.#text !== null) return this.#text
    let text = ''
    for (let i = 0; i < same; i++) text += (known[i] as KnownLine).again
    for (let i = same; i < count; i++) text += this.#line(fields, i)
    this.#count = count
    this.#text = repeated ? inOnePiece(text) : null
    return text
  }

  #line(fields: readonly string[], index: number): string {
    const known = this.#known[index]
    if (known?.is(fields, index) === true) return known.again
    const name = fields[index * 2] as string
    const value = fields[index * 2 + 1] as string
    const line = lineOf(name, value)
    // Nobody shall fill our memory with what is only there to be compared.
    if (line.length <= rememberedLength) {
      if (known !== undefined) known.become(name, value, line)
      else if (index < rememberedLines && index === this.#known.length) {
        this.#known.push(new KnownLine(name, value, line))
      }
    }
    return line
  }
}

class KnownLine {
  #name: string
  #value: string
  #line: string
  #whole = false

  constructor(name: string, value: string, line: string) {
    this.#name = name
    this.#value = value
    this.#line = line
  }

  is(fields: readonly string[], index: number): boolean {
    return fields[index * 2] === this.#name && fields[index * 2 + 1] === this.#value
  }

  become(name: string, value: string, line: string): void {
    this.#name = name
    this.#value = value
    this.#line = line
    this.#whole = false
  }

  get again(): string {
    if (!this.#whole) {
      this.#whole = true
      this.#line = inOnePiece(this.#line)
    }
    return this.#line
  }
}

/** What is added up stays in all its pieces, and whoever writes it goes through them each time. */
export const inOnePiece = (text: string): string => Buffer.from(text, 'latin1').toString('latin1')

/** Longer lines are seldom, and nearly always new. */
const rememberedLength = 1024

/** More are seldom. */
const rememberedLines = 32

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
