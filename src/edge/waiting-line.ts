import type { Clock } from '../core/clock.ts'
import type { QueueLimits } from './limits.ts'
import { periodFor, Ticker } from './ticker.ts'

/** A request that waits because every server of its cluster is at MaxConnections. */
export interface Waiter {
  /** @returns whether it has found a place, or does not want one any more. */
  tryAgain(): boolean
  waitedTooLong(): void
}

/** Those who wait for one cluster of one configuration, in the order in which they came, and since when. */
type Line = Map<Waiter, number>

/**
 * Requests that wait for a server with room, instead of getting 503 at once (8.3). Whoever leaves a server wakes the
 * first in line for its cluster. One timer for all looks after those that have waited long enough, and after servers that
 * may be tried again although nobody left them.
 */
export class WaitingLine {
  readonly #clock: Clock
  readonly #limits: Required<QueueLimits>
  readonly #lines = new Map<object, Map<string, Line>>()
  readonly #ticker: Ticker
  #size = 0

  constructor(clock: Clock, limits: Required<QueueLimits>) {
    this.#clock = clock
    this.#limits = limits
    this.#ticker = new Ticker(periodFor(limits.waitMs), () => this.look())
  }

  /** Requests that wait now. */
  get size(): number {
    return this.#size
  }

  /** Whether requests may wait at all. */
  get open(): boolean {
    return this.#limits.max > 0
  }

  /**
   * @param generation the configuration that it waits in.
   * @returns false: there is no room.
   */
  enter(waiter: Waiter, generation: object, cluster: string): boolean {
    if (this.#size >= this.#limits.max) return false
    const lines = this.#lines.get(generation) ?? new Map<string, Line>()
    const line: Line = lines.get(cluster) ?? new Map()
    line.set(waiter, this.#clock.now())
    this.#lines.set(generation, lines.set(cluster, line))
    this.#size++
    this.#ticker.start()
    return true
  }

  leave(waiter: Waiter, generation: object, cluster: string): void {
    const lines = this.#lines.get(generation)
    const line = lines?.get(cluster)
    if (lines === undefined || line?.delete(waiter) !== true) return
    this.#size--
    if (line.size === 0) lines.delete(cluster)
    if (lines.size === 0) this.#lines.delete(generation)
  }

  /** A request has left a server of the cluster. Before anybody else can come, the first in line is asked. */
  freed(generation: object, cluster: string): void {
    if (this.#size === 0) return
    const line = this.#lines.get(generation)?.get(cluster)
    if (line !== undefined) queueMicrotask(() => firstOf(line)?.tryAgain())
  }

  /** @internal Looks after all that wait. @returns whether somebody still does. */
  look(): boolean {
    const deadline = this.#clock.now() - this.#limits.waitMs
    for (const lines of [...this.#lines.values()]) {
      for (const line of [...lines.values()]) {
        for (const [waiter, since] of [...line]) {
          if (since > deadline) break
          waiter.waitedTooLong()
        }
        while (firstOf(line)?.tryAgain() === true);
      }
    }
    return this.#size > 0
  }
}

const firstOf = (line: Line): Waiter | undefined => line.keys().next().value
