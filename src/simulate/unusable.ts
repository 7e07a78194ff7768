import type { PluginConfig, Transport } from '../config/model.ts'
import { findServers, unknownServer } from './server-names.ts'
import { StateError } from './start-state.ts'

/**
 * `RouterOptions.transportUsable` for transports that were skipped when the file was loaded (F17, Y6).
 *
 * @param configs every configuration of the scenario: a name must exist in one of them.
 * @param names `SERVER` for all transports of it, `SERVER/http`, `SERVER/https`; `CLUSTER/SERVER` for SERVER.
 * @throws StateError for a name that no server has.
 */
export const unusableTransports = (
  configs: readonly PluginConfig[],
  names: readonly string[],
): ((transport: Transport, owner: string, cluster: { readonly name: string }) => boolean) => {
  const keyOf = (cluster: string, server: string, protocol: string): string =>
    JSON.stringify([cluster, server, protocol])
  const gone = new Set<string>()
  for (const [index, name] of names.entries()) {
    const [, server = name, protocol] = /^(.*)\/(https?)$/.exec(name) ?? []
    const places = configs.flatMap(config => findServers(config, server, true))
    if (places.length === 0 && configs[0] !== undefined) {
      throw new StateError(unknownServer(configs[0], server, true), `$.options.unusable[${index}]`)
    }
    for (const place of places) {
      for (const scheme of protocol === undefined ? ['http', 'https'] : [protocol]) {
        gone.add(keyOf(place.cluster, place.server, scheme))
      }
    }
  }
  return (transport, owner, cluster) => !gone.has(keyOf(cluster.name, owner, transport.protocol))
}
