import type { CloneId } from '../affinity/clone-id.ts'
import { findClone } from '../affinity/find-clone.ts'
import type { ClusterState } from '../cluster.ts'
import type { Switches } from '../options.ts'
import type { Choice, Past, ServerState } from '../server.ts'
import type { SkipReason } from '../trace.ts'
import { check, isAvailable, isOnlyBusy, type Moment, skip } from './check.ts'
import type { LeftOut } from './past.ts'
import { firstFrom } from './policies.ts'
import { resetWeights, weightsOf } from './weights.ts'

/**
 * Who gets the next attempt. In this order, and again from the top on every retry (1.1):
 *
 * 1. the server the session names (2.3),
 * 2. the ClusterAddress, for the first attempt of a request whose session names nobody (K11),
 * 3. with `affinityFailover: 'ordered'`, the next in the list after the session's server (2.4),
 * 4. new work: a primary by the cluster's policy; a backup only when no primary is available (K2),
 * 5. with `allDown: 'probe'`, the server that failed longest ago (R13).
 *
 * Servers that this exchange has tried come last within 4 (W11). One that an operator is draining takes part in 1 alone,
 * a stopped one in nothing. All of it happens in one synchronous turn.
 */
export const select = (
  cluster: ClusterState,
  ids: readonly CloneId[],
  past: Past,
  moment: Moment,
  random: () => number,
  switches: Switches,
): Choice | null => {
  if (ids.length > 0) {
    const backupsToo = switches.backupAffinity || !primariesAreWell(cluster, past, moment)
    const named = findClone(ids, cluster, backupsToo, past, moment)
    if (named !== null) return named.chosen.affinity
  }
  if (cluster.address?.usable === true && past.tried.length === 0) {
    return cluster.address.chosen['cluster-address']
  }
  if (cluster.single) return onlyServer(cluster, moment)
  if (switches.affinityFailover === 'ordered') {
    const next = nextInList(cluster, ids, past, moment)
    if (next !== null) return next.chosen['next-in-list']
  }
  if (past.tried.length === 0) {
    const fresh = newWork(cluster, nobody, moment, random)
    if (fresh !== null) return fresh
  } else {
    const fresh = newWork(cluster, untried(past), moment, random)
    if (fresh !== null) return fresh
    const again = newWork(cluster, allowed(past), moment, random)
    if (again !== null) return again
  }
  return switches.allDown === 'probe' ? leastRecentlyFailed(cluster, past, moment) : null
}

/**
 * Assigns the attempt: counters, weight, cursor and probe flag move together (8.4 E1).
 *
 * @returns whether the attempt is a probe.
 */
export const pick = ({ server, why }: Choice, cluster: ClusterState, owner: object): boolean => {
  const probe = server.health === 'down'
  if (probe) {
    server.signal('picked')
    server.probe = owner
  }
  server.pending++
  if (why === 'affinity') {
    server.affinity++
    // W18: below zero too. Only round robin reads weights, and only those of primaries.
    const counts =
      cluster.affinityCosts &&
      server.list === 'primary' &&
      // Out of the turns it would never be reset, and come back deep below zero.
      server.outOfService === null
    if (counts) server.current--
  } else if (why === 'round-robin') {
    server.current--
    cluster.cursor = server.place
  }
  return probe
}

// A function that makes closures makes their context every time: those that do are apart from what every request runs.

const nobody: LeftOut = () => null

const untried =
  (past: Past): LeftOut =>
  server =>
    past.tried.includes(server) ? 'tried' : null

/** The same question, with the servers that take no new work left out; where all are in service it costs nothing. */
const forNewWork = (cluster: ClusterState, leftOut: LeftOut): LeftOut =>
  cluster.allInService ? leftOut : inService(leftOut)

const inService =
  (leftOut: LeftOut): LeftOut =>
  server =>
    server.outOfService ?? leftOut(server)

/** F11, R8: whom an exchange does not go back to. */
const ruledOut = (server: ServerState, past: Past): SkipReason | null =>
  past.answered503.includes(server) ? 'answered-503' : past.downed.includes(server) ? 'tried' : null

const allowed =
  (past: Past): LeftOut =>
  server =>
    ruledOut(server, past)

/** Q7. */
const primariesAreWell = (cluster: ClusterState, past: Past, moment: Moment): boolean =>
  anyAvailable(cluster, inService(allowed(past)), moment)

