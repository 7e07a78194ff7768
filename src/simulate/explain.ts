import type { PluginConfig } from '../config/model.ts'
import { ManualClock } from '../core/clock.ts'
import type { RouterOptions } from '../core/options.ts'
import type { RequestHead } from '../core/request.ts'
import { createRouter, seededRandom } from '../core/router.ts'
import type { TraceRecord } from '../core/trace.ts'
import { listNames } from '../debug/list-names.ts'
import { factsOf } from './expect.ts'
import { Flight } from './flight.ts'
import { type ImaginedBody, noBody, VirtualNetwork } from './network.ts'
import { remarks } from './remarks.ts'
import { forwardedBody } from './request-head.ts'
import type { Answer, Behaviour, GivenServer } from './scenario.ts'
import { findServers, placeKey, type ServerPlace, unknownServer } from './server-names.ts'
import { isAlone, StateError, startState, withLimit } from './start-state.ts'

/** Circumstances under which a request is imagined. Servers by `NAME` or `CLUSTER/NAME`. */
export interface Circumstances {
  readonly head: RequestHead
  readonly body?: ImaginedBody
  /** Marked down, with so many seconds left on the retry timer; null: the whole interval. */
  readonly down?: readonly { readonly name: string; readonly seconds: number | null }[]
  /** At their MaxConnections. */
  readonly busy?: readonly string[]
  /** Taken out of service by an operator: sessions stay with the first, and nobody gets to the second. */
  readonly draining?: readonly string[]
  readonly stopped?: readonly string[]
  /** What attempts at a server come to; several for one server follow each other, the last one stays. */
  readonly fail?: readonly { readonly name: string; readonly how: Answer }[]
  readonly seed: number
}

/** How the request ends. */
export interface ExplainedOutcome {
  readonly kind: 'served' | 'decline' | 'fail'
  readonly server?: string
  readonly cluster?: string
  readonly status?: number
  /** Why that server, or why none. */
  readonly reason: string
}

/** What happens to an imagined request, and why. */
export interface Explanation {
  readonly outcome: ExplainedOutcome
  readonly steps: readonly TraceRecord[]
  /** Servers that were tried in vain before. */
  readonly failedBefore: readonly string[]
  /** What was assumed, could not be as asked, or does not show in the steps. */
  readonly notes: readonly string[]
  /** A random number was drawn. */
  readonly usedChance: boolean
  /** What other random numbers could have led to: servers, or statuses where none served it. Empty: nothing else. */
  readonly otherwise: readonly string[]
  /** Time that passed on the virtual clock until the end. */
  readonly seconds: number
}

/**
 * Sends one imagined request through a fresh router and tells what it did. A server name that several clusters have
 * means the one of the cluster that the request is bound to.
 *
 * @param options of the router; with a `snapshot`, such as that of a running edge, it begins with that state in the
 *   moment in which it was taken, and `down`, `busy`, `draining` and `stopped` come on top of it.
 * @throws StateError for a server that does not exist or a state that cannot be.
 */
export const explain = (
  config: PluginConfig,
  circumstances: Circumstances,
  options: RouterOptions = {},
): Explanation => {
  const body = forwardedBody(circumstances.head.method, circumstances.body ?? noBody, config)
  const asked = circumstances.body !== undefined && body.bytes !== circumstances.body.bytes
  const head = asked ? { ...circumstances.head, body: 0 } : circumstances.head
  const notes: string[] = []
  if (asked) {
    notes.push(`the body of a ${head.method} is read and dropped, unless AcceptAllContent is true`)
  }
  const scene = sceneOf(config, { ...circumstances, head }, options, notes)
  const generator = seededRandom(circumstances.seed)
  let draws = 0
  const { flight, seconds } = play(scene, body, () => {
    draws++
    return generator()
  })
  const outcome = outcomeOf(flight)
  return {
    outcome,
    steps: flight.records,
    failedBefore: flight.contacted.slice(0, flight.step.kind === 'done' ? -1 : undefined),
    notes: [...notes, ...flight.notes, ...remarks(config, head, body, flight)],
    usedChance: draws > 0,
    otherwise: draws > 0 ? otherEnds(onlyRoute(scene, flight), body, outcome) : [],
    seconds,
  }
}

/** Everything that stays the same when a request is imagined once more. */
interface Scene {
  readonly config: PluginConfig
  readonly head: RequestHead
  readonly options: RouterOptions
  readonly servers: Readonly<Record<string, GivenServer>>
  readonly behaviours: ReadonlyMap<string, readonly Behaviour[]>
}

