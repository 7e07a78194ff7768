import type { Limit } from './limits.ts'

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
    /** FIPSEnable asks for what only a switch of Node can give. */
    | 'FIPS_OFF'
    /** A keyring cannot be read any more; what was read of it before stays in use. */
    | 'KEYRING_KEPT'
    /** A keyring cannot be read; a file beside it is used in its place (E15). */
    | 'KEYRING_REPLACED'
    /** A limit of the edge was reached: `limit` says which one. */
    | 'LIMIT_REACHED'
    /** The log cannot be written. */
    | 'LOG_FAILED'
    /** A transport cannot be used until the next load (F17, Y6). */
    | 'TRANSPORT_UNUSABLE'
  readonly message: string
  /** Of `LIMIT_REACHED`: the name of its counter. */
  readonly limit?: Limit
  /** Warnings like this one that were left out before it: what clients can cause is told once a second at most. */
  readonly suppressed?: number
  readonly error?: unknown
}
