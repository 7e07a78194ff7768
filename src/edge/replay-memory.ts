/** What all requests of an edge together keep in memory for another attempt. */
export class ReplayMemory {
  readonly #maxBytes: number
  readonly #full: () => void
  #bytes = 0

  /** @param full something was not kept for want of room. */
  constructor(maxBytes: number, full: () => void) {
    this.#maxBytes = maxBytes
    this.#full = full
  }

  /** Bytes that are kept now. */
  get bytes(): number {
    return this.#bytes
  }

  /** Whether anything more may be kept; counted when not. */
  hasRoom(): boolean {
    if (this.#bytes < this.#maxBytes) return true
    this.#full()
    return false
  }

  /**
   * Bytes are in memory, come what may.
   *
   * @returns false: more than there should be; keep no further ones.
   */
  take(bytes: number): boolean {
    this.#bytes += bytes
    if (this.#bytes <= this.#maxBytes) return true
    this.#full()
    return false
  }

  give(bytes: number): void {
    this.#bytes -= bytes
  }
}
