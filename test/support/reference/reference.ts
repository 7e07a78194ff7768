/**
 * The specification of routing made runnable: routing.md and decisions.md in their own order, for judging the real core.
 * Deliberately naive. Nothing is prepared or remembered but plain data; every request scans the configuration anew.
 *
 *   matching.ts   §1.2        P2, P3
 *   affinity.ts   §2.1, §2.2  P6
 *   weights.ts    §3.1, §3.3
 *   check.ts      §3.7, §5
 *   selection.ts  §2.3, §2.4, §3.2, §3.6, §6   P7
 *   failures.ts   §4.1, §4.4, §8.1
 *   body.ts       §4.2
 *   exchange.ts   §1.1, §4.3, §9
 *
 * cluster.ts (§1.3, §2.5) holds the data; conversation.ts, facts.ts and records.ts are the forms of steps and records.
 */
import type { PluginConfig } from '../../../src/config/model.ts'
import { type Clock, ManualClock } from '../../../src/core/clock.ts'
import type { RouterOptions, Switches } from '../../../src/core/options.ts'
import type { PartitionTable } from '../../../src/core/partition-table.ts'
import type { RequestHead } from '../../../src/core/request.ts'

import type { ClusterSnapshot, RouterSnapshot, ServerSnapshot } from '../../../src/core/snapshot.ts'
import type { TraceRecord } from '../../../src/core/trace.ts'
import { PluginError } from '../../../src/errors.ts'
import { isBusy } from './check.ts'
import { type Cluster, listOf, type Member, openCluster } from './cluster.ts'
import type { Exchange, Router } from './contract.ts'
import { ReferenceExchange } from './exchange.ts'
import { framed } from './records.ts'

/** Makes a router that follows the specification and nothing else. @throws PluginError `CONFIG_INVALID`. */
export const createReferenceRouter = (config: PluginConfig, options: RouterOptions = {}): Router =>
  new ReferenceRouter(config, options)

class ReferenceRouter implements Router {
  readonly config: PluginConfig
  readonly #options: RouterOptions
  readonly #switches: Switches
  readonly #clock: Clock
  readonly #random: () => number
  readonly #clusters: readonly Cluster[]
  #exchanges: number

  constructor(config: PluginConfig, options: RouterOptions) {
    refuseUnknownGroups(config)
    this.config = config
    this.#options = options
    this.#switches = switchesOf(config, options)
    this.#clock = options.clock ?? new ManualClock()
    this.#random = options.random ?? (() => 0)
    this.#exchanges = options.snapshot?.exchanges ?? 0
    this.#clusters = config.clusters.map(settings =>
      openCluster(
        settings,
        options,
        options.snapshot?.clusters.find(saved => saved.name === settings.name),
      ),
    )
  }

  route(head: RequestHead, onTrace = this.#options.onTrace): Exchange {
    this.#exchanges += 1
    const number = this.#exchanges
    return new ReferenceExchange(number, head, {
      config: this.config,
      clusters: this.#clusters,
      switches: this.#switches,
      options: this.#options,
      clock: this.#clock,
      random: this.#random,
      tell: fact => onTrace?.(framed(fact, number, this.#clock.now()) satisfies TraceRecord),
    })
  }

  setPartitionTable(name: string, table: PartitionTable): void {
    const cluster = this.#clusters.find(c => c.settings.name === name)
    if (cluster !== undefined) cluster.partitionTable = table
  }

  snapshot(): RouterSnapshot {
    const now = this.#clock.now()
    return {
      takenAt: now,
      exchanges: this.#exchanges,
      clusters: this.#clusters.map(cluster => clusterSnapshot(cluster, now)),
    }
  }
}

/** plugin-cfg.md §0.3: a Route that names a missing group spoils the file; a missing cluster is Q4. */
const refuseUnknownGroups = (config: PluginConfig): void => {
  for (const route of config.routes) {
    const { virtualHostGroup, uriGroup } = route
    const missing =
      virtualHostGroup !== undefined &&
      !config.virtualHostGroups.some(group => group.name === virtualHostGroup)
        ? `VirtualHostGroup ${virtualHostGroup}`
        : uriGroup !== undefined && !config.uriGroups.some(group => group.name === uriGroup)
          ? `UriGroup ${uriGroup}`
          : null
    if (missing !== null) {
      throw new PluginError('CONFIG_INVALID', `a Route names ${missing}, which is not defined`)
    }
  }
}

/** §0: the newest documented behaviour, unless an option or the file says otherwise. */
const switchesOf = ({ settings }: PluginConfig, options: RouterOptions): Switches => ({
  // E20.
  affinityFailover:
    options.affinityFailover ?? (settings.failoverToNext === true ? 'ordered' : 'balanced'),
  insecureFallback: options.insecureFallback ?? settings.useInsecure,
  connectionTtlDefaultMs: options.connectionTtlDefaultMs ?? 28_000,
  retryClock: options.retryClock ?? 'now',
  probe503ClearsFlag: options.probe503ClearsFlag ?? true,
  statsVocabulary: options.statsVocabulary ?? 'requests',
  markDownOn5xx: options.markDownOn5xx ?? false,
  allDown: options.allDown ?? 'fail',
  backupAffinity: options.backupAffinity ?? true,
  ambiguousPaths: options.ambiguousPaths ?? 'refuse',
  // E21.
  markBusyDown: settings.markBusyDown,
})

const clusterSnapshot = (cluster: Cluster, now: number): ClusterSnapshot => {
  const { name, loadBalance, retryIntervalMs } = cluster.settings
  return {
    name,
    loadBalance,
    retryIntervalMs,
    cursor: cluster.cursor,
    servers: cluster.members.map(member =>
      serverSnapshot(member, listOf(cluster, member), retryIntervalMs, now),
    ),
    ...(cluster.address !== null && {
      clusterAddress: serverSnapshot(cluster.address, 'cluster-address', retryIntervalMs, now),
    }),
    ...(cluster.partitionTable !== undefined && { partitionTable: cluster.partitionTable }),
  }
}

const serverSnapshot = (
  member: Member,
  list: ServerSnapshot['list'],
  retryIntervalMs: number,
  now: number,
): ServerSnapshot => {
  const { settings, usable, health, lastFailureAt, start, current } = member
  const { pending, failed, affinity, total } = member
  return {
    name: settings.name,
    cloneId: settings.cloneId ?? null,
    list,
    usable,
    health,
    lastFailureAt,
    retryInMs: health === 'up' ? null : Math.max(0, (lastFailureAt ?? now) + retryIntervalMs - now),
    busy: isBusy(member),
    maxConnections: settings.maxConnections,
    weight: { start, current },
    pending,
    failed,
    affinity,
    total,
  }
}
