/** plugin-cfg-router/metrics: an edge as Prometheus sees it. Needs prom-client. */
export { collectMetrics, type Metrics } from './collect.ts'
export type { MetricsOptions, MetricsRegistry } from './options.ts'
