import { readFile } from 'node:fs/promises'
import type { Diagnostic } from '../config/diagnostics.ts'
import { loadPluginConfig } from '../config/load.ts'
import type { LogSettings, PluginConfig } from '../config/model.ts'
import { createRouter } from '../core/router.ts'
import { prepareEndpoints, type UnusableTransport } from '../driver/endpoints.ts'
import { Streams } from '../driver/streams.ts'
import type { EndpointNote, KnownKeyrings } from '../driver/tls-contexts.ts'
import { PluginError } from '../errors.ts'
import { Generation } from './generation.ts'
import type { EdgeSettings } from './options.ts'
import { settingsOf } from './recorded.ts'
import { trustedProxies } from './trusted-proxies.ts'

/** The result of looking at a configuration: something to route with, or why there is nothing. */
export interface Load {
  /** null: the configuration cannot be used. */
  readonly generation: Generation | null
  /** What the file says of the log, as far as it could be read. */
  readonly log: LogSettings | undefined
  readonly diagnostics: readonly Diagnostic[]
  /** Transports that cannot be used until the next load. */
  readonly unusable: readonly UnusableTransport[]
  /** What should be known about the keyrings that are used. */
  readonly notes: readonly EndpointNote[]
}

/**
 * Reads the configuration and prepares all that it needs.
 *
 * @param keyrings of the configuration in force, at a reload.
 * @throws PluginError `FILE_UNREADABLE`, `OPTION_INVALID`. Errors in the file are in the result.
 */
export const load = async (settings: EdgeSettings, keyrings?: KnownKeyrings): Promise<Load> => {
  const { config, diagnostics } = await read(settings.config)
  if (diagnostics.some(({ severity }) => severity === 'error')) {
    return { generation: null, log: config.log, diagnostics, unusable: [], notes: [] }
  }
  const { lookup, resolve } = settings
  const endpoints = await prepareEndpoints(config, lookup, resolve, keyrings)
  const { usable, unusable, notes } = endpoints
  const unresolved = await unresolvedDiagnostics(config, unusable, settings.config)
  const all = [...diagnostics, ...unresolved]
  if (unresolved.some(({ severity }) => severity === 'error')) {
    return { generation: null, log: config.log, diagnostics: all, unusable, notes }
  }
  const allowed = settings.router.transportUsable ?? (() => true)
  const transportUsable: typeof allowed = (transport, owner, cluster) =>
    usable.has(transport) && allowed(transport, owner, cluster)
  const router = createRouter(config, { ...settings.router, transportUsable })
  const recordedSettings = settingsOf(settings.router, config, transportUsable)
  const trusted = await trustedProxies(config, settings.lookup)
  const streams = new Streams(usable, settings.clock)
  return {
    generation: new Generation({
      ...endpoints,
      config,
      router,
      streams,
      trusted,
      recordedSettings,
    }),
    log: config.log,
    diagnostics: all,
    unusable,
    notes,
  }
}

/** The error for a configuration that cannot be used, with its findings. */
export interface ConfigError extends PluginError {
  readonly diagnostics: readonly Diagnostic[]
}

/** `CONFIG_INVALID`: the message has the first errors with their places, `diagnostics` all findings. */
export const configError = (diagnostics: readonly Diagnostic[]): ConfigError => {
  const errors = diagnostics.filter(({ severity }) => severity === 'error')
  const lines = errors
    .slice(0, shownErrors)
    .map(({ file, line, column, code, message, advice }) => {
      const place = `${file === undefined ? '' : `${file}:`}${line}:${column}`
      return `${place} ${code} ${message}${advice === '' ? '' : `; ${advice}`}`
    })
  if (errors.length > shownErrors) lines.push(`and ${errors.length - shownErrors} more`)
  const message = `the configuration cannot be used: ${lines.join('\n')}`
  return Object.assign(new PluginError('CONFIG_INVALID', message, { cause: diagnostics }), {
    diagnostics,
  })
}

const shownErrors = 3

const read = async (
  config: string | PluginConfig,
): Promise<{ readonly config: PluginConfig; readonly diagnostics: readonly Diagnostic[] }> =>
  typeof config === 'string' ? loadPluginConfig(config) : { config, diagnostics: [] }

/**
 * L07, L08: what a name without an address means. IgnoreDNSFailures tolerates it while each cluster keeps a server that
 * can be reached.
 */
const unresolvedDiagnostics = async (
  config: PluginConfig,
  unusable: readonly UnusableTransport[],
  source: string | PluginConfig,
): Promise<Diagnostic[]> => {
  const unresolved = unusable.filter(({ reason }) => reason === 'unresolvable')
  if (unresolved.length === 0) return []
  const out = new Set(unresolved.map(({ transport }) => transport))
  const deserted = new Set(
    config.clusters
      .filter(({ servers }) =>
        servers.every(({ transports }) => transports.every(transport => out.has(transport))),
      )
      .map(({ name }) => name),
  )
  const place = await placeIn(source)
  return unresolved.map(({ transport, cluster, owner, message, advice }): Diagnostic => {
    const tolerated = config.settings.ignoreDnsFailures && !deserted.has(cluster)
    return {
      severity: tolerated ? 'warning' : 'error',
      code: tolerated ? 'L08' : 'L07',
      ...place(transport.hostname),
      path: `Config/ServerCluster[${cluster}]/Server[${owner}]/Transport@Hostname`,
      message,
      effect: tolerated
        ? `${owner} is not available until the configuration is loaded again`
        : config.settings.ignoreDnsFailures
          ? `the configuration is refused, because no server of ${cluster} can be reached`
          : 'the configuration is refused; IgnoreDNSFailures="true" would leave the server out',
      advice,
    }
  })
}

/** Finds the line and column of a host name in the file; the model does not keep them. */
const placeIn = async (source: string | PluginConfig) => {
  const text = typeof source === 'string' ? await readFile(source, 'latin1').catch(() => '') : ''
  const file = typeof source === 'string' ? { file: source } : {}
  return (hostname: string): Pick<Diagnostic, 'file' | 'line' | 'column'> => {
    const attribute = new RegExp(`\\bHostname\\s*=\\s*["']\\[?${literal(hostname)}`, 'i')
    const before = text.slice(0, Math.max(text.search(attribute), 0)).split(/\r\n|\r|\n/)
    return { ...file, line: before.length, column: (before.at(-1) ?? '').length + 1 }
  }
}

const literal = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')
