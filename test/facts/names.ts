import type { PluginConfig, ServerCluster } from '../../src/config/model.ts'
import type { Recorded } from './recorded.ts'

/** What servers, clone IDs and hosts of a recording are called in our scenario of it. */
export interface Names {
  readonly cluster: (name: string) => string
  readonly server: (name: string) => string
  readonly cloneId: (id: string) => string
  readonly host: (name: string) => string
  /** The first primary. */
  readonly first: string
}

/**
 * Our names go by position: the first server of the recording is the first of ours, and so are its clone ID and the
 * hosts of its transports.
 *
 * @throws Error when something of the recording has no counterpart.
 */
export const namesOf = ({ config }: Recorded, ours: PluginConfig): Names => {
  const [cluster] = ours.clusters
  if (cluster === undefined) throw new Error('the scenario has no cluster')
  const servers = new Map<string, string>()
  const cloneIds = new Map<string, string>()
  const hosts = new Map<string, string>()
  for (const [index, theirs] of (config.servers ?? []).entries()) {
    const own = serverAt(cluster, index)
    servers.set(theirs.name, own.name)
    if (theirs.cloneId !== undefined) cloneIds.set(theirs.cloneId, own.cloneId ?? '')
    for (const [at, { host }] of (theirs.transports ?? []).entries()) {
      const transport = own.transports[at]
      if (host !== undefined && transport !== undefined) hosts.set(host, transport.hostname)
    }
  }
  return {
    cluster: name => lookUp(new Map([[config.cluster ?? '', cluster.name]]), name),
    server: name => lookUp(servers, name),
    cloneId: id => lookUp(cloneIds, id),
    host: name => lookUp(hosts, name),
    first: cluster.primaryServers?.[0] ?? serverAt(cluster, 0).name,
  }
}

const serverAt = ({ name, servers }: ServerCluster, index: number) => {
  const server = servers[index]
  if (server === undefined) throw new Error(`${name} has no server ${index + 1}`)
  return server
}

const lookUp = (names: ReadonlyMap<string, string>, name: string): string => {
  const own = names.get(name)
  if (own === undefined) throw new Error(`${JSON.stringify(name)} has no counterpart`)
  return own
}
