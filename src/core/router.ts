import type { PluginConfig } from '../config/model.ts'
import type { AdminState } from './admin-state.ts'
import { affinityNames } from './binding.ts'
import { type Clock, ManualClock } from './clock.ts'
import { ClusterState } from './cluster.ts'
import { Exchange, type World } from './exchange.ts'
import { type ExchangeNumbering, type RouterOptions, resolveSwitches } from './options.ts'
import type { PartitionTable } from './partition-table.ts'
import type { RequestHead } from './request.ts'
import { Aliases } from './routing/aliases.ts'
import { HostMemo, type KnownHost } from './routing/host-memo.ts'
import { bestMatch, RouteTable } from './routing/route-table.ts'
import { authorityOf, badTarget, foldPath, noPath, plainPathEnd } from './routing/target.ts'
import type { FoundEntry } from './routing/uri-table.ts'
import { Moment } from './selection/check.ts'
import type { RouterSnapshot } from './snapshot.ts'
import type { TraceRecord } from './trace.ts'
import { type TraceDepth, Tracer } from './tracer.ts'

/** Decides for every request which server gets it. One per configuration; a reload makes a new one. */
export interface Router {
  readonly config: PluginConfig
  /**
   * Begins an exchange: matches the head and, unless a body must be buffered first, chooses a server.
   * Never throws on what a client sends.
   *
   * @param onTrace gets the records of this exchange; default: `RouterOptions.onTrace`.
   * @param depth which of them; default `all`.
   */
  route(head: RequestHead, onTrace?: (record: TraceRecord) => void, depth?: TraceDepth): Exchange
  /** The whole state as plain JSON. */
  snapshot(): RouterSnapshot
  /** Replaces the partition table of a cluster (2.6). Unknown clusters are ignored. */
  setPartitionTable(cluster: string, table: PartitionTable): void
}

/** A router whose state can be put back while exchanges are under way: for simulators and the step debugger. */
export interface RestorableRouter extends Router {
  /**
   * Puts the state of a snapshot in the place of the present one; servers and clusters that it does not name stay as
   * they are. Exchanges under way go on from there, and one that holds a probe keeps it as long as the snapshot says
   * that its server is being probed; who probes is not in a snapshot.
   */
  restore(snapshot: RouterSnapshot): void
  /**
   * Takes a server out of service by hand, or puts it back, from the next choice on; what it has under way goes on.
   *
   * @returns false when the configuration has no such server.
   */
  administer(cluster: string, server: string, state: AdminState): boolean
}

/**
 * Makes a router. All work that a configuration allows is done here: names resolved, lists built, weights divided,
 * patterns sorted into the route table.
 *
 * @throws PluginError `CONFIG_INVALID` when a Route names a group that is not defined, `OPTION_INVALID`.
 */
export const createRouter = (config: PluginConfig, options: RouterOptions = {}): RestorableRouter =>
  new CompiledRouter(config, options)

class CompiledRouter implements RestorableRouter {
  readonly config: PluginConfig
  readonly #world: World
  readonly #clock: Clock
  readonly #onTrace: ((record: TraceRecord) => void) | undefined
  readonly #clusters: readonly ClusterState[]
  readonly #byName: ReadonlyMap<string, ClusterState>
  readonly #hosts: HostMemo
  /** Made for the first request that somebody follows. */
  #aliases: Aliases | undefined
  readonly #numbering: ExchangeNumbering

