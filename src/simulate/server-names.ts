import { didYouMean } from '../config/did-you-mean.ts'
import type { PluginConfig } from '../config/model.ts'

/** A server in its cluster; the same name in another cluster is another server (E23). */
export interface ServerPlace {
  readonly cluster: string
  readonly server: string
}

/** `CLUSTER/NAME`, as people write it and as maps are keyed. */
export const placeKey = (place: ServerPlace): string => `${place.cluster}/${place.server}`

/** Every server of a configuration, and every ClusterAddress when asked for. */
const serverPlaces = (config: PluginConfig, withAddresses: boolean): ServerPlace[] =>
  config.clusters.flatMap(cluster => [
    ...cluster.servers.map(server => ({ cluster: cluster.name, server: server.name })),
    ...(withAddresses && cluster.clusterAddress !== undefined
      ? [{ cluster: cluster.name, server: cluster.clusterAddress.name }]
      : []),
  ])

/** The servers that a name stands for: `NAME` in every cluster, or `CLUSTER/NAME`. */
export const findServers = (
  config: PluginConfig,
  name: string,
  withAddresses = false,
): readonly ServerPlace[] =>
  serverPlaces(config, withAddresses).filter(
    place => place.server === name || placeKey(place) === name,
  )

/** One line for a name that no server has, with the names that exist. */
export const unknownServer = (
  config: PluginConfig,
  name: string,
  withAddresses = false,
): string => {
  const places = serverPlaces(config, withAddresses)
  const plain = [...new Set(places.map(place => place.server))]
  const names = [...plain, ...places.map(placeKey)]
  return `no server is named ${JSON.stringify(name)} (servers: ${atMost(plain)})${didYouMean(name, names)}`
}

/** One line for a name that no cluster has, with the names that exist. */
export const unknownCluster = (config: PluginConfig, name: string): string => {
  const names = [...new Set(config.clusters.map(cluster => cluster.name))]
  return `no cluster is named ${JSON.stringify(name)} (clusters: ${atMost(names)})${didYouMean(name, names)}`
}

const atMost = (names: readonly string[]): string => {
  const shown = names.slice(0, 20)
  const more = names.length - shown.length
  return [...shown, ...(more > 0 ? [`and ${more} more`] : [])].join(', ') || 'none'
}
