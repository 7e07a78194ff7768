import type * as Api from '@opentelemetry/api'
import type { TraceDepth } from '../core/tracer.ts'
import type { ExchangeRecord } from '../edge/context.ts'
import { invalid, isObject, onlyKnown } from '../edge/option-error.ts'
import { loadPeer } from '../metrics/optional-peer.ts'

/** What `traceExchanges` can be told. */
export interface TracingOptions {
  /** The package @opentelemetry/api. Default: the installed one. */
  readonly api?: typeof Api
  /** Default: the tracer `plugin-cfg-router` of the provider that the host has registered. */
  readonly tracer?: Api.Tracer
  /**
   * `all`: every step becomes an event, for which the edge builds all trace records of every request. `failures`: only
   * what went wrong does, and requests that go well cost no record. Default `all`.
   */
  readonly events?: TraceDepth
  /** The context a span belongs to. Default: what the registered propagator reads from the request headers. */
  readonly parent?: (record: ExchangeRecord) => Api.Context
  /** Default `SpanKind.SERVER`; `INTERNAL` where another instrumentation already has a span for the request. */
  readonly kind?: Api.SpanKind
  /** Gives `url.query` too, which may contain what nobody else should read. Default false. */
  readonly query?: boolean
  /** Events of a span; further ones are left out, but the last always stays. Default 128. */
  readonly maxEvents?: number
  /** Requests under way whose records are kept; beyond, those of the oldest are dropped. Default 10,000. */
  readonly maxExchanges?: number
}

/** The options with every default in its place. */
export interface TracingSettings {
  readonly api: typeof Api
  readonly tracer: Api.Tracer
  readonly events: TraceDepth
  readonly parent: (record: ExchangeRecord) => Api.Context
  readonly kind: Api.SpanKind
  readonly query: boolean
  readonly maxEvents: number
  readonly maxExchanges: number
}

/**
 * Fills in the defaults.
 *
 * @throws PluginError `OPTION_INVALID` naming the option and what was given, or the package that is missing.
 */
export const resolveTracingOptions = (options: TracingOptions): TracingSettings => {
  checkFields(options)
  const { events = 'all', query = false, maxEvents = 128, maxExchanges = 10_000 } = options
  if (events !== 'all' && events !== 'failures') {
    throw invalid('events', events, "'all' or 'failures'")
  }
  for (const [name, limit] of Object.entries({ maxEvents, maxExchanges })) {
    if (!Number.isInteger(limit) || limit < 1) throw invalid(name, limit, 'a whole number from 1')
  }
  const name = '@opentelemetry/api'
  const api = options.api ?? (loadPeer(name, 'traceExchanges', 'api') as typeof Api)
  return {
    api,
    tracer: options.tracer ?? api.trace.getTracer('plugin-cfg-router'),
    events,
    parent: options.parent ?? parentInHeaders(api),
    kind: options.kind ?? api.SpanKind.SERVER,
    query,
    maxEvents,
    maxExchanges,
  }
}

const checkFields = (options: unknown): void => {
  if (!isObject(options)) throw invalid('options', options, 'an object, or nothing')
  onlyKnown('options', options, [
    'api',
    'tracer',
    'events',
    'parent',
    'kind',
    'query',
    'maxEvents',
    'maxExchanges',
  ])
}

const parentInHeaders =
  ({ propagation, ROOT_CONTEXT }: typeof Api) =>
  ({ request }: ExchangeRecord): Api.Context =>
    propagation.extract(ROOT_CONTEXT, request.headers)
