import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { createServer } from 'node:http'
import type { Socket } from 'node:net'
import type { ApplicationServerOptions } from './application-server-options.ts'
import { checkOptions } from './application-server-options.ts'
import { listen } from './listen.ts'
import type { SessionTracking } from './requested-session.ts'
import type { CloneSettings } from './session-id.ts'
import { SessionManager } from './session-manager.ts'
import { snoop } from './snoop.ts'

/** What a server has done since it was made, restarts included. */
export interface ApplicationServerCounters {
  /** Requests whose head arrived. */
  readonly received: number
  /** Requests that were answered to the end. */
  readonly answered: number
  /** Sessions made here. */
  readonly sessionsCreated: number
  /** Times a session was read from the store. */
  readonly sessionsLoaded: number
}

/**
 * An application server that treats sessions as a member of a WebSphere cluster does, so that a router can be tried
 * without one. `/snoop` shows what arrived and counts in the session; its switches (`snoop-switches.ts`) make it slow, large or faulty.
 */
export interface ApplicationServer {
  readonly name: string
  readonly cloneId: string
  readonly host: string
  /** The port it listens on, or listened on last; 0 before the first start with port 0. */
  readonly port: number
  /** `http://host:port`, nothing after it. */
  readonly url: string
  readonly running: boolean
  readonly counters: ApplicationServerCounters
  /** Listens. Does nothing when it does already. Rejects with the error of the operating system. */
  start(): Promise<void>
  /** Takes no new connection, lets the requests under way end, and forgets its own copies of the sessions. */
  stop(): Promise<void>
  /** Dies at once: connections break, new ones are refused, and what was not in the store yet is lost. */
  kill(): Promise<void>
  /** Starts again on the same port, with an empty memory; stops first when it is running. */
  restart(): Promise<void>
}

/**
 * Makes a server; it listens after `start()`.
 *
 * @throws PluginError `OPTION_INVALID`.
 */
export const createApplicationServer = (options: ApplicationServerOptions): ApplicationServer =>
  new EmbeddedServer(options)

/** One start to the next stop: everything that a crash takes away. */
interface Life {
  readonly listener: Server
  readonly sockets: Set<Socket>
  /** Answers that are not out yet. */
  readonly answers: Set<ServerResponse>
  readonly sessions: SessionManager
  readonly ending: AbortController
}

class EmbeddedServer implements ApplicationServer {
  readonly name: string
  readonly cloneId: string
  readonly host: string
  readonly #tracking: SessionTracking
  readonly #clone: CloneSettings
  readonly #contextRoot: string
  readonly #newSessions: () => SessionManager
  #port: number
  #life: Life | undefined
  #counters = { received: 0, answered: 0, sessionsCreated: 0, sessionsLoaded: 0 }

