import type { RouterOptions } from '../core/options.ts'
import type { RouterSnapshot } from '../core/snapshot.ts'
import type { Edge } from '../edge/edge.ts'
import { type Explanation, explain } from '../simulate/explain.ts'
import { StateError } from '../simulate/start-state.ts'
import { circumstancesOf, type ExplainQuery } from './query.ts'
import { Refusal } from './refusal.ts'

/**
 * What a running edge would do with a request, from the state that it has now: marked-down servers with what is left of
 * their retry timers, pending requests, weights and whose turn it is. The decisions are made by a router of their own,
 * so that the edge's state stays as it is.
 *
 * @throws Refusal 400 for a URL that is none, and for a server or a state that cannot be.
 */
export const explainLive = (
  edge: Pick<Edge, 'config' | 'snapshot' | 'routerSettings'>,
  query: ExplainQuery,
): { readonly snapshot: RouterSnapshot; readonly explanation: Explanation } => {
  const snapshot = edge.snapshot()
  const { unusable = [], ...switches } = edge.routerSettings
  const options: RouterOptions = {
    ...switches,
    snapshot,
    transportUsable: usableIn(snapshot, unusable),
  }
  try {
    return { snapshot, explanation: explain(edge.config, circumstancesOf(query), options) }
  } catch (error) {
    if (error instanceof StateError) throw new Refusal(400, error.message)
    throw error
  }
}

/** Transports that the last load left out (F17, Y6): those that are named, and all of a server without any. */
const usableIn = (
  { clusters }: RouterSnapshot,
  unusable: readonly string[],
): NonNullable<RouterOptions['transportUsable']> => {
  const keyOf = (cluster: string, server: string): string => JSON.stringify([cluster, server])
  const gone = new Set(
    clusters.flatMap(({ name, servers, clusterAddress }) =>
      [...servers, ...(clusterAddress === undefined ? [] : [clusterAddress])]
        .filter(server => !server.usable)
        .map(server => keyOf(name, server.name)),
    ),
  )
  const named = new Set(unusable)
  return ({ protocol }, owner, { name: cluster }) =>
    !gone.has(keyOf(cluster, owner)) &&
    !named.has(`${cluster}/${owner}`) &&
    !named.has(`${cluster}/${owner}/${protocol}`)
}
