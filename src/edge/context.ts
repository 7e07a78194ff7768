import type { IncomingMessage } from 'node:http'
import type { Clock } from '../core/clock.ts'
import type { ReasonCode } from '../core/reason-code.ts'
import type { PluginLog } from '../log/plugin-log.ts'
import type { Administration } from './administration.ts'
import type { ClusterWatch } from './cluster-watch.ts'
import type { ErrorPageHook } from './error-page.ts'
import type { ForwardedStyle } from './forwarded.ts'
import type { Guards } from './guards.ts'
import type { EdgeWarning } from './warning.ts'

/** What all requests of an edge share. */
export interface EdgeContext {
  readonly clock: Clock
  readonly errorPage: ErrorPageHook | undefined
  /** Hears of attempts, to count the sessions of draining servers. */
  readonly administration: Pick<Administration, 'attempted'>
  warn(warning: EdgeWarning): void
  /** What keeps the limits. */
  readonly guards: Guards
  /** Which clusters have nobody left. */
  readonly clusters: ClusterWatch
  /** Somebody wants to know which clusters have nobody left. */
  readonly watchesClusters: boolean
  /** How servers are told who the client is; null: in the plug-in's own way alone. */
  readonly forwarded: ForwardedStyle | null
  /** The edge takes no more requests: connections of clients end with the answers under way. */
  readonly closing: boolean
  /** null: none is kept. */
  readonly log: PluginLog | null
  /** Somebody wants the records of requests that begin now; otherwise none are made. */
  readonly wantsRecords: boolean
  /** A request is over. `companion`: what went along with it. */
  finished(record: ExchangeRecord, companion: Companion | null): void
}

/** What goes along with a request and wants to know how it ended. */
export interface Companion {
  over(record: ExchangeRecord): void
}

/** A request that is over, for access logs. */
export interface ExchangeRecord {
  /** Number of the exchange, from 1, also across reloads; 0: the edge was closing and asked no router. */
  readonly exchange: number
  /** The way it went, on one word, such as `AFF>DOWN>RR`. */
  readonly code: ReasonCode
  readonly method: string
  /** The request target as the client sent it. */
  readonly url: string
  readonly host: string | undefined
  readonly clientAddress: string | undefined
  /** Undefined when the request was declined or refused before a route was found. */
  readonly cluster: string | undefined
  /** The server that answered, or the last that was tried and failed after its answer had begun. */
  readonly server: string | undefined
  /** What the client got; 0: nothing. */
  readonly status: number
  readonly result: 'served' | 'decline' | 'fail' | 'client-aborted' | 'response-broken'
  /** Why it failed or was declined. */
  readonly reason: string | undefined
  /** Attempts at servers, the uncounted one on a new stream included. */
  readonly attempts: number
  /** Milliseconds from the arrival at the edge to the last byte handed to the client. */
  readonly durationMs: number
  /**
   * Milliseconds of them in which an attempt was under way, from its beginning to its failure or the last byte of the
   * answer, added up over the attempts; the rest was spent here or waiting for the client's body.
   */
  readonly serverMs: number
  readonly request: IncomingMessage
}
