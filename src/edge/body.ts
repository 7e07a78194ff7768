import { Readable } from 'node:stream'
import type { BufferStep } from '../core/step.ts'
import { requestTrailers } from '../driver/request-trailers.ts'
import type { OutgoingBody } from '../driver/send.ts'
import type { ReplayMemory } from './replay-memory.ts'
import { noSlot } from './slots.ts'
import type { SlowClients, Watched } from './slow-clients.ts'

/** What became of reading the body into memory (P5). */
export type Buffered = 'complete' | 'partial' | 'too-large'

/** Told when the client's side of the body goes wrong. */
export interface BodyOwner {
  /** The body ended before it was whole. */
  bodyFailed(): void
  /** More came than PostSizeLimit allows. */
  bodyTooLarge(): void
  /** Nothing of it has come for too long. */
  bodyStalled(): void
  /** It is going to be read, and its client waits for a 100. */
  bodyWanted(): void
}

/** Where a body comes from: a request of Node's. */
export type BodySource = Readable & {
  readonly httpVersion?: string
  /** Complete when its end is told. */
  readonly rawTrailers?: readonly string[]
}

/** What keeps bodies within the limits of the edge. */
export interface BodyGuards {
  readonly replay: ReplayMemory
  readonly uploads: SlowClients
}

/**
 * The request body: how much of it is in memory, and what is still to come.
 *
 * First, where PostBufferSize allows, it is read into memory; what fits can be sent any number of times (B2). The rest
 * flows from the client to the server as the server takes it, once: from the first byte handed out that is not kept, the
 * body is lost for another attempt (B3). So does a body for which the edge has no memory left.
 */
export class RequestBody implements OutgoingBody, Watched {
  /** A byte that is no longer in memory was handed out. */
  lost = false
  /** PostSizeLimit of the cluster; null: none. */
  limitBytes: number | null = null
  /** The client sends nothing of it before it gets a 100, and nobody has said one. */
  awaited = false
  /** Names and values in turn; none before its end. */
  trailers: readonly string[] = none
  /** @internal */
  watchSlot = noSlot

  readonly #source: BodySource
  readonly #owner: BodyOwner
  readonly #length: number | 'unknown'
  readonly #guards: BodyGuards
  readonly #named: ReadonlySet<string> | null
  #kept: Buffer[] = []
  #keptBytes = 0
  #total = 0
  #ended = false
  #failed = false
  /** It did not fit into the buffer: it goes out once, however much of it happens to be in memory (B2). */
  #tooLong = false
  #live: Readable | null = null
  /** Reads on, when the server has said that it wants the body. */
  #held: (() => void) | null = null
  #listening = false
  #answered = false
  /** How the reading into memory went, for an exchange that asks again; null: it has not ended. */
  #read: Buffered | null = null
  #buffering: { readonly maxBytes: number; readonly done: (how: Buffered) => void } | null = null

  /** @param named fields of this hop, which end here as trailers too. */
  constructor(
    source: BodySource,
    length: number | 'unknown',
    owner: BodyOwner,
    guards: BodyGuards,
    named: ReadonlySet<string> | null = null,
  ) {
    this.#source = source
    this.#length = length
    this.#owner = owner
    this.#guards = guards
    this.#named = named
    this.#ended = length === 0
  }

  /** Bytes read from the client. */
  get bytes(): number {
    return this.#total
  }

  get uploading(): boolean {
    return this.#live !== null && !this.#ended
  }

  /** Length that the server is told; null: none, because undici knows it or nobody does. */
  get announced(): number | null {
    return this.#ended || this.#length === 'unknown' ? null : this.#length
  }

