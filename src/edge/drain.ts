import { createHash } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import type { SessionIds } from '../core/affinity/session-ids.ts'
import type { Clock } from '../core/clock.ts'
import type { DrainSettings } from './drain-options.ts'

/** How far a draining server has come. Times are of the edge's clock, milliseconds. */
export interface DrainReport {
  readonly cluster: string
  readonly server: string
  /** When it began. */
  readonly since: number
  /** Different sessions that have sent it a request since, and not fallen silent for the time in `drain.ttlMs`. */
  readonly sessions: number
  /** When the last request of a session came; null: none has. */
  readonly lastSessionAt: number | null
  /** Requests that it has under way, those on older configurations included. */
  readonly pending: number
  /** All sessions had time to show themselves, none has, and nothing is under way: it can be taken down. */
  readonly done: boolean
}

/** The sessions that are still seen at one draining server. */
export class Drain {
  readonly since: number
  readonly #clock: Clock
  readonly #ttlMs: number
  readonly #sessions: LRUCache<string, true>
  #lastSessionAt: number | null = null

  constructor(clock: Clock, { ttlMs, maxSessions }: DrainSettings) {
    this.#clock = clock
    this.#ttlMs = ttlMs
    this.since = clock.now()
    this.#sessions = new LRUCache({
      max: maxSessions,
      ttl: ttlMs,
      // For the cache a time of 0 is none, and a clock may begin there.
      perf: { now: () => clock.now() + 1 },
      ttlResolution: 0,
    })
  }

  /** A request of this session goes to the server. */
  saw(session: SessionIds): void {
    this.#lastSessionAt = this.#clock.now()
    this.#sessions.set(keyOf(session), true)
  }

  /** Milliseconds until a server without further requests has no session left; 0 or less: it has none. */
  get restMs(): number {
    return (this.#lastSessionAt ?? this.since) + this.#ttlMs - this.#clock.now()
  }

  report(cluster: string, server: string, pending: number): DrainReport {
    this.#sessions.purgeStale()
    return {
      cluster,
      server,
      since: this.since,
      sessions: this.#sessions.size,
      lastSessionAt: this.#lastSessionAt,
      pending,
      done: pending === 0 && this.restMs <= 0,
    }
  }
}

/**
 * What stays the same of a session as long as it lasts: not the cache id in front (V5), nor the list of its clones, which
 * grows (V4). As a digest, because a client decides how long it is, and because who can read it could use it.
 */
const keyOf = ({ value = '', cloneIds: [first = ''] }: SessionIds): string => {
  const id = value.slice(cacheIdLength, startOfClones(value, first))
  return createHash('sha256').update(id).digest('base64url').slice(0, keyLength)
}

const cacheIdLength = 4

/** 132 bits: no two sessions have the same. */
const keyLength = 22

const startOfClones = (value: string, clone: string): number => {
  let at = value.indexOf(clone)
  while (at > 0 && !separators.includes(value[at - 1] as string)) at = value.indexOf(clone, at + 1)
  return at > 0 ? at - 1 : value.length
}

/** Of all dialects. */
const separators = ':+!.'
