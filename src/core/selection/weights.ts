import type { ServerState } from '../server.ts'
import type { LeftOut } from './past.ts'

/** W2, W3: the configured weights divided by their greatest common divisor; zeros do not take part and stay zero. */
export const normalise = (weights: readonly number[]): number[] => {
  const divisor = weights.reduce(gcd, 0)
  return divisor === 0 ? [...weights] : weights.map(weight => weight / divisor)
}

const gcd = (a: number, b: number): number => (b === 0 ? a : gcd(b, a % b))

/**
 * The reset rule (3.3), which runs before round robin looks at anyone. When no server that is neither down nor busy
 * has weight left, every server at or below zero gets k times its start weight, with one k that lifts all of them
 * above zero (W12). A positive weight is left alone (W14), a start weight of 0 stays 0 (W13).
 *
 * @param start where to begin to look: at the server whose turn it is, because mostly it is the one with weight left.
 * @param leftOut whom the rule does not concern.
 * @returns k, or 0 when nothing was done.
 */
export const resetWeights = (
  servers: readonly ServerState[],
  start: number,
  leftOut: LeftOut,
): number => {
  const n = servers.length
  let k = 0
  for (let step = 0; step < n; step++) {
    const server = servers[(start + step) % n] as ServerState
    if (leftOut(server) !== null) continue
    if (server.current > 0) {
      if (server.health === 'up' && !server.busy) return 0
    } else if (server.start > 0) {
      k = Math.max(k, Math.floor(-server.current / server.start) + 1)
    }
  }
  for (const server of servers) {
    if (server.current <= 0 && leftOut(server) === null) server.current += k * server.start
  }
  return k
}

/** Current and start weights, for the trace. */
export const weightsOf = (
  servers: readonly ServerState[],
): { readonly server: string; readonly current: number; readonly start: number }[] =>
  servers.map(({ name, current, start }) => ({ server: name, current, start }))
