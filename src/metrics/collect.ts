import type { ClusterSnapshot } from '../core/snapshot.ts'
import type { Edge } from '../edge/edge.ts'
import type { EdgeListener } from '../edge/events.ts'
import { edgeMetrics } from './edge-metrics.ts'
import { failureMetrics } from './failure-metrics.ts'
import { Maker } from './maker.ts'
import { type MetricsOptions, type MetricsRegistry, resolveMetricsOptions } from './options.ts'
import { requestMetrics } from './request-metrics.ts'
import { serverMetrics } from './server-metrics.ts'

/** The metrics of one edge. */
export interface Metrics {
  readonly registry: MetricsRegistry
  /** Content-Type of `text()`. */
  readonly contentType: string
  /** What a scrape gets: everything in the registry. */
  text(): Promise<string>
  /** Listens no longer and takes the metrics out of the registry. */
  stop(): void
}

/**
 * Counts what an edge does, for Prometheus. Turns no tracing on: requests are counted when they are over, failures as
 * they happen, and the state of servers is read when somebody asks.
 *
 * @throws PluginError `OPTION_INVALID`, also when prom-client is not installed or the registry has these names already.
 */
export const collectMetrics = (edge: Edge, options: MetricsOptions = {}): Metrics => {
  const settings = resolveMetricsOptions(options)
  const { registry: register } = settings
  const maker = new Maker(settings)
  const clusters = clustersOf(edge)

  const request = requestMetrics(maker, settings)
  const failures = failureMetrics(maker, settings, edge, clusters)
  serverMetrics(maker, clusters)
  const ofEdge = edgeMetrics(maker, () => edge.counters())

  const over: EdgeListener<'exchange'> = record => {
    request(record)
    failures.over(record)
  }
  edge.on('exchange', over)
  edge.on('failure', failures.failed)
  edge.on('reload', ofEdge.reloaded)
  edge.on('warning', ofEdge.warned)

  const stop = (): void => {
    edge.off('exchange', over)
    edge.off('failure', failures.failed)
    edge.off('reload', ofEdge.reloaded)
    edge.off('warning', ofEdge.warned)
    maker.removeAll()
  }
  return {
    registry: register,
    get contentType() {
      return register.contentType
    },
    text: () => register.metrics(),
    stop,
  }
}

/** One snapshot for all metrics of a scrape, which are read in one turn: their numbers fit together. */
const clustersOf = (edge: Edge): (() => readonly ClusterSnapshot[]) => {
  let taken: readonly ClusterSnapshot[] | null = null
  return () => {
    if (taken === null) {
      taken = edge.snapshot().clusters
      queueMicrotask(() => {
        taken = null
      })
    }
    return taken
  }
}
