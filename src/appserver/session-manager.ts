import type { Clock } from '../core/clock.ts'
import type { SessionId } from './session-id.ts'
import {
  firstPersistentVersion,
  memoryVersion,
  newSessionKey,
  versionAfterLoad,
} from './session-id.ts'
import type { SessionStore } from './session-store.ts'

/**
 * The sessions of one server, from its start to its end.
 *
 * With a store, a server keeps a copy of every session it has touched. A copy serves a request when its version is at
 * least the one in the request; otherwise another server has had the session since, and it is read again under the
 * next version. So the cache id in the cookie is all that tells a server that its copy is stale, and two servers need
 * no word with each other. Attributes reach the store at the end of the request (`save`), never earlier: a server
 * that dies in the middle of one leaves the state of the request before.
 *
 * Without a store the copy is the session, its version stays 0, and it ends with the server.
 *
 * Left out on purpose: the vendor's short cut that keeps the version when the last access times of copy and row are
 * equal. With one application in each server it can never be right.
 */

/** A session in the memory of a server. */
export interface Session {
  key: string
  version: number
  readonly attributes: Record<string, unknown>
  readonly createdAt: number
  lastAccessedAt: number
}

/** What a server decides about its sessions. */
export interface SessionManagerOptions {
  readonly store: SessionStore | undefined
  readonly idLength: number
  /** A session nobody has used for this long is gone; milliseconds. */
  readonly inactiveIntervalMs: number
  readonly clock: Clock
}

/** Copies kept beside a store. Without a store all of them stay, as `allowOverflow` has it by default. */
const maxCopies = 1000

/** The sessions of one server, as told at the head of this file. */
export class SessionManager {
  readonly #options: SessionManagerOptions
  readonly #copies = new Map<string, Session>()
  readonly #invalidated = new WeakSet<Session>()
  #sweepAt = maxCopies
  #ended = false
  #created = 0
  #loaded = 0

  constructor(options: SessionManagerOptions) {
    this.#options = options
  }

  /** Sessions made here. */
  get created(): number {
    return this.#created
  }

  /** Times a session was read from the store. */
  get loaded(): number {
    return this.#loaded
  }

  /** The session a request asks for; undefined: there is none, here or in the store. */
  async find(requested: SessionId): Promise<Session | undefined> {
    const { key, version } = requested
    if (key === null) return undefined
    const { store, idLength, clock } = this.#options
    const copy = this.#copies.get(key)
    if (copy !== undefined) {
      if (!this.#expired(copy) && (store === undefined || copy.version >= version)) {
        copy.lastAccessedAt = clock.now()
        return copy
      }
      this.#copies.delete(key)
    }
    if (store === undefined || key.length !== idLength) return undefined
    const row = await store.read(key)
    // Of two requests that read the row at once, the first to come back makes the copy for both.
    const meanwhile = this.#copies.get(key)
    if (meanwhile !== undefined) return meanwhile
    if (row === undefined || this.#expired(row)) return undefined
    this.#loaded += 1
    return this.#keep({
      key,
      version: versionAfterLoad(version),
      attributes: { ...row.attributes },
      createdAt: row.createdAt,
      lastAccessedAt: clock.now(),
    })
  }

  /** Makes a session under a new key: an unknown key of a client is never taken over. */
  create(): Session {
    const now = this.#options.clock.now()
    this.#created += 1
    return this.#keep({
      key: newSessionKey(this.#options.idLength),
      version: this.#options.store === undefined ? memoryVersion : firstPersistentVersion,
      attributes: {},
      createdAt: now,
      lastAccessedAt: now,
    })
  }

  /** Gives the session a new key, as an application does after a login. */
  async changeKey(session: Session): Promise<void> {
    const old = session.key
    this.#copies.delete(old)
    session.key = newSessionKey(this.#options.idLength)
    this.#keep(session)
    await this.#options.store?.delete(old)
  }

  /** Ends the session; a request that still works with it writes nothing any more. */
  async invalidate(session: Session): Promise<void> {
    this.#invalidated.add(session)
    this.#copies.delete(session.key)
    await this.#options.store?.delete(session.key)
  }

  /** Writes the session to the store, if there is one and both the session and this server still live. */
  async save(session: Session): Promise<void> {
    if (this.#ended || this.#invalidated.has(session)) return
    const { attributes, createdAt, lastAccessedAt } = session
    await this.#options.store?.write(session.key, { attributes, createdAt, lastAccessedAt })
  }

  /** The server is gone: its memory with it, and what still runs writes nothing any more. */
  end(): void {
    this.#ended = true
    this.#copies.clear()
  }

  #keep(session: Session): Session {
    this.#copies.set(session.key, session)
    if (this.#options.store !== undefined && this.#copies.size > maxCopies) {
      const [oldest] = this.#copies.keys()
      if (oldest !== undefined) this.#copies.delete(oldest)
    }
    // Without a store nothing else would ever take out a session whose client stays away.
    if (this.#copies.size >= this.#sweepAt) {
      for (const [key, copy] of this.#copies) if (this.#expired(copy)) this.#copies.delete(key)
      this.#sweepAt = Math.max(maxCopies, this.#copies.size * 2)
    }
    return session
  }

  #expired(session: { readonly lastAccessedAt: number }): boolean {
    return session.lastAccessedAt + this.#options.inactiveIntervalMs < this.#options.clock.now()
  }
}
