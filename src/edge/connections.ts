import { type IncomingMessage, Server as PlainServer, type ServerResponse } from 'node:http'
import type { ServerHttp2Session } from 'node:http2'
import type { Server, Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'

/**
 * The connections of servers in front of an edge, and the requests under way on them: what has to be known to end in
 * good order. Node's own `server.close()` takes an answer for sent as soon as it was written, and cuts off clients that read
 * slowly; here it counts when the last byte has left.
 *
 * A connection of HTTP/1 is ended when nothing is under way on it; one of HTTP/2 says by itself that no more requests are
 * taken. A connection that was upgraded is left to the edge.
 */
export class Connections {
  /** Those of HTTP/1, with the answers under way, first to last; no set, for the reason that `Slots` gives. */
  readonly #sockets = new Map<Socket, ServerResponse[]>()
  /** Those that were upgraded, or want to be, with the bytes that had been written before. */
  readonly #upgraded = new Map<Socket, number>()
  readonly #sessions = new Set<ServerHttp2Session>()
  /** Every socket, those in a TLS handshake included. */
  readonly #raw = new Set<Socket>()
  #running = 0
  #draining = false
  #waiting: (() => void)[] = []

  /**
   * Looks after the connections of a server, those that are made from now on.
   *
   * @param idleMs how long one of HTTP/2 may be without a request; default: as long as it likes, or the host says.
   */
  watch(server: Server, idleMs?: number): void {
    server.on('connection', (socket: Socket) => {
      this.#accepted(socket)
      if (server instanceof PlainServer) this.#opened(socket)
    })
    server.on('secureConnection', (socket: TLSSocket) => {
      if (socket.alpnProtocol !== 'h2') this.#opened(socket)
    })
    server.on('session', (session: ServerHttp2Session) => this.#session(session, idleMs))
    const began = (request: IncomingMessage, response: ServerResponse): void =>
      this.#began(request, response)
    // Before the host, which may have answered when others get to hear of it.
    server.prependListener('request', began)
    whenListenedTo(server, 'upgrade', () =>
      server.prependListener('upgrade', (_, socket: Socket) => this.#upgrading(socket)),
    )
    // Whoever listens to it gets such requests in the place of `request`; without others Node would have answered.
    server.prependListener(
      'checkContinue',
      (request: IncomingMessage, response: ServerResponse) => {
        if (server.listenerCount('checkContinue') > 1) began(request, response)
        else {
          response.writeContinue()
          server.emit('request', request, response)
        }
      },
    )
  }

  /** Ends what is idle, and everything else as soon as it is answered. Resolves when no request is under way. */
  async drain(): Promise<void> {
    this.#draining = true
    for (const session of this.#sessions) session.close()
    for (const [socket, answers] of this.#sockets) {
      if (answers.length === 0) this.#end(socket)
      lastOf(answers)
    }
    await this.#until(() => this.#running === 0)
  }

  /** Resolves when the upgraded connections are closed. */
  async upgradedClosed(): Promise<void> {
    await this.#until(() => this.#upgraded.size === 0)
  }

  /** Requests without a whole answer; tunnels are none any more. */
  get underWay(): number {
    const unanswered = [...this.#upgraded].filter(
      ([socket, before]) => socket.bytesWritten === before,
    )
    return this.#running + unanswered.length
  }

  /** Ends everything at once. */
  destroy(): void {
    for (const session of this.#sessions) session.destroy()
    for (const socket of this.#sockets.keys()) socket.destroy()
    for (const socket of this.#raw) socket.destroy()
  }

  /** A socket was accepted. */
  #accepted(socket: Socket): void {
    this.#raw.add(socket)
    socket.on('close', () => this.#raw.delete(socket))
  }

  /** It speaks HTTP/1. */
  #opened(socket: Socket): void {
    const answers: ServerResponse[] = []
    this.#sockets.set(socket, answers)
    socket.on('close', () => {
      this.#sockets.delete(socket)
      this.#upgraded.delete(socket)
      // Node does not tell of answers that stood in line behind another.
      this.#running -= answers.length
      answers.length = 0
      this.#changed()
    })
  }

  /** It speaks HTTP/2. */
  #session(session: ServerHttp2Session, idleMs: number | undefined): void {
    let streams = 0
    this.#sessions.add(session)
    session.on('stream', stream => {
      streams++
      stream.on('close', () => streams--)
    })
    if (idleMs !== undefined) {
      session.setTimeout(idleMs)
      session.on('timeout', () => {
        if (streams === 0) session.close()
      })
    }
    session.on('close', () => this.#sessions.delete(session))
    if (this.#draining) session.close()
  }

  /** A request has come in. */
  #began(request: IncomingMessage, response: ServerResponse): void {
    const isHttp1 = request.httpVersionMajor === 1
    const { socket } = request
    const answers = isHttp1 ? this.#sockets.get(socket) : []
    // The connection is gone already.
    if (answers === undefined) return
    // The edge has given it back: it was an ordinary request.
    if (isHttp1 && this.#upgraded.delete(socket)) this.#changed()
    answers.push(response)
    this.#running++
    if (this.#draining && isHttp1) lastOf(answers)
    response.on('close', () => {
      const at = answers.indexOf(response)
      if (at === -1) return
      answers.splice(at, 1)
      this.#running--
      // It was promised to stay open before it was known that it would not.
      if (this.#draining && isHttp1 && answers.length === 0) this.#end(socket)
      this.#changed()
    })
  }

  /** A request to leave HTTP has come in. */
  #upgrading(socket: Socket): void {
    if (this.#sockets.has(socket)) this.#upgraded.set(socket, socket.bytesWritten)
  }

  #end(socket: Socket): void {
    if (!this.#upgraded.has(socket)) socket.destroySoon()
  }

  async #until(holds: () => boolean): Promise<void> {
    while (!holds()) await new Promise<void>(resolve => this.#waiting.push(resolve))
  }

  #changed(): void {
    for (const wake of this.#waiting.splice(0)) wake()
  }
}

/** Lets the connection end with the last of the answers, as far as that can still be said: those before it stay whole. */
const lastOf = (answers: readonly ServerResponse[]): void => {
  const last = answers.at(-1)
  for (const answer of answers) if (!answer.headersSent) answer.shouldKeepAlive = answer !== last
}

/** To listen oneself would take the event from a host that leaves it to Node. */
const whenListenedTo = (server: Server, event: string, listen: () => void): void => {
  if (server.listenerCount(event) > 0) {
    listen()
    return
  }
  const look = (added: string | symbol): void => {
    if (added !== event) return
    server.off('newListener', look)
    listen()
  }
  server.on('newListener', look)
}
