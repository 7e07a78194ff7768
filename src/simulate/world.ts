import type { PluginConfig } from '../config/model.ts'
import type { ReadResult } from '../config/read.ts'
import { ManualClock } from '../core/clock.ts'
import type { RouterOptions } from '../core/options.ts'
import { createRouter, type RestorableRouter, seededRandom } from '../core/router.ts'
import { settled } from '../core/snapshot.ts'
import type { TraceRecord } from '../core/trace.ts'
import { CannotGoOn } from './cannot-go-on.ts'
import type { Flight } from './flight.ts'
import { member } from './json.ts'
import { many } from './many.ts'
import { VirtualNetwork } from './network.ts'
import { type Configs, readInline } from './read-scenario.ts'
import type { Behaviours, ConfigSource, Given, Scenario } from './scenario.ts'
import { findServers, unknownCluster, unknownServer } from './server-names.ts'
import { startState } from './start-state.ts'
import { unusableTransports } from './unusable.ts'
import { User } from './user.ts'

/** Trace records that a report keeps; a scenario can make more than there is memory for. */
export const mostRecords = 200_000

/** Everything that a scenario can change: clock, network, users, requests under way, and the router of the moment. */
export class World {
  readonly clock = new ManualClock()
  readonly network = new VirtualNetwork(this.clock)
  /** A random number was drawn from the seed. */
  usedChance = false
  /** Trace records that were not kept, see {@link keep}. */
  recordsLeftOut = 0
  readonly #scenario: Scenario
  readonly #configs: Configs
  readonly #random: () => number
  readonly #users = new Map<string, User>()
  readonly #held = new Map<string, Flight>()
  #router: RestorableRouter | undefined
  #recordsKept = 0

  constructor(scenario: Scenario, configs: Configs, seed: number) {
    this.#scenario = scenario
    this.#configs = configs
    const first = [...(scenario.options?.random ?? [])]
    const generator = seededRandom(seed)
    this.#random = () => {
      const next = first.shift()
      if (next !== undefined) return next
      this.usedChance = true
      return generator()
    }
  }

  /** @throws CannotGoOn when no configuration has been loaded. */
  get router(): RestorableRouter {
    if (this.#router === undefined) {
      throw new CannotGoOn('no configuration is loaded; give config, or reload one first')
    }
    return this.#router
  }

  /** undefined before the first configuration. */
  get snapshot() {
    return this.#router?.snapshot()
  }

  get dialects() {
    return this.#scenario.options?.affinityDialect
  }

  /** Those of these records that a report has room for. */
  keep(records: readonly TraceRecord[]): readonly TraceRecord[] {
    const room = Math.max(0, mostRecords - this.#recordsKept)
    const kept = records.slice(0, room)
    this.#recordsKept += kept.length
    this.recordsLeftOut += records.length - kept.length
    return kept
  }

  /** What came of reading a configuration. */
  reading(source: ConfigSource): ReadResult {
    const known = this.#configs.get(source)
    if (known !== undefined) return known
    if (typeof source !== 'string') return readInline(source)
    throw new CannotGoOn(`the configuration ${JSON.stringify(source)} was not read`)
  }

  /** Routes by this configuration from now on, with fresh state; what an operator has said stays, as in the edge. */
  load(config: PluginConfig, given: Given | undefined): void {
    const options = this.#options(config)
    const fresh = createRouter(config, options)
    for (const { name, servers } of this.#router?.snapshot().clusters ?? []) {
      for (const server of servers)
        fresh.administer(name, server.name, server.admin ?? 'in-service')
    }
    this.#router =
      given === undefined
        ? fresh
        : createRouter(config, {
            ...options,
            snapshot: startState(fresh.snapshot(), config, given, this.clock.now()),
          })
  }

  /** Routes by a new router that begins where the present one is. */
  restart(nothingUnderWay: boolean): void {
    const { config } = this.router
    const snapshot = this.router.snapshot()
    this.#router = createRouter(config, {
      ...this.#options(config),
      snapshot: nothingUnderWay ? settled(snapshot) : snapshot,
    })
  }

  /** From now on this server does that. */
  setBehaviours(name: string, behaviours: Behaviours): void {
    const path = member('.network', name)
    const known =
      name === '*' ||
      this.#configurations().some(config => findServers(config, name, true).length > 0)
    if (!known) throw new CannotGoOn(unknownServer(this.router.config, name, true), path)
    const forEver = many(behaviours).findIndex(
      each => typeof each !== 'object' || (each.times === undefined && !each.transport),
    )
    if (forEver !== -1 && forEver < many(behaviours).length - 1) {
      throw new CannotGoOn(
        `entry ${forEver + 1} for ${JSON.stringify(name)} holds for ever, so the next is never reached; give it times or transport`,
        `${path}[${forEver}]`,
      )
    }
    this.network.set(name, behaviours)
  }

  user(name: string): User {
    const known = this.#users.get(name)
    if (known !== undefined) return known
    const user = new User(name)
    this.#users.set(name, user)
    return user
  }

  /** Keeps a request under a name. */
  hold(name: string, flight: Flight): void {
    if (this.#held.get(name)?.ended === false) {
      throw new CannotGoOn(`a request named ${JSON.stringify(name)} is still under way`, '.hold')
    }
    this.#held.set(name, flight)
  }

  /** The request of this name, ended or not. */
  held(name: string): Flight {
    const flight = this.#held.get(name)
    if (flight !== undefined) return flight
    const known = [...this.#held.keys()].join(', ') || 'none'
    throw new CannotGoOn(
      `no request is held under the name ${JSON.stringify(name)}; held: ${known}`,
    )
  }

  /** Names of held requests that have not ended. */
  inFlight(): readonly string[] {
    return [...this.#held].filter(([, flight]) => !flight.ended).map(([name]) => name)
  }

  #options(config: PluginConfig): RouterOptions {
    const { seed: _, random: __, unusable, ...switches } = this.#scenario.options ?? {}
    const { affinityDialect = {}, partitionTables = {} } = switches
    for (const [option, byCluster] of Object.entries({ affinityDialect, partitionTables })) {
      for (const cluster of Object.keys(byCluster)) {
        this.#expectCluster(cluster, member(`$.options.${option}`, cluster), config)
      }
    }
    return {
      ...switches,
      clock: this.clock,
      random: this.#random,
      ...(unusable !== undefined && {
        transportUsable: unusableTransports(this.#configurations(config), unusable),
      }),
    }
  }

  /** @throws CannotGoOn when no configuration of the scenario has a cluster of this name. */
  #expectCluster(name: string, path: string, own: PluginConfig): void {
    const clusters = this.#configurations(own).flatMap(config => config.clusters)
    if (!clusters.some(cluster => cluster.name === name)) {
      throw new CannotGoOn(unknownCluster(own, name), path)
    }
  }

  #configurations(own = this.#router?.config): readonly PluginConfig[] {
    const others = [...this.#configs.values()].map(reading => reading.config)
    return own === undefined ? others : [own, ...others]
  }
}
