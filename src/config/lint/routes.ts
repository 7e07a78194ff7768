import { quote } from '../diagnostics.ts'
import type { Route, Uri, VirtualHost } from '../model.ts'
import { type Lint, lineOf, type Report, type Rule, written } from './rule.ts'

/** Routes that compete, and definitions that no Route leads to. */
export const routeRules: readonly Rule[] = [
  {
    code: 'L12',
    severity: 'warning',
    title: 'two Routes send the same path on the same virtual host to different clusters',
    check: (lint, report) => {
      for (const tie of tiesOf(lint)) {
        report(tie.later, written(lint, tie.later, 'UriGroup'), {
          message: `path ${quote(tie.uri)} on ${quote(tie.virtualHost)} goes to cluster ${quote(tie.later.serverCluster)} here, and to ${quote(tie.earlier.serverCluster)} by the Route on line ${lineOf(lint, tie.earlier)}${tie.more === 0 ? '' : `, as ${tie.more} more of its paths do`}`,
          effect: 'the earlier Route gets these requests here; the plug-in promises no order',
          advice: 'remove the path from one of the UriGroups, or give the groups different hosts',
        })
      }
    },
  },
  {
    code: 'L14',
    severity: 'warning',
    title: 'no virtual host of any Route takes requests on port 80 or 443',
    check: (lint, report) => {
      const routed = lint.config.routes.map(route => hostsOf(lint, route))
      if (routed.length === 0 || routed.some(hosts => hosts === 'any' || hosts.some(isWebPort))) {
        return
      }
      const group = lint.virtualHostGroups.get(lint.config.routes[0]?.virtualHostGroup ?? '')
      if (group === undefined || group.virtualHosts.length === 0) return
      const said = lint.comments.some(({ text }) =>
        /no virtual hosts are configured to accept/i.test(text),
      )
      report(group, 'Name', {
        message: `no virtual host takes port 80 or 443${said ? ', as a comment of the generator says too' : ''}`,
        effect: 'requests whose Host header has no port, or another one, are declined',
        advice:
          'add VirtualHost entries for the port that clients use, also behind a load balancer, and the same host aliases on the server',
      })
    },
  },
  {
    code: 'L19',
    severity: 'note',
    title: 'a Route takes everything: /* on every host and port',
    check: (lint, report) => {
      for (const route of lint.config.routes) {
        const hosts = hostsOf(lint, route)
        const everyHost =
          hosts === 'any' || hosts.some(({ host, port }) => host === null && port === null)
        const uris = urisOf(lint, route)
        const everything = everyHost && uris !== 'any' && uris.some(uri => uri.name === '/*')
        if (!everything) continue
        report(route, written(lint, route, 'UriGroup'), {
          message: 'this Route takes every path on every host and port',
          effect: 'static files of the web server go to the cluster as well',
          advice: 'list the hosts, or the paths, that are meant',
        })
      }
    },
  },
  {
    code: 'L54',
    severity: 'warning',
    title: 'two Routes use one UriGroup, which merging does not survive',
    check: (lint, report) => {
      const first = new Map<string, Route>()
      for (const route of lint.config.routes) {
        if (route.uriGroup === undefined) continue
        const earlier = first.get(route.uriGroup)
        if (earlier === undefined) first.set(route.uriGroup, route)
        else {
          report(route, 'UriGroup', {
            message: `UriGroup ${quote(route.uriGroup)} has a second Route; the first is on line ${lineOf(lint, earlier)}`,
            effect: 'both are routed; merge tools keep only one of them',
            advice: 'before merging, give each Route a UriGroup of its own',
          })
        }
      }
    },
  },
  {
    code: 'L63',
    severity: 'note',
    title: 'a VirtualHostGroup, UriGroup or ServerCluster that no Route uses',
    check: (lint, report) => {
      const { routes, virtualHostGroups, uriGroups, clusters } = lint.config
      // Without any Route there is one finding for the whole file (L66).
      if (routes.length === 0) return
      unused(report, virtualHostGroups, new Set(routes.map(route => route.virtualHostGroup)))
      unused(report, uriGroups, new Set(routes.map(route => route.uriGroup)))
      unused(report, clusters, new Set(routes.map(route => route.serverCluster)))
    },
  },
  {
    code: 'L66',
    severity: 'note',
    title: 'no Route at all, or an empty VirtualHostGroup or UriGroup: nothing is routed',
    check: (lint, report) => {
      const { config } = lint
      if (config.routes.length === 0 && config.intelligentManagement === undefined) {
        report(config, undefined, {
          message: 'there is no Route',
          effect: 'every request is declined',
          advice: 'if Liberty wrote the file, deploy an application and generate it again',
        })
      }
      for (const group of config.virtualHostGroups) {
        if (group.virtualHosts.length > 0) continue
        report(group, 'Name', {
          message: `VirtualHostGroup ${quote(group.name)} is empty`,
          effect: 'no request can match it',
          advice: 'add a VirtualHost such as <VirtualHost Name="*:443"/>, or remove the group',
        })
      }
      for (const group of config.uriGroups) {
        if (group.uris.length > 0) continue
        report(group, 'Name', {
          message: `UriGroup ${quote(group.name)} is empty`,
          effect: 'no request can match it',
          advice: 'add a Uri such as <Uri Name="/app/*"/>, or remove the group',
        })
      }
    },
  },
]

