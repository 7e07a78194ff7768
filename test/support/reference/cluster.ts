/**
 * §1.3, §2.5, K10 and the start of §3: what a router knows about a cluster, as plain data that the rules of the other
 * files read and change. Lists are resolved anew each time somebody asks.
 */
import type { ClusterAddress, Server, ServerCluster } from '../../../src/config/model.ts'
import type { RouterOptions } from '../../../src/core/options.ts'
import type { PartitionTable } from '../../../src/core/partition-table.ts'
import type { ClusterSnapshot, ServerSnapshot } from '../../../src/core/snapshot.ts'
import { startWeights } from './weights.ts'

/** One server and its state. */
export interface Member {
  readonly settings: Server
  /** F17: at least one transport can be used. */
  readonly usable: boolean
  /** K12: the ClusterAddress is picked and counted like a server, but never marked down. */
  readonly isAddress: boolean
  readonly start: number
  current: number
  health: 'up' | 'down' | 'probing'
  lastFailureAt: number | null
  /** R4: the exchange whose request is the probe. Another one's late failure must not end it. */
  prober: number | null
  pending: number
  failed: number
  affinity: number
  total: number
}

/** A cluster and its state. */
export interface Cluster {
  readonly settings: ServerCluster
  readonly members: readonly Member[]
  readonly address: Member | null
  cursor: number | null
  partitionTable: PartitionTable | undefined
}

/** Fresh state, or the state of a snapshot (W4, W5). */
export const openCluster = (
  settings: ServerCluster,
  options: RouterOptions,
  saved: ClusterSnapshot | undefined,
): Cluster => {
  const isUsable = (server: Server): boolean =>
    server.transports.some(
      transport => options.transportUsable?.(transport, server.name, settings) ?? true,
    )
  const fresh = (server: Server, start: number, isAddress: boolean): Member => ({
    settings: server,
    usable: isUsable(server),
    isAddress,
    start,
    current: start,
    health: 'up',
    lastFailureAt: null,
    prober: null,
    pending: 0,
    failed: 0,
    affinity: 0,
    total: 0,
  })
  const unweighted = settings.servers.map(server => fresh(server, 0, false))
  // N4, Q12: one usable server means no normalisation.
  const start = onlyServer({ settings, members: unweighted })
    ? settings.servers.map(server => server.loadBalanceWeight)
    : startWeights(settings.servers.map(server => server.loadBalanceWeight))
  const cluster: Cluster = {
    settings,
    members: settings.servers.map((server, i) => fresh(server, start[i]!, false)),
    address: settings.clusterAddress ? fresh(asServer(settings.clusterAddress), 0, true) : null,
    cursor: saved?.cursor ?? null,
    partitionTable: saved?.partitionTable ?? options.partitionTables?.[settings.name],
  }
  for (const member of cluster.members) {
    const state = saved?.servers.find(s => s.name === member.settings.name)
    if (state !== undefined) restore(member, state)
    // N2: where there is only one, nobody is ever down, whatever a snapshot of another configuration says.
    if (onlyServer(cluster) !== null) member.health = 'up'
  }
  // A cursor must point at a primary of this configuration.
  if (cluster.cursor !== null && cluster.cursor >= primaries(cluster).length) cluster.cursor = null
  if (cluster.address !== null && saved?.clusterAddress)
    restore(cluster.address, saved.clusterAddress)
  return cluster
}

const restore = (member: Member, state: ServerSnapshot): void => {
  member.current = state.weight.current
  member.health = state.health
  member.lastFailureAt = state.lastFailureAt
  member.pending = state.pending
  member.failed = state.failed
  member.affinity = state.affinity
  member.total = state.total
}

/** K11: no timeouts, no limit and no weight are configured for a ClusterAddress. */
const asServer = (address: ClusterAddress): Server => ({
  name: address.name,
  loadBalanceWeight: 0,
  connectTimeoutMs: 0,
  serverIoTimeoutMs: 0,
  serverIoTimeoutMarksDown: false,
  wsServerIoTimeoutMs: 0,
  wsServerIdleTimeoutMs: 0,
  extendedHandshake: false,
  maxConnections: 0,
  waitForContinue: false,
  transports: address.transports,
})

type Listed = Pick<Cluster, 'settings' | 'members'>

/** §1.3 and K1: the primaries in list order, unknown names skipped; all servers when the list names nobody. */
const listedPrimaries = ({ settings, members }: Listed): readonly Member[] => {
  const named = inListOrder(settings.primaryServers, members)
  return named.length > 0 ? named : members
}

/** K1, K10: the backups in list order, without those that are primaries too. */
const listedBackups = (cluster: Listed): readonly Member[] => {
  const first = listedPrimaries(cluster)
  return inListOrder(cluster.settings.backupServers, cluster.members).filter(
    member => !first.includes(member),
  )
}

const inListOrder = (
  names: readonly string[] | undefined,
  members: readonly Member[],
): readonly Member[] =>
  [...new Set(names ?? [])].flatMap(name => members.filter(m => m.settings.name === name))

/** §1.3, F17: a server without a usable transport does not count as a candidate. */
export const primaries = (cluster: Listed): readonly Member[] =>
  listedPrimaries(cluster).filter(member => member.usable)

/** The same for the backups. */
export const backups = (cluster: Listed): readonly Member[] =>
  listedBackups(cluster).filter(member => member.usable)

/** Everybody who may be chosen, in the order in which the lists are looked through. */
export const candidates = (cluster: Listed): readonly Member[] => [
  ...primaries(cluster),
  ...backups(cluster),
]

/** Where the file lists a server, usable or not. */
export const listOf = (cluster: Listed, member: Member): 'primary' | 'backup' | 'none' => {
  if (listedPrimaries(cluster).includes(member)) return 'primary'
  return listedBackups(cluster).includes(member) ? 'backup' : 'none'
}

/** N4: the one usable server over both lists, if there is exactly one. */
export const onlyServer = (cluster: Listed): Member | null => {
  const usable = candidates(cluster)
  return usable.length === 1 ? usable[0]! : null
}

/** A8: whether sessions can name anybody here. */
export const hasCloneIds = (cluster: Cluster): boolean =>
  cluster.members.some(member => member.settings.cloneId !== undefined)
