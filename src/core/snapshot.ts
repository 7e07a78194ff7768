import type { OutOfService } from './admin-state.ts'
import type { PartitionTable } from './partition-table.ts'
import type { Health } from './server-state.ts'

/** The whole state of a router as plain JSON: enough for a status page, and to start another router from. */
export interface RouterSnapshot {
  /** Clock of the router when it was taken; times below are on the same clock. */
  readonly takenAt: number
  /** Number of the last exchange. */
  readonly exchanges: number
  readonly clusters: readonly ClusterSnapshot[]
}

export interface ClusterSnapshot {
  readonly name: string
  readonly loadBalance: 'round-robin' | 'random'
  readonly retryIntervalMs: number
  /** Primary that was picked last, as an index into the primaries; null: round robin has not begun (W6). */
  readonly cursor: number | null
  /** Every server of the cluster in document order. */
  readonly servers: readonly ServerSnapshot[]
  /** Counters of the ClusterAddress, which is never marked down (K12). */
  readonly clusterAddress?: ServerSnapshot
  readonly partitionTable?: PartitionTable
}

export interface ServerSnapshot {
  readonly name: string
  readonly cloneId: string | null
  readonly list: 'primary' | 'backup' | 'none' | 'cluster-address'
  /** false: no transport could be used when the file was loaded (F17). */
  readonly usable: boolean
  readonly health: Health
  /** What an operator has said about it; absent: it is in service. */
  readonly admin?: OutOfService
  /** null: never failed. */
  readonly lastFailureAt: number | null
  /** Milliseconds until a request may probe it; 0: now; null: not down. */
  readonly retryInMs: number | null
  readonly busy: boolean
  /** 0: unlimited. */
  readonly maxConnections: number
  readonly weight: { readonly start: number; readonly current: number }
  readonly pending: number
  readonly failed: number
  readonly affinity: number
  readonly total: number
}

/** The same state with nothing under way: what a router started from a saved snapshot should begin with. */
export const settled = (snapshot: RouterSnapshot): RouterSnapshot => ({
  ...snapshot,
  clusters: snapshot.clusters.map(cluster => ({
    ...cluster,
    servers: cluster.servers.map(settledServer),
    ...(cluster.clusterAddress && { clusterAddress: settledServer(cluster.clusterAddress) }),
  })),
})

const settledServer = (server: ServerSnapshot): ServerSnapshot => ({
  ...server,
  health: server.health === 'probing' ? 'down' : server.health,
  busy: false,
  pending: 0,
})
