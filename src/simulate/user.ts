import { cloneList } from '../appserver/session-id.ts'
import type { ServerCluster } from '../config/model.ts'
import type { AffinityDialect } from '../core/options.ts'

/** What an answering server makes of a session cookie. */
interface Answering {
  readonly cookie: string
  readonly cluster: ServerCluster
  readonly cloneId: string | undefined
  readonly dialect: AffinityDialect
}

/**
 * Somebody with a browser: keeps the session cookies that application servers hand out, in the format of their
 * cluster. WebSphere appends the clone id of a member that took over (V4); other servers replace their route.
 */
export class User {
  readonly name: string
  readonly #jar = new Map<string, string>()
  #sessions = 0

  constructor(name: string) {
    this.name = name
  }

  /** Value of the cookie of this name. */
  session(name: string): string | undefined {
    return this.#jar.get(name)
  }

  /** Takes a cookie over that the scenario made up. */
  adopt(header: string): void {
    for (const pair of header.split(';')) {
      const equals = pair.indexOf('=')
      if (equals > 0) this.#jar.set(pair.slice(0, equals).trim(), pair.slice(equals + 1).trim())
    }
  }

  /** Whole Cookie header. */
  header(): string | undefined {
    if (this.#jar.size === 0) return undefined
    return [...this.#jar].map(([name, value]) => `${name}=${value}`).join('; ')
  }

  /** A server answered and sets its cookie. */
  answered({ cookie, cluster, cloneId, dialect }: Answering): void {
    const current = this.#jar.get(cookie)
    if (current === undefined) {
      this.#sessions++
      const key = this.#key()
      this.#jar.set(cookie, write(dialect, cluster, key, cloneId))
    } else if (cloneId !== undefined) {
      this.#jar.set(cookie, take(dialect, cluster, current, cloneId))
    }
  }

  /** 23 characters like those of a real session id, different for every user and session. */
  #key(): string {
    const seed = `${this.name.replace(/[^A-Za-z0-9]/g, '')}${this.#sessions}`
    return `${seed.slice(0, 22)}_${'0123456789abcdefghijklm'}`.slice(0, 23)
  }
}

const write = (
  dialect: AffinityDialect,
  cluster: ServerCluster,
  key: string,
  cloneId: string | undefined,
): string => {
  if (dialect === 'websphere') {
    return `0000${key}${cloneId === undefined ? '' : `${cluster.cloneSeparator}${cloneId}`}`
  }
  if (cloneId === undefined) return key
  return dialect === 'bang' ? `${key}!${cloneId}` : `${key}.${cloneId}`
}

const take = (
  dialect: AffinityDialect,
  cluster: ServerCluster,
  current: string,
  cloneId: string,
): string => {
  if (dialect === 'websphere') {
    const separator = cluster.cloneSeparator
    const at = current.indexOf(separator)
    const clones = at === -1 ? '' : current.slice(at)
    const own = { cloneId, separator, noAffinitySwitchBack: false }
    return current.slice(0, current.length - clones.length) + cloneList(clones, true, own)
  }
  const separator = dialect === 'bang' ? '!' : '.'
  const at = current.indexOf(separator)
  const key = at === -1 ? current : current.slice(0, at)
  return current.slice(at + 1).split(separator)[0] === cloneId && at !== -1
    ? current
    : `${key}${separator}${cloneId}`
}