  /** A body with a length, and one of HTTP/1.0, ends with its last byte. */
  get trailing(): boolean {
    if (this.#ended) return this.trailers.length > 0
    return this.#length === 'unknown' && this.#source.httpVersion !== '1.0'
  }

  /** Somebody before us has read the body: it is not there any more. */
  get alreadyRead(): boolean {
    return this.#length !== 0 && (this.#source.readableEnded || this.#source.readableDidRead)
  }

  /** Reads up to the size of the buffer, then says how far it came. */
  buffer(step: BufferStep, done: (how: Buffered) => void): void {
    const maxBytes = step.maxBytes ?? Number.POSITIVE_INFINITY
    // Known to be larger than the buffer, or not to be had now: it is streamed from the beginning.
    const known = typeof this.#length === 'number' && this.#length > maxBytes
    if (known || step.maxBytes === 0 || !this.#guards.replay.hasRoom()) {
      this.#read = 'partial'
      done('partial')
      return
    }
    this.#ask()
    this.#buffering = { maxBytes, done }
    this.#listen()
    this.#source.resume()
  }

  open(hold = false): Buffer | Readable | null {
    if (this.#ended && !this.#tooLong) {
      // As a stream of objects its length is nothing that undici could announce.
      if (this.trailers.length > 0) return Readable.from(this.#kept)
      if (this.#kept.length > 1) this.#kept = [Buffer.concat(this.#kept, this.#total)]
      return this.#kept[0] ?? null
    }
    return this.#flow(hold)
  }

  /** The server wants it: its client may send it. */
  proceed(): void {
    this.#ask()
    const held = this.#held
    this.#held = null
    held?.()
  }

  /** How far `buffer` has come, for an exchange that takes the place of one that had asked; null: it was not asked. */
  get read(): Buffered | null {
    return this.#read
  }

  /** An answer has begun: the body is not sent again, and its client may take as long as it likes for the rest. */
  answered(): void {
    this.#answered = true
    this.#guards.uploads.unwatch(this)
    if (this.#ended && !this.#tooLong) this.#forget()
  }

  /** @internal Paused, it is the server's turn. */
  get progress(): number | null {
    return this.#source.isPaused() ? null : this.#total
  }

  /** @internal */
  stalled(): void {
    if (!this.#ended && !this.#failed) this.#owner.bodyStalled()
  }

  /** Nobody wants it: reads the rest and drops it, so that the client's connection can go on. */
  discard(): void {
    this.#forget()
    this.#buffering = null
    this.#live = null
    this.#held = null
    this.#guards.uploads.unwatch(this)
    if (this.#ended || this.#source.destroyed) return
    this.#source.resume()
  }

  /** What is in memory first, then the rest as it comes. */
  #flow(hold: boolean): Readable {
    let next = 0
    const read = (): void => {
      if (hold && this.awaited) {
        this.#held = read
        return
      }
      this.#ask()
      if (this.#tooLong) this.lost = true
      while (next < this.#kept.length) if (!live.push(this.#kept[next++])) return
      if (this.#live !== live) {
        this.#live = live
        this.#listen()
      }
      if (this.#ended) live.push(null)
      else this.#source.resume()
    }
    const live: Readable = new Readable({
      highWaterMark: 65_536,
      read,
      destroy: (error, destroyed) => {
        if (this.#live === live && !this.#ended) this.#source.pause()
        destroyed(error)
      },
    })
    return live
  }

  #ask(): void {
    if (!this.awaited) return
    this.awaited = false
    this.#owner.bodyWanted()
  }

  #listen(): void {
    if (this.#listening) return
    this.#listening = true
    if (!this.#answered) this.#guards.uploads.watch(this)
    const source = this.#source
    source.on('data', chunk => this.#data(chunk))
    source.on('end', () => this.#end())
    source.on('error', () => this.#fail())
    source.on('close', () => this.#fail())
  }

  #data(chunk: Buffer): void {
    this.#total += chunk.length
    if (this.limitBytes !== null && this.#total > this.limitBytes) {
      this.#refuse()
      return
    }
    const buffering = this.#buffering
    if (buffering !== null) {
      if (this.#keep(chunk) && this.#total <= buffering.maxBytes) return
      this.#source.pause()
      this.#buffering = null
      this.#tooLong = true
      this.#read = 'partial'
      buffering.done('partial')
      return
    }
    if (this.#live === null || this.#live.destroyed) return
    this.lost = true
    // What was kept for another attempt has no use any more.
    this.#forget()
    if (!this.#live.push(chunk)) this.#source.pause()
  }

  /** @returns false: there is no memory for more. */
  #keep(chunk: Buffer): boolean {
    this.#kept.push(chunk)
    this.#keptBytes += chunk.length
    return this.#guards.replay.take(chunk.length)
  }

  #forget(): void {
    if (this.#keptBytes === 0) return
    this.#guards.replay.give(this.#keptBytes)
    this.#keptBytes = 0
    this.#kept = []
  }

  #end(): void {
    if (this.#ended || this.#failed) return
    const { rawTrailers } = this.#source
    if (rawTrailers !== undefined && rawTrailers.length > 0 && this.trailing) {
      this.trailers = requestTrailers(rawTrailers, this.#named)
    }
    this.#ended = true
    this.#guards.uploads.unwatch(this)
    const buffering = this.#buffering
    this.#buffering = null
    if (buffering !== null) {
      this.#read = 'complete'
      buffering.done('complete')
    } else this.#live?.push(null)
  }

  #refuse(): void {
    if (this.#failed) return
    this.#failed = true
    const buffering = this.#buffering
    this.#buffering = null
    if (buffering !== null) buffering.done('too-large')
    else if (this.#live !== null) this.#owner.bodyTooLarge()
  }

  #fail(): void {
    if (this.#ended || this.#failed) return
    this.#failed = true
    this.#buffering = null
    this.#owner.bodyFailed()
  }
}

const none: readonly string[] = []
