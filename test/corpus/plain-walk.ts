import type { PluginConfig, VirtualHost } from '../../src/config/model.ts'

/** What a request is matched by. */
export interface Place {
  readonly host: string
  readonly port: number
  readonly path: string
}

/** What a walk found: the Route, and the pattern that decided. */
export interface Match {
  readonly route: number
  readonly pattern: string
  readonly score: number
}

interface Candidate extends Match {
  readonly exact: boolean
  readonly rank: number
}

/**
 * The Route of a request by the documented ranking, found the long way: every Route is looked at, first its virtual
 * hosts, then its URIs (M1, M2), and the best match is kept (M3). Longer literal part, then no wildcard, then the more
 * specific alias, then the earlier in the document (E1).
 */
export const walk = (config: PluginConfig, place: Place): Match | null => {
  let best: Candidate | null = null
  for (const [route, { virtualHostGroup, uriGroup }] of config.routes.entries()) {
    const rank = rankOf(config, virtualHostGroup, place)
    if (rank === null) continue
    for (const pattern of patternsOf(config, uriGroup)) {
      if (!matches(pattern, place.path)) continue
      const score = pattern.replaceAll('*', '').length
      const found = { route, pattern, score, exact: !pattern.includes('*'), rank }
      if (best === null || isBetter(found, best)) best = found
    }
  }
  return best === null ? null : { route: best.route, pattern: best.pattern, score: best.score }
}

const isBetter = (a: Candidate, b: Candidate): boolean => {
  if (a.score !== b.score) return a.score > b.score
  if (a.exact !== b.exact) return a.exact
  return a.rank > b.rank
}

/** M2: a Route without the group takes every host, as `*:*` does. */
const rankOf = (config: PluginConfig, group: string | undefined, place: Place): number | null => {
  if (group === undefined) return 0
  const aliases = config.virtualHostGroups.find(({ name }) => name === group)?.virtualHosts ?? []
  const ranks = aliases.filter(alias => takes(alias, place)).map(specificity)
  return ranks.length === 0 ? null : Math.max(...ranks)
}

const takes = ({ host, port }: VirtualHost, place: Place): boolean =>
  (host === null || host === place.host) && (port === null || port === place.port)

const specificity = ({ host, port }: VirtualHost): number =>
  (host === null ? 0 : 2) + (port === null ? 0 : 1)

const patternsOf = (config: PluginConfig, group: string | undefined): readonly string[] =>
  group === undefined
    ? ['*']
    : (config.uriGroups.find(({ name }) => name === group)?.uris ?? []).map(({ name }) => name)

/** E19: `*` is any run of characters; `/*` at the end also stands for nothing at all. */
const matches = (pattern: string, path: string): boolean =>
  fits(pattern, path) || (pattern.endsWith('/*') && fits(pattern.slice(0, -2), path))

const fits = (pattern: string, path: string): boolean => {
  const literals = pattern.split('*').map(text => text.replaceAll(/[.+?^${}()|[\]\\]/g, '\\$&'))
  return new RegExp(`^${literals.join('.*')}$`, 's').test(path)
}
