import { PluginError } from '../errors.ts'

/** What servers share of a session. Neither cache id nor clone list is in it: both live in the client's cookie alone. */
export interface StoredSession {
  readonly attributes: Readonly<Record<string, unknown>>
  /** Milliseconds, by the clock of the server that wrote it. */
  readonly createdAt: number
  readonly lastAccessedAt: number
}

/**
 * Where the servers of a cluster keep their sessions, by session key: what the database is to WebSphere. Every method
 * may answer at once or later, so a real database can stand behind it.
 */
export interface SessionStore {
  read(key: string): StoredSession | undefined | Promise<StoredSession | undefined>
  write(key: string, session: StoredSession): void | Promise<void>
  delete(key: string): void | Promise<void>
}

/** A store in the memory of this process. */
export interface MemorySessionStore extends SessionStore {
  /** Sessions in it. */
  readonly size: number
}

/** Options of {@link createSessionStore}. */
export interface SessionStoreOptions {
  /** Sessions kept at most; the one written longest ago goes first. Default 10000. */
  readonly maxSessions?: number
}

/**
 * Makes a store that servers of this process can share. It holds text, as a database row would, so that no two
 * servers ever hold the same object.
 *
 * @throws PluginError `OPTION_INVALID`.
 */
export const createSessionStore = (options: SessionStoreOptions = {}): MemorySessionStore => {
  const maxSessions = options.maxSessions ?? 10_000
  if (!Number.isInteger(maxSessions) || maxSessions < 1) {
    throw new PluginError('OPTION_INVALID', `maxSessions is ${maxSessions}; write 1 or more`)
  }
  const rows = new Map<string, string>()
  return {
    get size() {
      return rows.size
    },
    read(key) {
      const row = rows.get(key)
      return row === undefined ? undefined : (JSON.parse(row) as StoredSession)
    },
    write(key, session) {
      rows.delete(key)
      rows.set(key, JSON.stringify(session))
      if (rows.size > maxSessions) {
        const [oldest] = rows.keys()
        if (oldest !== undefined) rows.delete(oldest)
      }
    },
    delete(key) {
      rows.delete(key)
    },
  }
}
