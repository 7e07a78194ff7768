import { Server } from 'node:net'
import { longestTimerMs } from '../driver/connect.ts'
import type { CloseOptions, CloseReport, Edge } from './api.ts'
import { Connections } from './connections.ts'
import { invalid } from './option-error.ts'

export interface CloseTogetherOptions {
  /** Milliseconds that a connection of HTTP/2 may be without a request. Default: none, or what the host says. */
  readonly http2IdleMs?: number
}

/**
 * Makes one close of an edge and of the servers in front of it, so that nothing under way is lost. To be called before
 * the servers listen, because it looks after their connections from then on.
 *
 * The close stops accepting, ends idle connections, lets requests finish to the last byte that a client takes, those of
 * the host's own routes too, then closes the edge and ends its tunnels. The `close()` of an `http.Server` does not: it
 * cuts off answers that were written and have not left yet.
 *
 * @returns the close. `waitMs` as for `Edge.close`; after that time everything is cut, and the report says how many
 *   requests were. Every call returns the same promise. It throws PluginError `OPTION_INVALID`.
 */
export const closeTogether = (
  edge: Edge,
  servers: Server | readonly Server[],
  { http2IdleMs }: CloseTogetherOptions = {},
): ((options?: CloseOptions) => Promise<CloseReport>) => {
  const all = servers instanceof Server ? [servers] : servers
  if (!Array.isArray(all) || !all.every(server => server instanceof Server)) {
    throw invalid('servers', servers, 'a server of node:http, node:https or node:http2, or several')
  }
  const connections = new Connections()
  for (const server of all) connections.watch(server, http2IdleMs)
  const close = async (waitMs: number): Promise<CloseReport> => {
    edge.leave()
    const closed = Promise.all(all.map(stopped))
    const finished = (async () => {
      await connections.drain()
      await edge.close()
      await connections.upgradedClosed()
    })()
    const inTime = await within(finished, waitMs)
    // Tunnels have no end of their own, so that ending them cuts off nothing.
    const cut = inTime ? 0 : connections.underWay
    connections.destroy()
    await Promise.all([edge.close(), finished, closed])
    return { cut }
  }
  let closing: Promise<CloseReport> | null = null
  return ({ waitMs = Number.POSITIVE_INFINITY } = {}) => {
    if (!(waitMs >= 0)) throw invalid('close.waitMs', waitMs, '0 or more milliseconds')
    closing ??= close(waitMs)
    return closing
  }
}

/** @returns whether the work was done in time. */
const within = async (work: Promise<unknown>, ms: number): Promise<boolean> => {
  const done = work.then(() => true)
  if (ms > longestTimerMs) return done
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<false>(resolve => {
    timer = setTimeout(() => resolve(false), ms)
  })
  try {
    return await Promise.race([done, late])
  } finally {
    clearTimeout(timer)
  }
}

/**
 * Takes no more connections. The `close` of `net` it must be: that of `http` cuts off answers that were written and have
 * not left yet. Resolves when the last connection is closed.
 */
const stopped = async (server: Server): Promise<void> => {
  await new Promise<void>(resolve => Server.prototype.close.call(server, () => resolve()))
  // Now nothing is left to cut off, and its timer ends.
  server.close()
}
