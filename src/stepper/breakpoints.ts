import { isDeepStrictEqual } from 'node:util'
import type { PluginConfig } from '../config/model.ts'
import { traceKinds } from '../core/trace.ts'
import { PluginError } from '../errors.ts'
import { findServers, unknownCluster, unknownServer } from '../simulate/server-names.ts'
import { StateError } from '../simulate/start-state.ts'
import type { Breakpoint, Upcoming } from './stepper.ts'

/** A step about to happen, and the cluster that its request is bound to by then. */
export interface Place {
  readonly next: Upcoming
  readonly cluster: string | undefined
}

/** Whether stepping from one place to the next comes upon this breakpoint. */
export const isHit = (breakpoint: Breakpoint, from: Place, to: Place): boolean =>
  concerns(breakpoint, to) && (breakpoint.on === 'kind' || !concerns(breakpoint, from))

const concerns = (breakpoint: Breakpoint, { next, cluster: bound }: Place): boolean => {
  if (next.kind === 'end') return false
  const about = next.kind === 'decision' ? next.record : next.step
  const cluster = 'cluster' in about ? about.cluster : bound
  switch (breakpoint.on) {
    case 'kind':
      return next.kind === 'decision' && next.record.kind === breakpoint.kind
    case 'cluster':
      return bound === breakpoint.name
    case 'server': {
      if (!('server' in about) || about.server === undefined) return false
      const { name } = breakpoint
      return name === about.server || name === `${cluster}/${about.server}`
    }
  }
}

/** @throws StateError, PluginError `OPTION_INVALID` for a breakpoint that nothing could come upon. */
export const checkBreakpoint = (breakpoint: Breakpoint, config: PluginConfig): void => {
  if (breakpoint.on === 'server') {
    if (findServers(config, breakpoint.name, true).length === 0) {
      throw new StateError(unknownServer(config, breakpoint.name, true))
    }
  } else if (breakpoint.on === 'cluster') {
    if (!config.clusters.some(cluster => cluster.name === breakpoint.name)) {
      throw new StateError(unknownCluster(config, breakpoint.name))
    }
  } else if (!traceKinds.includes(breakpoint.kind)) {
    throw new PluginError(
      'OPTION_INVALID',
      `no step is called ${JSON.stringify(breakpoint.kind)}; write one of ${traceKinds.join(', ')}`,
    )
  }
}

/** The list with this breakpoint once. */
export const withBreakpoint = (
  list: readonly Breakpoint[],
  breakpoint: Breakpoint,
): readonly Breakpoint[] => [...withoutBreakpoint(list, breakpoint), breakpoint]

/** The list without this breakpoint. */
export const withoutBreakpoint = (
  list: readonly Breakpoint[],
  breakpoint: Breakpoint,
): readonly Breakpoint[] => list.filter(each => !isDeepStrictEqual(each, breakpoint))
