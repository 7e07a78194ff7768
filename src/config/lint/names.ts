import { quote } from '../diagnostics.ts'
import { closest } from '../did-you-mean.ts'
import type { Place } from '../findings.ts'
import type { Route } from '../model.ts'
import { type Lint, lineOf, memberPlaces, type Report, type Rule, written } from './rule.ts'

/** Names that refer to nothing, or to more than one thing. They are resolved after the whole file is read (E22). */
export const nameRules: readonly Rule[] = [
  {
    code: 'L03',
    severity: 'error',
    title: 'a Route names a VirtualHostGroup that does not exist',
    check: (lint, report) => missing(lint, report, 'VirtualHostGroup', lint.virtualHostGroups),
  },
  {
    code: 'L04',
    severity: 'error',
    title: 'a Route names a ServerCluster that does not exist',
    check: (lint, report) => missing(lint, report, 'ServerCluster', lint.clusters),
  },
  {
    code: 'L05',
    severity: 'error',
    title: 'a Route names a UriGroup that does not exist',
    check: (lint, report) => missing(lint, report, 'UriGroup', lint.uriGroups),
  },
  {
    code: 'L06',
    severity: 'error',
    title: 'a Route without ServerCluster, or with neither VirtualHostGroup nor UriGroup',
    check: (lint, report) => {
      for (const route of lint.config.routes) {
        if (route.serverCluster.trim() === '') {
          report(route, 'ServerCluster', {
            message: 'Route names no ServerCluster',
            effect: 'its requests have nowhere to go: the file is refused',
            advice: 'write ServerCluster="…" with the name of a cluster of this file',
          })
        }
        if (route.virtualHostGroup === undefined && route.uriGroup === undefined) {
          report(route, undefined, {
            message: 'Route names neither a VirtualHostGroup nor a UriGroup',
            effect: 'it would take every request of the web server',
            advice: 'name at least one of them; for everything, use a UriGroup with /*',
          })
        }
      }
    },
  },
  {
    code: 'L10',
    // The plug-in skips such an entry and runs (routing.md 1.3), and published files have them: no reason to refuse one.
    severity: 'warning',
    title: 'PrimaryServers or BackupServers names a Server that is not in the cluster',
    check: (lint, report) => {
      for (const cluster of lint.config.clusters) {
        const names = lint.serverNames.get(cluster) ?? nobody
        for (const list of [cluster.primaryServers, cluster.backupServers]) {
          if (list === undefined) continue
          let places: readonly Place[] | undefined
          list.forEach((name, index) => {
            if (name === '' || names.has(name)) return
            places ??= memberPlaces(lint, list)
            const place = places[index]
            if (place === undefined) return
            report(place, 'Name', {
              message: `${place.parent?.element.name} names ${quote(name)}, which is no Server of cluster ${quote(cluster.name)}${suggestion(name, names)}`,
              effect: 'the entry is skipped; that member gets no requests through it',
              advice: 'write the Name of a Server of this cluster, or define that Server',
            })
          })
        }
      }
    },
  },
  {
    code: 'L13',
    severity: 'error',
    title: 'two groups, clusters or servers of one cluster have the same Name',
    check: (lint, report) => {
      const { config } = lint
      unique(lint, report, config.virtualHostGroups, 'VirtualHostGroup')
      unique(lint, report, config.clusters, 'ServerCluster')
      unique(lint, report, config.uriGroups, 'UriGroup')
      for (const cluster of config.clusters) unique(lint, report, cluster.servers, 'Server')
    },
  },
  {
    code: 'L65',
    severity: 'error',
    title: 'Liberty wrote Routes without the ServerCluster, because its endpoint was not there',
    check: (lint, report) => {
      const hint = endpointHint(lint)
      if (hint === undefined) return
      const dangling = lint.config.routes.find(route => isDangling(lint, route))
      if (dangling === undefined) return
      report(dangling, 'ServerCluster', {
        message: `Liberty wrote this Route without its ServerCluster; a comment on line ${lineOfOffset(lint, hint.offset)} says that the endpoint was missing or disabled`,
        effect: 'the plug-in refuses the whole file',
        advice: 'start the server with its httpEndpoint enabled and generate the file again',
      })
    },
  },
]

const nobody: ReadonlySet<string> = new Set()

type Group = 'VirtualHostGroup' | 'ServerCluster' | 'UriGroup'

const fields = {
  VirtualHostGroup: 'virtualHostGroup',
  ServerCluster: 'serverCluster',
  UriGroup: 'uriGroup',
} as const

const missing = (
  lint: Lint,
  report: Report,
  kind: Group,
  known: ReadonlyMap<string, unknown>,
): void => {
  for (const route of lint.config.routes) {
    const name = route[fields[kind]]
    if (name === undefined || known.has(name)) continue
    // L06 has said it.
    if (kind === 'ServerCluster' && name.trim() === '') continue
    const attribute =
      written(lint, route, kind) ??
      (kind === 'ServerCluster' ? written(lint, route, 'ServerGroup') : kind)
    report(route, attribute, {
      message: `Route names ${kind} ${quote(name)}, which this file does not define${suggestion(name, known)}${kind === 'ServerCluster' ? cause(lint) : ''}`,
      effect: 'the plug-in refuses the whole file',
      advice: `write the Name of a ${kind} of this file, or define that ${kind}`,
    })
  }
}

const suggestion = (
  name: string,
  known: ReadonlySet<string> | ReadonlyMap<string, unknown>,
): string => {
  // Far too many names to compare with: no file that a person looks at.
  const best = known.size > 500 ? undefined : closest(name, [...known.keys()])
  return best === undefined ? '' : `; did you mean ${quote(best)}?`
}

/** E24: why a cluster is missing that Routes name. */
const cause = (lint: Lint): string => {
  if (endpointHint(lint) !== undefined) {
    return '; Liberty generated the file while its endpoint was missing or disabled (L65)'
  }
  if (lint.config.intelligentManagement !== undefined) {
    return '; clusters that only IntelligentManagement knows cannot be named'
  }
  return lint.config.clusters.length === 0
    ? '; the file has no cluster at all, as Liberty writes it when its endpoint is down'
    : ''
}

const isDangling = (lint: Lint, route: Route): boolean =>
  route.serverCluster !== '' && !lint.clusters.has(route.serverCluster)

const endpointHint = (lint: Lint) =>
  lint.comments.find(({ text }) =>
    /endpoint could not be found|no endpoint could be found|endpoint .*(?:not accessible|disabled)/i.test(
      text,
    ),
  )

const lineOfOffset = (lint: Lint, offset: number): number => lint.reading.findings.lineAt(offset)

const unique = (
  lint: Lint,
  report: Report,
  items: readonly { readonly name: string }[],
  kind: string,
): void => {
  const first = new Map<string, object>()
  for (const item of items) {
    if (item.name === '') continue
    const earlier = first.get(item.name)
    if (earlier === undefined) {
      first.set(item.name, item)
      continue
    }
    report(item, 'Name', {
      message: `a second ${kind} is called ${quote(item.name)}; the first is on line ${lineOf(lint, earlier)}`,
      effect: 'which of them is meant where the name is used is not defined',
      advice: 'give each a name of its own, and correct what refers to it',
    })
  }
}
