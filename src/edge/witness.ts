import type { Clock } from '../core/clock.ts'

/** What an input of the core saw of time and chance. */
export interface Observed<T> {
  readonly result: T
  readonly at: number
  readonly draws: readonly number[]
}

/**
 * Clock and chance of the routers of an edge that keeps recordings. While a recorded request is being decided, the time
 * stands still and every random number is noted, so that the same decisions can be made again from the notes.
 */
export class Witness implements Clock {
  readonly random: () => number
  readonly #clock: Clock
  #moment: { readonly at: number; readonly draws: number[] } | null = null

  constructor(clock: Clock, random: () => number) {
    this.#clock = clock
    this.random = () => {
      const drawn = random()
      this.#moment?.draws.push(drawn)
      return drawn
    }
  }

  now(): number {
    return this.#moment === null ? this.#clock.now() : this.#moment.at
  }

  observe<T>(work: (at: number) => T): Observed<T> {
    const outer = this.#moment
    const moment = { at: this.now(), draws: [] }
    this.#moment = moment
    try {
      return { result: work(moment.at), ...moment }
    } finally {
      this.#moment = outer
    }
  }
}
