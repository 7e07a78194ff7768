/**
 * Rules that hold after every action, whatever the router is: a second opinion beside the comparison of two of them.
 */
import type { ServerSnapshot } from '../../src/core/snapshot.ts'
import {
  clusterIn,
  countedAttempts,
  type Happening,
  mostAttempts,
  pairs,
  settingsOf,
  takeNote,
} from './world-life.ts'
import { matchedByPlainWalk } from './world-matching.ts'
import { servedWhileSomebodyCan } from './world-service.ts'

/** The first rule that an action has broken, in words; null: none. */
export const checkInvariants = (happening: Happening): string | null => {
  takeNote(happening)
  return (
    matchedByPlainWalk(happening) ??
    countersAreSane(happening) ??
    weightsAreBounded(happening) ??
    downServersAreLeftAlone(happening) ??
    clientsMarkNobodyDown(happening) ??
    attemptsAreLimited(happening) ??
    oldStreamsAreReplacedOnce(happening) ??
    servedWhileSomebodyCan(happening)
  )
}

/** §5.1: pending never falls below 0; the other counters never fall. R4: busy is what the limit says. */
const countersAreSane = ({ before, after }: Happening): string | null => {
  for (const [server, then] of pairs(before, after)) {
    const { pending, failed, affinity, total, maxConnections, busy } = server
    if (pending < 0) return '§5.1 pending is never negative'
    if (failed < then.failed || affinity < then.affinity || total < then.total) {
      return '§5.1 counters never fall'
    }
    if (busy !== (maxConnections > 0 && pending >= maxConnections)) return 'F16 busy is the limit'
  }
  return null
}

/**
 * W8, W13, W17: a pick needs a weight above 0, so that a weight stays between 0 and its start. Only affinity requests
 * that count (W18) take it below, one each; then a reset lifts by as many starts as the deepest needs (W12).
 */
const weightsAreBounded = ({
  life,
  before,
  after,
  config,
  ownWeights,
}: Happening): string | null => {
  if (!ownWeights) return null
  for (const { name, servers } of after.clusters) {
    const { ignoreAffinityRequests, loadBalance } = settingsOf(config, name)
    const affinityCounts = !ignoreAffinityRequests && loadBalance === 'round-robin'
    const spent = (server: ServerSnapshot): number => (affinityCounts ? server.affinity : 0)
    const deepest = Math.max(0, ...servers.map(spent))
    for (const server of servers) {
      const { start, current } = server.weight
      if (current < -spent(server)) return 'W18 one off for each affinity request'
      if (current > start * (1 + deepest)) return 'W17 weights are bounded'
    }
  }
  // One action without F18 has at most one selection, and so one reset.
  if (life.unseen > 0) return null
  for (const [server, then] of pairs(before, after)) {
    const rise = server.weight.current - then.weight.current
    if (rise > 0 && then.weight.current > 0) return 'W14 a reset leaves a positive weight alone'
  }
  return null
}

/** R2, R3: a request to a server that is down is its probe, and none comes before its time. */
const downServersAreLeftAlone = ({ life, after }: Happening): string | null => {
  const { step } = life
  if (step.kind !== 'attempt' || step.why === 'same-server' || step.why === 'cluster-address') {
    return null
  }
  const { servers } = clusterIn(after, step.cluster)
  const server = servers.find(({ name }) => name === step.server)!
  const { health, retryInMs, maxConnections, pending, usable, list } = server
  if (health !== (step.probe ? 'probing' : 'up')) {
    return 'R3 a request to a server that is down is a probe'
  }
  if (step.probe && retryInMs !== 0 && step.why !== 'least-recently-failed') {
    return 'R2 a server is left alone until due'
  }
  if (maxConnections > 0 && pending > maxConnections) return 'F16 a busy server is skipped'
  // H5: what a partition id names is taken wherever it stands.
  if (list === 'none' && step.why !== 'affinity')
    return 'K10 a server in neither list is never chosen'
  return usable ? null : 'F17 a server without a transport is never chosen'
}

/** T1 to T3. */
const attemptsAreLimited = ({ life, after, config }: Happening): string | null => {
  const last = life.attempts.at(-1)
  if (last === undefined) return null
  if (last.number !== life.attempts.length + life.unseen && life.step === last) {
    return 'P7 attempts are numbered one by one'
  }
  if (countedAttempts(life) > mostAttempts(life, clusterIn(after, last.cluster))) {
    return 'T1 attempts are limited by the servers'
  }
  const { serverIoTimeoutRetry } = settingsOf(config, last.cluster)
  if (serverIoTimeoutRetry !== null && life.timeoutRetries > serverIoTimeoutRetry) {
    return 'T3 ServerIOTimeoutRetry'
  }
  return null
}

/** F6, T4: the attempt that is not counted follows a failure on an old stream, at the same server, on a new stream. */
const oldStreamsAreReplacedOnce = ({ life, reported }: Happening): string | null => {
  const { step } = life
  if (step.kind !== 'attempt' || step.why !== 'same-server') return null
  const before = reported?.step
  const outcome = reported?.outcome
  const follows =
    before?.kind === 'attempt' &&
    before.stream === 'any' &&
    before.server === step.server &&
    outcome?.kind === 'failed' &&
    outcome.stream === 'pooled'
  return follows && step.stream === 'new' ? null : 'T4 only an old stream is replaced, and once'
}

const endsOfClients = new Set(['client-aborted', 'client-failed', 'body-too-large'])

/** F15 and E3 of §8.4. */
const clientsMarkNobodyDown = (happening: Happening): string | null => {
  const { life, reported, before, after, switches } = happening
  if (reported === null || !endsOfClients.has(reported.outcome.kind)) return null
  const { step } = reported
  for (const [server, then, cluster] of pairs(before, after)) {
    if (server.lastFailureAt !== then.lastFailureAt) return 'F15 a client never starts a timer'
    if (server.failed !== then.failed) return 'F15 a client is no failure of the server'
    const mine = step.kind === 'attempt' && step.cluster === cluster && step.server === server.name
    if (mine && then.health === 'probing' && step.probe) {
      // Its own probe is over; the probe of somebody who came later goes on, and so does a flag that is stuck.
      const stuck = switches.probe503ClearsFlag === false
      const later = server.health === 'probing' && (server.pending > 0 || stuck)
      if (server.health !== 'down' && !later) return 'E3 a client that leaves takes its probe along'
    } else if (server.health !== then.health) return 'F15 a client never marks anybody down'
  }
  if (life.step.kind === 'attempt' || life.step.kind === 'relay') return 'F15 there is no retry'
  return null
}
