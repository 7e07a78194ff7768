import { isDeepStrictEqual } from 'node:util'
import type { PluginConfig } from '../config/model.ts'
import type { ClusterSnapshot, RouterSnapshot, ServerSnapshot } from '../core/snapshot.ts'
import type { GivenServer, MarkStep } from '../simulate/scenario.ts'
import { placeKey } from '../simulate/server-names.ts'
import { primaryNames } from '../simulate/start-state.ts'

/** What leads from one state to another, in the words of a scenario. */
export interface StateChange {
  readonly mark: MarkStep['mark']
  readonly firstPick?: Readonly<Record<string, string>>
  /** Partition tables that are new, by cluster. */
  readonly tables?: Readonly<Record<string, NonNullable<ClusterSnapshot['partitionTable']>>>
}

/** undefined: the two states are the same as far as a scenario can tell. */
export const changeBetween = (
  present: RouterSnapshot,
  wanted: RouterSnapshot,
  config: PluginConfig,
  now: number,
): StateChange | undefined => {
  const mark: Record<string, GivenServer> = {}
  const firstPick: Record<string, string> = {}
  const tables: Record<string, NonNullable<ClusterSnapshot['partitionTable']>> = {}
  for (const cluster of wanted.clusters) {
    const own = present.clusters.find(each => each.name === cluster.name)
    if (own === undefined) continue
    const names = primaryNames(config, cluster)
    if (cluster.cursor !== null && cluster.cursor !== own.cursor && names.length > 0) {
      firstPick[cluster.name] = names[(cluster.cursor + 1) % names.length] as string
    }
    const table = cluster.partitionTable
    if (table !== undefined && !isDeepStrictEqual(table, own.partitionTable)) {
      tables[cluster.name] = table
    }
    for (const server of cluster.servers) {
      const before = own.servers.find(each => each.name === server.name)
      const setting = before && settingBetween(before, server, cluster.retryIntervalMs, now)
      if (setting !== undefined && Object.keys(setting).length > 0) {
        mark[placeKey({ cluster: cluster.name, server: server.name })] = setting
      }
    }
  }
  const some = (object: object): boolean => Object.keys(object).length > 0
  if (!some(mark) && !some(firstPick) && !some(tables)) return undefined
  return {
    mark,
    ...(some(firstPick) && { firstPick }),
    ...(some(tables) && { tables }),
  }
}

const settingBetween = (
  before: ServerSnapshot,
  after: ServerSnapshot,
  retryIntervalMs: number,
  now: number,
): GivenServer => {
  const down = after.health !== 'up'
  const moved = before.health !== after.health || before.lastFailureAt !== after.lastFailureAt
  const leftMs = Math.ceil((after.lastFailureAt ?? 0) + retryIntervalMs - now)
  return {
    ...(before.health !== after.health && { health: after.health }),
    ...(down &&
      moved && {
        health: after.health,
        retryInSeconds: Math.min(retryIntervalMs, Math.max(0, leftMs)) / 1000,
      }),
    ...(before.admin !== after.admin && { admin: after.admin ?? 'in-service' }),
    ...(before.pending !== after.pending && { pending: after.pending }),
    ...(before.weight.current !== after.weight.current && { weight: after.weight.current }),
    ...(before.failed !== after.failed && { failed: after.failed }),
    ...(before.affinity !== after.affinity && { affinity: after.affinity }),
    ...(before.total !== after.total && { total: after.total }),
  }
}
