import type { Scheme, Server, ServerCluster, Transport } from '../config/model.ts'
import type { AdminState } from './admin-state.ts'
import { type CloneId, cloneIdsOf, type IdSplitter, splitterFor } from './affinity/clone-id.ts'
import { inListOrder, resolveLists } from './lists.ts'
import type { RouterOptions, Switches } from './options.ts'
import type { PartitionTable } from './partition-table.ts'
import { normalise } from './selection/weights.ts'
import { ServerState } from './server.ts'
import type { ClusterSnapshot, ServerSnapshot } from './snapshot.ts'
import { type ChosenTransport, chooseTransports } from './transports.ts'

/** One cluster, resolved and with its state. */
export class ClusterState {
  readonly name: string
  readonly config: ServerCluster
  readonly servers: readonly ServerState[]
  /** Usable servers of the primary list, in list order (K1). */
  readonly primaries: readonly ServerState[]
  readonly backups: readonly ServerState[]
  readonly address: ServerState | null
  /** N4: one usable server over both lists. It is never marked down and has no weights. */
  readonly single: boolean
  readonly split: IdSplitter
  /** The servers that affinity compares an id with, in order (2.3). */
  readonly affinityList: readonly ServerState[]
  /** Clone IDs of every server, listed or not (A5). */
  readonly cloneIds: ReadonlyMap<string, CloneId>
  partitions: ReadonlyMap<string, readonly string[]> | null = null
  /** W18: a request that its session brings here takes one off the weight of its server. */
  readonly affinityCosts: boolean
  /** T1, T2: one attempt, and one retry for each server there is. */
  readonly mostAttempts: number
  /** Index of the primary that round robin picked last; null: it has not begun (W6). */
  cursor: number | null = null
  /** No operator has taken a server out: the usual case, in which no request looks at them for that. */
  allInService = true

  constructor(config: ServerCluster, options: RouterOptions, switches: Switches) {
    this.name = config.name
    this.config = config
    const lists = resolveLists(config)
    const choose = (transports: readonly Transport[], owner: string) =>
      chooseTransports(transports, owner, config, options, switches)
    const chosen = config.servers.map(server => choose(server.transports, server.name))
    const isCandidate = (server: Server, i: number) =>
      lists.get(server) !== undefined && (chosen[i]?.http ?? chosen[i]?.https ?? null) !== null
    this.single = config.servers.filter(isCandidate).length === 1
    // Q12: a lone server keeps its weight as configured; a posted log shows it so.
    const configured = config.servers.map(server => server.loadBalanceWeight)
    const starts = this.single ? configured : normalise(configured)
    this.servers = config.servers.map(
      (server, i) =>
        new ServerState(
          server,
          lists.get(server) ?? 'none',
          chosen[i] as (typeof chosen)[number],
          starts[i] as number,
        ),
    )
    this.primaries = inListOrder(config.primaryServers, this.servers, 'primary')
    this.backups = inListOrder(config.backupServers, this.servers, 'backup')
    this.address = addressState(config, choose)
    this.affinityList = [...this.primaries, ...this.backups]
    this.mostAttempts = 1 + this.affinityList.length
    this.affinityCosts =
      !config.ignoreAffinityRequests && config.loadBalance === 'round-robin' && !this.single
    this.cloneIds = cloneIdsOf(this.servers, this.affinityList)
    this.split = splitterFor(
      options.affinityDialect?.[config.name] ?? 'websphere',
      config.cloneSeparator,
      this.cloneIds,
    )
    const table = options.partitionTables?.[config.name]
    if (table !== undefined) this.setPartitions(table)
  }

  setPartitions(table: PartitionTable): void {
    this.partitions = new Map(Object.entries(table))
  }

  /** @returns false when the cluster has no such server; the ClusterAddress is none. */
  administer(name: string, state: AdminState): boolean {
    const named = this.servers.filter(each => each.name === name)
    for (const server of named) server.outOfService = state === 'in-service' ? null : state
    this.#noteService()
    return named.length > 0
  }

  #noteService(): void {
    this.allInService = this.servers.every(server => server.outOfService === null)
  }

  /** Whether an id is a configured clone ID or partition id (A5). */
  knows({ known, text }: CloneId): boolean {
    return known || this.partitions?.has(text) === true
  }

  /** A8: false where no session could name a server; the owners of partition ids are clone IDs too. */
  get hasAffinity(): boolean {
    return this.cloneIds.size > 0
  }

  snapshot(now: number): ClusterSnapshot {
    const retryIntervalMs = this.config.retryIntervalMs
    const serverSnapshot = (server: ServerState): ServerSnapshot => ({
      name: server.name,
      cloneId: server.cloneId,
      list: server.list,
      usable: server.usable,
      health: server.health,
      ...(server.outOfService !== null && { admin: server.outOfService }),
      lastFailureAt: server.lastFailureAt,
      retryInMs: server.markedDown ? Math.max(0, server.retryInMs(retryIntervalMs, now)) : null,
      busy: server.busy,
      maxConnections: server.config.maxConnections,
      weight: { start: server.start, current: server.current },
      pending: server.pending,
      failed: server.failed,
      affinity: server.affinity,
      total: server.total,
    })
    return {
      name: this.name,
      loadBalance: this.config.loadBalance,
      retryIntervalMs,
      cursor: this.cursor,
      servers: this.servers.map(serverSnapshot),
      ...(this.address !== null && { clusterAddress: serverSnapshot(this.address) }),
      ...(this.partitions !== null && { partitionTable: Object.fromEntries(this.partitions) }),
    }
  }

  /** Takes over what a snapshot says of the servers that this configuration still has. */
  restore(snapshot: ClusterSnapshot): void {
    if (snapshot.cursor === null || snapshot.cursor < this.primaries.length) {
      this.cursor = snapshot.cursor
    }
    if (snapshot.partitionTable !== undefined) this.setPartitions(snapshot.partitionTable)
    const saved = new Map(snapshot.servers.map(server => [server.name, server]))
    for (const server of this.servers) {
      const state = saved.get(server.name)
      if (state === undefined) continue
      restoreServer(server, state, this.single)
      server.outOfService = state.admin ?? null
    }
    this.#noteService()
    if (this.address !== null && snapshot.clusterAddress !== undefined) {
      restoreServer(this.address, snapshot.clusterAddress, true)
    }
  }
}

const restoreServer = (server: ServerState, saved: ServerSnapshot, neverDown: boolean): void => {
  server.health = neverDown ? 'up' : saved.health
  if (server.health !== 'probing') server.probe = null
  server.lastFailureAt = saved.lastFailureAt
  server.current = saved.weight.current
  server.pending = saved.pending
  server.failed = saved.failed
  server.affinity = saved.affinity
  server.total = saved.total
}

/** The ClusterAddress, dressed as a server so that its attempts and counters need no second form. */
const addressState = (
  config: ServerCluster,
  choose: (
    transports: readonly Transport[],
    owner: string,
  ) => Record<Scheme, ChosenTransport | null>,
): ServerState | null => {
  const address = config.clusterAddress
  if (address === undefined) return null
  const server: Server = {
    name: address.name,
    loadBalanceWeight: 0,
    connectTimeoutMs: 0,
    serverIoTimeoutMs: 0,
    serverIoTimeoutMarksDown: false,
    wsServerIoTimeoutMs: 0,
    wsServerIdleTimeoutMs: 0,
    extendedHandshake: false,
    maxConnections: 0,
    waitForContinue: false,
    transports: address.transports,
  }
  return new ServerState(server, 'cluster-address', choose(address.transports, address.name), 0)
}
