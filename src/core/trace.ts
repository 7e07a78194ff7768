import type { Scheme } from '../config/model.ts'
import type { FailReason, FailureCause, StreamOrigin, Why } from './step.ts'

/**
 * The decision records. Every step of an exchange leaves one, as plain JSON, when somebody listens; nothing is built
 * when nobody does. `step` is the step of the request pipeline (P2 match … P13 release); `component` and `fn` are the
 * plug-in's own names for the place, so that a reader of http_plugin.log recognises it (routing.md 10.3).
 */
export type TraceRecord =
  | RouteRecord
  | DeclineRecord
  | IdsRecord
  | CompareRecord
  | CheckRecord
  | SkipRecord
  | SelectRecord
  | TransportRecord
  | StreamRecord
  | ConnectRecord
  | FailRecord
  | MarkDownRecord
  | RetryRecord
  | MarkUpRecord
  | StatsRecord
  | WeightsRecord
  | OutcomeRecord

export type TraceKind = TraceRecord['kind']

/** The kinds in the order in which they occur for one request. */
export const traceKinds = [
  'route',
  'decline',
  'ids',
  'compare',
  'check',
  'skip',
  'select',
  'transport',
  'stream',
  'connect',
  'fail',
  'mark-down',
  'retry',
  'mark-up',
  'stats',
  'weights',
  'outcome',
] as const satisfies readonly TraceKind[]

export type PipelineStep =
  | 'P2'
  | 'P3'
  | 'P4'
  | 'P5'
  | 'P6'
  | 'P7'
  | 'P8'
  | 'P9'
  | 'P10'
  | 'P11'
  | 'P12'
  | 'P13'

interface Base {
  /** Number of the exchange in this router, from 1. */
  readonly exchange: number
  /** Clock of the router, milliseconds. */
  readonly time: number
  readonly step: PipelineStep
  readonly component: string
  readonly fn: string
}

/** P2, P3: the winning route. */
export interface RouteRecord extends Base {
  readonly kind: 'route'
  readonly host: string
  readonly port: number
  /** The path that was matched: without query and parameters, decoded, dot segments resolved. */
  readonly path: string
  readonly cluster: string
  /** Index of the Route in the file, from 0. */
  readonly route: number
  readonly virtualHostGroup?: string
  /** The matching alias as written. */
  readonly virtualHost?: string
  readonly uriGroup?: string
  /** The winning pattern as written. */
  readonly uri?: string
  /** Literal characters of the pattern. */
  readonly score: number
  readonly affinityCookie: string
  readonly affinityUrlIdentifier: string
}

/** P2: nothing matched. */
export interface DeclineRecord extends Base {
  readonly kind: 'decline'
  readonly host: string
  readonly port: number
  readonly path: string
}

/** P6: the identifiers a session carries. */
export interface IdsRecord extends Base {
  readonly kind: 'ids'
  /** `none`: the request carries no session, or the cluster has no clone ID to look for (A8). */
  readonly source: 'ssl-session' | 'cookie' | 'url' | 'none'
  /** Name of the cookie or path parameter; absent when nothing was found. */
  readonly name?: string
  readonly value?: string
  readonly cloneIds: readonly string[]
  /** Partition ids among them, with the clone ids the table gives (2.6). */
  readonly partitions?: Readonly<Record<string, readonly string[]>>
  /** true on every run after the first of an exchange. */
  readonly reparsed: boolean
}

/** P6: one identifier against one server. */
export interface CompareRecord extends Base {
  readonly kind: 'compare'
  readonly id: string
  readonly server: string
  readonly serverCloneId: string | null
  readonly list: 'primary' | 'backup' | 'none'
  readonly match: boolean
}

/** P6, P7: the status check of one server, with the plug-in's own flags (3.7). */
export interface CheckRecord extends Base {
  readonly kind: 'check'
  readonly server: string
  readonly ignoreWeights: boolean
  readonly markedDown: boolean
  readonly probing: boolean
  readonly retryNow: boolean
  /** Seconds left on the retry timer, rounded up; null when the server is not down. */
  readonly retryInSec: number | null
  readonly wlbAllows: boolean
  readonly reachedMaxConnectionsLimit: boolean
  readonly pending: number
  readonly eligible: boolean
}

