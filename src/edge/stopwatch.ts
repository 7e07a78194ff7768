import type { Clock } from '../core/clock.ts'

/** How long a request takes, and how much of it its servers take. */
export class Stopwatch {
  readonly #clock: Clock
  readonly #startedAt: number
  #attemptAt: number | null = null
  #serverMs = 0

  constructor(clock: Clock) {
    this.#clock = clock
    this.#startedAt = clock.now()
  }

  /** Milliseconds since the arrival of the request. */
  get durationMs(): number {
    return this.#clock.now() - this.#startedAt
  }

  /** Milliseconds of attempts that have ended. */
  get serverMs(): number {
    return this.#serverMs
  }

  attemptBegins(): void {
    this.#attemptAt = this.#clock.now()
  }

  /** The attempt has failed, was given up, or its answer is whole. Without one under way it means nothing. */
  attemptEnds(): void {
    if (this.#attemptAt === null) return
    this.#serverMs += this.#clock.now() - this.#attemptAt
    this.#attemptAt = null
  }
}
