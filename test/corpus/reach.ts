import type { PluginConfig } from '../../src/config/model.ts'
import { createRouter } from '../../src/core/router.ts'
import type { TraceRecord } from '../../src/core/trace.ts'
import { walk } from './plain-walk.ts'
import { probesOf } from './probes.ts'

/** What came of sending every Route of a file its probes. */
export interface Reach {
  /** Probes for which the router and the plain walk differ. */
  readonly differences: readonly string[]
  /** Routes, from 1, that no probe reached. */
  readonly never: readonly number[]
  readonly routes: number
  readonly requests: number
}

/** Sends every Route its probes, and compares what the router says with the plain walk. */
export const reach = (config: PluginConfig): Reach => {
  const router = createRouter(config)
  const differences: string[] = []
  const never: number[] = []
  let requests = 0
  for (const [index, route] of config.routes.entries()) {
    let won = false
    for (const probe of probesOf(config, route)) {
      const expected = walk(config, probe)
      const records: TraceRecord[] = []
      const { binding } = router.route(probe.head, record => records.push(record))
      const said = records.find(record => record.kind === 'route')
      const found =
        said === undefined
          ? null
          : {
              route: said.route,
              pattern: said.uri ?? '*',
              score: said.score,
              cluster: said.cluster,
            }
      const wanted =
        expected === null
          ? null
          : { ...expected, cluster: config.routes[expected.route]?.serverCluster }
      const bound = binding?.route === expected?.route && binding?.cluster === wanted?.cluster
      if (!bound || !isSame(found, wanted)) {
        differences.push(`${probe.head.host} ${probe.path}: ${show(found)} is not ${show(wanted)}`)
      }
      won ||= expected?.route === index
      requests++
    }
    if (!won) never.push(index + 1)
  }
  return { differences, never, routes: config.routes.length, requests }
}

type Found = Readonly<Record<'route' | 'pattern' | 'score' | 'cluster', unknown>> | null

const isSame = (a: Found, b: Found): boolean =>
  a === null || b === null
    ? a === b
    : a.route === b.route &&
      a.pattern === b.pattern &&
      a.score === b.score &&
      a.cluster === b.cluster

const show = (found: Found): string => JSON.stringify(found)
