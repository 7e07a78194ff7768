import type { ServerState } from '../server.ts'
import type { SkipReason } from '../trace.ts'
import { check, type Moment, skip } from './check.ts'

/** Why this selection leaves a server out before any check, because of what the exchange has been through; null: it does not. */
export type LeftOut = (server: ServerState) => SkipReason | null

/** Checks a server unless it is left out. */
const takes = (
  server: ServerState,
  ignoreWeights: boolean,
  leftOut: LeftOut,
  moment: Moment,
): boolean => {
  const reason = leftOut(server)
  if (reason === null) return check(server, ignoreWeights, moment) === null
  skip(server, reason, moment)
  return false
}

/**
 * One turn of weighted round robin (3.2): from the one after the last pick, in list order, once around.
 *
 * @returns the index of the pick, or -1.
 */
export const roundRobin = (
  primaries: readonly ServerState[],
  cursor: number,
  leftOut: LeftOut,
  moment: Moment,
): number => {
  const n = primaries.length
  for (let step = 1; step <= n; step++) {
    const i = (cursor + step) % n
    const server = primaries[i] as ServerState
    if (takes(server, false, leftOut, moment)) return i
  }
  return -1
}

/** X1, X4: the member drawn, or the first eligible after it in list order; weights play no part. */
export const randomFrom = (
  primaries: readonly ServerState[],
  drawn: number,
  leftOut: LeftOut,
  moment: Moment,
): number => {
  const n = primaries.length
  for (let step = 0; step < n; step++) {
    const i = (drawn + step) % n
    const server = primaries[i] as ServerState
    if (takes(server, true, leftOut, moment)) return i
  }
  return -1
}

/** K3: the first eligible of a list, weights ignored. */
export const firstEligible = (
  servers: readonly ServerState[],
  leftOut: LeftOut,
  moment: Moment,
): ServerState | null => {
  for (const server of servers) {
    if (takes(server, true, leftOut, moment)) return server
  }
  return null
}
