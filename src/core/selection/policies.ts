import type { ServerState } from '../server.ts'
import { check, type Moment, skip } from './check.ts'
import type { LeftOut } from './past.ts'

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
 * The first of a list that takes the request, from one place on, so many of them, wrapping.
 *
 * - One turn of weighted round robin (3.2): from the one after the last pick, with weights.
 * - Chance (X1, X4): from the member drawn; weights play no part.
 * - A backup (K3): from the first.
 *
 * @returns the index of the pick, or -1.
 */
export const firstFrom = (
  servers: readonly ServerState[],
  start: number,
  count: number,
  ignoreWeights: boolean,
  leftOut: LeftOut,
  moment: Moment,
): number => {
  const n = servers.length
  for (let step = 0; step < count; step++) {
    const i = (start + step) % n
    if (takes(servers[i] as ServerState, ignoreWeights, leftOut, moment)) return i
  }
  return -1
}
