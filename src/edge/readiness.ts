import type { PluginConfig } from '../config/model.ts'
import type { ClusterSnapshot, RouterSnapshot, ServerSnapshot } from '../core/snapshot.ts'

/** Whether new requests can be served. */
export interface Readiness {
  readonly ready: boolean
  /** The edge takes no more requests. */
  readonly closing: boolean
  readonly clusters: readonly ClusterReadiness[]
}

export interface ClusterReadiness {
  readonly cluster: string
  readonly ready: boolean
  /** Servers that would take a new request now, were they not at their MaxConnections. */
  readonly servers: readonly string[]
  /** What is the matter; absent where it is ready. */
  readonly why?: string
}

/**
 * Looks at the clusters of these names, or at all that a Route leads to. A cluster is ready when a request without a
 * session would find a server: in service, and up or due for a probe. One that is only busy counts, because it has a
 * place again in a moment, and what stands in front of the edge would send its requests to others that are as busy.
 */
export const readinessOf = (
  snapshot: RouterSnapshot,
  config: PluginConfig,
  closing: boolean,
  names: readonly string[] = config.clusters
    .map(({ name }) => name)
    .filter(name => config.routes.some(({ serverCluster }) => serverCluster === name)),
): Readiness => {
  const clusters = names.map((name): ClusterReadiness => {
    const cluster = snapshot.clusters.find(each => each.name === name)
    if (cluster === undefined) {
      const why = 'the configuration in force has no cluster of this name'
      return { cluster: name, ready: false, servers: [], why }
    }
    const servers = forNewWork(cluster).map(server => server.name)
    const ready = servers.length > 0
    return { cluster: name, ready, servers, ...(!ready && { why: whyNot(cluster) }) }
  })
  return { ready: !closing && clusters.every(({ ready }) => ready), closing, clusters }
}

/** K2, K6, K11, W16: the servers that the rules would choose from. */
const forNewWork = ({
  servers,
  loadBalance,
  clusterAddress,
}: ClusterSnapshot): readonly ServerSnapshot[] => {
  if (clusterAddress?.usable === true) return [clusterAddress]
  const listed = servers.filter(isCandidate)
  const available = listed.filter(isAvailable)
  const primaries = available.filter(({ list }) => list === 'primary')
  if (primaries.length === 0) return available
  const weighted = loadBalance === 'round-robin' && listed.length > 1
  return weighted ? primaries.filter(({ weight }) => weight.start > 0) : primaries
}

const isCandidate = ({ usable, list }: ServerSnapshot): boolean =>
  usable && (list === 'primary' || list === 'backup')

const isAvailable = ({ admin, health, retryInMs }: ServerSnapshot): boolean =>
  admin === undefined && (health === 'up' || (health === 'down' && retryInMs === 0))

const whyNot = ({ servers }: ClusterSnapshot): string =>
  servers.map(server => `${server.name} ${ailment(server)}`).join(', ') || 'it has no server'

const ailment = (server: ServerSnapshot): string => {
  const { usable, list, admin, health, retryInMs } = server
  if (!usable) return 'has no transport that can be used'
  if (!isCandidate(server)) return `is in list ${list}`
  if (admin !== undefined) return `is ${admin}`
  if (health === 'probing') return 'is being probed'
  if (health === 'down' && retryInMs !== 0) {
    return `is marked down for ${Math.ceil((retryInMs ?? 0) / 1000)} s`
  }
  return 'has weight 0'
}
