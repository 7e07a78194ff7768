import type { Past, ServerState } from '../server.ts'

export const noPast: Past = { tried: [], downed: [], answered503: [] }

/** What follows an attempt at this server. The first attempt is the usual case and makes nothing new. */
export const afterAttempt = (past: Past, server: ServerState): Past => {
  if (past === noPast) return server.onlyPast
  if (past.tried.includes(server)) return past
  return { ...past, tried: [...past.tried, server] }
}
