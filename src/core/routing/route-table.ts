import type { PluginConfig, VirtualHostGroup } from '../../config/model.ts'
import type { ClusterState } from '../cluster.ts'
import { CompiledTables, type PathTable, unknownGroup } from './compiled-tables.ts'
import type { FoundEntry } from './uri-table.ts'
import { canMatch, type HostPort, keyOf } from './virtual-host.ts'

/**
 * Built once per configuration: host, port and path -> Route. It gives what a walk over all Routes, virtual hosts
 * first, then URIs, keeping the best score would give (M1-M3): the alias that fits best has one of four keys
 * (`host:port`, `host:*`, `*:port`, `*:*`), and each key leads to one table of all URI patterns reachable through it.
 * Keys that belong to the same Routes share a table.
 */
export class RouteTable {
  readonly #tables = new Map<string, PathTable>()

  constructor(config: PluginConfig, clusters: ReadonlyMap<string, ClusterState>) {
    const compiled = new CompiledTables(config, clusters)
    const routesOfGroup = new Map<string | undefined, number[]>()
    config.routes.forEach(({ virtualHostGroup }, index) => {
      const routes = routesOfGroup.get(virtualHostGroup)
      if (routes === undefined) routesOfGroup.set(virtualHostGroup, [index])
      else routes.push(index)
    })
    const groups = new Map(config.virtualHostGroups.map(group => [group.name, group]))
    const groupsOfKey = new Map<string, Set<string | undefined>>()
    for (const name of routesOfGroup.keys()) {
      for (const key of keysOf(groups, name)) {
        const names = groupsOfKey.get(key)
        if (names === undefined) groupsOfKey.set(key, new Set([name]))
        else names.add(name)
      }
    }
    const shared = new Map<string, PathTable>()
    for (const [key, names] of groupsOfKey) {
      const signature = JSON.stringify([...names].map(name => name ?? null))
      let table = shared.get(signature)
      if (table === undefined) {
        const routes = [...names].flatMap(name => routesOfGroup.get(name) as readonly number[])
        table = compiled.tableFor(routes.sort((a, b) => a - b))
        shared.set(signature, table)
      }
      this.#tables.set(key, table)
    }
  }

  /** How many aliases there are, and hosts of their own at most. */
  get aliases(): number {
    return this.#tables.size
  }

  /** The tables a request for this host and port has to ask, the most specific alias first. */
  tablesFor({ host, port }: HostPort): readonly PathTable[] {
    const found: PathTable[] = []
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

/**
 * The best of what the tables say: longer URI, then exact, then the more specific alias, then the earlier Route (E1).
 *
 * @param text begins with the path, which ends at `end`
 */
export const bestMatch = (
  tables: readonly PathTable[],
  text: string,
  end: number,
): FoundEntry | null => {
  let best: FoundEntry | null = null
  for (let i = 0; i < tables.length; i++) {
    const entry = (tables[i] as PathTable).match(text, end)
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
