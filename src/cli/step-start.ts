import type { ExplainQuery } from '../admin/query.ts'
import type { PluginConfig } from '../config/model.ts'
import { ManualClock } from '../core/clock.ts'
import type { RequestHead } from '../core/request.ts'
import { createRouter } from '../core/router.ts'
import { hostOf } from '../simulate/request-head.ts'
import type { Given, GivenServer } from '../simulate/scenario.ts'
import { findServers, placeKey, type ServerPlace, unknownServer } from '../simulate/server-names.ts'
import { isAlone, withLimit } from '../simulate/start-state.ts'
import type { SteppedRequest } from '../stepper/stepper.ts'
import { UsageError } from './io.ts'

/** What the step debugger begins with, and what was assumed for it. */
export interface StepStart {
  /** As it was read, unless a server had to get a limit to be busy. */
  readonly config: PluginConfig
  readonly request: SteppedRequest
  readonly given: Given
  readonly notes: readonly string[]
}

/**
 * The request and the state that the command line describes. A server name that several clusters have means the one of
 * the cluster that the request is bound to.
 *
 * @throws UsageError for a server that does not exist or cannot be in that state.
 */
export const stepStart = (
  config: PluginConfig,
  query: ExplainQuery,
  head: RequestHead,
): StepStart => {
  const router = createRouter(config, { clock: new ManualClock() })
  const fresh = router.snapshot()
  const bound = router.route(head).binding?.cluster
  const notes: string[] = []
  const servers: Record<string, GivenServer> = {}

  const placeOf = (name: string): ServerPlace => {
    const places = findServers(config, name)
    const place = places.find(each => each.cluster === bound) ?? places[0]
    if (place !== undefined) return place
    throw new UsageError(
      findServers(config, name, true).length > 0
        ? `${name} is a ClusterAddress, which is never marked down and has no MaxConnections`
        : unknownServer(config, name),
    )
  }
  const change = (place: ServerPlace, setting: GivenServer): void => {
    servers[placeKey(place)] = { ...servers[placeKey(place)], ...setting }
  }

  for (const { name, seconds } of query.down ?? []) {
    const place = placeOf(name)
    if (isAlone(fresh, place)) {
      throw new UsageError(
        `${place.server} is the only server of ${place.cluster} that can be used, and such a server is never marked down; leave --down ${name} out`,
      )
    }
    const left = seconds ?? null
    change(place, left === null ? { health: 'down' } : { retryInSeconds: left })
  }
  let limited = config
  for (const name of query.busy ?? []) {
    const place = placeOf(name)
    const cluster = config.clusters.find(each => each.name === place.cluster)
    if (cluster?.servers.find(each => each.name === place.server)?.maxConnections === 0) {
      notes.push(`MaxConnections of ${place.server} is unlimited; it is taken to be 1`)
      limited = withLimit(limited, place)
    }
    change(place, { busy: true })
  }
  const some = Object.keys(servers).length > 0
  return { config: limited, request: requestOf(query), given: some ? { servers } : {}, notes }
}

const requestOf = (query: ExplainQuery): SteppedRequest => {
  const headers: Record<string, string> = {}
  const cookies: string[] = []
  for (const [name, value] of Object.entries(query.headers ?? {})) {
    const values = [value].flat()
    if (name === 'cookie') cookies.push(...values)
    // Several Host fields are refused (E7); of other fields a list means the same (RFC 9110 5.3).
    else headers[name] = name === 'host' ? (hostOf(values) ?? '') : values.join(', ')
  }
  cookies.push(...[query.cookie ?? []].flat())
  return {
    url: query.url,
    method: query.method ?? 'GET',
    headers,
    cookie: cookies.length === 0 ? undefined : cookies.join('; '),
    bodyBytes: query.bodyBytes ?? 0,
    ...(query.localPort !== undefined && { localPort: query.localPort }),
  }
}
