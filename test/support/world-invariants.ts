import type { PluginConfig, ServerCluster } from '../../src/config/model.ts'
import type { RouterSnapshot, ServerSnapshot } from '../../src/core/snapshot.ts'
import type { AttemptStep, Outcome, Step } from '../../src/core/step.ts'
import type { Exchange, Router } from './reference/contract.ts'
import type { SwitchSketch } from './world-config.ts'

/** One exchange as the world sees it. */
export interface Life {
  readonly id: number
  readonly left: Exchange
  readonly right: Exchange
  /** The routers it belongs to, whatever was reloaded since. */
  readonly routers: readonly [Router, Router]
  step: Step
  /** Every attempt so far. */
  readonly attempts: AttemptStep[]
  timeoutRetries: number
}

/** What one action did. */
export interface Happening {
  readonly life: Life
  /** What was reported at which step; null: the exchange has just begun. */
  readonly reported: { readonly step: Step; readonly outcome: Outcome } | null
  readonly before: RouterSnapshot
  readonly after: RouterSnapshot
  readonly config: PluginConfig
  readonly switches: SwitchSketch
  /** false: the router began with weights of another configuration. */
  readonly ownWeights: boolean
}

/** The first rule that an action has broken, in words; null: none. */
export const checkInvariants = (happening: Happening): string | null => {
  noteAttempt(happening)
  return (
    countersAreSane(happening) ??
    weightsAreBounded(happening) ??
    downServersAreLeftAlone(happening) ??
    attemptsAreLimited(happening) ??
    clientsMarkNobodyDown(happening)
  )
}

const noteAttempt = ({ life, reported }: Happening): void => {
  if (life.step.kind !== 'attempt') return
  const timedOut = reported?.outcome.kind === 'failed' && reported.outcome.cause === 'read-timeout'
  if (timedOut && life.step.why !== 'same-server') life.timeoutRetries += 1
  life.attempts.push(life.step)
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

/** W8, W13, W17: a pick needs a weight above 0, so without affinity in play a weight stays between 0 and its start. */
const weightsAreBounded = ({ after, config, ownWeights }: Happening): string | null => {
  if (!ownWeights) return null
  for (const { name, servers } of after.clusters) {
    const { ignoreAffinityRequests } = clusterOf(config, name)
    for (const { weight } of servers) {
      if (weight.start === 0 && weight.current > 0) return 'W13 a start weight of 0 adds nothing'
      if (!ignoreAffinityRequests) continue
      if (weight.current < 0 || weight.current > weight.start) return 'W17 weights are bounded'
    }
  }
  return null
}

/** R2 to R4, R13: one probe, and none before its time. */
const downServersAreLeftAlone = ({ life, reported, before }: Happening): string | null => {
  const { step } = life
  if (step.kind !== 'attempt' || step.why === 'same-server' || step.why === 'cluster-address') {
    return null
  }
  const server = serverOf(before, step.cluster, step.server)
  // What its own attempt just now has changed about the server is not in `before`.
  const again = reported?.step.kind === 'attempt' && reported.step.server === step.server
  const { health, retryInMs, maxConnections, pending, usable } = server
  if (!again) {
    if (step.probe !== (health !== 'up')) return 'R3 a request to a server that is down is a probe'
    if (health === 'probing') return 'R4 one probe at a time'
    const early = health === 'down' && retryInMs !== 0
    if (early && step.why !== 'least-recently-failed') return 'R2 a server is left alone until due'
  }
  if (maxConnections > 0 && pending - Number(again) >= maxConnections) {
    return 'F16 a busy server is skipped'
  }
  return usable ? null : 'F17 a server without a transport is never chosen'
}

/** T1 to T4. */
const attemptsAreLimited = ({ life, after, config }: Happening): string | null => {
  const last = life.attempts.at(-1)
  if (last === undefined) return null
  const cluster = after.clusters.find(c => c.name === last.cluster)!
  const usable = cluster.servers.filter(s => s.usable && s.list !== 'none').length
  const uncounted = life.attempts.filter(attempt => attempt.why === 'same-server').length
  // F18: an address without a transport for the scheme is passed by without a step of its own.
  const unseen = cluster.clusterAddress !== undefined && life.attempts[0]?.number !== 1
  const address = unseen || life.attempts.some(({ why }) => why === 'cluster-address') ? 1 : 0
  if (last.number - uncounted > 1 + usable + address)
    return 'T1 attempts are limited by the servers'
  const { serverIoTimeoutRetry } = clusterOf(config, last.cluster)
  if (serverIoTimeoutRetry !== null && life.timeoutRetries > serverIoTimeoutRetry) {
    return 'T3 ServerIOTimeoutRetry'
  }
  return null
}

/** F15 and E3 of §8.4. */
const clientsMarkNobodyDown = (happening: Happening): string | null => {
  const { life, reported, before, after, switches } = happening
  if (reported === null || !reported.outcome.kind.startsWith('client')) return null
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

const pairs = function* (
  before: RouterSnapshot,
  after: RouterSnapshot,
): Generator<readonly [ServerSnapshot, ServerSnapshot, string]> {
  for (const [c, cluster] of after.clusters.entries()) {
    const then = before.clusters[c]!
    for (const [s, server] of cluster.servers.entries()) {
      yield [server, then.servers[s]!, cluster.name]
    }
    const { clusterAddress } = cluster
    if (clusterAddress) yield [clusterAddress, then.clusterAddress!, cluster.name]
  }
}

const serverOf = (snapshot: RouterSnapshot, cluster: string, server: string): ServerSnapshot =>
  snapshot.clusters.find(c => c.name === cluster)!.servers.find(s => s.name === server)!

const clusterOf = (config: PluginConfig, name: string): ServerCluster =>
  config.clusters.find(cluster => cluster.name === name)!
