/** Something that can be ended before its time. */
export interface Cuttable {
  cut(): void
}

/**
 * The requests under way. Slots that are used again and again, because a set that loses its members all the time leaves
 * old tables behind which hold on to requests long after their end.
 */
export class UnderWay {
  readonly #slots: (Cuttable | null)[] = []
  readonly #free: number[] = []

  get size(): number {
    return this.#slots.length - this.#free.length
  }

  /** @returns the slot to leave. */
  enter(request: Cuttable): number {
    const slot = this.#free.pop() ?? this.#slots.length
    this.#slots[slot] = request
    return slot
  }

  leave(slot: number): void {
    this.#slots[slot] = null
    this.#free.push(slot)
  }

  /** @returns how many there were. */
  cutAll(): number {
    let cut = 0
    for (const request of [...this.#slots]) {
      if (request === null) continue
      cut++
      request.cut()
    }
    return cut
  }
}
