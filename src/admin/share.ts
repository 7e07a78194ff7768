/** How the share of a thread is measured and waited for; tests give their own. */
export interface Timing {
  /** Milliseconds. */
  readonly now: () => number
  readonly wait: (ms: number, done: () => void) => void
}

/** What an answer may take without anybody having to wait for it, milliseconds. */
const free = 2

/** Pause after a piece of work, as a multiple of the time that it took. */
const pauses = 9

/**
 * Work beside the requests of an edge, on the same thread: one piece at a time, and after each a pause that leaves
 * nine tenths of the time to the edge. To explain a request in a configuration of 100,000 URIs takes a second, which
 * nobody must be able to ask for all the time.
 */
export class Share {
  readonly #timing: Timing
  #last: Promise<void> = Promise.resolve()

  constructor(timing: Timing = ofThisThread) {
    this.#timing = timing
  }

  /** Does the work in its turn; what it waits for itself is not counted. Rejects with what it throws. */
  async run<T>(work: () => T | Promise<T>): Promise<T> {
    const before = this.#last
    let next = (): void => {}
    this.#last = new Promise(resolve => {
      next = resolve
    })
    await before
    const { now, wait } = this.#timing
    const start = now()
    try {
      return work()
    } finally {
      const took = now() - start
      if (took <= free) next()
      else wait(took * pauses, next)
    }
  }
}

const ofThisThread: Timing = {
  now: () => performance.now(),
  wait: (ms, done) => setTimeout(done, ms).unref(),
}
