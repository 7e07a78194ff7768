import { type IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { type BareClient, holdClient } from './bare-client.ts'

/** A request to leave HTTP. */
export interface Upgrade {
  /** Value of the Upgrade field that the server gets. */
  readonly protocol: string
  readonly client: BareClient
  /** Whether this is one of the protocols that were asked for. */
  accepts(protocol: string | undefined): boolean
}

/** A request that Node has handed over as a bare socket, ready to be answered like any other. */
export interface TakenOver {
  readonly response: ServerResponse
  /** null: it is to be treated as a request without an upgrade. */
  readonly upgrade: Upgrade | null
}

/**
 * Waits until the requests that the client sent before this one, on the same connection, are answered: Node hands the
 * socket over while their answers are still under way, and a second response cannot be put on it.
 */
export const afterEarlierAnswers = (socket: Duplex, work: () => void): void => {
  const drain = (): void => {
    const { _httpMessage: earlier } = socket as Answering
    // Node has stopped passing this on, and an answer larger than the socket's buffer would wait for it forever.
    if (earlier?.writableNeedDrain === true) earlier.emit('drain')
  }
  const wait = (): void => {
    const { _httpMessage: earlier } = socket as Answering
    if (earlier !== null && earlier !== undefined) earlier.once('close', wait)
    else {
      socket.off('drain', drain)
      work()
    }
  }
  socket.on('drain', drain)
  wait()
}

/** Node keeps the response under way on the socket. */
type Answering = Duplex & { readonly _httpMessage?: ServerResponse | null }

/**
 * Makes a request with an Upgrade field an ordinary request and response again, so that one code path routes, retries,
 * relays and fails both; only a 101 leaves it.
 */
export const takeOver = (request: IncomingMessage, socket: Duplex, head: Buffer): TakenOver => {
  const response = new ServerResponse(request)
  // Bytes behind the request have been read already and belong to no further request that we could parse.
  response.shouldKeepAlive = false
  response.assignSocket(socket as Socket)
  // As for those before it.
  socket.on('drain', () => {
    if (response.writableNeedDrain) response.emit('drain')
  })
  response.on('finish', () => {
    response.detachSocket(socket as Socket)
    socket.end(() => socket.destroy())
  })
  return { response, upgrade: upgradeOf(request.headers.upgrade, holdClient(socket, head)) }
}

/** The upgrade that is asked for; null for none that may be passed on. */
const upgradeOf = (protocol: string | undefined, client: BareClient): Upgrade | null => {
  const asked = protocolsAsked(protocol)
  if (asked.length === 0) return null
  const names = new Set(asked.map(name => name.toLowerCase()))
  return {
    protocol: asked.join(', '),
    client,
    accepts: chosen => chosen !== undefined && names.has(chosen.trim().toLowerCase()),
  }
}

/**
 * The protocols of an Upgrade field that may be passed on. Those that are HTTP again are ignored, which RFC 9110 7.8 allows:
 * behind a 101 to `h2c` a client could send requests past all routing.
 */
export const protocolsAsked = (field: string | undefined): readonly string[] =>
  (field ?? '')
    .split(',')
    .map(name => name.trim())
    .filter(name => name !== '' && !/^(?:h2c?|http|tls)(?:\/|$)/i.test(name))
