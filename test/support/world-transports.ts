import type { PluginConfig, Scheme, ServerCluster, Transport } from '../../src/config/model.ts'
import { isUsable } from './world-config.ts'

/** Configurations as a scenario has them, with the transports that were skipped at load. */
export interface LoadedConfigs {
  readonly models: readonly PluginConfig[]
  /** `CLUSTER/SERVER/http` or `CLUSTER/SERVER/https`, as the option of that name takes them. */
  readonly unusable: readonly string[]
}

/**
 * A scenario names skipped transports by server and protocol, for all its configurations at once. Where only some of
 * them are skipped those are taken out of the model, which is the same to a router.
 */
export const loadedConfigs = (configs: readonly PluginConfig[]): LoadedConfigs => {
  const verdicts = new Map<string, boolean>()
  for (const { clusters } of configs) {
    for (const cluster of clusters) {
      for (const { name, transports } of ownersOf(cluster)) {
        for (const transport of transports) {
          const key = keyOf(cluster.name, name, transport.protocol)
          verdicts.set(key, (verdicts.get(key) ?? true) && !isUsable(transport))
        }
      }
    }
  }
  const unusable = new Set([...verdicts].filter(([, skipped]) => skipped).map(([key]) => key))
  const kept = (cluster: string, owner: string, transports: readonly Transport[]) =>
    transports.filter(each => isUsable(each) || unusable.has(keyOf(cluster, owner, each.protocol)))
  const models = configs.map(config => ({
    ...config,
    clusters: config.clusters.map(cluster => ({
      ...cluster,
      servers: cluster.servers.map(server => ({
        ...server,
        transports: kept(cluster.name, server.name, server.transports),
      })),
      ...(cluster.clusterAddress && {
        clusterAddress: {
          ...cluster.clusterAddress,
          transports: kept(
            cluster.name,
            cluster.clusterAddress.name,
            cluster.clusterAddress.transports,
          ),
        },
      }),
    })),
  }))
  return { models, unusable: [...unusable] }
}

const keyOf = (cluster: string, owner: string, protocol: Scheme): string =>
  `${cluster}/${owner}/${protocol}`

const ownersOf = ({ servers, clusterAddress }: ServerCluster) =>
  clusterAddress === undefined ? servers : [...servers, clusterAddress]
