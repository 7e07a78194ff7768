import { performance } from 'node:perf_hooks'
import type { PluginConfig } from '../config/model.ts'
import type { Clock } from '../core/clock.ts'
import type { RouterOptions } from '../core/options.ts'
import type { Lookup } from '../driver/endpoints.ts'
import type { PluginLogOptions } from '../log/plugin-log.ts'
import type { ExchangeRecord } from './context.ts'
import { type DrainOptions, type DrainSettings, resolveDrainOptions } from './drain-options.ts'
import type { ErrorPageHook } from './error-page.ts'
import type { ForwardedStyle } from './forwarded.ts'
import { type EdgeLimits, type ResolvedLimits, resolveLimits } from './limits.ts'
import { invalid, isObject } from './option-error.ts'
import { type TraceOptions, TraceSelection } from './trace-options.ts'
import { Witness } from './witness.ts'

/** What `createEdge` can be told. The router options are handed on to every router that a load makes. */
export interface EdgeOptions extends Omit<RouterOptions, 'onTrace'> {
  /** Path of the plugin-cfg.xml, which is looked at again as its RefreshInterval says; or a configuration, which never is. */
  readonly config: string | PluginConfig
  /**
   * When names of transports are looked up: with the configuration, as the plug-in does (`load`), or for each new
   * connection, for hosts that change (`connect`) (E6). Default `load`.
   */
  readonly resolve?: 'load' | 'connect'
  /** How names become addresses; an address must stand for itself. Default: the operating system's resolver. */
  readonly lookup?: Lookup
  /**
   * X-Forwarded-*, Forwarded and their underscore forms from clients that are no trusted proxy: `remove` them, or `keep`
   * them, for an edge behind a load balancer that is not in the TrustedProxyGroup. Default `remove`.
   */
  readonly clientForwarded?: 'remove' | 'keep'
  /**
   * Tells servers who the client is by X-Forwarded-For, -Proto, -Host and -Port, or by Forwarded (RFC 7239), beside the
   * plug-in's own fields: behind what a trusted proxy, or with `clientForwarded: 'keep'` anybody, has sent of them.
   * Default: neither.
   */
  readonly forwarded?: ForwardedStyle
  /** What the edge bears before it refuses. Each has a default; see {@link EdgeLimits}. */
  readonly limits?: EdgeLimits
  /**
   * The request that finds a changed file waits for it to be loaded, so that it is the first to see it; at most this
   * long, then it goes on with the old configuration. Milliseconds, 0: does not wait. Default 1000.
   */
  readonly reloadWaitMs?: number
  /** Time source for retry intervals, ConnectionTTL and RefreshInterval. Default: a monotonic clock near the wall clock. */
  readonly clock?: Clock
  /** Random numbers in [0, 1). Default `Math.random`. */
  readonly random?: () => number
  /** Pages for 400, 404, 413, 500 and 503 of the host's own. Default: small HTML or JSON by Accept (E13). */
  readonly errorPage?: ErrorPageHook
  /** Called after each request, declined ones included: for access logs. Default: none. */
  readonly onExchange?: (record: ExchangeRecord) => void
  /** Which requests are followed; null: none. Default: all, as long as somebody listens. See `Edge.trace`. */
  readonly trace?: TraceOptions | null
  /** How many of the requests that are followed are kept for looking at later, the newest. Default 0. */
  readonly recordings?: number
  /**
   * The plug-in's own log. `true`: where and how much as the `Log` element says; an object says more, or otherwise.
   * Default: no log.
   */
  readonly log?: boolean | PluginLogOptions
  /** How the sessions of a draining server are counted, see `Edge.administer`. */
  readonly drain?: DrainOptions
}

/** The options with every default in its place. */
export interface EdgeSettings {
  readonly config: string | PluginConfig
  readonly router: RouterOptions
  readonly resolve: 'load' | 'connect'
  readonly lookup: Lookup
  readonly clientForwarded: 'remove' | 'keep'
  readonly forwarded: ForwardedStyle | null
  readonly limits: ResolvedLimits
  readonly reloadWaitMs: number
  readonly clock: Clock
  readonly errorPage: ErrorPageHook | undefined
  readonly onExchange: ((record: ExchangeRecord) => void) | undefined
  readonly trace: TraceSelection
  readonly recordings: number
  /** Clock and chance of the routers; null: nothing is recorded. */
  readonly witness: Witness | null
  /** null: no log. */
  readonly log: PluginLogOptions | null
  readonly drain: DrainSettings
}

/**
 * Fills in the defaults.
 *
 * @throws PluginError `OPTION_INVALID` naming the option and what was given.
 */
export const resolveEdgeOptions = (options: EdgeOptions, systemLookup: Lookup): EdgeSettings => {
  const {
    config,
    resolve = 'load',
    lookup = systemLookup,
    clientForwarded = 'remove',
    forwarded,
    limits,
    reloadWaitMs = 1000,
    clock = monotonic,
    random = Math.random,
    errorPage,
    onExchange,
    trace = { every: 1 },
    recordings = 0,
    log = false,
    drain,
    ...router
  } = options ?? {}
  if (!isConfig(config)) {
    throw invalid('config', config, 'the path of a plugin-cfg.xml or a PluginConfig')
  }
  if (typeof config === 'string' && config.trimStart().startsWith('<')) {
    throw invalid('config', `${config.slice(0, 20)}…`, 'readPluginConfig(xml).config for XML text')
  }
  if (resolve !== 'load' && resolve !== 'connect')
    throw invalid('resolve', resolve, "'load' or 'connect'")
  if (clientForwarded !== 'remove' && clientForwarded !== 'keep') {
    throw invalid('clientForwarded', clientForwarded, "'remove' or 'keep'")
  }
  if (forwarded !== undefined && !forwardedStyles.has(forwarded)) {
    throw invalid('forwarded', forwarded, "'x-forwarded', 'forwarded' or 'both'")
  }
  if (!(reloadWaitMs >= 0)) throw invalid('reloadWaitMs', reloadWaitMs, '0 or more milliseconds')
  for (const [name, hook] of Object.entries({ lookup, errorPage, onExchange, random })) {
    if (hook !== undefined && typeof hook !== 'function') throw invalid(name, hook, 'a function')
  }
  if (!(Number.isSafeInteger(recordings) && recordings >= 0)) {
    throw invalid('recordings', recordings, 'a whole number from 0; 0 keeps none')
  }
  if (typeof log !== 'boolean' && !isObject(log)) {
    throw invalid('log', log, 'true, false or an object')
  }
  const witness = recordings === 0 ? null : new Witness(clock, random)
  return {
    config,
    router: {
      // The number of a request shall name it, also after a reload.
      numbering: { last: 0 },
      ...router,
      clock: witness ?? clock,
      random: witness?.random ?? random,
    },
    resolve,
    lookup,
    clientForwarded,
    forwarded: forwarded ?? null,
    limits: resolveLimits(limits),
    reloadWaitMs,
    clock,
    errorPage,
    onExchange,
    trace: new TraceSelection(trace),
    recordings,
    witness,
    log: log === true ? {} : log === false ? null : log,
    drain: resolveDrainOptions(drain),
  }
}

const forwardedStyles: ReadonlySet<ForwardedStyle> = new Set(['x-forwarded', 'forwarded', 'both'])

const isConfig = (config: unknown): boolean =>
  typeof config === 'string' ? config !== '' : isObject(config) && isObject(config.settings)

const { timeOrigin } = performance

/** Never moves backwards, and reads like the time of day. */
const monotonic: Clock = {
  now: () => timeOrigin + performance.now(),
}
