import type { PluginConfig } from '../config/model.ts'
import type { Clock } from '../core/clock.ts'
import type { Exchange } from '../core/exchange.ts'
import type { AffinityDialect } from '../core/options.ts'
import type { RequestHead } from '../core/request.ts'
import type { Router } from '../core/router.ts'
import type { Outcome, Step } from '../core/step.ts'
import type { TraceRecord } from '../core/trace.ts'
import type { ImaginedBody, VirtualNetwork } from './network.ts'
import type { User } from './user.ts'

/** Where a request is left to wait. */
export type HoldPoint = 'buffer' | 'attempt' | 'relay'

/** A request on its way: who sent it, and what has happened to it so far. */
export interface Departure {
  readonly router: Router
  readonly head: RequestHead
  readonly body: ImaginedBody
  readonly clock: Clock
  readonly user?: User | undefined
  readonly dialects?: Readonly<Record<string, AffinityDialect>> | undefined
  /** Hears of every record in the moment in which it is made. */
  readonly onRecord?: ((record: TraceRecord) => void) | undefined
}

/**
 * One exchange with everything around it that a simulation has to remember. It keeps the router with which it began,
 * so that a reload does not touch it (Q21).
 */
export class Flight {
  readonly config: PluginConfig
  readonly startedAt: number
  /** Servers in the order of the attempts. */
  readonly contacted: string[] = []
  readonly records: TraceRecord[] = []
  readonly notes: string[] = []
  readonly user: User | undefined
  readonly #exchange: Exchange
  readonly #body: ImaginedBody
  readonly #dialects: Readonly<Record<string, AffinityDialect>>
  #breaks = false
  /** Records that earlier steps of the scenario have looked at. */
  #seen = 0

  constructor({ router, head, body, clock, user, dialects, onRecord }: Departure) {
    this.config = router.config
    this.startedAt = clock.now()
    this.user = user
    this.#body = body
    this.#dialects = dialects ?? {}
    this.#exchange = router.route(head, record => {
      this.records.push(record)
      onRecord?.(record)
    })
    this.#noteAttempt(null)
  }

  /** What the request waits for now. */
  get step(): Step {
    return this.#exchange.step
  }

  /** What the request was bound to; undefined when it was declined or refused before that. */
  get cluster(): string | undefined {
    return this.#exchange.binding?.cluster
  }

  /** Index of the Route that has won; undefined when none has. */
  get route(): number | undefined {
    return this.#exchange.binding?.route
  }

  /** Nothing more will happen. */
  get ended(): boolean {
    const kind = this.step.kind
    return kind === 'decline' || kind === 'fail' || kind === 'done'
  }

  /** How it went so far, on one word. */
  get code(): string {
    return this.#exchange.code
  }

  /** What the client means to send. */
  get bodyBytes(): number {
    return this.#body.bytes
  }

  /** Session cookie of the user, under the name that the route of this request gives it. */
  get sessionCookie(): string | undefined {
    return this.user?.session(this.#exchange.binding?.affinityCookie ?? 'JSESSIONID')
  }

  /** Trace records since the last call. */
  takeRecords(): readonly TraceRecord[] {
    const fresh = this.records.slice(this.#seen)
    this.#seen = this.records.length
    return fresh
  }

  /** Lets the network act until the request has ended, waits at `until`, or hangs. */
  run(network: VirtualNetwork, until?: HoldPoint): void {
    while (!this.ended && this.step.kind !== until) {
      const outcome = this.#act(network, until === 'relay')
      if (outcome === null) return
      this.report(outcome)
    }
  }

  /** @throws PluginError `OUTCOME_UNEXPECTED` for an outcome that the current step cannot have. */
  report(outcome: Outcome): void {
    const before = this.step
    const after = this.#exchange.report(outcome)
    if (after !== before) this.#noteAttempt(before)
    const passedOn = after.kind === 'relay' || (after.kind === 'done' && after.result === 'served')
    if (outcome.kind === 'answered' && passedOn) this.#setCookie(before, outcome.status)
  }

  #act(network: VirtualNetwork, streaming: boolean): Outcome | null {
    const step = this.step
    if (step.kind === 'buffer') return network.buffer(step, this.#body)
    if (step.kind === 'relay') return network.relay(this.#breaks)
    if (step.kind !== 'attempt') return null
    this.#breaks = network.breaksAnswer(step)
    const { outcome, note } = network.attempt(step, this.#body, streaming)
    if (note !== undefined) this.notes.push(note)
    return outcome
  }

  #noteAttempt(before: Step | null): void {
    const step = this.step
    if (step.kind === 'attempt' && step !== before) this.contacted.push(step.server)
  }

  /** The container behind the server answers with its own session cookie, unless it had trouble. */
  #setCookie(answered: Step, status: number): void {
    const binding = this.#exchange.binding
    if (this.user === undefined || binding === null || answered.kind !== 'attempt') return
    if (status >= 500) return
    const cluster = this.config.clusters.find(each => each.name === answered.cluster)
    if (cluster === undefined) return
    this.user.answered({
      cookie: binding.affinityCookie,
      cluster,
      cloneId: answered.cloneId,
      dialect: this.#dialects[cluster.name] ?? 'websphere',
    })
  }
}