interface Tie {
  readonly earlier: Route
  readonly later: Route
  readonly uri: string
  readonly virtualHost: string
  /** Further paths that tie between the two Routes. */
  more: number
}

/** Pairs of path and alias that are looked at; only a hostile file has more. */
const mostPairs = 1_000_000

const anyPath = [{ name: '(any path)' }]
const anyHost = [{ alias: '(any host)', name: '(any host)' }]

/** Routes to different clusters that a request can match equally well: same pattern, same alias (E1). */
const tiesOf = (lint: Lint): readonly Tie[] => {
  /** Who takes a path: most have one Route, and nothing is made for it. */
  const takers = new Map<string, Route | Takers>()
  const ties = new Map<Route, Map<Route, Tie>>()
  const aliases = aliasesOf(lint)
  let pairs = 0
  for (const later of lint.config.routes) {
    const uris = urisOf(lint, later)
    const itsAliases = aliases(later)
    for (const { name: uri } of uris === 'any' ? anyPath : uris) {
      const known = takers.get(uri)
      if (known === undefined) {
        takers.set(uri, later)
        pairs += itsAliases.length
        if (pairs > mostPairs) return flatten(ties)
        continue
      }
      // It is in the group of the Route twice.
      if (known === later) continue
      const several = known instanceof Takers ? known : new Takers(known, aliases(known))
      if (several.last === later) continue
      several.last = later
      takers.set(uri, several)
      let said = false
      for (const { alias, name } of itsAliases) {
        pairs += 1
        const earlier = several.byAlias.get(alias)
        if (earlier === undefined) several.byAlias.set(alias, later)
        else if (!said && earlier.serverCluster !== later.serverCluster) {
          said = true
          note(ties, { earlier, later, uri, virtualHost: name, more: 0 })
        }
      }
      if (pairs > mostPairs) return flatten(ties)
    }
  }
  return flatten(ties)
}

/** Several Routes take a path. */
class Takers {
  /** The latest that was looked at. */
  last: Route
  /** The first Route for each alias. */
  readonly byAlias: Map<string, Route>

  constructor(first: Route, aliases: readonly Alias[]) {
    this.last = first
    this.byAlias = new Map(aliases.map(({ alias }) => [alias, first]))
  }
}

const note = (ties: Map<Route, Map<Route, Tie>>, tie: Tie): void => {
  const known = ties.get(tie.later)?.get(tie.earlier)
  if (known !== undefined) {
    known.more += 1
    return
  }
  const of = ties.get(tie.later) ?? new Map<Route, Tie>()
  ties.set(tie.later, of.set(tie.earlier, tie))
}

const flatten = (ties: ReadonlyMap<Route, ReadonlyMap<Route, Tie>>): readonly Tie[] =>
  [...ties.values()].flatMap(pairs => [...pairs.values()])

interface Alias {
  /** The same for aliases that match the same requests. */
  readonly alias: string
  readonly name: string
}

/** The aliases of a Route, worked out once for each group. */
const aliasesOf = (lint: Lint): ((route: Route) => readonly Alias[]) => {
  const known = new Map<string, readonly Alias[]>()
  return route => {
    const hosts = hostsOf(lint, route)
    if (hosts === 'any') return anyHost
    const group = route.virtualHostGroup ?? ''
    const list =
      known.get(group) ??
      hosts.map(({ host, port, name }) => ({ alias: `${host ?? '*'} ${port ?? '*'}`, name }))
    known.set(group, list)
    return list
  }
}

const hostsOf = (lint: Lint, route: Route): readonly VirtualHost[] | 'any' =>
  route.virtualHostGroup === undefined
    ? 'any'
    : (lint.virtualHostGroups.get(route.virtualHostGroup)?.virtualHosts ?? [])

const urisOf = (lint: Lint, route: Route): readonly Uri[] | 'any' =>
  route.uriGroup === undefined ? 'any' : (lint.uriGroups.get(route.uriGroup)?.uris ?? [])

const isWebPort = ({ port }: VirtualHost): boolean => port === null || port === 80 || port === 443

const unused = (
  report: Report,
  items: readonly { readonly name: string }[],
  used: ReadonlySet<string | undefined>,
): void => {
  for (const item of items) {
    if (item.name === '' || used.has(item.name)) continue
    report(item, 'Name', {
      message: `no Route uses ${quote(item.name)}`,
      effect: 'it does nothing; merge tools drop a UriGroup without Route',
      advice: 'write a Route for it, or remove it',
    })
  }
}