/** Why a server was passed over. */
export type SkipReason =
  | 'marked-down'
  | 'probing'
  | 'busy'
  | 'weight'
  | 'tried'
  | 'answered-503'
  | 'no-transport'
  /** An operator lets its sessions in and no new work. Ours. */
  | 'draining'
  /** An operator lets nobody in. Ours. */
  | 'stopped'

/** P6, P7: a server that would have come next was passed over. */
export interface SkipRecord extends Base {
  readonly kind: 'skip'
  readonly server: string
  readonly reason: SkipReason
  readonly retryInSec: number | null
}

/** P7: the choice. */
export interface SelectRecord extends Base {
  readonly kind: 'select'
  readonly cluster: string
  readonly server: string
  readonly cloneId: string | null
  readonly why: Why
  readonly attempt: number
  readonly probe: boolean
  /** Counters after the pick. */
  readonly pending: number
  readonly affinity: number
  readonly total: number
  readonly weight: number
}

/** P8. `case` 1: https request on https; 2: http on http; 3: http on https (Y4); 4: https on http (Y3). */
export interface TransportRecord extends Base {
  readonly kind: 'transport'
  readonly server: string
  readonly case: 1 | 2 | 3 | 4
  readonly protocol: Scheme
  readonly hostname: string
  readonly port: number
}

/** P9: where the stream came from. */
export interface StreamRecord extends Base {
  readonly kind: 'stream'
  readonly server: string
  readonly from: StreamOrigin
}

/** P9: a new stream was opened, or not. */
export interface ConnectRecord extends Base {
  readonly kind: 'connect'
  readonly server: string
  readonly result: 'ok' | 'failed' | 'timeout'
  readonly connectTimeoutMs: number
  readonly code?: string
}

/** P4…P12: something failed. */
export interface FailRecord extends Base {
  readonly kind: 'fail'
  readonly server?: string
  /** Row of the failure table (4.1), where there is one. */
  readonly row?: string
  readonly cause:
    | FailureCause
    | 'status-503'
    | 'no-transport'
    | 'response-broken'
    | 'client'
    | FailReason
  readonly text: string
  /** For ServerIOTimeout, the fields of the plug-in's own record (T3). */
  readonly timeoutMs?: number
  readonly retryCount?: number
  readonly serverIoTimeoutRetry?: number | null
  readonly retry?: boolean
}

/** P11. */
export interface MarkDownRecord extends Base {
  readonly kind: 'mark-down'
  readonly server: string
  readonly retryIntervalMs: number
  readonly reason: 'failure' | 'probe-failed' | 'failed-again' | 'busy'
}

/** P11: another attempt follows. */
export interface RetryRecord extends Base {
  readonly kind: 'retry'
  readonly server: string
  readonly hostname: string
  /** `same-server` is the one attempt of F6 that is not counted. */
  readonly how: 'same-server' | 'another-server'
  readonly attempt: number
}

/** P11. */
export interface MarkUpRecord extends Base {
  readonly kind: 'mark-up'
  readonly server: string
  readonly reason: 'probe-answered' | 'late-answer'
}

/** P11, P13: the counters of a server after an attempt was settled (5.1, 10.4). */
export interface StatsRecord extends Base {
  readonly kind: 'stats'
  readonly server: string
  readonly pending: number
  readonly failed: number
  readonly affinity: number
  readonly total: number
  /** Switch `statsVocabulary`: what the plug-in of that time called them. */
  readonly vocabulary: 'requests' | 'connections'
}

/** P7: weights were reset, or have changed by a pick (3.2, 3.3). */
export interface WeightsRecord extends Base {
  readonly kind: 'weights'
  readonly cluster: string
  /** The k of the reset rule; 0: a pick changed them, no reset. */
  readonly reset: number
  readonly weights: readonly {
    readonly server: string
    readonly current: number
    readonly start: number
  }[]
}

/** P13: the end. */
export interface OutcomeRecord extends Base {
  readonly kind: 'outcome'
  readonly result: 'served' | 'decline' | 'fail' | 'client-aborted' | 'response-broken'
  readonly cluster?: string
  readonly server?: string
  readonly status?: number
  readonly reason?: string
  /** Attempts made, the uncounted one of F6 included. */
  readonly attempts: number
}
