import { createServer, type Server } from 'node:http'
import { type AddressInfo, isIP } from 'node:net'
import type { Edge } from '../edge/edge.ts'
import type { ReloadEvent } from '../edge/reload.ts'
import { answer } from './answering.ts'
import type { EdgeInfo } from './messages.ts'
import { type AdminOptions, resolveAdminOptions } from './options.ts'
import { Share } from './share.ts'

/** A running admin endpoint. */
export interface Admin {
  /** Where it listens, such as `http://127.0.0.1:9090`: what `attach` and `explain --attach` want. */
  readonly url: string
  readonly port: number
  /** Stops listening; requests under way are answered. The edge goes on. Every call returns the same promise. */
  close(): Promise<void>
}

/**
 * Starts the admin endpoint of an edge: a listener of its own, so that no URI that the edge proxies leads to it. It
 * answers in JSON; `GET /` lists what there is. Reading needs no token on a loopback address; changing anything always
 * does, and so do recorded requests where there is a token.
 *
 * Questions are answered on the thread of the edge, one at a time, and take no more than a tenth of it.
 *
 * @throws PluginError `OPTION_INVALID`, also for an address that others can reach without a token; an Error with the
 *   `code` of the operating system when it cannot listen there.
 */
export const startAdmin = async (edge: Edge, options: AdminOptions = {}): Promise<Admin> => {
  const settings = await resolveAdminOptions(options)
  const startedAt = new Date().toISOString()
  let since = startedAt
  const reloaded = ({ result }: ReloadEvent): void => {
    if (result === 'loaded') since = new Date().toISOString()
  }
  const info = (): EdgeInfo => ({ startedAt, since, exchanges: edge.snapshot().exchanges })
  const endpoint = { edge, settings, info, share: new Share() }
  const server = createServer(limits, (request, response) => {
    void answer(endpoint, request, response)
  })
  server.maxConnections = mostConnections
  // Also for somebody who does not read the answer.
  server.setTimeout(patienceMs)
  await listen(server, settings.port, settings.address)
  edge.on('reload', reloaded)
  const { address, port } = server.address() as AddressInfo
  let closed: Promise<void> | null = null
  return {
    url: `http://${isIP(address) === 6 ? `[${address}]` : address}:${port}`,
    port,
    close: () => {
      edge.off('reload', reloaded)
      closed ??= close(server)
      return closed
    },
  }
}

/** Nobody needs more at a time, and each costs a descriptor that the edge may need. */
const mostConnections = 64

/** How long one that asks, or reads its answer, may stand still. Milliseconds. */
const patienceMs = 30_000

const limits = {
  requestTimeout: 10_000,
  headersTimeout: 5_000,
  keepAliveTimeout: 5_000,
  connectionsCheckingInterval: 1_000,
} as const

const listen = (server: Server, port: number, host: string): Promise<void> =>
  new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen({ port, host, exclusive: true }, () => {
      server.off('error', reject)
      resolve()
    })
  })

/** How long an answer may take that is under way at the end. Milliseconds. */
const lastAnswersMs = 2_000

const close = (server: Server): Promise<void> =>
  new Promise(resolve => {
    const end = setTimeout(() => server.closeAllConnections(), lastAnswersMs)
    server.close(() => {
      clearTimeout(end)
      resolve()
    })
    server.closeIdleConnections()
  })
