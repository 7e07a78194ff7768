import type { TraceRecord } from '../core/trace.ts'
import { PluginError } from '../errors.ts'

/** Keeps the last trace records, for a program that wants to look at them later. */
export interface Recorder {
  /** Give this to `onTrace`. */
  readonly record: (record: TraceRecord) => void
  /** What is kept, oldest first. */
  records(): readonly TraceRecord[]
  /** What is kept of one exchange. */
  ofExchange(number: number): readonly TraceRecord[]
  /** Records that had to make room for later ones. */
  readonly dropped: number
  clear(): void
}

/**
 * Makes a recorder.
 *
 * @param limit records kept at most; the oldest go first. Default 10000.
 * @throws PluginError `OPTION_INVALID` for a limit below 1.
 */
export const createRecorder = (limit = 10_000): Recorder => {
  if (!Number.isSafeInteger(limit) || limit < 1) {
    throw new PluginError('OPTION_INVALID', `limit is ${limit}; write 1 or more records`)
  }
  // A ring: `next` is where the next record goes, and once it is full also where the oldest is.
  let ring: TraceRecord[] = []
  let next = 0
  let dropped = 0
  const records = (): readonly TraceRecord[] =>
    ring.length < limit ? ring.slice() : [...ring.slice(next), ...ring.slice(0, next)]
  return {
    record: record => {
      if (ring.length < limit) ring.push(record)
      else {
        ring[next] = record
        dropped++
      }
      next = (next + 1) % limit
    },
    records,
    ofExchange: number => records().filter(record => record.exchange === number),
    get dropped() {
      return dropped
    },
    clear: () => {
      ring = []
      next = 0
      dropped = 0
    },
  }
}
