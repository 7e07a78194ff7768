import type { Clock } from '../core/clock.ts'
import type { EdgeWarning } from './warning.ts'

/** What is known of warnings of one kind. */
interface Told {
  at: number
  suppressed: number
}

/** Milliseconds between two warnings of one kind. */
const intervalMs = 1000

/**
 * Lets one warning of a kind through per second, with the number of those that were left out before it, so that clients
 * cannot fill a log.
 */
export class Seldom {
  readonly #clock: Clock
  readonly #told = new Map<string, Told>()
  readonly #tell: (warning: EdgeWarning) => void

  constructor(clock: Clock, tell: (warning: EdgeWarning) => void) {
    this.#clock = clock
    this.#tell = tell
  }

  warn(warning: EdgeWarning): void {
    const kind = `${warning.code} ${warning.limit ?? ''}`
    const now = this.#clock.now()
    const told = this.#told.get(kind)
    if (told !== undefined && now - told.at < intervalMs) {
      told.suppressed++
      return
    }
    this.#told.set(kind, { at: now, suppressed: 0 })
    const suppressed = told?.suppressed ?? 0
    if (suppressed === 0) this.#tell(warning)
    else {
      const message = `${warning.message}; ${suppressed} more like it since the last warning`
      this.#tell({ ...warning, message, suppressed })
    }
  }
}
