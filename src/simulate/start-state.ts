import type { PluginConfig } from '../config/model.ts'
import type { ClusterSnapshot, RouterSnapshot, ServerSnapshot } from '../core/snapshot.ts'
import { listNames } from '../debug/list-names.ts'
import { CannotGoOn } from './cannot-go-on.ts'
import { member } from './json.ts'
import type { Given, GivenServer } from './scenario.ts'
import {
  findServers,
  placeKey,
  type ServerPlace,
  unknownCluster,
  unknownServer,
} from './server-names.ts'

/** A state to begin with that the configuration does not allow; the message names it, the path is of the scenario. */
export class StateError extends CannotGoOn {
  override readonly name = 'StateError'
}

/** Where in the scenario, or in its step, a state stands. */
interface StatePaths {
  readonly servers: string
  readonly firstPick: string
}

const ofGiven: StatePaths = { servers: '.given.servers', firstPick: '.given.firstPick' }

/**
 * The snapshot of a router with the given state put in, ready for `RouterOptions.snapshot` or `router.restore`.
 *
 * @param now the clock of the router, milliseconds.
 * @param paths for what a StateError says.
 * @throws StateError for names that do not exist and values that cannot be.
 */
export const startState = (
  fresh: RouterSnapshot,
  config: PluginConfig,
  given: Given,
  now: number,
  paths: StatePaths = ofGiven,
): RouterSnapshot => {
  const settings = new Map<string, { readonly setting: GivenServer; readonly path: string }>()
  for (const [name, value] of Object.entries(given.servers ?? {})) {
    const path = member(paths.servers, name)
    const [place, ...others] = findServers(config, name)
    if (place === undefined) throw new StateError(unknownServer(config, name), path)
    if (others.length > 0) {
      throw new StateError(
        `${JSON.stringify(name)} is a server of several clusters; write one of ${[place, ...others].map(placeKey).join(', ')}`,
        path,
      )
    }
    const setting = typeof value === 'string' ? { health: value } : value
    settings.set(placeKey(place), { setting, path })
  }
  const picks = firstPicks(config, given.firstPick, paths.firstPick)
  return {
    ...fresh,
    takenAt: now,
    clusters: fresh.clusters.map(cluster => {
      const pick = picks.get(cluster.name)
      return {
        ...cluster,
        ...(pick !== undefined && { cursor: cursorBefore(config, cluster, pick, paths.firstPick) }),
        servers: cluster.servers.map(server => {
          const key = placeKey({ cluster: cluster.name, server: server.name })
          const { setting, path } = settings.get(key) ?? {}
          return setting === undefined || path === undefined
            ? server
            : withSetting(server, setting, cluster, now, path)
        }),
      }
    }),
  }
}

const withSetting = (
  { admin: adminBefore, ...server }: ServerSnapshot,
  setting: GivenServer,
  cluster: ClusterSnapshot,
  now: number,
  path: string,
): ServerSnapshot => {
  const probing = setting.health === 'probing'
  const down = setting.health === 'down' || probing || setting.retryInSeconds !== undefined
  if (down && setting.health === 'up') {
    throw new StateError(`${server.name} cannot be up and have a retry timer`, path)
  }
  const interval = cluster.retryIntervalMs
  const left =
    setting.retryInSeconds === undefined
      ? probing
        ? 0
        : interval
      : Math.round(setting.retryInSeconds * 1000)
  if (left > interval) {
    throw new StateError(
      `${server.name} cannot have ${left / 1000} s left on its retry timer: RetryInterval of ${cluster.name} is ${interval / 1000} s`,
      path,
    )
  }
  if (setting.busy === true && server.maxConnections === 0) {
    throw new StateError(`${server.name} cannot be busy: its MaxConnections is unlimited`, path)
  }
  const pending =
    setting.pending ?? (setting.busy === true ? server.maxConnections : server.pending)
  const admin = setting.admin ?? adminBefore ?? 'in-service'
  return {
    ...server,
    ...(setting.health === 'up' && { health: 'up', retryInMs: null }),
    ...(down && {
      health: probing ? 'probing' : 'down',
      lastFailureAt: now + left - interval,
      retryInMs: left,
    }),
    ...(admin !== 'in-service' && { admin }),
    pending,
    busy: server.maxConnections > 0 && pending >= server.maxConnections,
    weight: { ...server.weight, current: setting.weight ?? server.weight.current },
    failed: setting.failed ?? server.failed,
    affinity: setting.affinity ?? server.affinity,
    total: setting.total ?? server.total,
  }
}

/** Names of the usable primaries of a cluster in list order: what the cursor counts. */
export const primaryNames = (config: PluginConfig, cluster: ClusterSnapshot): readonly string[] => {
  const own = config.clusters.find(each => each.name === cluster.name)
  const usable = new Set(cluster.servers.filter(server => server.usable).map(server => server.name))
  return own === undefined ? [] : listNames(own).primaries.filter(name => usable.has(name))
}

const cursorBefore = (
  config: PluginConfig,
  cluster: ClusterSnapshot,
  pick: string,
  path: string,
): number => {
  const names = primaryNames(config, cluster)
  const index = names.indexOf(pick)
  if (index === -1) {
    throw new StateError(
      `firstPick ${JSON.stringify(pick)} is no primary of ${cluster.name}; primaries: ${names.join(', ')}`,
      path,
    )
  }
  return (index + names.length - 1) % names.length
}

const firstPicks = (
  config: PluginConfig,
  firstPick: Given['firstPick'],
  path: string,
): ReadonlyMap<string, string> => {
  if (firstPick === undefined) return new Map()
  if (typeof firstPick !== 'string') {
    const unknown = Object.keys(firstPick).find(
      name => !config.clusters.some(cluster => cluster.name === name),
    )
    if (unknown !== undefined) {
      throw new StateError(unknownCluster(config, unknown), member(path, unknown))
    }
    return new Map(Object.entries(firstPick))
  }
  const places = findServers(config, firstPick)
  if (places.length === 0) {
    throw new StateError(unknownServer(config, firstPick), path)
  }
  return new Map(places.map(place => [place.cluster, place.server]))
}

/** The same configuration with one pending request allowed where a server has no limit: what `--busy` means there. */
export const withLimit = (config: PluginConfig, place: ServerPlace) => ({
  ...config,
  clusters: config.clusters.map(cluster =>
    cluster.name !== place.cluster
      ? cluster
      : {
          ...cluster,
          servers: cluster.servers.map(server =>
            server.name === place.server && server.maxConnections === 0
              ? { ...server, maxConnections: 1 }
              : server,
          ),
        },
  ),
})

/** Whether a server is the only one of its cluster that can be used, and so is never marked down (N2). */
export const isAlone = (snapshot: RouterSnapshot, place: ServerPlace) => {
  const cluster = snapshot.clusters.find(each => each.name === place.cluster)
  const usable = cluster?.servers.filter(server => server.list !== 'none' && server.usable) ?? []
  return usable.length === 1 && usable[0]?.name === place.server
}
