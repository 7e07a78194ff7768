import { readFileSync } from 'node:fs'
import type { Diagnostic } from '../config/diagnostics.ts'
import type { PluginConfig } from '../config/model.ts'
import { safe } from './escape.ts'
import { type LogLine, line } from './line.ts'

/** What the log is told about a configuration that was loaded or refused. */
export interface LoadNews {
  /** null: the configuration did not come from a file. */
  readonly path: string | null
  readonly diagnostics: readonly Diagnostic[]
  /** Transports that cannot be used until the next load. Default: none. */
  readonly unusable?: readonly {
    readonly cluster: string
    /** Name of the server, or of the ClusterAddress. */
    readonly owner: string
    readonly reason: 'unresolvable' | 'keyring'
    readonly message: string
  }[]
  /** Why the file cannot be read. */
  readonly error?: unknown
}

/** Written whenever a log is begun, at every level (10.2). */
export const bannerLines = (): readonly LogLine[] =>
  [
    'plug-in loaded',
    '--------------------System Information-----------------------',
    `version plugin-cfg-router ${packageVersion()}`,
    `web server Node.js/${process.versions.node}`,
    '-------------------------------------------------------------',
  ].map(text => ({ level: 'plugin', text }))

let known: string | undefined

/** Read once; the program that runs has been read from the same place. */
const packageVersion = (): string => {
  if (known === undefined) {
    const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8')
    known = String((JSON.parse(text) as { readonly version: unknown }).version)
  }
  return known
}

/** A configuration that is in force. `again`: another one was before it. */
export const loadedLines = (
  config: PluginConfig,
  news: LoadNews,
  again: boolean,
): readonly LogLine[] => [
  ...news.diagnostics.flatMap(diagnosticLines),
  ...unusableLines(news),
  ...config.clusters.flatMap(clusterLines),
  update(
    'plugin',
    `${again ? 'configuration loaded again' : 'configuration loaded'}${news.path === null ? '' : ` from ${safe(news.path)}`}`,
  ),
]

/** A configuration that cannot be used. `again`: another one is in force. */
export const refusedLines = (
  { path, diagnostics, error }: LoadNews,
  again: boolean,
): readonly LogLine[] => {
  const file = path === null ? 'the configuration' : safe(path)
  return [
    ...diagnostics.flatMap(diagnosticLines),
    update(
      'error',
      error === undefined
        ? `${file} cannot be used${again ? '; what was in force stays in force' : ''}`
        : `Cannot read ${file}: ${safe(messageOf(error))}`,
    ),
  ]
}

const update = (level: 'plugin' | 'error', message: string): LogLine =>
  line(level, 'ws_common', 'websphereUpdateConfig', message)

const messageOf = (error: unknown): string =>
  error instanceof Error ? error.message : String(error)

/** L07, L08: names without an address. */
const ofNames: ReadonlySet<string> = new Set(['L07', 'L08'])

const levels = { error: 'error', warning: 'warn', note: 'detail' } as const

const diagnosticLines = (found: Diagnostic): readonly LogLine[] => {
  const { file, severity, code, message, effect } = found
  const text = safe(
    `${file === undefined ? '' : `${file}:`}${found.line}:${found.column} ${code} ${message}${effect === '' ? '' : `; ${effect}`}`,
  )
  return ofNames.has(code)
    ? [line('error', 'ws_transport', 'transportSetServerAddress', text)]
    : [line(levels[severity], 'ws_config_parser', 'configParserParse', text)]
}

const unusableLines = ({ unusable = [], diagnostics }: LoadNews): readonly LogLine[] => {
  const toldOfNames = diagnostics.some(({ code }) => ofNames.has(code))
  return unusable
    .filter(({ reason }) => reason === 'keyring' || !toldOfNames)
    .map(({ cluster, owner, reason, message }) => {
      const text = safe(`${owner} of ${cluster}: ${message}`)
      return reason === 'keyring'
        ? line('error', 'ws_server', 'serverAddTransport', text)
        : line('error', 'ws_transport', 'transportSetServerAddress', text)
    })
}

/** Without PrimaryServers every server of a cluster is a primary (plugin-cfg.md A.11). */
const clusterLines = ({
  name,
  servers,
  primaryServers,
  backupServers,
}: PluginConfig['clusters'][number]) => {
  const added = (list: 'Primary' | 'Backup') => (server: string) =>
    line(
      'trace',
      'ws_server_group',
      `serverGroupAdd${list}ServerName`,
      `Server ${safe(server)} added to ${list.toLowerCase()} list of ${safe(name)}`,
    )
  return [
    ...(primaryServers ?? servers.map(server => server.name)).map(added('Primary')),
    ...(backupServers ?? []).map(added('Backup')),
  ]
}
