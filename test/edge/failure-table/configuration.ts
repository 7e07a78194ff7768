import type { PluginConfig, Transport } from '../../../src/config/model.ts'
import { edgeConfig } from '../../support/edge-config.ts'
import type { Case } from './cases.ts'

/** Where the servers of a case are. */
export interface Places {
  readonly m1: Partial<Transport>
  /** m2 and m3. */
  readonly others: readonly Partial<Transport>[]
}

/** Short, because the table waits for it; long enough for a busy machine to answer the requests that warm up. */
const timeoutMs = 400

const timeouts = {
  'F8 time-out above 0': { serverIoTimeoutMs: timeoutMs },
  'F9 time-out below 0': { serverIoTimeoutMs: timeoutMs, serverIoTimeoutMarksDown: true },
  'F2 connect-timeout': { connectTimeoutMs: timeoutMs },
  'F3 connect-failed': { connectTimeoutMs: 0 },
  'F5 handshake': { extendedHandshake: true },
  'F16 busy': { maxConnections: 1 },
} as const

/** The configuration of a case: m1 as its row wants it, the others plain. */
export const configOf = (each: Case, { m1, others }: Places): PluginConfig => {
  const settings: object = timeouts[each.fault as keyof typeof timeouts] ?? {}
  const places = [m1, ...others].slice(0, each.servers)
  const base = edgeConfig(
    places.map((_, index) => (index === 0 ? settings : {})),
    {
      settings: { ignoreDnsFailures: true },
      cluster: {
        serverIoTimeoutRetry: each.retryLimit,
        postBufferSizeBytes: each.bufferKib < 0 ? null : each.bufferKib * 1024,
      },
    },
  )
  return {
    ...base,
    clusters: base.clusters.map(cluster => ({
      ...cluster,
      servers: cluster.servers.map((server, index) => ({
        ...server,
        transports: server.transports.map(transport => ({ ...transport, ...places[index] })),
      })),
    })),
  }
}
