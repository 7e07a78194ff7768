import type { Socket } from 'node:net'
import type { AnswerSink, Attempt } from '../driver/send.ts'
import type { ReplayMemory } from './replay-memory.ts'

/** Body bytes of a 503 that are kept while another server is tried. */
const keptBytes = 65_536

/**
 * A 503 that is kept while other servers are tried (F11): should none of them do better, it is the answer after all.
 * One whose body is too long or breaks off is forgotten, and so is one for which the edge has no memory left.
 */
export class KeptAnswer implements AnswerSink {
  readonly status: number
  readonly reason: string
  readonly rawHeaders: readonly Buffer[]
  readonly #attempt: Attempt
  readonly #memory: ReplayMemory
  #chunks: Buffer[] = []
  #bytes = 0
  #keptBytes = 0
  #state: 'reading' | 'whole' | 'lost' = 'reading'
  #waiting: ((whole: boolean) => void) | null = null

  constructor(
    attempt: Attempt,
    status: number,
    reason: string,
    rawHeaders: readonly Buffer[],
    memory: ReplayMemory,
  ) {
    this.#attempt = attempt
    this.#memory = memory
    this.status = status
    this.reason = reason
    this.rawHeaders = rawHeaders
  }

  get body(): Buffer {
    return Buffer.concat(this.#chunks, this.#bytes)
  }

  /** Says whether all of it came, as soon as that is known. */
  settled(done: (whole: boolean) => void): void {
    if (this.#state === 'reading') this.#waiting = done
    else done(this.#state === 'whole')
  }

  /** Nobody wants it any more. */
  drop(): void {
    this.#waiting = null
    if (this.#state === 'reading') this.#attempt.cancel()
    this.#state = 'lost'
    this.#forget()
  }

  interim(): void {}

  answered(): void {}

  data(chunk: Buffer): boolean {
    this.#bytes += chunk.length
    if (this.#bytes > keptBytes || !this.#keep(chunk)) {
      this.#attempt.cancel()
      this.#settle('lost')
    }
    return true
  }

  ended(): void {
    this.#settle('whole')
  }

  failed(): void {
    this.#settle('lost')
  }

  upgraded(_attempt: Attempt, _rawHeaders: readonly Buffer[], socket: Socket): void {
    socket.destroy()
  }

  #settle(state: 'whole' | 'lost'): void {
    if (this.#state !== 'reading') return
    this.#state = state
    if (state === 'lost') this.#forget()
    const waiting = this.#waiting
    this.#waiting = null
    waiting?.(state === 'whole')
  }

  #keep(chunk: Buffer): boolean {
    this.#chunks.push(chunk)
    this.#keptBytes += chunk.length
    return this.#memory.take(chunk.length)
  }

  #forget(): void {
    this.#memory.give(this.#keptBytes)
    this.#keptBytes = 0
    this.#chunks = []
  }
}
