import type { IncomingMessage } from 'node:http'
import type { Clock } from '../core/clock.ts'
import type { ErrorPageHook } from './error-page.ts'

/** What all requests of an edge share. */
export interface EdgeContext {
  readonly clock: Clock
  readonly errorPage: ErrorPageHook | undefined
  warn(warning: EdgeWarning): void
  /** Absent: nobody wants records, and none are made. */
  readonly finished: ((record: ExchangeRecord) => void) | undefined
}

/** Something that is wrong with the way the edge is used or run, but ends no more than one request. */
export interface EdgeWarning {
  readonly code: /** Another middleware has read the request body before the edge. */
    | 'BODY_CONSUMED'
    /** Request headers beyond HTTPMaxHeaders were dropped (E12). */
    | 'HEADERS_DROPPED'
    /** A hook of the host threw. */
    | 'HOOK_FAILED'
    /** A mistake in this package. */
    | 'INTERNAL'
    /** A transport cannot be used until the next load (F17, Y6). */
    | 'TRANSPORT_UNUSABLE'
  readonly message: string
  readonly error?: unknown
}

/** A request that is over, for access logs. */
export interface ExchangeRecord {
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
  readonly request: IncomingMessage
}
