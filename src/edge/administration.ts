import type { AdminState } from '../core/admin-state.ts'
import type { Clock } from '../core/clock.ts'
import type { Exchange } from '../core/exchange.ts'
import type { RestorableRouter } from '../core/router.ts'
import type { AttemptStep } from '../core/step.ts'
import { Drain, type DrainReport } from './drain.ts'
import type { DrainSettings } from './drain-options.ts'
import { invalid } from './option-error.ts'

/** An operator has taken a server out of service, or put it back. */
export interface Administered {
  readonly cluster: string
  readonly server: string
  readonly state: AdminState
  readonly before: AdminState
}

/** What the administration needs of its edge. */
export interface AdministeredEdge {
  readonly clock: Clock
  readonly settings: DrainSettings
  /** Of the configuration in force first, then of those that still have requests. */
  readonly routers: () => readonly RestorableRouter[]
  readonly changed: (change: Administered) => void
  readonly drained: (report: DrainReport) => void
}

interface Entry {
  readonly cluster: string
  readonly server: string
  readonly state: AdminState
  /** null: it is stopped. */
  readonly drain: Drain | null
  timer: NodeJS.Timeout | null
}

/**
 * What operators have said about servers, by the names of cluster and server, so that it outlives every configuration:
 * a server that a reload takes out of the file is still stopped when another one brings it back. Routers are told of
 * it; only here is it kept.
 *
 * Sessions are counted while a server drains, and at no other time. One timer for each draining server says when the
 * last one is gone; it holds up no process that wants to end.
 */
export class Administration {
  readonly #edge: AdministeredEdge
  readonly #entries = new Map<string, Entry>()
  #drains = 0

  constructor(edge: AdministeredEdge) {
    this.#edge = edge
  }

  /**
   * Takes a server out of service, or puts it back.
   *
   * @throws PluginError `OPTION_INVALID` for a state or a server that there is not.
   */
  administer(cluster: string, server: string, state: AdminState): void {
    if (!states.includes(state)) throw invalid('state', state, states.map(quoted).join(' or '))
    const [router] = this.#edge.routers()
    const own = router?.config.clusters.find(each => each.name === cluster)
    const there = own?.servers.some(each => each.name === server) === true
    // What is not in the file any more can still be forgotten.
    if (!there && !this.#entries.has(keyOf(cluster, server))) {
      if (own === undefined) {
        const names = router?.config.clusters.map(each => each.name) ?? []
        throw invalid('cluster', cluster, `the name of a cluster: ${names.join(', ')}`)
      }
      const names = own.servers.map(each => each.name).join(', ')
      throw invalid('server', server, `the name of a server of ${cluster}: ${names}`)
    }
    this.#set(cluster, server, state)
  }

  /** Makes a router of a new configuration mind what was said before. */
  applyTo(router: RestorableRouter): void {
    for (const { cluster, server, state } of this.#entries.values()) {
      router.administer(cluster, server, state)
    }
  }

  /** Takes over what the router in force was told by a snapshot. */
  adopt(): void {
    const told = new Set<string>()
    for (const { name, servers } of this.#edge.routers()[0]?.snapshot().clusters ?? []) {
      for (const { name: server, admin = 'in-service' } of servers) {
        const key = keyOf(name, server)
        // L13: of several with one name the first is meant.
        if (!told.has(key)) this.#set(name, server, admin)
        told.add(key)
      }
    }
  }

  /** An attempt begins. */
  attempted({ why, cluster, server }: AttemptStep, exchange: Exchange): void {
    // The usual case, which must cost nothing.
    if (this.#drains === 0 || why !== 'affinity') return
    const entry = this.#entries.get(keyOf(cluster, server))
    if (entry?.drain == null) return
    entry.drain.saw(exchange.session)
    // It had been done, and was not.
    if (entry.timer === null) this.#look(entry)
  }

  /** Every draining server, in the order in which they were told to drain. */
  draining(): readonly DrainReport[] {
    return [...this.#entries.values()].flatMap(entry => this.#reportOf(entry) ?? [])
  }

  /** Nobody will hear any more. */
  close(): void {
    for (const entry of this.#entries.values()) forget(entry)
  }

  #set(cluster: string, server: string, state: AdminState): void {
    const key = keyOf(cluster, server)
    const old = this.#entries.get(key)
    const before = old?.state ?? 'in-service'
    if (before === state) return
    if (old !== undefined) forget(old)
    this.#entries.delete(key)
    if (state !== 'in-service') {
      const { clock, settings } = this.#edge
      const drain = state === 'draining' ? new Drain(clock, settings) : null
      const entry: Entry = { cluster, server, state, drain, timer: null }
      this.#entries.set(key, entry)
      this.#look(entry)
    }
    this.#drains = [...this.#entries.values()].filter(({ drain }) => drain !== null).length
    for (const router of this.#edge.routers()) router.administer(cluster, server, state)
    this.#edge.changed({ cluster, server, state, before })
  }

  /** Says that it is done, or looks again when it may be. */
  #look(entry: Entry): void {
    entry.timer = null
    const report = this.#reportOf(entry)
    if (report === null || entry.drain === null) return
    if (report.done) {
      this.#edge.drained(report)
      return
    }
    const { restMs } = entry.drain
    const wait = restMs > 0 ? Math.min(Math.ceil(restMs), longestWaitMs) : pendingWaitMs
    entry.timer = setTimeout(() => this.#look(entry), wait).unref()
  }

  #reportOf({ cluster, server, drain }: Entry): DrainReport | null {
    return drain === null ? null : drain.report(cluster, server, this.#pendingAt(cluster, server))
  }

  #pendingAt(cluster: string, server: string): number {
    return this.#edge
      .routers()
      .map(router => router.snapshot().clusters.find(({ name }) => name === cluster))
      .map(own => own?.servers.find(({ name }) => name === server)?.pending ?? 0)
      .reduce((sum, pending) => sum + pending, 0)
  }
}

const states: readonly AdminState[] = ['in-service', 'draining', 'stopped']

/** Between two looks at requests that take longer than sessions. */
const pendingWaitMs = 1_000

/** What a timer of Node can wait. */
const longestWaitMs = 2 ** 31 - 1

const keyOf = (cluster: string, server: string): string => JSON.stringify([cluster, server])

const quoted = (state: AdminState): string => `'${state}'`

const forget = (entry: Entry): void => {
  if (entry.timer !== null) clearTimeout(entry.timer)
}