  constructor(config: PluginConfig, options: RouterOptions) {
    const switches = resolveSwitches(options, config.settings)
    this.config = config
    this.#clock = options.clock ?? new ManualClock()
    this.#world = {
      clock: this.#clock,
      random: options.random ?? seededRandom(1),
      switches,
      moment: new Moment(this.#clock),
    }
    this.#onTrace = options.onTrace
    this.#numbering = options.numbering ?? { last: 0 }
    this.#clusters = config.clusters.map(cluster => new ClusterState(cluster, options, switches))
    // L13: of several clusters with one name the first is meant.
    this.#byName = new Map(this.#clusters.toReversed().map(cluster => [cluster.name, cluster]))
    const table = new RouteTable(config, this.#byName)
    this.#hosts = new HostMemo(table, table.aliases)
    if (options.snapshot !== undefined) this.restore(options.snapshot)
  }

  route(head: RequestHead, onTrace = this.#onTrace, depth: TraceDepth = 'all'): Exchange {
    const number = ++this.#numbering.last
    const { statsVocabulary } = this.#world.switches
    const tracer =
      onTrace === undefined ? undefined : new Tracer(number, this.#clock, statsVocabulary, onTrace)
    const exchange = new Exchange(number, this.#world, head, tracer, depth)
    this.#bind(exchange, head, depth === 'all' ? tracer : undefined)
    return exchange
  }

  /** P1 to P3. Apart from `route`, so that V8 has room to build what makes an exchange into it. */
  #bind(exchange: Exchange, head: RequestHead, tracer: Tracer | undefined): void {
    const { target, scheme, localPort } = head
    const plain = plainPathEnd(target)
    const path = plain === -1 ? foldPath(target, this.#world.switches.ambiguousPaths) : target
    if (path === badTarget) {
      exchange.refuse(400, 'bad-target')
      return
    }
    const authority = plain === -1 ? authorityOf(target) : null
    const host = this.#hosts.find(
      authority ?? head.host ?? '',
      scheme,
      this.config.settings.vhostMatchingCompat ? localPort : undefined,
    )
    if (host === null) {
      exchange.refuse(400, 'bad-host')
      return
    }
    const text = path === noPath ? target : path
    const end = plain === -1 ? text.length : plain
    const entry = path === noPath ? null : bestMatch(host.tables, text, end)
    if (entry === null) {
      tracer?.emit('decline', { host: host.host, port: host.port, path: text.slice(0, end) })
      exchange.decline()
      return
    }
    tracer?.emit('route', this.#routeFacts(entry, host, text.slice(0, end)))
    if (entry.target === null) exchange.refuse(500, 'cluster-unknown')
    else exchange.begin(entry.target)
  }

  snapshot(): RouterSnapshot {
    const takenAt = this.#clock.now()
    return {
      takenAt,
      exchanges: this.#numbering.last,
      clusters: this.#clusters.map(cluster => cluster.snapshot(takenAt)),
    }
  }

  restore(snapshot: RouterSnapshot): void {
    this.#numbering.last = snapshot.exchanges
    for (const saved of snapshot.clusters) this.#byName.get(saved.name)?.restore(saved)
  }

  administer(cluster: string, server: string, state: AdminState): boolean {
    return this.#byName.get(cluster)?.administer(server, state) ?? false
  }

  setPartitionTable(cluster: string, table: PartitionTable): void {
    this.#byName.get(cluster)?.setPartitions(table)
  }

  #routeFacts(entry: FoundEntry, host: KnownHost, path: string) {
    const route = this.config.routes[entry.route] as PluginConfig['routes'][number]
    this.#aliases ??= new Aliases(this.config.virtualHostGroups)
    const alias = this.#aliases.match(route.virtualHostGroup, host)
    return {
      host: host.host,
      port: host.port,
      path,
      cluster: route.serverCluster,
      route: entry.route,
      ...(route.virtualHostGroup !== undefined && { virtualHostGroup: route.virtualHostGroup }),
      ...(alias !== undefined && { virtualHost: alias.name }),
      ...(route.uriGroup !== undefined && { uriGroup: route.uriGroup }),
      ...(entry.uri !== null && { uri: entry.uri.name }),
      score: entry.score,
      ...affinityNames(entry.uri),
    }
  }
}

/** A small repeatable generator (mulberry32) for routers that were given no source of chance. */
export const seededRandom = (seed: number): (() => number) => {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = state
    t = Math.imul(t ^ (t >>> 15), t | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
  }
}
