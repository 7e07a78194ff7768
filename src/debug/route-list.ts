import type { PluginConfig, ServerCluster, VirtualHost } from '../config/model.ts'
import { compilePattern, fitsParts } from '../core/routing/uri.ts'
import { canMatch, rankOf } from '../core/routing/virtual-host.ts'
import { listNames } from './list-names.ts'

/** One pair of virtual host and URI pattern, with what it leads to. */
export interface RouteRow {
  /** Place in the order in which they win, from 1 (E1). */
  readonly rank: number
  /** Alias as written; `*:*` for a Route without a virtual host group. */
  readonly host: string
  /** Pattern as written; `*` for a Route without a URI group. */
  readonly uri: string
  readonly cluster: string
  /** Servers that new work goes to, in list order. */
  readonly primaries: readonly string[]
  readonly backups: readonly string[]
  /** Name of the ClusterAddress, which gets requests without affinity. */
  readonly clusterAddress?: string
  /** Index of the Route in the file, from 0. */
  readonly route: number
  /** Rank of the row that takes every request of this one. */
  readonly coveredBy?: number
  /** Why no request can match it at all. */
  readonly never?: string
}

interface Candidate {
  readonly alias: VirtualHost | null
  readonly host: string
  readonly uri: string
  readonly route: number
  readonly order: number
  readonly score: number
  readonly exact: boolean
  readonly hostRank: number
}

/**
 * Every pair of virtual host and URI of every Route, in the order in which they win when several match: more literal
 * characters in the pattern, exact before wildcard, the more specific alias, the earlier Route (E1). A row that can
 * never win says which one is before it.
 */
export const routeRows = (config: PluginConfig): readonly RouteRow[] => {
  const clusters = new Map(config.clusters.toReversed().map(cluster => [cluster.name, cluster]))
  const sorted = candidates(config).toSorted(
    (a, b) =>
      b.score - a.score ||
      Number(b.exact) - Number(a.exact) ||
      b.hostRank - a.hostRank ||
      a.order - b.order,
  )
  const coverers = new Coverers()
  return sorted.map((candidate, index) => {
    const rank = index + 1
    const cluster = config.routes[candidate.route]?.serverCluster ?? ''
    const never = neverReason(candidate)
    const coveredBy = never === undefined ? coverers.coverOf(candidate) : undefined
    if (never === undefined) coverers.add(candidate, rank)
    return {
      rank,
      host: candidate.host,
      uri: candidate.uri,
      cluster,
      ...membersOf(clusters.get(cluster)),
      route: candidate.route,
      ...(coveredBy !== undefined && { coveredBy }),
      ...(never !== undefined && { never }),
    }
  })
}

/** How many rows {@link routeRows} would make, without making them. */
export const routeRowCount = (config: PluginConfig): number =>
  sides(config).reduce((sum, { aliases, uris }) => sum + aliases.length * uris.length, 0)

/** The two sides of each Route; a side that it does not have takes everything. */
const sides = (config: PluginConfig) => {
  const hostGroups = new Map(config.virtualHostGroups.map(group => [group.name, group]))
  const uriGroups = new Map(config.uriGroups.map(group => [group.name, group]))
  return config.routes.map(({ virtualHostGroup, uriGroup }) => ({
    aliases:
      virtualHostGroup === undefined
        ? [null]
        : (hostGroups.get(virtualHostGroup)?.virtualHosts ?? []),
    uris:
      uriGroup === undefined ? ['*'] : (uriGroups.get(uriGroup)?.uris ?? []).map(uri => uri.name),
  }))
}

const candidates = (config: PluginConfig): readonly Candidate[] => {
  let order = 0
  return sides(config).flatMap(({ aliases, uris }, index) =>
    uris.flatMap(uri => {
      const pattern = compilePattern(uri)
      order++
      return aliases.map(alias => ({
        alias,
        host: alias === null ? '*:*' : alias.name,
        uri,
        route: index,
        order,
        score: pattern.score,
        exact: pattern.kind === 'exact',
        hostRank: alias === null ? 0 : rankOf(alias),
      }))
    }),
  )
}

const membersOf = (
  cluster: ServerCluster | undefined,
): Pick<RouteRow, 'primaries' | 'backups' | 'clusterAddress'> => {
  if (cluster === undefined) return { primaries: [], backups: [] }
  const { primaries, backups } = listNames(cluster)
  return {
    primaries,
    backups,
    ...(cluster.clusterAddress !== undefined && { clusterAddress: cluster.clusterAddress.name }),
  }
}

const neverReason = ({ alias, uri }: Candidate): string | undefined => {
  if (alias !== null && !canMatch(alias)) return 'no host is called that'
  return uri.startsWith('/') || uri.startsWith('*') ? undefined : 'every path begins with /'
}

/**
 * Finds a row that takes everything another one could take and ranks before it. A pattern with more literal characters
 * cannot match the shortest path of one with fewer, and one with fewer ranks behind; so the literal characters of the two
 * are the same, or differ by the last slash, because `/ctx/*` also takes `/ctx`.
 */
class Coverers {
  readonly #byLiterals = new Map<string, { candidate: Candidate; rank: number }[]>()

  coverOf(candidate: Candidate): number | undefined {
    const own = literals(candidate.uri)
    for (const host of hostKeys(candidate.alias)) {
      for (const text of [`${own}/`, own]) {
        const found = this.#byLiterals
          .get(`${host} ${text}`)
          ?.find(each => covers(each.candidate.uri, candidate.uri))
        if (found !== undefined) return found.rank
      }
    }
    return undefined
  }

  add(candidate: Candidate, rank: number): void {
    const key = `${hostKeys(candidate.alias)[0]} ${literals(candidate.uri)}`
    const same = this.#byLiterals.get(key)
    if (same === undefined) this.#byLiterals.set(key, [{ candidate, rank }])
    else same.push({ candidate, rank })
  }
}

const literals = (pattern: string): string => pattern.replaceAll('*', '')

/** The alias itself and every alias that matches all it matches, the closest first. */
const hostKeys = (alias: VirtualHost | null): readonly string[] => {
  const host = alias?.host ?? '*'
  const port = alias?.port ?? '*'
  return [...new Set([`${host}:${port}`, `${host}:*`, `*:${port}`, '*:*'])]
}

/** Whether one pattern matches every path that another matches. A `*` of the second is only ever taken by one of the first. */
const covers = (wide: string, narrow: string): boolean =>
  accepts(wide, narrow) && (!narrow.endsWith('/*') || accepts(wide, narrow.slice(0, -2)))

const accepts = (pattern: string, path: string): boolean => {
  if (pattern === path) return true
  const compiled = compilePattern(pattern)
  if (compiled.kind === 'any') return true
  if (compiled.kind === 'exact') return false
  if (compiled.kind === 'prefix') {
    return (
      path.startsWith(compiled.text) ||
      (compiled.text.endsWith('/') && path === compiled.text.slice(0, -1))
    )
  }
  return compiled.kind === 'suffix' ? path.endsWith(compiled.text) : fitsParts(compiled.parts, path)
}
