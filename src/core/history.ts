import type { Trail } from './reason-code.ts'
import { noPast } from './selection/past.ts'
import type { Past, ServerState } from './server.ts'

/**
 * What an exchange has to remember once its way is not the usual one any more: a choice, an attempt, an answer. Most
 * exchanges never need one, and then `usual` says what they would find in it.
 */
export interface History {
  /** Servers tried so far, and what became of them. */
  past: Past
  /** The attempt under way is the probe of its server. */
  probe: boolean
  /** Attempts that do not count against the limits: those of F6 (T4). */
  uncounted: number
  timeoutRetries: number
  /** The whole body is in memory. */
  buffered: boolean
  bodySent: boolean
  discarded503: boolean
  /** The last selection was not made because the attempts were used up (4.3). */
  exhausted: boolean
  /** When the request arrived, where retry intervals count from there; else 0. */
  arrival: number
  /** E21; without that switch nothing ever comes into it. */
  markedBusy: ServerState[]
  trail: Trail
}

/** @param past what the exchange has been through before anybody wrote it down. */
export const newHistory = (past: Past): History => ({
  past,
  probe: false,
  uncounted: 0,
  timeoutRetries: 0,
  buffered: false,
  bodySent: false,
  discarded503: false,
  exhausted: false,
  arrival: 0,
  markedBusy: [],
  trail: '',
})

/** Shared by all exchanges that have none of their own; nobody writes into it. */
export const usual: Readonly<History> = newHistory(noPast)
