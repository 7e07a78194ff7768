/** Where the core gets the time from. Milliseconds since any fixed point that never moves backwards. */
export interface Clock {
  now(): number
}

/** A clock that moves only when told to: for tests, the simulator and the debugger. */
export class ManualClock implements Clock {
  #now: number

  constructor(startMs = 0) {
    this.#now = startMs
  }

  now(): number {
    return this.#now
  }

  /** Moves forward by this many milliseconds. */
  advance(ms: number): void {
    this.#now += ms
  }

  /** Sets the time. */
  set(ms: number): void {
    this.#now = ms
  }
}
