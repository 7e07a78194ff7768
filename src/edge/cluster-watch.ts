import type { ClusterSnapshot } from '../core/snapshot.ts'
import type { FailureCause } from '../core/step.ts'

/** A cluster has lost its last server, or one of its servers answers again. */
export interface ClusterEvent {
  readonly cluster: string
  /** false: no request to it can be served for now. */
  readonly available: boolean
}

/**
 * Which clusters have nobody left. Learned from failures alone, so that requests that go well cost one comparison: a
 * cluster is lost when a failure leaves no server in service that is up, when nobody could be asked, or when the only
 * server, which is never marked down (N2), cannot be reached. The first answer ends it.
 */
export class ClusterWatch {
  readonly #lost = new Set<string>()
  readonly #tell: (event: ClusterEvent) => void

  constructor(tell: (event: ClusterEvent) => void) {
    this.#tell = tell
  }

  /** Clusters without a server. */
  get lost(): number {
    return this.#lost.size
  }

  /** An attempt failed. @param look the state of all clusters, asked only when it matters. */
  failed(cluster: string, cause: FailureCause, look: () => readonly ClusterSnapshot[]): void {
    if (this.#lost.has(cluster)) return
    const state = look().find(({ name }) => name === cluster)
    if (state !== undefined && isLost(state, cause)) this.unserved(cluster)
  }

  /** No server could be asked. */
  unserved(cluster: string): void {
    if (this.#lost.has(cluster)) return
    this.#lost.add(cluster)
    this.#tell({ cluster, available: false })
  }

  /** A server of the cluster has taken a request and answered. */
  answered(cluster: string): void {
    if (this.#lost.delete(cluster)) this.#tell({ cluster, available: true })
  }

  /** The configuration has changed: clusters that it does not have are nobody's loss. */
  keepOnly(clusters: ReadonlySet<string>): void {
    for (const cluster of this.#lost) if (!clusters.has(cluster)) this.#lost.delete(cluster)
  }
}

const isLost = ({ servers, clusterAddress }: ClusterSnapshot, cause: FailureCause): boolean => {
  if (clusterAddress?.usable === true) return false
  const candidates = servers.filter(({ usable, list }) => usable && list !== 'none')
  if (candidates.length === 1) return unreachable.has(cause)
  return candidates.every(({ health, admin }) => health !== 'up' || admin !== undefined)
}

/** F1 to F5: the request did not get there. */
const unreachable: ReadonlySet<FailureCause> = new Set<FailureCause>([
  'refused',
  'unreachable',
  'connect-timeout',
  'connect-failed',
  'tls',
  'handshake',
])
