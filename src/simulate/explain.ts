import type { PluginConfig } from '../config/model.ts'
import { ManualClock } from '../core/clock.ts'
import type { RouterOptions } from '../core/options.ts'
import type { RequestHead } from '../core/request.ts'
import { createRouter, seededRandom } from '../core/router.ts'
import type { TraceRecord } from '../core/trace.ts'
import { factsOf } from './expect.ts'
import { Flight } from './flight.ts'
import { type ImaginedBody, noBody, VirtualNetwork } from './network.ts'
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
  /** What was assumed or could not be as asked. */
  readonly notes: readonly string[]
  /** A random number was drawn, so that another seed may give another answer. */
  readonly usedChance: boolean
}

/**
 * Sends one imagined request through a fresh router and tells what it did. A server name that several clusters have
 * means the one of the cluster that the request is bound to.
 *
 * @throws StateError for a server that does not exist or a state that cannot be.
 */
export const explain = (
  config: PluginConfig,
  circumstances: Circumstances,
  options: RouterOptions = {},
): Explanation => {
  const { head, body = noBody, down = [], busy = [], fail = [], seed } = circumstances
  const clock = new ManualClock()
  const fresh = createRouter(config, { ...options, clock })
  const start = fresh.snapshot()
  const bound = fresh.route(head).binding?.cluster
  const notes: string[] = []

  const placesOf = (name: string, withAddresses: boolean): readonly ServerPlace[] => {
    const places = findServers(config, name, withAddresses)
    if (places.length === 0) throw new StateError(unknownServer(config, name, withAddresses))
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
          `${place.server} is the only server of ${place.cluster} that can be used, and such a server is never marked down (N2)`,
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

  const network = new VirtualNetwork(clock)
  const behaviours = new Map<string, Behaviour[]>()
  for (const { name, how } of fail) {
    for (const place of placesOf(name, true)) {
      const list = behaviours.get(placeKey(place)) ?? []
      behaviours.set(placeKey(place), [...list, { does: how }])
    }
  }
  for (const [key, list] of behaviours) {
    network.set(
      key,
      list.map((each, index) => (index < list.length - 1 ? { ...each, times: 1 } : each)),
    )
  }

  let usedChance = false
  const generator = seededRandom(seed)
  const random = (): number => {
    usedChance = true
    return generator()
  }
  const withClock = { ...options, clock, random }
  const base = createRouter(limited, withClock).snapshot()
  const snapshot = startState(base, limited, { servers }, clock.now())
  const router = createRouter(limited, { ...withClock, snapshot })
  const flight = new Flight({ router, head, body, clock })
  flight.run(network)
  return {
    outcome: outcomeOf(flight, clock),
    steps: flight.records,
    failedBefore: flight.contacted.slice(0, flight.step.kind === 'done' ? -1 : undefined),
    notes: [...notes, ...flight.notes],
    usedChance,
  }
}

const outcomeOf = (flight: Flight, clock: ManualClock): ExplainedOutcome => {
  const facts = factsOf(flight, clock.now())
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