const sceneOf = (
  config: PluginConfig,
  { head, down = [], busy = [], draining = [], stopped = [], fail = [] }: Circumstances,
  options: RouterOptions,
  notes: string[],
): Scene => {
  const fresh = createRouter(config, { ...options, clock: startClock(options) })
  const start = fresh.snapshot()
  const bound = fresh.route(head).binding?.cluster

  const placesOf = (name: string, withAddresses: boolean): readonly ServerPlace[] => {
    const places = findServers(config, name, withAddresses)
    if (places.length === 0) {
      throw new StateError(
        findServers(config, name, true).length > 0
          ? `${name} is a ClusterAddress, which is never marked down and has no MaxConnections`
          : unknownServer(config, name, withAddresses),
      )
    }
    const here = places.filter(place => place.cluster === bound)
    if (here.length > 0) return here
    if (bound !== undefined) {
      notes.push(
        `${name} is a server of ${places.map(place => place.cluster).join(', ')}, and the request belongs to ${bound}`,
      )
    }
    return places
  }

  const servers: Record<string, GivenServer> = {}
  const change = (place: ServerPlace, setting: GivenServer): void => {
    servers[placeKey(place)] = { ...servers[placeKey(place)], ...setting }
  }
  for (const { name, seconds } of down) {
    for (const place of placesOf(name, false)) {
      if (isAlone(start, place)) {
        notes.push(
          `${place.server} is the only server of ${place.cluster} that can be used, and such a server is never marked down`,
        )
      } else {
        change(place, seconds === null ? { health: 'down' } : { retryInSeconds: seconds })
      }
    }
  }
  let limited = config
  for (const name of busy) {
    for (const place of placesOf(name, false)) {
      const server = config.clusters
        .find(cluster => cluster.name === place.cluster)
        ?.servers.find(each => each.name === place.server)
      if (server?.maxConnections === 0) {
        notes.push(`MaxConnections of ${place.server} is unlimited; it is taken to be 1`)
        limited = withLimit(limited, place)
      }
      change(place, { busy: true })
    }
  }

  for (const [admin, names] of Object.entries({ draining, stopped } as const)) {
    for (const place of names.flatMap(name => placesOf(name, false))) {
      change(place, { admin: admin as 'draining' | 'stopped' })
    }
  }

  const behaviours = new Map<string, readonly Behaviour[]>()
  for (const { name, how } of fail) {
    for (const place of placesOf(name, true)) {
      const before = behaviours.get(placeKey(place)) ?? []
      behaviours.set(placeKey(place), [
        ...before.map(each => ({ ...each, times: 1 })),
        { does: how },
      ])
    }
  }
  return { config: limited, head, options, servers, behaviours }
}

/** Begins at the moment of the state that is given, so that what is left of retry timers is what was left then. */
const startClock = ({ snapshot }: RouterOptions): ManualClock => new ManualClock(snapshot?.takenAt)

/** Lets the request run to its end. */
const play = (
  { config, head, options, servers, behaviours }: Scene,
  body: ImaginedBody,
  random: () => number,
): { readonly flight: Flight; readonly seconds: number } => {
  const clock = startClock(options)
  const network = new VirtualNetwork(clock)
  for (const [key, list] of behaviours) network.set(key, list)
  const withClock = { ...options, clock, random }
  // What the servers are does not depend on the Routes, which can be many.
  const base = createRouter({ ...config, routes: [] }, withClock).snapshot()
  const snapshot = startState(base, config, { servers }, clock.now())
  const router = createRouter(config, { ...withClock, snapshot })
  const flight = new Flight({ router, head, body, clock })
  flight.run(network)
  return { flight, seconds: Math.round(clock.now() - flight.startedAt) / 1000 }
}

/** The same with no Route but the one that has won: it will win again, and is found faster. */
const onlyRoute = (scene: Scene, { route }: Flight): Scene => {
  const { config } = scene
  const routes = route === undefined ? [] : config.routes.slice(route, route + 1)
  return { ...scene, config: { ...config, routes } }
}

/** More servers than this are not all tried as the first one. */
const mostStarts = 64

/** Where the request ends when round robin begins elsewhere, or another server is drawn. */
const otherEnds = (
  scene: Scene,
  body: ImaginedBody,
  { cluster, ...outcome }: ExplainedOutcome,
): readonly string[] => {
  const config = scene.config.clusters.find(each => each.name === cluster)
  const starts = Math.min(mostStarts, config === undefined ? 0 : listNames(config).primaries.length)
  const ends = new Set<string>()
  for (let start = 0; start < starts; start++) {
    const { flight } = play(scene, body, () => (start + 0.5) / starts)
    ends.add(endOf(outcomeOf(flight)))
  }
  ends.delete(endOf(outcome))
  return [...ends]
}

const endOf = ({ server, status, reason }: ExplainedOutcome): string =>
  server ?? (status === undefined ? reason : `status ${status}`)

const outcomeOf = (flight: Flight): ExplainedOutcome => {
  const facts = factsOf(flight, flight.startedAt)
  const cluster = facts.cluster === undefined ? {} : { cluster: facts.cluster }
  if (facts.outcome === 'decline') return { kind: 'decline', reason: 'no-route' }
  if (facts.outcome === 'served' && facts.server !== undefined && facts.status !== undefined) {
    const { server, status } = facts
    return { kind: 'served', server, ...cluster, status, reason: facts.why ?? '' }
  }
  const reason = facts.reason ?? facts.outcome
  return {
    kind: 'fail',
    ...cluster,
    ...(facts.status !== undefined && { status: facts.status }),
    reason,
  }
}
