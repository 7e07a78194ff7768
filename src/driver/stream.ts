import type { Socket } from 'node:net'
import { Client } from 'undici'
import { longestTimerMs } from './connect.ts'
import { ContinueFilter, filterReads } from './continue-filter.ts'
import { type ContinueGate, guardContinue } from './continue-gate.ts'
import { type Joining, joinHeads } from './field-lines.ts'
import { hearLastWords } from './last-words.ts'
import { driverError, streamGone } from './outcome.ts'

/**
 * An open connection to a transport, used by one request at a time (Z7).
 *
 * Each stream is one undici `Client` around one socket that we have opened ourselves, and never a second one: undici's
 * own pool would reconnect and send a queued request again without a word, and could not say whether a request went out
 * on an old or on a new connection, which decides between F6 and F7. When the socket is gone, the stream is gone.
 */
export class Stream {
  readonly client: Client
  readonly socket: Socket
  /** Holds the body back until the server says 100; for servers with WaitForContinue. */
  readonly gate: ContinueGate | null
  /** Clock time at which it was last put back. */
  idleSince = 0
  /** Told when ServerIOTimeout has passed without a byte in either direction. */
  user: StreamUser | null = null
  readonly #filter = new ContinueFilter()
  readonly #joining: Joining
  #limitMs = 0
  #heldBack = false
  /** The server has closed while undici's parser stood still. */
  #endWaits: (() => void) | null = null

  constructor(socket: Socket, settings: StreamSettings) {
    this.socket = socket
    hearLastWords(socket)
    this.#nameTheEnd(socket)
    this.#holdTheEnd(socket)
    this.gate = settings.waitForContinue ? guardContinue(socket, this.#filter) : null
    if (this.gate === null) filterReads(socket, this.#filter)
    const shown = this.gate?.socket ?? socket
    this.#joining = joinHeads(shown)
    this.client = new Client(settings.origin, {
      connect: connectOnceTo(shown),
      pipelining: 1,
      // ServerIOTimeout is watched on the socket itself, where a read or write can be seen.
      headersTimeout: 0,
      bodyTimeout: 0,
      maxHeaderSize: maxHeaderBytes,
      // A hint of the server may end an idle stream before ConnectionTTL does, never after it.
      keepAliveTimeout: settings.idleLimitMs,
      keepAliveMaxTimeout: settings.idleLimitMs,
      keepAliveTimeoutThreshold: hintMarginMs,
    })
    socket.on('error', ignore)
    socket.on('timeout', () => this.user?.idle())
    socket.once('close', () => settings.closed(this))
  }

  /** No request can be sent on it any more. */
  get dead(): boolean {
    return this.socket.destroyed || this.#endWaits !== null || this.gate?.bodyWithheld === true
  }

  /** The client takes no more until it is drained, and undici's parser stands still. */
  holdBack(): void {
    this.#heldBack = true
  }

  /** @param parse makes undici's parser go on, perhaps to stand still again. */
  goOn(parse: () => void): void {
    this.#heldBack = false
    parse()
    if (this.#heldBack) return
    const end = this.#endWaits
    this.#endWaits = null
    end?.()
  }

  /** Field lines for the head that is written next. */
  join(lines: string): void {
    this.#joining.lines = lines
  }

  /** A request is about to be written: what the server sends from now on is its answer. */
  awaitAnswer(): void {
    this.#filter.begin()
  }

  /** Limits each read and write from now on; 0: no limit. Every byte in either direction starts the time anew. */
  watch(limitMs: number): void {
    if (limitMs === this.#limitMs) return
    this.#limitMs = limitMs
    this.socket.setTimeout(Math.min(limitMs, longestTimerMs))
  }

  /** Starts the time anew without a byte: the silence so far was not the server's. */
  watchAgain(): void {
    this.socket.setTimeout(Math.min(this.#limitMs, longestTimerMs))
  }

  /**
   * @param error why, where an answer is under way: undici takes an end without one for the end of an answer that lasts
   *   until the close, and ends the process by an assertion when nobody waits for that answer any more.
   */
  destroy(error?: Error): void {
    this.socket.destroy(error)
  }

  /** undici ends the process by an assertion when a connection ends while its parser stands still: the end waits, too. */
  #holdTheEnd(socket: Socket): void {
    const push = socket.push.bind(socket)
    socket.push = (chunk, encoding) => {
      if (chunk !== null || !this.#heldBack) return push(chunk, encoding)
      this.#endWaits = () => {
        push(null)
        socket.read(0)
      }
      return false
    }
  }

  /** For the same reason a reset may not be told under its own name while undici's parser stands still. */
  #nameTheEnd(socket: Socket): void {
    const destroy = socket._destroy.bind(socket)
    socket._destroy = (error, destroyed) => {
      const reset = (error as NodeJS.ErrnoException | null)?.code === 'ECONNRESET'
      destroy(
        reset && this.#heldBack ? driverError(streamGone, 'the stream has ended') : error,
        destroyed,
      )
    }
  }
}

export interface StreamUser {
  idle(): void
}

export interface StreamSettings {
  /** `http://host:port`, for the Host header of requests without one. */
  readonly origin: string
  /** Longest time that an idle stream stays open. */
  readonly idleLimitMs: number
  readonly waitForContinue: boolean
  readonly closed: (stream: Stream) => void
}

/** Head of an answer at most; application servers with many cookies pass Node's own 16 KiB. */
const maxHeaderBytes = 65_536

/** A server that hints at closing after N seconds is not used in the last of them. */
const hintMarginMs = 1000

/**
 * Gives undici the socket at its first call and nothing afterwards: it would reconnect for a request that was queued when
 * the socket died, and for one that was aborted. The error must not be one of undici's own, on which it would ask again
 * without end.
 */
const connectOnceTo = (socket: Socket) => {
  let given = false
  return (_: unknown, callback: (...result: [null, Socket] | [Error, null]) => void): void => {
    const first = !given
    given = true
    // Called back at once, undici would miss the request that made it connect.
    queueMicrotask(() => {
      const gone = driverError(streamGone, 'the stream has ended')
      if (!first) callback(gone, null)
      else if (!socket.destroyed) callback(null, socket)
      // A server that refuses our certificate says so just after the handshake: that is worth more than "gone".
      else callback(socket.errored ?? gone, null)
    })
  }
}

const ignore = (): void => {}
