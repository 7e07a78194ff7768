import type { Socket } from 'node:net'
import { answerMalformed, driverError } from './outcome.ts'

/**
 * Takes every `100 Continue` out of what a server sends before its answer.
 *
 * undici takes a 100 for the end of a sane server, but RFC 9110 15.2 lets one come unasked, and old servers send it before
 * the answer to every POST. Other interim answers are passed on, they are undici's to report. Idle, the filter costs one
 * comparison for each read.
 *
 * It also measures the status line, whose reason undici does not count as a part of the head: a server that never ends
 * it would keep a request for ever, as every byte starts ServerIOTimeout anew.
 */
export class ContinueFilter {
  /** Number of 100s taken out since `begin`. */
  skipped = 0
  #looking = false
  #held: Buffer = empty
  /** Bytes of the status line so far; null: it has ended. */
  #lineBytes: number | null = null

  /** What comes from now on is the beginning of an answer. */
  begin(): void {
    this.skipped = 0
    this.#looking = true
    this.#held = empty
    this.#lineBytes = null
  }

  /** The status line is longer than a whole head may be. */
  get lineTooLong(): boolean {
    return this.#lineBytes !== null && this.#lineBytes > longestLine
  }

  /** The final answer has not begun. */
  get looking(): boolean {
    return this.#looking
  }

  /** @returns what remains for the parser; null: nothing yet. */
  take(chunk: Buffer): Buffer | null {
    if (!this.#looking) {
      if (this.#lineBytes !== null) this.#measure(chunk, this.#lineBytes)
      return chunk
    }
    let bytes = this.#held.length === 0 ? chunk : Buffer.concat([this.#held, chunk])
    this.#held = empty
    const passed: Buffer[] = []
    while (bytes.length > 0) {
      const block = interimBlock(bytes)
      if (block === 'incomplete') {
        this.#held = bytes
        break
      }
      if (block === 'final' || this.skipped === skippedLimit) {
        this.#looking = false
        this.#measure(bytes, 0)
        passed.push(bytes)
        break
      }
      if (block.status === 100) this.skipped++
      else passed.push(bytes.subarray(0, block.length))
      bytes = bytes.subarray(block.length)
    }
    if (passed.length < 2) return passed[0] ?? null
    return Buffer.concat(passed)
  }

  #measure(bytes: Buffer, before: number): void {
    this.#lineBytes = bytes.includes(lineFeed) ? null : before + bytes.length
  }
}

/** Puts the filter between a socket and its reader. */
export const filterReads = (socket: Socket, filter: ContinueFilter): void => {
  const read = socket.read.bind(socket)
  socket.read = (size?: number): Buffer | null => {
    const chunk: Buffer | null = read(size)
    if (chunk === null) return null
    const bytes = filter.take(chunk)
    endOverlongLine(socket, filter)
    return bytes
  }
}

/** Ends a connection whose status line goes on and on. */
export const endOverlongLine = (socket: Socket, filter: ContinueFilter): void => {
  if (filter.lineTooLong) socket.destroy(driverError(answerMalformed, 'the status line has no end'))
}

/** A server that says 100 more often than this has gone mad, and the parser may break the stream. */
const skippedLimit = 100

/** Bytes of a status line at most, as many as undici takes for all fields. */
const longestLine = 65_536

/** Head of an interim answer at most; more means that it is none. */
const maxInterimBytes = 65_536

/** The interim answer at the beginning of the bytes; `final`: another answer (101 among them), or no answer at all. */
const interimBlock = (
  bytes: Buffer,
): { readonly status: number; readonly length: number } | 'incomplete' | 'final' => {
  if (bytes.length < statusLine.length) return 'incomplete'
  if (bytes[statusAt] !== one) return 'final'
  const [, code] =
    /^HTTP\/1\.[01] (1\d\d)/.exec(bytes.toString('latin1', 0, statusLine.length)) ?? []
  if (code === undefined || code === '101') return 'final'
  const end = bytes.indexOf(endOfHead)
  if (end < 0) return bytes.length > maxInterimBytes ? 'final' : 'incomplete'
  return { status: Number(code), length: end + endOfHead.length }
}

const statusLine = 'HTTP/1.1 100'
const statusAt = statusLine.indexOf('100')
const one = 0x31
const lineFeed = 0x0a
const empty = Buffer.alloc(0)
const endOfHead = Buffer.from('\r\n\r\n')
