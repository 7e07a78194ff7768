import type { PluginConfig, Route, Uri } from '../../config/model.ts'
import { PluginError } from '../../errors.ts'
import type { ClusterState } from '../cluster.ts'
import { entryOf, type FoundEntry, type RouteTarget, targetOf, UriTable } from './uri-table.ts'

/** Finds the best entry for a path. */
export interface PathTable {
  /** @param text begins with the path, which ends at `end` */
  match(text: string, end: number): FoundEntry | undefined
}

/** The UriGroup of a Route, with its place in the document. */
interface UriList {
  /** null alone: the Route has no UriGroup and takes every path. */
  readonly uris: readonly (Uri | null)[]
  /** Place of the first of them over all Routes and their Uris. */
  readonly order: number
}

/**
 * Makes the tables of Routes, and none twice. Of the Routes that a table is for, those with the same UriGroup differ in
 * nothing but their place in the file: the first of them wins every time (M5), and the others are left out. Tables for
 * the same UriGroups in the same order are one table, looked at with other Routes. So the tables grow with the file, not
 * with its Routes times its Uris.
 */
export class CompiledTables {
  readonly #routes: readonly Route[]
  readonly #clusters: ReadonlyMap<string, ClusterState>
  readonly #lists: readonly UriList[]
  readonly #made = new Map<
    string,
    { readonly table: UriTable; readonly routes: readonly number[] }
  >()

  /** @throws PluginError `CONFIG_INVALID` when a Route names a UriGroup that is not defined. */
  constructor(config: PluginConfig, clusters: ReadonlyMap<string, ClusterState>) {
    this.#routes = config.routes
    this.#clusters = clusters
    const groups = new Map(config.uriGroups.map(group => [group.name, group.uris]))
    let order = 0
    this.#lists = config.routes.map(({ uriGroup }) => {
      const uris = uriGroup === undefined ? everyPath : groups.get(uriGroup)
      if (uris === undefined) throw unknownGroup('UriGroup', uriGroup as string)
      const list = { uris, order }
      order += uris.length
      return list
    })
  }

  /** The table of these Routes, whose indexes come in the order of the file. */
  tableFor(routes: Iterable<number>): PathTable {
    const firsts = new Map<string | undefined, number>()
    for (const index of routes) {
      const { uriGroup } = this.#routes[index] as Route
      if (!firsts.has(uriGroup)) firsts.set(uriGroup, index)
    }
    const signature = JSON.stringify([...firsts.keys()].map(name => name ?? null))
    const known = this.#made.get(signature)
    const own = [...firsts.values()]
    if (known !== undefined) return this.#withRoutes(known, own)
    const table = new UriTable()
    for (const index of own) {
      const { uris, order } = this.#lists[index] as UriList
      const cluster = this.#clusterOf(index)
      let target: RouteTarget | null = null
      uris.forEach((uri, place) => {
        const entry = entryOf(index, order + place, uri, cluster, target)
        target = entry.target
        table.add(entry)
      })
    }
    this.#made.set(signature, { table, routes: own })
    return table
  }

  #clusterOf(route: number): ClusterState | undefined {
    return this.#clusters.get((this.#routes[route] as Route).serverCluster)
  }

  #withRoutes(
    { table, routes }: { readonly table: UriTable; readonly routes: readonly number[] },
    own: readonly number[],
  ): PathTable {
    const instead = new Map(routes.map((route, place) => [route, own[place] as number] as const))
    /** By the target of the entry that was found: there are few, so that requests find theirs made. */
    const targets = new Map<RouteTarget, RouteTarget | null>()
    return {
      match: (text, end) => {
        const entry = table.match(text, end)
        if (entry === undefined) return undefined
        const route = instead.get(entry.route) as number
        if (route === entry.route) return entry
        let target = entry.target === null ? undefined : targets.get(entry.target)
        if (target === undefined) {
          target = targetOf(route, entry.uri, this.#clusterOf(route))
          if (entry.target !== null) targets.set(entry.target, target)
        }
        const { uri, score, exact } = entry
        return { route, uri, target, score, exact }
      },
    }
  }
}

const everyPath: readonly null[] = [null]

/** A Route names something that the file does not define: the reader has said so, and somebody went on regardless. */
export const unknownGroup = (element: string, name: string): PluginError =>
  new PluginError('CONFIG_INVALID', `a Route names the ${element} "${name}", which is not defined`)
