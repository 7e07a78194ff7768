import type { TraceRecord } from '../core/trace.ts'

/** The records of one exchange. */
export interface Group {
  readonly records: readonly TraceRecord[]
  /** Records that were left out. */
  readonly dropped: number
}

/**
 * The records of the exchanges under way. Bounded: of an exchange that never ends, as of one that began before anybody
 * listened to its end, the records are dropped when many younger ones have come.
 */
export class OpenExchanges {
  readonly #maxEvents: number
  readonly #maxExchanges: number
  /** By number, the oldest first. */
  readonly #groups = new Map<number, MutableGroup>()

  constructor(maxEvents: number, maxExchanges: number) {
    this.#maxEvents = maxEvents
    this.#maxExchanges = maxExchanges
  }

  /** Exchanges whose records are kept. */
  get size(): number {
    return this.#groups.size
  }

  add(record: TraceRecord): void {
    const group = this.#groupOf(record.exchange)
    const { length } = group.records
    if (length < this.#maxEvents - 1 || (record.kind === 'outcome' && length < this.#maxEvents)) {
      group.records.push(record)
    } else group.dropped++
  }

  /**
   * The exchange is over.
   *
   * @returns undefined when it left no records, or they were dropped.
   */
  take(exchange: number): Group | undefined {
    const group = this.#groups.get(exchange)
    this.#groups.delete(exchange)
    return group
  }

  clear(): void {
    this.#groups.clear()
  }

  #groupOf(exchange: number): MutableGroup {
    const known = this.#groups.get(exchange)
    if (known !== undefined) return known
    const group = { records: [], dropped: 0 }
    this.#groups.set(exchange, group)
    if (this.size > this.#maxExchanges) this.#dropOldest()
    return group
  }

  #dropOldest(): void {
    for (const exchange of this.#groups.keys()) {
      this.#groups.delete(exchange)
      return
    }
  }
}

interface MutableGroup extends Group {
  readonly records: TraceRecord[]
  dropped: number
}
