import type { Past, ServerState } from '../server.ts'
import type { SkipReason } from '../trace.ts'

/** Why a selection leaves a server out before any check, because of what the exchange has been through; null: it does not. */
export type LeftOut = (server: ServerState) => SkipReason | null

export const noPast: Past = { tried: [], downed: [], answered503: [] }

/**
 * What follows an attempt at this server. The first attempt is the usual case and makes nothing new; a server that has
 * another one is noted again, because nobody counts them.
 */
export const afterAttempt = (past: Past, server: ServerState): Past => {
  if (past === noPast) return server.onlyPast
  return { ...past, tried: [...past.tried, server] }
}