/** K6: whether a primary that is not left out is available. Looked for where the next turn begins, not always in front. */
const anyAvailable = (cluster: ClusterState, leftOut: LeftOut, moment: Moment): boolean => {
  const { primaries } = cluster
  const n = primaries.length
  const start = (cluster.cursor ?? 0) + 1
  for (let step = 0; step < n; step++) {
    const server = primaries[(start + step) % n] as ServerState
    if (leftOut(server) === null && isAvailable(server, moment)) return true
  }
  return false
}

/** N4: nothing to balance; weight 0 makes no difference. */
const onlyServer = (cluster: ClusterState, moment: Moment): Choice | null => {
  const server = (cluster.primaries[0] ?? cluster.backups[0]) as ServerState
  if (server.outOfService !== null) {
    skip(server, server.outOfService, moment)
    return null
  }
  return check(server, true, moment) === null ? server.chosen['only-server'] : null
}

/** One round of new work over the servers that are not left out. */
const newWork = (
  cluster: ClusterState,
  ownLeftOut: LeftOut,
  moment: Moment,
  random: () => number,
): Choice | null => {
  const { primaries, backups } = cluster
  const leftOut = forNewWork(cluster, ownLeftOut)
  if (anyAvailable(cluster, leftOut, moment)) {
    // K6: available apart from weight is enough to keep the backups out of it.
    return balance(cluster, leftOut, moment, random)
  }
  firstFrom(primaries, 0, primaries.length, true, leftOut, moment) // leaves the reason for each in the trace
  const at = firstFrom(backups, 0, backups.length, true, leftOut, moment)
  return at === -1 ? null : (backups[at] as ServerState).chosen.backup
}

const balance = (
  cluster: ClusterState,
  leftOut: LeftOut,
  moment: Moment,
  random: () => number,
): Choice | null => {
  const { primaries } = cluster
  const n = primaries.length
  if (cluster.config.loadBalance === 'random') {
    const at = firstFrom(primaries, draw(random, n), n, true, leftOut, moment)
    return at === -1 ? null : (primaries[at] as ServerState).chosen.random
  }
  // W6: so that the random member is the first that is looked at.
  cluster.cursor ??= draw(random, n) - 1
  const turn = cluster.cursor + 1
  const k = resetWeights(primaries, turn, leftOut)
  if (k > 0)
    moment.tracer?.emit('weights', {
      cluster: cluster.name,
      reset: k,
      weights: weightsOf(primaries),
    })
  const at = firstFrom(primaries, turn, n, false, leftOut, moment)
  return at === -1 ? null : (primaries[at] as ServerState).chosen['round-robin']
}

const draw = (random: () => number, n: number): number => Math.min(n - 1, Math.floor(random() * n))

/** Before PM12112: from the session's server on, once around the primary list, weights ignored. */
const nextInList = (
  cluster: ClusterState,
  ids: readonly CloneId[],
  past: Past,
  moment: Moment,
): ServerState | null => {
  const { primaries } = cluster
  const from = sessionServer(cluster, ids)
  if (from === -1) return null
  const leftOut = forNewWork(cluster, untried(past))
  const at = firstFrom(primaries, from + 1, primaries.length - 1, true, leftOut, moment)
  return at === -1 ? null : (primaries[at] as ServerState)
}

/** The primary that the first id naming one names; -1: none does. */
const sessionServer = (cluster: ClusterState, ids: readonly CloneId[]): number => {
  for (const id of ids) {
    for (const owner of cluster.partitions?.get(id.text) ?? [id.text]) {
      const named = cluster.cloneIds.get(owner)?.servers.find(server => server.list === 'primary')
      if (named !== undefined) return named.place
    }
  }
  return -1
}

/** R13: nobody is up or only busy; the one whose failure is longest ago is worth a try. */
const leastRecentlyFailed = (cluster: ClusterState, past: Past, moment: Moment): Choice | null => {
  let oldest: ServerState | null = null
  for (const server of [...cluster.primaries, ...cluster.backups]) {
    if (server.outOfService !== null) continue
    if (server.health === 'up' || isOnlyBusy(server, moment)) return null
    if (server.health === 'probing' || server.busy || past.tried.includes(server)) continue
    if (oldest === null || (server.lastFailureAt ?? 0) < (oldest.lastFailureAt ?? 0))
      oldest = server
  }
  return oldest === null ? null : oldest.chosen['least-recently-failed']
}
