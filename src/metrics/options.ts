import type * as Prom from 'prom-client'
import { invalid, isObject, onlyKnown } from '../edge/option-error.ts'
import { loadPeer } from './optional-peer.ts'

/** Any registry of prom-client, whichever of the two text formats it writes. */
export type MetricsRegistry =
  | Prom.Registry<Prom.PrometheusContentType>
  | Prom.Registry<Prom.OpenMetricsContentType>

/** What `collectMetrics` can be told. */
export interface MetricsOptions {
  /** The package prom-client. Default: the installed one. */
  readonly client?: typeof Prom
  /** Where the metrics are registered. Default: a new registry. Two edges on one registry need two prefixes. */
  readonly registry?: MetricsRegistry
  /** Beginning of every name. Default `plugin_cfg_`. */
  readonly prefix?: string
  /** Upper bounds of the histograms, in seconds, ascending. Default: 5 ms to 60 s, and 0.1 ms to 5 s. */
  readonly buckets?: {
    /** For the time in servers. */
    readonly server?: readonly number[]
    /** For the time in the edge. */
    readonly edge?: readonly number[]
  }
  /**
   * Sets of cluster, server, reason and outcome before the reason of further ones is `other`, and servers before further
   * ones are. Default 2000.
   */
  readonly maxLabelSets?: number
}

/** The options with every default in its place. */
export interface MetricsSettings {
  readonly client: typeof Prom
  readonly registry: MetricsRegistry
  readonly prefix: string
  readonly serverBuckets: readonly number[]
  readonly edgeBuckets: readonly number[]
  readonly maxLabelSets: number
}

/**
 * Fills in the defaults.
 *
 * @throws PluginError `OPTION_INVALID` naming the option and what was given, or the package that is missing.
 */
export const resolveMetricsOptions = (options: MetricsOptions): MetricsSettings => {
  checkFields(options)
  const { prefix = 'plugin_cfg_', buckets = {}, maxLabelSets = 2000 } = options
  if (typeof prefix !== 'string' || !/^(?:[a-z_:][\w:]*)?$/i.test(prefix)) {
    throw invalid('prefix', prefix, 'letters, digits and underscores, no digit first')
  }
  if (!Number.isInteger(maxLabelSets) || maxLabelSets < 1) {
    throw invalid('maxLabelSets', maxLabelSets, 'a whole number from 1')
  }
  const { server: serverBuckets = defaultServerBuckets, edge: edgeBuckets = defaultEdgeBuckets } =
    buckets
  for (const [name, bounds] of Object.entries({ server: serverBuckets, edge: edgeBuckets })) {
    if (!areBounds(bounds)) {
      throw invalid(`buckets.${name}`, bounds, 'seconds in ascending order, such as [0.1, 1, 10]')
    }
  }
  const client =
    options.client ?? (loadPeer('prom-client', 'collectMetrics', 'client') as typeof Prom)
  const registry = options.registry ?? new client.Registry<Prom.PrometheusContentType>()
  return { client, registry, prefix, serverBuckets, edgeBuckets, maxLabelSets }
}

const checkFields = (options: unknown): void => {
  if (!isObject(options)) throw invalid('options', options, 'an object, or nothing')
  onlyKnown('options', options, ['client', 'registry', 'prefix', 'buckets', 'maxLabelSets'])
  const { buckets = {} } = options
  if (!isObject(buckets)) throw invalid('buckets', buckets, '{ server: [...], edge: [...] }')
  onlyKnown('buckets', buckets, ['server', 'edge'])
}

const defaultServerBuckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60]

const defaultEdgeBuckets = [
  0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1, 5,
]

const areBounds = (bounds: unknown): boolean =>
  Array.isArray(bounds) &&
  bounds.length > 0 &&
  bounds.every((bound, index) => Number.isFinite(bound) && !(bound <= bounds[index - 1]))
