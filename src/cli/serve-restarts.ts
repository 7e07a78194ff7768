/** What becomes of a worker that has died. */
export interface Restart {
  /** Deaths in a row, each soon after the start. */
  readonly inARow: number
  /** How long to wait before another is started. Milliseconds. */
  readonly delayMs: number
}

/** A worker that has served this long has not died at once. Milliseconds. */
export const soonMs = 10_000

/** Deaths at once in a row after which starting more makes no sense, unless other workers serve. */
export const mostInARow = 5

const firstDelayMs = 100
const longestDelayMs = 30_000

/**
 * The first that dies is replaced immediately; workers that die at once, one after the other, at growing distances.
 *
 * @param before deaths in a row before this one. @param servedMs how long it had served, 0: not at all.
 */
export const restartAfter = (before: number, servedMs: number): Restart => {
  const inARow = servedMs >= soonMs ? 1 : before + 1
  const delayMs = inARow === 1 ? 0 : Math.min(firstDelayMs * 2 ** (inARow - 2), longestDelayMs)
  return { inARow, delayMs }
}
