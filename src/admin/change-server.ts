import type { AdminState } from '../core/admin-state.ts'
import type { ServerSnapshot } from '../core/snapshot.ts'
import type { Edge } from '../edge/edge.ts'
import { PluginError } from '../errors.ts'
import { markedState } from '../simulate/mark.ts'
import { StateError } from '../simulate/start-state.ts'
import { Refusal } from './refusal.ts'

/** A server as the endpoint shows it. */
export type ServerRow = Omit<ServerSnapshot, 'admin'> & {
  readonly cluster: string
  readonly admin: AdminState
}

/** The servers of all clusters in one list, each with the name of its cluster. */
export const serverRows = (edge: Edge): readonly ServerRow[] =>
  edge.snapshot().clusters.flatMap(({ name, servers, clusterAddress }) =>
    [...servers, ...(clusterAddress === undefined ? [] : [clusterAddress])].map(server => ({
      cluster: name,
      admin: 'in-service' as const,
      ...server,
    })),
  )

/**
 * Does what an operator says of a server. Its `health` holds until a request finds out otherwise, as a mark of the edge
 * itself does; its part in `admin` until an operator says otherwise.
 *
 * @throws Refusal 400 for anything else, 409 for what cannot be.
 */
export const changeServer = (
  edge: Edge,
  cluster: string,
  server: string,
  said: unknown,
): ServerRow | undefined => {
  const { health, admin } = readChange(said)
  try {
    if (health !== undefined) {
      const state = edge.snapshot()
      const mark = { [`${cluster}/${server}`]: health } as const
      edge.restore(markedState(state, edge.config, { mark }, state.takenAt))
    }
    if (admin !== undefined) edge.administer(cluster, server, admin)
  } catch (error) {
    if (error instanceof StateError || error instanceof PluginError) {
      throw new Refusal(409, error.message)
    }
    throw error
  }
  return serverRows(edge).find(row => row.cluster === cluster && row.name === server)
}

interface Change {
  readonly health?: 'up' | 'down'
  readonly admin?: AdminState
}

/** One of the two, or both. */
const readChange = (said: unknown): Change => {
  const change = typeof said === 'object' && said !== null ? said : {}
  const entries = Object.entries(change)
  const fits = entries.every(([name, value]) => words.get(name)?.includes(value) === true)
  if (fits && entries.length > 0) return change
  throw new Refusal(
    400,
    `write {"health": "up"} or {"health": "down"}, or {"admin": "draining"}, {"admin": "stopped"} or {"admin": "in-service"}, not ${JSON.stringify(said)}`,
  )
}

const words: ReadonlyMap<string, readonly unknown[]> = new Map([
  ['health', ['up', 'down']],
  ['admin', ['draining', 'stopped', 'in-service']],
])
