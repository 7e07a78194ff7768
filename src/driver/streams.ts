import { isIPv6 } from 'node:net'
import type { Transport } from '../config/model.ts'
import type { Clock } from '../core/clock.ts'
import type { AttemptStep } from '../core/step.ts'
import { type ConnectFailure, type Endpoint, longestTimerMs, openConnection } from './connect.ts'
import { extendedHandshake } from './handshake.ts'
import type { ReadMemory } from './read-memory.ts'
import { RepeatedFields } from './repeated-fields.ts'
import { Stream } from './stream.ts'

/**
 * The idle streams of one configuration: one queue for each transport (Z1), made when the transport is first used and
 * closed with the configuration. Nothing waits in it: MaxConnections counts pending requests and is the core's business
 * (8.3), so a request that finds no idle stream opens one.
 */
export class Streams {
  readonly #endpoints: ReadonlyMap<Transport, Endpoint>
  readonly #clock: Clock
  readonly #queues = new Map<Transport, StreamQueue>()
  #closed = false

  constructor(endpoints: ReadonlyMap<Transport, Endpoint>, clock: Clock) {
    this.#endpoints = endpoints
    this.#clock = clock
  }

  /** The queue of a transport; undefined for one that could not be used when the file was loaded. */
  of(transport: Transport): StreamQueue | undefined {
    const known = this.#queues.get(transport)
    if (known !== undefined) return known
    const endpoint = this.#endpoints.get(transport)
    if (endpoint === undefined) return undefined
    const queue = new StreamQueue(endpoint, this.#clock)
    if (this.#closed) queue.close()
    this.#queues.set(transport, queue)
    return queue
  }

  /** Idle streams of all transports. */
  get idle(): number {
    let count = 0
    for (const queue of this.#queues.values()) count += queue.idle
    return count
  }

  /** Ends the idle streams now, and those in use when their request is over. */
  close(): void {
    this.#closed = true
    for (const queue of this.#queues.values()) queue.close()
  }
}

/** Idle streams of one transport, most recently used on top (Z6). */
export class StreamQueue {
  readonly #endpoint: Endpoint
  readonly #clock: Clock
  readonly #origin: string
  /** Of its last answer, whatever the stream. */
  readonly repeated = new RepeatedFields()
  readonly #idle: Stream[] = []
  readonly #forget = (stream: Stream): void => {
    const index = this.#idle.lastIndexOf(stream)
    if (index >= 0) this.#idle.splice(index, 1)
  }
  #closed = false

  constructor(endpoint: Endpoint, clock: Clock) {
    this.#endpoint = endpoint
    this.#clock = clock
    this.#origin = originOf(endpoint.transport)
  }

  get idle(): number {
    return this.#idle.length
  }

  /** What the answers of its streams are read into. */
  get memory(): ReadMemory {
    return this.#endpoint.memory
  }

  /** The most recently used live stream younger than ConnectionTTL (Z2, Z3); undefined: open one. */
  take(ttlMs: number): Stream | undefined {
    for (;;) {
      const stream = this.#idle.pop()
      if (stream === undefined) return undefined
      if (stream.dead) {
        stream.destroy()
        continue
      }
      if (ttlMs === 0 || this.#clock.now() - stream.idleSince < ttlMs) return stream
      // Those below it have been idle for longer.
      stream.destroy()
      for (const older of this.#idle.splice(0)) older.destroy()
    }
  }

  /**
   * Opens a stream, with the extended handshake where the server wants one (Z9). `done` is called later and once.
   *
   * @returns gives up; `done` is not called any more.
   */
  open(
    step: AttemptStep,
    done: (failure: ConnectFailure | null, stream: Stream | null) => void,
    handshake: boolean = step.extendedHandshake,
  ): () => void {
    const limits = {
      connectTimeoutMs: step.connectTimeoutMs,
      ioTimeoutMs: step.serverIoTimeoutMs,
    }
    let giveUp = openConnection(this.#endpoint, limits, (failure, socket) => {
      if (socket === null) return done(failure, null)
      const stream = new Stream(socket, {
        origin: this.#origin,
        idleLimitMs: Math.min(step.connectionTtlMs || longestTimerMs, longestTimerMs),
        waitForContinue: step.waitForContinue,
        closed: this.#forget,
      })
      if (!handshake) return done(null, stream)
      giveUp = extendedHandshake(stream, limits, result => {
        if (result === 'alive') return done(null, stream)
        stream.destroy()
        // It has answered and then closed: that is proof enough, the next stream goes without.
        if (result === 'closed') giveUp = this.open(step, done, false)
        else done(result, null)
      })
    })
    return () => giveUp()
  }

  /** Puts a stream back after an answer was read to its end; one that is of no further use ends here. */
  put(stream: Stream): void {
    stream.user = null
    if (this.#closed || stream.dead) {
      stream.destroy()
      return
    }
    stream.idleSince = this.#clock.now()
    this.#idle.push(stream)
  }

  close(): void {
    this.#closed = true
    for (const stream of this.#idle.splice(0)) stream.destroy()
  }
}

/** What undici needs for a name; the scheme stays http because TLS is done before undici gets the socket. */
export const originOf = ({ hostname, port }: Transport): string =>
  `http://${isIPv6(hostname) ? `[${hostname}]` : hostname}:${port}`
