import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { PluginConfig } from '../config/model.ts'
import type { AttemptStep, Outcome } from '../core/step.ts'
import type { ResponseScan } from '../driver/headers.ts'
import type { Upgrade } from './upgrade.ts'

/**
 * Joins client and server after a 101. Only now anything that the client sent behind its request goes on.
 *
 * @param limitMs silence of the server at most (wsServerIOTimeout, wsServerIdleTimeout); infinite: no limit.
 * @param over told once, when both sides are closed.
 */
export const openTunnel = (
  { client: bare, protocol }: Upgrade,
  head: ResponseScan,
  server: Socket,
  limitMs: number,
  over: (outcome: Outcome) => void,
): { end(): void } => {
  const client = bare.socket
  const early = bare.take()
  let outcome: Outcome = { kind: 'relayed' }
  let open = 2
  const closed = (): void => {
    open--
    if (open === 0) over(outcome)
  }

  client.write(headText(head, protocol), 'latin1')
  if (early.length > 0) server.write(early)
  client.on('error', ignore)
  server.on('error', ignore)
  client.once('close', () => {
    endAndDestroy(server)
    closed()
  })
  server.once('close', () => {
    endAndDestroy(client)
    closed()
  })
  server.on('timeout', () => {
    outcome = { kind: 'failed', cause: 'read-timeout' }
    client.destroy()
    server.destroy()
  })
  if (Number.isFinite(limitMs)) server.setTimeout(limitMs)
  client.pipe(server)
  server.pipe(client)
  // The one that went while the other was being opened has had its say.
  if (client.destroyed) {
    server.destroy()
    closed()
  }
  return {
    end() {
      client.end()
      server.end()
      client.destroy()
      server.destroy()
    },
  }
}

/** Silence of a server in a tunnel at most, milliseconds; infinite: no limit. */
export const tunnelLimitMs = (config: PluginConfig, step: AttemptStep): number => {
  const cluster = config.clusters.find(({ name }) => name === step.cluster)
  const server = cluster?.servers.find(({ name }) => name === step.server)
  const limits = [server?.wsServerIoTimeoutMs ?? 0, server?.wsServerIdleTimeoutMs ?? 0]
  return Math.min(...limits.map(ms => ms || Number.POSITIVE_INFINITY))
}

const headText = (head: ResponseScan, asked: string): string => {
  let text = 'HTTP/1.1 101 Switching Protocols\r\n'
  for (let i = 0; i < head.headers.length; i += 2) {
    const name = head.headers[i] as string
    // A 101 has no body (RFC 9110 8.6).
    if (name.toLowerCase() !== 'content-length') text += `${name}: ${head.headers[i + 1]}\r\n`
  }
  return `${text}Connection: Upgrade\r\nUpgrade: ${head.upgrade ?? asked}\r\n\r\n`
}

/** What is written reaches the other side first. */
const endAndDestroy = (socket: Duplex): void => {
  if (socket.destroyed) return
  socket.end(() => socket.destroy())
}

const ignore = (): void => {}
