import type { PluginConfig } from '../config/model.ts'
import type { Clock } from '../core/clock.ts'
import type { RouterOptions } from '../core/options.ts'
import type { Lookup } from '../driver/endpoints.ts'
import { PluginError } from '../errors.ts'
import type { ExchangeRecord } from './context.ts'
import type { ErrorPageHook } from './error-page.ts'

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
}

/** The options with every default in its place. */
export interface EdgeSettings {
  readonly config: string | PluginConfig
  readonly router: RouterOptions
  readonly resolve: 'load' | 'connect'
  readonly lookup: Lookup
  readonly clientForwarded: 'remove' | 'keep'
  readonly reloadWaitMs: number
  readonly clock: Clock
  readonly errorPage: ErrorPageHook | undefined
  readonly onExchange: ((record: ExchangeRecord) => void) | undefined
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
    reloadWaitMs = 1000,
    clock = monotonic,
    random = Math.random,
    errorPage,
    onExchange,
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
  if (!(reloadWaitMs >= 0)) throw invalid('reloadWaitMs', reloadWaitMs, '0 or more milliseconds')
  for (const [name, hook] of Object.entries({ lookup, errorPage, onExchange, random })) {
    if (hook !== undefined && typeof hook !== 'function') throw invalid(name, hook, 'a function')
  }
  return {
    config,
    router: { ...router, clock, random },
    resolve,
    lookup,
    clientForwarded,
    reloadWaitMs,
    clock,
    errorPage,
    onExchange,
  }
}

const isConfig = (config: unknown): boolean =>
  typeof config === 'string' ? config !== '' : isObject(config) && isObject(config.settings)

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null

const invalid = (option: string, given: unknown, wanted: string): PluginError =>
  new PluginError('OPTION_INVALID', `${option} is ${display(given)}; write ${wanted}`)

const display = (value: unknown): string => {
  try {
    return JSON.stringify(value) ?? String(value)
  } catch {
    return String(value)
  }
}

const { timeOrigin } = performance

/** Never moves backwards, and reads like the time of day. */
const monotonic: Clock = {
  now: () => timeOrigin + performance.now(),
}
