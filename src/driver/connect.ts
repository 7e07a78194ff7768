import { lookup } from 'node:dns/promises'
import { connect as connectTcp, isIP, type Socket, type TcpSocketConnectOpts } from 'node:net'
import { connect as connectTls } from 'node:tls'
import type { Transport } from '../config/model.ts'
import { connectTimeout, driverError, type Moment } from './outcome.ts'
import type { ReadMemory } from './read-memory.ts'
import { connectToServer } from './server-reads.ts'
import type { TlsSetup } from './tls-setup.ts'

/** A transport with all that is needed to reach it. */
export interface Endpoint {
  readonly transport: Transport
  /** Addresses from the look-up at load, tried in this order; or how to look the name up for each connection (E6). */
  readonly addresses: readonly string[] | (() => Promise<readonly string[]>)
  /** For https transports. */
  readonly tls: TlsSetup | null
  /** ASDisableNagle. */
  readonly noDelay: boolean
  /** For answers; TLS has its own, of at most 16 KiB for a record. */
  readonly memory: ReadMemory
}

export interface ConnectLimits {
  /** For each address; 0: none (T6, Q13). */
  readonly connectTimeoutMs: number
  /** ServerIOTimeout, which also bounds the TLS handshake; 0: ConnectTimeout bounds it (Z5). */
  readonly ioTimeoutMs: number
}

/** Why there is no connection, and how far we got. */
export interface ConnectFailure {
  readonly error: unknown
  readonly moment: Moment
}

/** Idle connections are probed by TCP after this time, so that a vanished host is noticed at all. */
const tcpKeepAliveMs = 60_000

/**
 * Opens a connection: each address in turn, each with its own ConnectTimeout, then TLS where the transport asks for it.
 * `done` is called once, never before this function has returned.
 *
 * @returns gives up; `done` is not called any more.
 */
export const openConnection = (
  endpoint: Endpoint,
  limits: ConnectLimits,
  done: (failure: ConnectFailure | null, socket: Socket | null) => void,
): (() => void) => {
  let over = false
  let current: Socket | null = null

  const finish = (failure: ConnectFailure | null, socket: Socket | null): void => {
    if (over) {
      socket?.destroy()
      return
    }
    over = true
    current = null
    done(failure, socket)
  }

  const secure = (raw: Socket): void => {
    if (endpoint.tls === null) {
      finish(null, raw)
      return
    }
    const limitMs = limits.ioTimeoutMs || limits.connectTimeoutMs
    current = startTls(raw, endpoint.tls, limitMs, (error, socket) =>
      finish(error === null ? null : { error, moment: 'tls' }, socket),
    )
  }

  const tryFrom = (addresses: readonly string[], index: number): void => {
    if (over) return
    const address = addresses[index]
    if (address === undefined) {
      const error = driverError('ENOTFOUND', `${endpoint.transport.hostname} has no address`)
      finish({ error, moment: 'connect' }, null)
      return
    }
    current = openTcp(address, endpoint, limits.connectTimeoutMs, (error, socket) => {
      if (socket !== null) secure(socket)
      else if (index + 1 < addresses.length) tryFrom(addresses, index + 1)
      else finish({ error, moment: 'connect' }, null)
    })
  }

  if (typeof endpoint.addresses !== 'function') tryFrom(endpoint.addresses, 0)
  else {
    endpoint.addresses().then(
      addresses => tryFrom(addresses, 0),
      error => finish({ error, moment: 'connect' }, null),
    )
  }
  return () => {
    over = true
    current?.destroy()
  }
}

/** Every address of a name, in the order of the resolver; an address stands for itself. */
export const addressesOf = async (hostname: string): Promise<readonly string[]> => {
  if (isIP(hostname) !== 0) return [hostname]
  const found = await lookup(hostname, { all: true, verbatim: true })
  return found.map(({ address }) => address)
}

type Opened = (error: Error | null, socket: Socket | null) => void

const openTcp = (host: string, endpoint: Endpoint, limitMs: number, opened: Opened): Socket => {
  const options: TcpSocketConnectOpts & { readonly highWaterMark: number } = {
    host,
    port: endpoint.transport.port,
    noDelay: endpoint.noDelay,
    keepAlive: true,
    keepAliveInitialDelay: tcpKeepAliveMs,
    autoSelectFamily: false,
    highWaterMark: endpoint.memory.size,
  }
  const late = (): Error =>
    driverError(connectTimeout, `no connection to ${host} within ${limitMs} ms`)
  const socket =
    endpoint.tls === null ? connectToServer(options, endpoint.memory) : connectTcp(options)
  return whenOpen(socket, 'connect', limitMs, late, opened)
}

const startTls = (
  raw: Socket,
  { options, sessions }: TlsSetup,
  limitMs: number,
  opened: Opened,
): Socket => {
  raw.on('error', ignore)
  const late = (): Error => driverError('ETIMEDOUT', `no TLS handshake within ${limitMs} ms`)
  const session = sessions.latest
  const secure = connectTls({ ...options, ...(session !== null && { session }), socket: raw })
  return whenOpen(secure, 'secureConnect', limitMs, late, (error, socket) => {
    if (error === null) sessions.keep(secure)
    else {
      if (session !== null) sessions.forget()
      raw.destroy()
    }
    opened(error, socket)
  })
}

/** Waits for the event that makes a socket usable; destroys the socket on an error, or when the limit is over. */
const whenOpen = (
  socket: Socket,
  event: 'connect' | 'secureConnect',
  limitMs: number,
  late: () => Error,
  opened: Opened,
): Socket => {
  const limit = limitTo(limitMs, () => fail(late()))
  const fail = (error: Error): void => {
    clearTimeout(limit)
    socket.off(event, succeed)
    socket.off('error', fail)
    socket.on('error', ignore)
    socket.destroy()
    opened(error, null)
  }
  const succeed = (): void => {
    clearTimeout(limit)
    socket.off('error', fail)
    opened(null, socket)
  }
  socket.once(event, succeed)
  socket.once('error', fail)
  socket.once('close', () => clearTimeout(limit))
  return socket
}

const limitTo = (ms: number, expired: () => void): NodeJS.Timeout | undefined =>
  ms > 0 ? setTimeout(expired, Math.min(ms, longestTimerMs)) : undefined

/** A longer one would fire at once. */
export const longestTimerMs = 2_147_483_647

const ignore = (): void => {}
