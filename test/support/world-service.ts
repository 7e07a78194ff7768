import type { Scheme, Transport } from '../../src/config/model.ts'
import type { ClusterSnapshot, ServerSnapshot } from '../../src/core/snapshot.ts'
import type { FailReason } from '../../src/core/step.ts'
import { isUsable } from './world-config.ts'
import {
  clusterIn,
  countedAttempts,
  type Happening,
  mostAttempts,
  settingsOf,
  usableMembers,
} from './world-life.ts'

/** Failures that mean: there is nobody to ask. */
const nobodyIsLeft: ReadonlySet<FailReason> = new Set<FailReason>([
  'no-server',
  'all-down',
  'all-busy',
  'attempts-failed',
  'server-503',
])

const ioCauses: ReadonlySet<string> = new Set(['reset', 'read-timeout', 'malformed'])

/**
 * A request without a body is not failed while a server remains that may take it. Such a server
 *
 * - is in a list and has a transport for the scheme,
 * - is up, or down with its timer expired and nobody probing it, and below its MaxConnections,
 * - is not ruled out for this request: it has answered it with a 503 (F11) or, with RetryInterval 0, was down after
 *   failing it (R8), whoever has brought it back since,
 * - as a primary under round robin, is not of weight 0 (W13),
 * - as a backup, has no such primary before it, of weight 0 or not (K2, K6).
 *
 * The request may still be failed when its attempts are used up (T1, T2; B6 is a way to get there), when the attempt
 * just now ran into ServerIOTimeout and ServerIOTimeoutRetry is used up (T3), or when a lone server broke off (B7).
 */
export const servedWhileSomebodyCan = (happening: Happening): string | null => {
  const { life, after } = happening
  const { step, head } = life
  if (step.kind !== 'fail' || (head.body ?? 0) !== 0 || step.cluster === undefined) return null
  if (step.reason === 'not-replayable') return 'B1 a request without a body can be sent again'
  if (!nobodyIsLeft.has(step.reason)) return null
  const cluster = clusterIn(after, step.cluster)
  if (countedAttempts(life) >= mostAttempts(life, cluster)) return null
  if (mayNotTryAgain(happening, cluster)) return null
  const [somebody] = takers(happening, cluster)
  return somebody === undefined ? null : `P7 ${somebody.name} could have taken the request`
}

/** T3, B7. */
const mayNotTryAgain = (
  { life, reported, config }: Happening,
  cluster: ClusterSnapshot,
): boolean => {
  if (reported?.step.kind !== 'attempt' || reported.outcome.kind !== 'failed') return false
  const { cause } = reported.outcome
  const { serverIoTimeoutRetry } = settingsOf(config, cluster.name)
  if (
    cause === 'read-timeout' &&
    serverIoTimeoutRetry !== null &&
    life.timeoutRetries >= serverIoTimeoutRetry
  ) {
    return true
  }
  const lone = usableMembers(cluster).length === 1 && reported.step.why !== 'cluster-address'
  return lone && ioCauses.has(cause)
}

/** The servers that new work of this request could go to. */
const takers = (happening: Happening, cluster: ClusterSnapshot): readonly ServerSnapshot[] => {
  const { life, config, switches } = happening
  const { retryIntervalMs, loadBalance, servers } = settingsOf(config, cluster.name)
  const insecure = switches.insecureFallback ?? config.settings.useInsecure
  const reachable = ({ name }: ServerSnapshot): boolean => {
    const transports = servers.find(server => server.name === name)?.transports ?? []
    return leadsThere(transports, life.head.scheme, insecure)
  }
  const ruledOut = (server: ServerSnapshot): boolean =>
    life.answered503.has(server.name) || (retryIntervalMs === 0 && life.downed.has(server.name))
  const members = usableMembers(cluster)
  const open = members.filter(server => isAvailable(server) && !ruledOut(server))
  if (members.length === 1) return open.filter(reachable)
  const primaries = open.filter(({ list }) => list === 'primary')
  if (primaries.length === 0) return open.filter(reachable)
  const hasWeight = ({ weight }: ServerSnapshot): boolean => weight.start > 0 || weight.current > 0
  return primaries.filter(
    server => reachable(server) && (loadBalance === 'random' || hasWeight(server)),
  )
}

/** §3.7 without weights. */
const isAvailable = ({ health, retryInMs, busy }: ServerSnapshot): boolean =>
  !busy && (health === 'up' || (health === 'down' && retryInMs === 0))

/** Y1, Y3, Y4. */
const leadsThere = (transports: readonly Transport[], scheme: Scheme, insecure: boolean): boolean =>
  transports
    .filter(isUsable)
    .some(({ protocol }) => protocol === 'https' || scheme === 'http' || insecure)
