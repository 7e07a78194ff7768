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
  const shown = plain.length > 20 ? [...plain.slice(0, 20), `and ${plain.length - 20} more`] : plain
  const names = [...plain, ...places.map(placeKey)]
  return `no server is named ${JSON.stringify(name)} (servers: ${shown.join(', ') || 'none'})${didYouMean(name, names)}`
}
