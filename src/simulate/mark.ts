import type { PluginConfig } from '../config/model.ts'
import type { RouterSnapshot } from '../core/snapshot.ts'
import { member } from './json.ts'
import type { MarkStep } from './scenario.ts'
import { findServers } from './server-names.ts'
import { isAlone, StateError, startState } from './start-state.ts'

/**
 * A state in which servers have been changed by hand. A server that is marked down gets the whole retry interval,
 * also when it was down before; marked up, it is well at once, whoever probes it.
 *
 * @param now the clock of the router, milliseconds.
 * @throws StateError for a server that does not exist, and for one that is never marked down (N2, K12).
 */
export const markedState = (
  snapshot: RouterSnapshot,
  config: PluginConfig,
  { mark, firstPick }: Omit<MarkStep, 'note'>,
  now: number,
): RouterSnapshot => {
  for (const [name, setting] of Object.entries(mark)) {
    const path = member('.mark', name)
    const [place] = findServers(config, name)
    if (place === undefined && findServers(config, name, true).length > 0) {
      throw new StateError(`${name} is a ClusterAddress, which is never marked down`, path)
    }
    const down =
      setting === 'down' ||
      (typeof setting === 'object' &&
        (setting.retryInSeconds !== undefined || (setting.health ?? 'up') !== 'up'))
    if (place !== undefined && down && isAlone(snapshot, place)) {
      throw new StateError(
        `${place.server} is the only server of ${place.cluster} that can be used, and such a server is never marked down`,
        path,
      )
    }
  }
  const given = { servers: mark, ...(firstPick !== undefined && { firstPick }) }
  return startState(snapshot, config, given, now, { servers: '.mark', firstPick: '.firstPick' })
}
