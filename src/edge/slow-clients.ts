import type { Clock } from '../core/clock.ts'
import { noSlot, Slots } from './slots.ts'
import { periodFor, Ticker } from './ticker.ts'

/** Something that waits for a client. */
export interface Watched {
  /** Where it is kept while it is watched, else {@link noSlot}. Nobody else changes it. */
  watchSlot: number
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
 * Clients that we wait for. To watch one costs a slot and no timer: one for all looks from time to time and compares, so
 * that a client is found out up to two looks after its limit.
 */
export class SlowClients {
  readonly #clock: Clock
  readonly #limitMs: number
  readonly #least: number
  readonly #watched = new Slots<Watched>()
  /** By slot; null: not looked at since it was the client's turn. */
  readonly #seen: (Seen | null)[] = []
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

  /** Begins anew with one that is watched already. */
  watch(client: Watched): void {
    if (this.#limitMs === Number.POSITIVE_INFINITY) return
    if (client.watchSlot === noSlot) client.watchSlot = this.#watched.enter(client)
    this.#seen[client.watchSlot] = null
    this.#ticker.start()
  }

  unwatch(client: Watched): void {
    if (client.watchSlot === noSlot) return
    this.#watched.leave(client.watchSlot)
    client.watchSlot = noSlot
  }

  /** @internal Looks at all of them. @returns whether somebody is still watched. */
  look(): boolean {
    const now = this.#clock.now()
    for (const client of this.#watched.all()) {
      const { progress, watchSlot } = client
      // It has left because another one was found out.
      if (watchSlot === noSlot) continue
      const seen = this.#seen[watchSlot] ?? null
      if (progress === null) this.#seen[watchSlot] = null
      else if (seen === null) this.#seen[watchSlot] = { progress, at: now }
      else if (Math.abs(progress - seen.progress) >= this.#least) {
        seen.progress = progress
        seen.at = now
      } else if (now - seen.at >= this.#limitMs) {
        this.unwatch(client)
        client.stalled()
      }
    }
    return this.#watched.size > 0
  }
}
