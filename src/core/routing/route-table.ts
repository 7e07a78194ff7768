import type { PluginConfig, VirtualHost, VirtualHostGroup } from '../../config/model.ts'
import { PluginError } from '../../errors.ts'
import type { ClusterState } from '../cluster.ts'
import { entryOf, type RouteEntry, UriTable } from './uri-table.ts'
import { canMatch, type HostPort, keyOf, rankOf } from './virtual-host.ts'

/**
 * Built once per configuration: host, port and path -> Route. It gives what a walk over all Routes, virtual hosts
 * first, then URIs, keeping the best score would give (M1-M3): the alias that fits best has one of four keys
 * (`host:port`, `host:*`, `*:port`, `*:*`), and each key leads to one table of all URI patterns reachable through it.
 * Keys that belong to the same Routes share a table.
 */
export class RouteTable {
  readonly #tables = new Map<string, UriTable>()

  constructor(config: PluginConfig, clusters: ReadonlyMap<string, ClusterState>) {
    const groups = new Map(config.virtualHostGroups.map(group => [group.name, group]))
    const uriGroups = new Map(config.uriGroups.map(group => [group.name, group]))
    const entries: RouteEntry[][] = []
    const routesOfKey = new Map<string, Set<number>>()
    let order = 0
    config.routes.forEach((route, index) => {
      const cluster = clusters.get(route.serverCluster)
      const uris = route.uriGroup === undefined ? undefined : uriGroups.get(route.uriGroup)
      if (route.uriGroup !== undefined && uris === undefined) {
        throw unknownGroup('UriGroup', route.uriGroup)
      }
      entries.push(
        uris === undefined
          ? [entryOf(index, order++, null, cluster)]
          : uris.uris.map(uri => entryOf(index, order++, uri, cluster)),
      )
      for (const key of keysOf(groups, route.virtualHostGroup)) {
        const routes = routesOfKey.get(key)
        if (routes === undefined) routesOfKey.set(key, new Set([index]))
        else routes.add(index)
      }
    })
    const shared = new Map<string, UriTable>()
    for (const [key, routes] of routesOfKey) {
      const signature = [...routes].join()
      let table = shared.get(signature)
      if (table === undefined) {
        table = new UriTable()
        for (const route of routes)
          for (const entry of entries[route] as RouteEntry[]) table.add(entry)
        shared.set(signature, table)
      }
      this.#tables.set(key, table)
    }
  }

  /** The tables a request for this host and port has to ask, the most specific alias first. */
  tablesFor({ host, port }: HostPort): readonly UriTable[] {
    const found: UriTable[] = []
    for (const key of [
      keyOf(host, port),
      keyOf(host, null),
      keyOf(null, port),
      keyOf(null, null),
    ]) {
      const table = this.#tables.get(key)
      // A table met again under a weaker key can only repeat its answer.
      if (table !== undefined && !found.includes(table)) found.push(table)
    }
    return found
  }
}

/** The best of what the tables say: longer URI, then exact, then the more specific alias, then the earlier Route (E1). */
export const bestMatch = (tables: readonly UriTable[], path: string): RouteEntry | null => {
  let best: RouteEntry | null = null
  for (let i = 0; i < tables.length; i++) {
    const entry = (tables[i] as UriTable).match(path)
    if (entry === undefined) continue
    // The tables come by falling rank, so that a later one wins by its pattern only.
    if (
      best === null ||
      entry.score > best.score ||
      (entry.score === best.score && entry.exact && !best.exact)
    ) {
      best = entry
    }
  }
  return best
}

/** The alias of a group that a request matched by, for the trace: the most specific one, the first among equals. */
export const matchingAlias = (
  group: VirtualHostGroup | undefined,
  { host, port }: HostPort,
): VirtualHost | undefined => {
  let best: VirtualHost | undefined
  for (const alias of group?.virtualHosts ?? []) {
    if (!canMatch(alias)) continue
    if (alias.host !== null && alias.host !== host) continue
    if (alias.port !== null && alias.port !== port) continue
    if (best === undefined || rankOf(alias) > rankOf(best)) best = alias
  }
  return best
}

/** A Route without a virtual host group takes every host, as `*:*` does (M2). */
const keysOf = (
  groups: ReadonlyMap<string, VirtualHostGroup>,
  name: string | undefined,
): readonly string[] => {
  if (name === undefined) return [keyOf(null, null)]
  const group = groups.get(name)
  if (group === undefined) throw unknownGroup('VirtualHostGroup', name)
  return group.virtualHosts.filter(canMatch).map(alias => keyOf(alias.host, alias.port))
}

const unknownGroup = (element: string, name: string): PluginError =>
  new PluginError('CONFIG_INVALID', `a Route names the ${element} "${name}", which is not defined`)
