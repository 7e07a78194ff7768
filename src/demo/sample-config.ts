import { loadPluginConfig } from '../config/load.ts'
import type { PluginConfig, Server, ServerCluster } from '../config/model.ts'
import { configError } from '../edge/load.ts'
import { PluginError } from '../errors.ts'

/** The part of a configuration that the demo walks through: its first route. */
export interface Sample {
  readonly config: PluginConfig
  readonly cluster: ServerCluster
  /** The first two servers that sessions can name, in the order of the primary list. */
  readonly servers: readonly [Server, Server]
}

/** The two members of figure 5-12, from the package itself, wherever it was installed. */
export const samplePath = new URL('../../plugin-cfg/figure-5-12.xml', import.meta.url)

/**
 * Reads the sample.
 *
 * @throws PluginError `FILE_UNREADABLE`; `CONFIG_INVALID` when it has errors or no two members with a clone id.
 */
export const loadSample = async (path: string): Promise<Sample> => {
  const { config, diagnostics } = await loadPluginConfig(path)
  if (diagnostics.some(({ severity }) => severity === 'error')) throw configError(diagnostics)
  const name = config.routes[0]?.serverCluster
  const cluster = config.clusters.find(each => each.name === name)
  const listed = (cluster?.primaryServers ?? []).map(primary =>
    cluster?.servers.find(server => server.name === primary),
  )
  const [one, two] = listed.filter(server => server?.cloneId !== undefined)
  if (cluster === undefined || one === undefined || two === undefined) {
    throw new PluginError(
      'CONFIG_INVALID',
      `${path}: the demo needs a Route to a ServerCluster whose PrimaryServers are two Servers with a CloneID`,
    )
  }
  return { config, cluster, servers: [one, two] }
}

/** The same configuration with these servers at other addresses; every other server stays where it was. */
export const movedTo = (
  config: PluginConfig,
  cluster: string,
  addresses: Readonly<Record<string, { readonly hostname: string; readonly port: number }>>,
): PluginConfig => ({
  ...config,
  clusters: config.clusters.map(each =>
    each.name === cluster
      ? {
          ...each,
          servers: each.servers.map(server => ({
            ...server,
            transports: server.transports.map(transport => ({
              ...transport,
              ...addresses[server.name],
            })),
          })),
        }
      : each,
  ),
})

/** true: requests for any host on this port can match one of the routes. */
export const servesPort = (config: PluginConfig, port: number): boolean =>
  config.routes.some(
    ({ virtualHostGroup }) =>
      virtualHostGroup === undefined ||
      groupNamed(config, virtualHostGroup).some(
        alias => alias.host === null && (alias.port === null || alias.port === port),
      ),
  )

/** The same configuration with the alias `*:port` in every virtual host group. */
export const withPort = (config: PluginConfig, port: number): PluginConfig => ({
  ...config,
  virtualHostGroups: config.virtualHostGroups.map(group => ({
    ...group,
    virtualHosts: [...group.virtualHosts, { name: `*:${port}`, host: null, port }],
  })),
})

const groupNamed = (config: PluginConfig, name: string) =>
  config.virtualHostGroups.find(group => group.name === name)?.virtualHosts ?? []
