/** Not in a slot. */
export const noSlot = -1

/**
 * Things that come and go with every request, in slots that are used again. A set or a map that loses its members all the
 * time is made anew again and again; each of its old tables leads to the next one, so that the first that has become old
 * for V8 keeps all later ones, and what was in them, until the old generation is collected.
 */
export class Slots<T> {
  readonly #items: (T | null)[] = []
  readonly #free: number[] = []

  get size(): number {
    return this.#items.length - this.#free.length
  }

  /** @returns the slot to leave. */
  enter(item: T): number {
    const slot = this.#free.pop() ?? this.#items.length
    this.#items[slot] = item
    return slot
  }

  leave(slot: number): void {
    this.#items[slot] = null
    this.#free.push(slot)
  }

  /** Those that are here now. */
  all(): T[] {
    return this.#items.filter(item => item !== null)
  }
}
