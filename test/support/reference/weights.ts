/**
 * §3.1 and §3.3: start weights and their reset. W1 to W4, W8, W12 to W16.
 */
import type { Member } from './cluster.ts'

/** W2, W3: divided by the greatest common divisor; zeros take no part in it. */
export const startWeights = (configured: readonly number[]): readonly number[] => {
  let divisor = Math.max(0, ...configured)
  while (divisor > 1 && configured.some(weight => weight % divisor !== 0)) divisor -= 1
  return divisor === 0 ? configured : configured.map(weight => weight / divisor)
}

/** §3.3. Returns the k of the reset, 0 when nothing was reset. */
export const assureWeightsValid = (
  servers: readonly Member[],
  isBusy: (member: Member) => boolean,
): number => {
  // W14: a server that is down or busy does not stand in the way.
  if (servers.some(s => s.health === 'up' && !isBusy(s) && s.current > 0)) return 0
  const exhausted = servers.filter(s => s.start > 0 && s.current <= 0)
  if (exhausted.length === 0) return 0
  // W12: one k for all, the smallest that lifts every exhausted server above 0.
  const k = Math.max(...exhausted.map(s => Math.floor(-s.current / s.start) + 1))
  // W13, W14: start weight 0 adds nothing; a positive weight is left alone.
  for (const s of servers) if (s.current <= 0) s.current += k * s.start
  return k
}
