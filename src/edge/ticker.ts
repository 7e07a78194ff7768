/**
 * One coarse timer for many that wait: it runs only while there is something to look at, and does not keep the process
 * alive.
 */
export class Ticker {
  readonly #periodMs: number
  readonly #look: () => boolean
  #timer: NodeJS.Timeout | null = null

  /** @param look @returns whether there is something left to look at. */
  constructor(periodMs: number, look: () => boolean) {
    this.#periodMs = periodMs
    this.#look = look
  }

  /** There is something to look at. Costs nothing while it runs already. */
  start(): void {
    if (this.#timer !== null) return
    this.#timer = setInterval(() => {
      if (!this.#look()) this.#stop()
    }, this.#periodMs)
    this.#timer.unref()
  }

  #stop(): void {
    if (this.#timer === null) return
    clearInterval(this.#timer)
    this.#timer = null
  }
}

/** How often to look for what happens after this many milliseconds: a tenth of it, and once a second at least. */
export const periodFor = (ms: number): number => Math.min(Math.max(ms / 10, 10), 1000)