  constructor(options: ApplicationServerOptions) {
    checkOptions(options)
    const separator = options.separator ?? ':'
    const idLength = Math.min(128, Math.max(8, options.idLength ?? 23))
    this.name = options.name
    this.cloneId = options.cloneId
    this.host = options.host ?? '127.0.0.1'
    this.#port = options.port ?? 0
    this.#contextRoot = (options.contextRoot ?? '/snoop').replace(/\/$/, '')
    this.#clone = {
      cloneId: options.cloneId,
      separator,
      noAffinitySwitchBack: options.noAffinitySwitchBack ?? false,
    }
    this.#tracking = {
      separator,
      idLength,
      cookieName: options.cookieName ?? 'JSESSIONID',
      urlIdentifier: options.urlIdentifier ?? 'jsessionid',
      cookies: options.cookies ?? true,
      urlRewriting: options.urlRewriting ?? false,
    }
    this.#newSessions = () =>
      new SessionManager({
        store: options.store,
        idLength,
        inactiveIntervalMs: options.inactiveIntervalMs ?? 30 * 60_000,
        clock: options.clock ?? { now: Date.now },
      })
  }

  get port(): number {
    return this.#port
  }

  get url(): string {
    return `http://${this.host.includes(':') ? `[${this.host}]` : this.host}:${this.#port}`
  }

  get running(): boolean {
    return this.#life !== undefined
  }

  get counters(): ApplicationServerCounters {
    const { sessionsCreated, sessionsLoaded, ...requests } = this.#counters
    const sessions = this.#life?.sessions
    return {
      ...requests,
      sessionsCreated: sessionsCreated + (sessions?.created ?? 0),
      sessionsLoaded: sessionsLoaded + (sessions?.loaded ?? 0),
    }
  }

  async start(): Promise<void> {
    if (this.#life !== undefined) return
    const sockets = new Set<Socket>()
    const life: Life = {
      // Headers as large as the vendor's servers take, and streams kept for longer than a plug-in uses them again.
      listener: createServer({ maxHeaderSize: 65_536, keepAliveTimeout: 30_000 }),
      sockets,
      answers: new Set(),
      sessions: this.#newSessions(),
      ending: new AbortController(),
    }
    life.listener.on('connection', socket => {
      sockets.add(socket)
      socket.once('close', () => sockets.delete(socket))
    })
    life.listener.on('request', (req, res) => void this.#serve(req, res, life))
    this.#life = life
    try {
      this.#port = await listen(life.listener, this.#port, this.host)
    } catch (error) {
      this.#life = undefined
      throw error
    }
  }

  async stop(): Promise<void> {
    await this.#end(life => {
      // A stream kept alive would hold the server until its client lets go; only those in use may finish.
      for (const answer of life.answers) answer.shouldKeepAlive = false
      const inUse = new Set([...life.answers].map(answer => answer.req.socket))
      for (const socket of life.sockets) if (!inUse.has(socket)) socket.destroySoon()
    })
  }

  async kill(): Promise<void> {
    await this.#end(life => {
      life.sessions.end()
      life.ending.abort()
      for (const socket of life.sockets) socket.destroy()
    })
  }

  async restart(): Promise<void> {
    await this.stop()
    await this.start()
  }

  /** Stops listening; over when the last connection is gone. */
  async #end(how: (life: Life) => void): Promise<void> {
    const life = this.#life
    if (life === undefined) return
    this.#life = undefined
    const closed = new Promise<void>(resolve => life.listener.close(() => resolve()))
    how(life)
    await closed
    life.sessions.end()
    life.ending.abort()
    this.#counters.sessionsCreated += life.sessions.created
    this.#counters.sessionsLoaded += life.sessions.loaded
  }

  async #serve(req: IncomingMessage, res: ServerResponse, life: Life): Promise<void> {
    this.#counters.received += 1
    life.answers.add(res)
    res.once('close', () => {
      life.answers.delete(res)
      // An answer whose head was out before stop() could not announce the end of its connection.
      if (life !== this.#life) req.socket.destroySoon()
    })
    try {
      if (!this.#isMine(req.url ?? '')) {
        res.writeHead(404, { 'Content-Type': 'text/plain; charset=utf-8' })
        res.end(`${this.name}: no application at ${req.url}\n`)
      } else {
        await snoop(req, res, {
          name: this.name,
          tracking: this.#tracking,
          clone: this.#clone,
          sessions: life.sessions,
          signal: life.ending.signal,
        })
      }
      if (res.writableEnded) this.#counters.answered += 1
    } catch (error) {
      // The client went away, the server was killed, or it is too late: nobody is left to tell.
      if (req.socket.destroyed || res.headersSent) {
        res.destroy()
        return
      }
      const reason = error instanceof Error ? error.message : String(error)
      res.writeHead(500, { 'Content-Type': 'text/plain; charset=utf-8' })
      res.end(`${this.name}: the session store failed: ${reason}\n`)
    }
  }

  #isMine(target: string): boolean {
    const path = target.split(/[?;]/, 1)[0] ?? ''
    return path === this.#contextRoot || path.startsWith(`${this.#contextRoot}/`)
  }
}
