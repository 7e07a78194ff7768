import type { RouterOptions } from '../core/options.ts'
import type { RequestHead } from '../core/request.ts'
import type { RouterSnapshot } from '../core/snapshot.ts'
import type { Outcome } from '../core/step.ts'
import type { TraceRecord } from '../core/trace.ts'

/** The options of a router that are plain data, by the names that `createRouter` has for them. */
export type RecordedSwitches = Pick<
  RouterOptions,
  | 'affinityFailover'
  | 'insecureFallback'
  | 'connectionTtlDefaultMs'
  | 'retryClock'
  | 'probe503ClearsFlag'
  | 'statsVocabulary'
  | 'markDownOn5xx'
  | 'allDown'
  | 'backupAffinity'
  | 'ambiguousPaths'
  | 'affinityDialect'
  | 'partitionTables'
>

/** How a router was set up, as plain JSON: with the same configuration it makes a router that decides alike. */
export interface RecordedSettings extends RecordedSwitches {
  /**
   * Transports that could not be used when the file was loaded (F17, Y6), as in the `options` of a scenario:
   * `CLUSTER/SERVER` for all of them, `CLUSTER/SERVER/http` or `CLUSTER/SERVER/https`. Default: none.
   */
  readonly unusable?: readonly string[]
}

/** Something that the core was told about one exchange. */
export interface RecordedInput {
  /** Clock of the router, milliseconds. */
  readonly at: number
  /** State right before the core was told. Other requests may have changed it since the last input. */
  readonly before: RouterSnapshot
  /** What was reported; null: the arrival of the request. */
  readonly outcome: Outcome | null
  /** Random numbers that the core drew while it dealt with this input, in order. */
  readonly draws: readonly number[]
}

/**
 * One request of a running edge, with everything that is needed to make its decisions again. Plain JSON: it goes over
 * the admin endpoint to the step debugger.
 */
export interface Recording {
  readonly version: 1
  /** Number of the exchange in its router, from 1. */
  readonly exchange: number
  /** Time of day when the request arrived, ISO 8601. */
  readonly recordedAt: string
  readonly method: string
  /** Absolute URL, as the client wrote it. */
  readonly url: string
  /** What routing looked at. */
  readonly head: RequestHead
  readonly settings: RecordedSettings
  /** The arrival, then every outcome, in order. */
  readonly inputs: readonly RecordedInput[]
  /** The decisions, all of them, in order. */
  readonly records: readonly TraceRecord[]
  /** What the client got; 0: nothing, because it went away or the request was left to the next handler. */
  readonly status: number
  /** Reason code at the end. */
  readonly code: string
}
