import type { Clock } from '../core/clock.ts'
import { periodFor, Ticker } from './ticker.ts'

/** Something that waits for a client. */
export interface Watched {
  /** A number that changes when the client does its part; null: it is not the client's turn. */
  readonly progress: number | null
  /** The client has done nothing for too long. It is not watched any more. */
  stalled(): void
}

/** What was seen of a client, and when it had done something last. */
interface Seen {
  progress: number
  at: number
}

/**
 * Clients that we wait for. To watch one costs an entry in a map and no timer: one for all looks from time to time and
 * compares, so that a client is found out up to two looks after its limit.
 */
export class SlowClients {
  readonly #clock: Clock
  readonly #limitMs: number
  readonly #least: number
  readonly #watched = new Map<Watched, Seen | null>()
  readonly #ticker: Ticker

  /** @param limitMs infinite: nobody is watched. @param least change of the progress that counts. */
  constructor(clock: Clock, limitMs: number, least: number) {
    this.#clock = clock
    this.#limitMs = limitMs
    this.#least = least
    this.#ticker = new Ticker(periodFor(limitMs), () => this.look())
  }

  get size(): number {
    return this.#watched.size
  }

  watch(client: Watched): void {
    if (this.#limitMs === Number.POSITIVE_INFINITY) return
    this.#watched.set(client, null)
    this.#ticker.start()
  }

  unwatch(client: Watched): void {
    this.#watched.delete(client)
  }

  /** @internal Looks at all of them. @returns whether somebody is still watched. */
  look(): boolean {
    const now = this.#clock.now()
    for (const [client, seen] of this.#watched) {
      const { progress } = client
      if (progress === null) this.#watched.set(client, null)
      else if (seen === null) this.#watched.set(client, { progress, at: now })
      else if (Math.abs(progress - seen.progress) >= this.#least) {
        seen.progress = progress
        seen.at = now
      } else if (now - seen.at >= this.#limitMs) {
        this.#watched.delete(client)
        client.stalled()
      }
    }
    return this.#watched.size > 0
  }
}
