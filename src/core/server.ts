import type { Scheme, Server } from '../config/model.ts'
import type { OutOfService } from './admin-state.ts'
import { type Health, type Signal, transitions } from './server-state.ts'
import type { ServerSnapshot } from './snapshot.ts'
import type { AttemptStep, Why } from './step.ts'
import type { ChosenTransport } from './transports.ts'

/** What changes about one server while requests go by. */
export class ServerState {
  readonly name: string
  readonly config: Server
  readonly cloneId: string | null
  readonly list: ServerSnapshot['list']
  readonly transports: Readonly<Record<Scheme, ChosenTransport | null>>
  /** At least one transport could be used when the file was loaded (F17). */
  readonly usable: boolean
  readonly start: number
  readonly maxConnections: number
  /** Index in its list; -1: in none. */
  place = -1
  /** What an exchange has been through after its first attempt went here: made once. */
  readonly onlyPast: Past = { tried: [this], downed: [], answered503: [] }
  /** Being chosen, for each reason: made once. */
  readonly chosen: Readonly<Record<Why, Choice>> = {
    affinity: choice(this, 'affinity'),
    'round-robin': choice(this, 'round-robin'),
    random: choice(this, 'random'),
    'only-server': choice(this, 'only-server'),
    backup: choice(this, 'backup'),
    'next-in-list': choice(this, 'next-in-list'),
    'cluster-address': choice(this, 'cluster-address'),
    'same-server': choice(this, 'same-server'),
    'least-recently-failed': choice(this, 'least-recently-failed'),
  }

  health: Health = 'up'
  /** What an operator has said; null: it is in service. */
  outOfService: OutOfService | null = null
  lastFailureAt: number | null = null
  /** The exchange whose attempt is the probe; only it may lower the flag (R4, E3). */
  probe: object | null = null
  current: number
  pending = 0
  failed = 0
  affinity = 0
  total = 0

  constructor(
    config: Server,
    list: ServerSnapshot['list'],
    transports: Readonly<Record<Scheme, ChosenTransport | null>>,
    start: number,
  ) {
    this.name = config.name
    this.config = config
    this.cloneId = config.cloneId ?? null
    this.list = list
    this.transports = transports
    this.usable = transports.http !== null || transports.https !== null
    this.start = start
    this.maxConnections = config.maxConnections
    this.current = start
  }

  get markedDown(): boolean {
    return this.health !== 'up'
  }

  /** At MaxConnections; 0 is unlimited (5.1). */
  get busy(): boolean {
    return this.maxConnections > 0 && this.pending >= this.maxConnections
  }

  /** Milliseconds left on the retry timer; negative once it has expired (R1). */
  retryInMs(intervalMs: number, now: number): number {
    return (this.lastFailureAt ?? 0) + intervalMs - now
  }

  signal(signal: Signal): void {
    this.health = transitions[this.health][signal]
    if (this.health !== 'probing') this.probe = null
  }
}

/** Who gets an attempt, and why. */
export interface Choice {
  readonly server: ServerState
  readonly why: Why
  /** The steps that exchanges begin with when it is made, by scheme: they are all alike, and made once. */
  readonly firstSteps: Record<Scheme, AttemptStep | null>
}

const choice = (server: ServerState, why: Why): Choice => ({
  server,
  why,
  firstSteps: { http: null, https: null },
})

/** What an exchange has been through so far; it decides whom the next selection leaves out. */
export interface Past {
  /** Servers that have had an attempt of this exchange (W11). */
  readonly tried: readonly ServerState[]
  /** Those among them that it marked down where RetryInterval is 0: they are due at once, but not for it (R8). */
  readonly downed: readonly ServerState[]
  /** Those that answered 503 and are not asked again (F11). */
  readonly answered503: readonly ServerState[]
}
