/**
 * §3.7 and §5: the status check of one server. W9, R1, R2, R4, R8, R10, F16.
 */
import type { SkipReason } from '../../../src/core/trace.ts'
import type { Member } from './cluster.ts'

/** The flags of the plug-in's own record. */
export interface Check {
  readonly markedDown: boolean
  readonly probing: boolean
  readonly retryNow: boolean
  readonly retryInMs: number | null
  readonly busy: boolean
  readonly wlbAllows: boolean
  readonly eligible: boolean
}

/** Has no effect: a server begins to be probed when it is picked. */
export const check = (
  s: Member,
  ignoreWeights: boolean,
  now: number,
  retryIntervalMs: number,
): Check => {
  const markedDown = s.health !== 'up'
  const probing = s.health === 'probing'
  // R1: from the last failure.
  const left = (s.lastFailureAt ?? now) + retryIntervalMs - now
  const retryInMs = markedDown ? Math.max(0, left) : null
  // R4, R10: expired and nobody probing means eligible, always.
  const retryNow = markedDown && !probing && left <= 0
  const busy = isBusy(s)
  const wlbAllows = !ignoreWeights && s.current > 0
  const eligible = (!markedDown || retryNow) && !busy && (ignoreWeights || wlbAllows)
  return { markedDown, probing, retryNow, retryInMs, busy, wlbAllows, eligible }
}

/** F16, §8.3: MaxConnections counts requests under way; 0 is no limit. */
export const isBusy = (s: Member): boolean =>
  s.settings.maxConnections > 0 && s.pending >= s.settings.maxConnections

/** Why a failed check passed the server over, the first flag that forbids it. */
export const skipReason = (c: Check): SkipReason => {
  if (c.probing) return 'probing'
  if (c.markedDown && !c.retryNow) return 'marked-down'
  return c.busy ? 'busy' : 'weight'
}
