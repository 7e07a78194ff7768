import type { ServerState } from '../server.ts'

/** What an exchange has been through so far; it decides whom the next selection leaves out. */
export interface Past {
  /** Servers that have had an attempt of this exchange (W11). */
  readonly tried: readonly ServerState[]
  /** Those among them that it marked down where RetryInterval is 0: they are due at once, but not for it (R8). */
  readonly downed: readonly ServerState[]
  /** Those that answered 503 and are not asked again (F11). */
  readonly answered503: readonly ServerState[]
}

export const noPast: Past = { tried: [], downed: [], answered503: [] }

/** What follows an attempt at this server. The first attempt is the usual case and makes nothing new. */
export const afterAttempt = (past: Past, server: ServerState): Past => {
  if (past === noPast) return server.onlyPast
  if (past.tried.includes(server)) return past
  return { ...past, tried: [...past.tried, server] }
}
