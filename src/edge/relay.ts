import { type ServerResponse, STATUS_CODES } from 'node:http'
import { type ResponseScan, scanTrailers, withoutField } from '../driver/headers.ts'
import type { Piece } from '../driver/read-memory.ts'
import { noSlot } from './slots.ts'
import type { SlowClients, Watched } from './slow-clients.ts'
import { soon } from './soon.ts'
import { straightTo } from './straight-to.ts'

/**
 * An answer on its way to the client.
 *
 * The head and the first piece of the body are held until a second piece, the end, or the end of this turn of the event
 * loop: a small answer then leaves in one write, and so do the beginnings of larger ones, while events that a server
 * sends one by one are not delayed.
 */
export class Relay implements Watched {
  /** @internal */
  watchSlot = noSlot
  readonly #response: ServerResponse
  readonly #owner: RelayOwner
  readonly #downloads: SlowClients
  #held: Buffer | null = null
  /** The memory of what is held, claimed. */
  #heldPiece: Piece | null = null
  #flowing = false
  #ended = false
  /** The response tells us when it is drained. */
  #asked = false
  /** The client has not taken what it was given. */
  #waits = false
  #named: ReadonlySet<string> | null = null

  constructor(response: ServerResponse, owner: RelayOwner, downloads: SlowClients) {
    this.#response = response
    this.#owner = owner
    this.#downloads = downloads
  }

  /**
   * Begins. Nothing has left yet when it throws.
   *
   * @throws TypeError, RangeError when the head is not one that Node would send.
   */
  begin(status: number, reason: string, head: ResponseScan): void {
    const response = this.#response
    this.#named = head.named
    const headers = headersFor(response, status, head)
    // Date is the server's (and not ours to invent where it sent none).
    response.sendDate = false
    const phrase = phraseFor(response, status, reason)
    if (response.getHeaderNames().length === 0) response.writeHead(status, phrase, headers)
    else addHeaders(response, headers).writeHead(status, phrase)
    soon(this)
  }

  /**
   * @param piece the memory of the chunk, which is claimed where nobody but Node will see it.
   * @returns false: wait for `drained`.
   */
  write(chunk: Buffer, piece: Piece | null = null): boolean {
    if (this.#taken()) return true
    const claimed = piece !== null && straightTo(this.#response) !== null ? piece : null
    claimed?.claim()
    if (!this.#flowing) {
      if (this.#held === null) {
        this.#held = chunk
        this.#heldPiece = claimed
        return true
      }
      this.#writeHeld()
    }
    const more = this.#response.write(chunk)
    if (claimed !== null) this.#passed(claimed)
    return more || this.#wait()
  }

  end(rawTrailers: readonly Buffer[]): void {
    this.#ended = true
    const response = this.#response
    if (this.#taken()) return
    if (rawTrailers.length > 0) addTrailers(response, rawTrailers, this.#named)
    if (this.#held === null) response.end()
    else {
      response.end(this.#held)
      this.#letGo()
    }
  }

  /** The client need not take anything now. */
  stop(): void {
    if (!this.#waits) return
    this.#waits = false
    this.#downloads.unwatch(this)
  }

  /** @internal What is left changes as the client takes it. */
  get progress(): number | null {
    return this.#waits ? this.#response.writableLength : null
  }

  /** @internal */
  stalled(): void {
    this.#owner.clientStalled()
  }

  /** @internal The turn is over. */
  flush(): void {
    if (this.#ended || this.#flowing || this.#taken()) return
    if (this.#held !== null) this.#writeHeld()
    else {
      this.#flowing = true
      this.#response.flushHeaders()
    }
  }

  #writeHeld(): void {
    this.#flowing = true
    this.#response.write(this.#held)
    this.#letGo()
  }

  /** What was held is written. */
  #letGo(): void {
    if (this.#heldPiece !== null) this.#passed(this.#heldPiece)
    this.#held = null
    this.#heldPiece = null
  }

  #passed(piece: Piece): void {
    const socket = straightTo(this.#response)
    if (socket !== null) piece.passedTo(socket)
  }

  /** The client has gone, or the host has ended the response, and we have not been told yet: Node must not be written to. */
  #taken(): boolean {
    return this.#response.destroyed || this.#response.writableEnded
  }

  #wait(): boolean {
    if (!this.#asked) {
      this.#asked = true
      this.#response.on('drain', () => this.#drained())
    }
    if (!this.#waits) {
      this.#waits = true
      this.#downloads.watch(this)
    }
    return false
  }

  #drained(): void {
    this.stop()
    this.#owner.drained()
  }
}

/** Told how the client takes an answer. */
export interface RelayOwner {
  /** It can take more, after `write` has returned false. */
  drained(): void
  /** It has taken nothing for too long. */
  clientStalled(): void
}

/** What the server says about its body, as far as it is true of what the client gets. */
const headersFor = (
  response: ServerResponse,
  status: number,
  { headers, contentLength, announcesTrailers }: ResponseScan,
): string[] => {
  const bodiless = status === 204 || status === 304 || response.req.method === 'HEAD'
  // RFC 9110 8.6 forbids it, and a client may wait for the body.
  const kept =
    status === 204 && contentLength !== undefined
      ? withoutField(headers, 'content-length')
      : headers
  if (!announcesTrailers) return kept
  const chunks = contentLength === undefined && !bodiless && response.useChunkedEncodingByDefault
  // Node throws when trailers are announced and there is no last chunk to carry them.
  return chunks ? kept : withoutField(kept, 'trailer')
}

/** HTTP/2 has none, and Node warns of any. */
const phraseFor = (
  response: ServerResponse,
  status: number,
  reason: string,
): string | undefined => {
  if (response.req.httpVersionMajor >= 2) return undefined
  const usual = STATUS_CODES[status]
  return reason === usual || sendable(reason) ? reason : usual
}

/** A reason phrase that Node accepts; undici decodes it as UTF-8, and what was not becomes a replacement character. */
const sendable = (reason: string): boolean =>
  reason !== '' && reason.length <= longestReason && /^[\t\x20-\x7e\x80-\xff]+$/.test(reason)

/** A longer one is nothing that anybody would read. */
const longestReason = 512

/**
 * A host such as Express has set header fields already. Given a list, Node would then keep only the last of repeated
 * lines (all cookies but one would be lost), so each is added by itself; the server's replace those of the host.
 */
const addHeaders = (response: ServerResponse, headers: readonly string[]): ServerResponse => {
  const names = headers.filter((_, index) => index % 2 === 0)
  for (const name of names) response.removeHeader(name)
  try {
    for (let i = 0; i < headers.length; i += 2) {
      response.appendHeader(headers[i] as string, headers[i + 1] as string)
    }
  } catch (error) {
    for (const name of names) response.removeHeader(name)
    throw error
  }
  return response
}

const addTrailers = (
  response: ServerResponse,
  raw: readonly Buffer[],
  named: ReadonlySet<string> | null,
): void => {
  const trailers = scanTrailers(raw, named)
  try {
    // Node takes a list for HTTP/1 alone.
    const http2 = response.req.httpVersionMajor >= 2
    response.addTrailers(http2 ? Object.fromEntries(trailers) : trailers)
  } catch {
    // A trailer that Node would not send is not worth the answer, which has been passed on whole.
  }
}
