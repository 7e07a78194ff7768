import type { TraceRecord } from '../core/trace.ts'

/** One thing that was to happen on the walk, and whether it did. */
export interface Entry {
  /** Number of the documented step; null: not one of the ten. */
  readonly number: number | null
  readonly title: string
  /** What can be seen from outside: requests, answers, cookies. */
  readonly notes: readonly string[]
  /** What the router recorded. */
  readonly records: readonly TraceRecord[]
  /** What should be there and is not; null: it happened as documented. */
  readonly missing: string | null
}

/** The first of these that is not there; null: all are. */
export const firstMissing = (
  wanted: readonly (readonly [what: string, isThere: boolean])[],
): string | null => wanted.find(([, isThere]) => !isThere)?.[0] ?? null
