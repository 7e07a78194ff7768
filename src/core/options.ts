import type { ServerCluster, Transport } from '../config/model.ts'
import { PluginError } from '../errors.ts'
import type { Clock } from './clock.ts'
import type { PartitionTable } from './partition-table.ts'
import type { RouterSnapshot } from './snapshot.ts'
import type { TraceRecord } from './trace.ts'

/** How a session identifier names its servers, for servers other than WebSphere and Liberty. */
export type AffinityDialect =
  /** `0000KEY:clone:clone`, separator by CloneSeparatorChange. The default. */
  | 'websphere'
  /** `KEY.route`: one token, all that follows the first dot (Tomcat, Jetty, WildFly). */
  | 'jvmroute'
  /** `KEY.route`: one token, all that follows the last dot. */
  | 'jvmroute-last'
  /** `KEY.route1.route2`: an ordered list (WildFly ranked routing). */
  | 'jvmroute-ranked'
  /** `KEY!primary!secondary` (WebLogic). */
  | 'bang'

/** The number of the last exchange. */
export interface ExchangeNumbering {
  last: number
}

/** Everything `createRouter` can be told. The version switches are those of routing.md §0, §5 and §12. */
export interface RouterOptions {
  /** Time source, milliseconds. Default: one that counts from 0 and stands still; drivers always give one. */
  readonly clock?: Clock
  /** Random numbers in [0, 1). Default: a generator with a fixed seed; drivers give a real one. */
  readonly random?: () => number
  /** Called with every decision record. Absent: no record is ever built. */
  readonly onTrace?: (record: TraceRecord) => void
  /**
   * Where exchanges get their numbers. Routers that share it, as those of one edge do across reloads, never give a number
   * twice. Default: one of its own, from 0.
   */
  readonly numbering?: ExchangeNumbering
  /** State to begin with, from `router.snapshot()`; clusters and servers are found by name. */
  readonly snapshot?: RouterSnapshot
  /** Affinity dialect by cluster name; clusters not named use `websphere`. */
  readonly affinityDialect?: Readonly<Record<string, AffinityDialect>>
  /** Partition tables by cluster name; see `router.setPartitionTable`. */
  readonly partitionTables?: Readonly<Record<string, PartitionTable>>
  /** false: this transport was skipped when the file was loaded (unresolvable name, no keyring): F17, Y6. Default: all usable. */
  readonly transportUsable?: (
    transport: Transport,
    owner: string,
    cluster: ServerCluster,
  ) => boolean
  /** Who follows when the session's server is out. Default: `Config@FailoverToNext`, else `balanced` (PM12112). */
  readonly affinityFailover?: 'ordered' | 'balanced'
  /** Let an https request go out on http. Default: `Config@UseInsecure` (8.5.5.0). */
  readonly insecureFallback?: boolean
  /** ConnectionTTL where the file has none: 28 s, or 0 as before PH09034. Default 28000. */
  readonly connectionTtlDefaultMs?: number
  /** Retry interval counts from the failure (`now`, default) or from the arrival of the request (before PK28197). */
  readonly retryClock?: 'now' | 'arrival'
  /** false: a 503 to a probe leaves the server stuck, as before PM49491. Default true. */
  readonly probe503ClearsFlag?: boolean
  /** What stats records call the counters. Default `requests`. */
  readonly statsVocabulary?: 'requests' | 'connections'
  /** Mark a server down for any 5xx other than 503 (Q1). Default false. */
  readonly markDownOn5xx?: boolean
  /** When every server is down: fail at once, or try the one that failed longest ago (Q3). Default `fail`. */
  readonly allDown?: 'fail' | 'probe'
  /** false: a session on a backup server does not hold it there while primaries are up (Q7). Default true. */
  readonly backupAffinity?: boolean
  /** Encoded slashes and backslashes in the path: answer 400, or match and forward (E7). Default `refuse`. */
  readonly ambiguousPaths?: 'refuse' | 'forward'
}

/** The options with every default in its place; the inside of the core sees only this. */
export interface Switches {
  readonly affinityFailover: 'ordered' | 'balanced'
  readonly insecureFallback: boolean
  readonly connectionTtlDefaultMs: number
  readonly retryClock: 'now' | 'arrival'
  readonly probe503ClearsFlag: boolean
  readonly statsVocabulary: 'requests' | 'connections'
  readonly markDownOn5xx: boolean
  readonly allDown: 'fail' | 'probe'
  readonly backupAffinity: boolean
  readonly ambiguousPaths: 'refuse' | 'forward'
  readonly markBusyDown: boolean
}

const allowed: Readonly<Record<string, readonly string[]>> = {
  affinityFailover: ['ordered', 'balanced'],
  retryClock: ['now', 'arrival'],
  statsVocabulary: ['requests', 'connections'],
  allDown: ['fail', 'probe'],
  ambiguousPaths: ['refuse', 'forward'],
}

/**
 * Fills in the defaults.
 *
 * @throws PluginError `OPTION_INVALID` naming the option and what was given.
 */
export const resolveSwitches = (
  options: RouterOptions,
  settings: {
    readonly failoverToNext?: boolean
    readonly useInsecure: boolean
    readonly markBusyDown: boolean
  },
): Switches => {
  for (const [name, values] of Object.entries(allowed)) {
    const given = options[name as keyof RouterOptions]
    if (given !== undefined && !values.includes(given as string)) {
      throw new PluginError(
        'OPTION_INVALID',
        `${name} is ${JSON.stringify(given)}; write one of ${values.map(v => `'${v}'`).join(', ')}`,
      )
    }
  }
  const ttl = options.connectionTtlDefaultMs ?? 28_000
  if (!(ttl >= 0)) {
    throw new PluginError(
      'OPTION_INVALID',
      `connectionTtlDefaultMs is ${ttl}; write 0 or more milliseconds`,
    )
  }
  return {
    // E20: the undocumented attribute of real 9.0.5 files is the switch in the file.
    affinityFailover:
      options.affinityFailover ?? (settings.failoverToNext === true ? 'ordered' : 'balanced'),
    insecureFallback: options.insecureFallback ?? settings.useInsecure,
    connectionTtlDefaultMs: ttl,
    retryClock: options.retryClock ?? 'now',
    probe503ClearsFlag: options.probe503ClearsFlag ?? true,
    statsVocabulary: options.statsVocabulary ?? 'requests',
    markDownOn5xx: options.markDownOn5xx ?? false,
    allDown: options.allDown ?? 'fail',
    backupAffinity: options.backupAffinity ?? true,
    ambiguousPaths: options.ambiguousPaths ?? 'refuse',
    markBusyDown: settings.markBusyDown,
  }
}
