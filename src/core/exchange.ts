import { PluginError } from '../errors.ts'
import type { CloneId } from './affinity/clone-id.ts'
import { whyMissed } from './affinity/find-clone.ts'
import { noSession, readCloneIds, readSession, type SessionIds } from './affinity/session-ids.ts'
import type { Binding } from './binding.ts'
import type { Clock } from './clock.ts'
import type { ClusterState } from './cluster.ts'
import { type FailureRow, failureRow, marksDown, noTransportRow } from './failures.ts'
import { type History, newHistory, usual } from './history.ts'
import type { Switches } from './options.ts'
import {
  choiceCodes,
  codeAt,
  type Missed,
  missedCodes,
  type Obstacle,
  obstacleCodes,
  type ReasonCode,
  withObstacle,
} from './reason-code.ts'
import type { RequestHead } from './request.ts'
import type { RouteTarget } from './routing/uri-table.ts'
import { isOnlyBusy, Moment } from './selection/check.ts'
import { afterAttempt, noPast } from './selection/past.ts'
import { pick, select } from './selection/select.ts'
import type { Choice, Past, ServerState } from './server.ts'
import type {
  AttemptStep,
  DoneStep,
  FailReason,
  FailStep,
  Outcome,
  RelayStep,
  Step,
} from './step.ts'
import type { TraceDepth, Tracer } from './tracer.ts'
import type { ChosenTransport } from './transports.ts'

/** What exchanges of one router share. */
export interface World {
  readonly clock: Clock
  readonly random: () => number
  readonly switches: Switches
  /** For exchanges that nobody follows: the selection of one is over before that of another begins. */
  readonly moment: Moment
}

type Answered = Extract<Outcome, { kind: 'answered' }>
type Failed = Extract<Outcome, { kind: 'failed' }>
/** What follows a failed attempt. */
type Again = 'same-server' | 'another-server' | 'no'

/**
 * One request from match to last byte.
 *
 *   begin ──> buffer ──> attempt ──> relay ──> done
 *               │          │ ^         │
 *               │          └─┘ retry   └──> done (response-broken, client-aborted)
 *               └──────────┴──> fail, done (client-aborted)
 *
 * Every outcome is settled in the turn in which it is reported: counters, marks, then the next choice. The session is
 * read again for every choice (1.1). Simple on purpose: of earlier attempts only what `History` keeps matters, and
 * reports after the end change nothing. There is an exchange for every request, so that what only few of them need is in
 * the history, and what it asks itself are methods: V8 calls its runtime for a private getter, which made a decision a
 * sixth slower.
 */
export class Exchange {
  /** Number in its router, from 1. */
  readonly number: number
  readonly #world: World
  readonly #head: RequestHead
  readonly #tracer: Tracer | undefined
  /** Who hears of failures; with `failures` as depth, of nothing else. */
  readonly #failures: Tracer | undefined

  #step: Step = declined
  /** null: declined or refused before it was bound. */
  #target: RouteTarget | null = null
  /** The attempt under way: at which server, and why there. */
  #choice: Choice | null = null
  #attempts = 0
  /** null: all has gone the usual way so far. */
  #history: History | null = null

  /** @internal Made by the router, which then calls `begin`, `refuse` or `decline`. */
  constructor(
    number: number,
    world: World,
    head: RequestHead,
    tracer: Tracer | undefined,
    depth: TraceDepth,
  ) {
    this.number = number
    this.#world = world
    this.#head = head
    this.#tracer = depth === 'all' ? tracer : undefined
    this.#failures = tracer
    if (world.switches.retryClock === 'arrival') this.#kept().arrival = world.clock.now()
  }

  /** What to do now. Reading it has no effect. */
  get step(): Step {
    return this.#step
  }

  /** What the request was bound to; null when it was declined or refused before that. */
  get binding(): Binding | null {
    return this.#target === null ? null : this.#target.binding
  }

  /** The session that the request carries, read when asked for. */
  get session(): SessionIds {
    const target = this.#target
    return target === null ? noSession : readSession(this.#head, target.binding, target.cluster)
  }

  /** How it went so far, on one word; made when asked for. See {@link ReasonCode}. */
  get code(): ReasonCode {
    return codeAt(this.#step, this.#known().trail, this.#choice?.why ?? 'round-robin')
  }

  /** @internal No Route matches (M6). */
  decline(): void {
    this.#tracer?.emit('outcome', { result: 'decline', reason: 'no-route', attempts: 0 })
  }

  /** @internal The request ends before it is bound to a cluster. */
  refuse(status: FailStep['status'], reason: FailReason): void {
    this.#step = this.#fail(status, reason)
  }

  /** @internal P3 to P7. */
  begin(target: RouteTarget): void {
    this.#target = target
    const { cluster } = target
    const { postSizeLimitBytes, postBufferSizeBytes } = cluster.config
    const body = this.#head.body ?? 0
    if (typeof body === 'number' && postSizeLimitBytes !== null && body > postSizeLimitBytes) {
      this.#step = this.#fail(413, 'body-too-large')
    } else if (body !== 0 && postBufferSizeBytes !== 0) {
      this.#step = {
        kind: 'buffer',
        cluster: cluster.name,
        maxBytes: postBufferSizeBytes,
        limitBytes: postSizeLimitBytes,
      }
    } else this.#step = this.#chooseOrFail()
  }

  /**
   * Says how the current step ended and returns the next one. Reports after the end are ignored and return the end.
   *
   * @throws PluginError `OUTCOME_UNEXPECTED` when the outcome does not fit the current step.
   */
  report(outcome: Outcome): Step {
    if (this.#step.kind === 'buffer') this.#step = this.#afterBuffer(outcome)
    else if (this.#step.kind === 'attempt') this.#step = this.#afterAttempt(outcome)
    else if (this.#step.kind === 'relay') this.#step = this.#afterRelay(outcome, this.#step)
    return this.#step
  }

  #afterBuffer(outcome: Outcome): Step {
    switch (outcome.kind) {
      case 'buffered': {
        const limit = this.#bound().config.postSizeLimitBytes
        if (limit !== null && outcome.bytes > limit) return this.#fail(413, 'body-too-large')
        if (outcome.complete) this.#kept().buffered = true
        return this.#chooseOrFail()
      }
      case 'client-aborted':
        return this.#done('client-aborted')
      case 'client-failed':
        return this.#fail(400, 'client-body')
      case 'body-too-large':
        return this.#fail(413, 'body-too-large')
      default:
        throw this.#unexpected(outcome)
    }
  }

  #afterAttempt(outcome: Outcome): Step {
    switch (outcome.kind) {
      case 'answered':
        return this.#answered(outcome)
      case 'failed':
        return this.#failed(outcome)
      case 'client-aborted':
        this.#abandon()
        return this.#done('client-aborted')
      case 'client-failed':
        this.#abandonAttempt()
        return this.#fail(400, 'client-body')
      case 'body-too-large':
        this.#abandonAttempt()
        return this.#fail(413, 'body-too-large')
      default:
        throw this.#unexpected(outcome)
    }
  }

  #afterRelay(outcome: Outcome, relay: RelayStep): Step {
    switch (outcome.kind) {
      case 'relayed':
        this.#leave()
        return this.#done('served', relay.status)
      case 'failed':
        // F14: the beginning is with the client, nothing can be done again.
        this.#failures?.emit('fail', {
          step: 'P12',
          server: this.#current().name,
          row: 'F14',
          cause: 'response-broken',
          text: 'the answer broke off after its beginning had been passed on',
        })
        this.#leave()
        return this.#done('response-broken', relay.status)
      case 'client-aborted':
      case 'client-failed':
      case 'body-too-large':
        this.#leave()
        return this.#done('client-aborted', relay.status)
      default:
        throw this.#unexpected(outcome)
    }
  }

  #answered({ status, stream, streaming, bodySent }: Answered): Step {
    const server = this.#current()
    this.#tracer?.stream(server, stream ?? 'new')
    server.total++
    if (status === 503) {
      const elsewhere = this.#elsewhereAfter503(bodySent)
      if (elsewhere !== null) return elsewhere
    } else if (isServerError(status) && this.#world.switches.markDownOn5xx && this.#canBeMarked()) {
      this.#markDown() // Q1, for those who want the documented variant
    } else this.#markUp()
    const cluster = this.#bound().name
    const relay: RelayStep = { kind: 'relay', cluster, server: server.name, status }
    return streaming === true ? relay : this.#afterRelay({ kind: 'relayed' }, relay)
  }

  /**
   * F11: the server is well but does not want the request.
   *
   * @returns the attempt at another server; null when this answer is the one to pass on.
   */
  #elsewhereAfter503(bodySent: boolean | undefined): Step | null {
    const server = this.#current()
    this.#noteBodySent(bodySent, true)
    const retry = this.#replayable() && !this.#isLone() && this.#counted() < this.#limit()
    this.#failures?.emit('fail', {
      server: server.name,
      row: 'F11',
      cause: 'status-503',
      text: 'the server answered 503',
      retry,
    })
    // Q2: it answered. Without the fix of PM49491 the flag stays up for ever.
    if (this.#holdsProbe() && this.#world.switches.probe503ClearsFlag) this.#markUp()
    if (!retry) return null
    // Its place is free while the choice is made, and taken again when nobody else is found.
    const choice = this.#choice
    const kept = this.#kept()
    const { probe, trail, past } = kept
    server.pending--
    kept.past = { ...past, answered503: [...past.answered503, server] }
    this.#noteObstacle('status-503')
    this.#tracer?.stats(server)
    this.#traceRetry(server, 'another-server')
    const elsewhere = this.#choose()
    if (elsewhere !== null) {
      kept.discarded503 = true
      return elsewhere
    }
    server.pending++
    kept.trail = trail
    kept.probe = probe
    this.#choice = choice
    return null
  }

  #failed({ cause, stream = 'new', bodySent, code }: Failed): Step {
    const server = this.#current()
    const { serverIoTimeoutMarksDown } = server.config
    const row = failureRow(cause, stream, serverIoTimeoutMarksDown, this.#isLone())
    this.#noteBodySent(bodySent, row.phase === 'exchange')
    this.#failures?.connection(server, row, cause, stream, code)
    const again = this.#settle(row, cause, code)
    if (again === 'no') {
      if (!this.#replayable()) return this.#fail(500, 'not-replayable')
      this.#kept().exhausted = true
      return this.#failFinally()
    }
    if (again === 'another-server') return this.#chooseOrFail()
    server.pending++
    this.#kept().uncounted++
    return this.#attempt(server.chosen['same-server'], 'new') as Step // it has just had a transport
  }

  /** P11: counters, marks, and the decision about another attempt. */
  #settle(row: FailureRow, cause: Failed['cause'] | 'no-transport', code?: string): Again {
    const server = this.#current()
    const timeout = cause === 'read-timeout'
    const again = this.#mayTryAgain(row, timeout)
    server.failed++
    server.pending--
    this.#noteObstacle(row.next === 'same-server' ? 'stale' : cause)
    this.#failures?.failure(server, row, cause, again !== 'no', code, {
      timeoutMs: server.config.serverIoTimeoutMs,
      retryCount: this.#known().timeoutRetries,
      serverIoTimeoutRetry: this.#bound().config.serverIoTimeoutRetry,
    })
    if (again !== 'same-server') this.#settleMark(row)
    this.#tracer?.stats(server)
    if (again !== 'no') this.#traceRetry(server, again)
    if (timeout && again === 'another-server') this.#kept().timeoutRetries++
    return again
  }

  #settleMark(row: FailureRow): void {
    if (marksDown(row) && this.#canBeMarked()) {
      this.#markDown()
    } else if (this.#holdsProbe() || (this.#current().markedDown && row.next !== 'same-server')) {
      // R6: a probe without an answer has failed, whatever the row says. R9: so has a server that is down already.
      this.#markDown()
    }
  }

  /** Whether the rules allow another attempt after this failure; their number is limited where one is chosen. */
  #mayTryAgain(row: FailureRow, timeout: boolean): Again {
    if (!this.#replayable()) return 'no'
    if (row.next === 'same-server') return 'same-server'
    if (this.#isLone() && row.phase === 'exchange') return 'no'
    const limit = this.#bound().config.serverIoTimeoutRetry
    return !timeout || limit === null || this.#known().timeoutRetries < limit
      ? 'another-server'
      : 'no'
  }

  #chooseOrFail(): Step {
    return this.#choose() ?? this.#failFinally()
  }

  /** P6 to P8. Goes on by itself past servers that have no transport for the scheme (F18). */
  #choose(): AttemptStep | null {
    const cluster = this.#bound()
    while (this.#counted() < this.#limit()) {
      const moment = this.#moment(cluster)
      const ids = this.#sessionIds(cluster)
      const { random, switches } = this.#world
      const choice = select(cluster, ids, this.#past(), moment, random, switches)
      if (ids.length > 0 && this.#attempts === 0 && choice?.why !== 'affinity') {
        this.#noteMissed(whyMissed(ids, cluster, moment))
      }
      if (choice === null) return null
      const attempt = this.#take(choice, cluster)
      if (attempt !== null) return attempt
      this.#settle(noTransportRow, 'no-transport')
    }
    this.#kept().exhausted = true
    return null
  }

  /** @returns null when the server has no transport for the scheme of the request. */
  #take(choice: Choice, cluster: ClusterState): AttemptStep | null {
    const { server } = choice
    const before = server.current
    const probe = pick(choice, cluster, this)
    this.#failures?.picked(before, server)
    if (probe !== this.#known().probe) this.#kept().probe = probe
    const attempt = this.#attempt(choice, 'any')
    const history = this.#history
    if (history !== null) history.past = afterAttempt(history.past, server)
    return attempt
  }

  #attempt(choice: Choice, stream: 'any' | 'new'): AttemptStep | null {
    const { server, why } = choice
    this.#choice = choice
    this.#attempts++
    const { probe } = this.#known()
    this.#tracer?.selected(this.#bound(), server, why, this.#attempts, probe)
    const { scheme } = this.#head
    const chosen = server.transports[scheme]
    if (chosen === null) return null
    this.#tracer?.transport(server, chosen)
    // The first attempt says the same for every exchange, unless it is a probe.
    if (this.#attempts > 1 || probe) return this.#attemptStep(choice, chosen, stream)
    choice.firstSteps[scheme] ??= this.#attemptStep(choice, chosen, stream)
    return choice.firstSteps[scheme]
  }

  #attemptStep(
    { server, why }: Choice,
    { transport }: ChosenTransport,
    stream: 'any' | 'new',
  ): AttemptStep {
    const { config, cloneId } = server
    const cluster = this.#bound()
    const step: { -readonly [K in keyof AttemptStep]: AttemptStep[K] } = {
      kind: 'attempt',
      cluster: cluster.name,
      server: server.name,
      why,
      number: this.#attempts,
      transport,
      stream,
      probe: this.#known().probe,
      failover: this.#past().tried.some(tried => tried !== server),
      connectTimeoutMs: config.connectTimeoutMs,
      serverIoTimeoutMs: config.serverIoTimeoutMs,
      connectionTtlMs: transport.connectionTtlMs ?? this.#world.switches.connectionTtlDefaultMs,
      extendedHandshake: config.extendedHandshake,
      waitForContinue: config.waitForContinue,
      limitBytes: cluster.config.postSizeLimitBytes,
    }
    if (cloneId !== null) step.cloneId = cloneId
    return step
  }

  /** P6. */
  #sessionIds(cluster: ClusterState): readonly CloneId[] {
    const { binding } = this.#target as RouteTarget
    this.#tracer?.ids(readSession(this.#head, binding, cluster), cluster)
    return readCloneIds(this.#head, binding, cluster)
  }

  #moment(cluster: ClusterState): Moment {
    const { switches, clock, moment: shared } = this.#world
    // Who listens may begin another exchange in the middle of this selection.
    const moment = this.#failures === undefined ? shared : new Moment(clock)
    const { retryIntervalMs } = cluster.config
    if (switches.markBusyDown) {
      moment.begin(retryIntervalMs, !cluster.single, this.#kept().markedBusy)
    } else moment.begin(retryIntervalMs, false, usual.markedBusy)
    moment.tracer = this.#tracer
    moment.failures = this.#failures
    return moment
  }

  /** R1, R6, R9: the timer starts at the last failure. */
  #markDown(): void {
    const server = this.#current()
    const { clock, switches } = this.#world
    const reason = this.#holdsProbe()
      ? 'probe-failed'
      : server.markedDown
        ? 'failed-again'
        : 'failure'
    server.signal(this.#holdsProbe() ? 'probe-failed' : 'failed')
    server.lastFailureAt = switches.retryClock === 'arrival' ? this.#known().arrival : clock.now()
    const { retryIntervalMs } = this.#bound().config
    if (retryIntervalMs <= 0) {
      // R8: it is due at once, but for the next request, not for this one.
      const kept = this.#kept()
      kept.past = { ...kept.past, downed: [...kept.past.downed, server] }
    }
    this.#failures?.emit('mark-down', { server: server.name, retryIntervalMs, reason })
  }

  /** U1, U2. */
  #markUp(): void {
    const server = this.#current()
    if (!server.markedDown) return
    const reason = this.#holdsProbe() ? 'probe-answered' : 'late-answer'
    server.signal('answered')
    this.#failures?.emit('mark-up', { server: server.name, reason })
  }

  /** The client is gone or failed: the server is free again and nothing is held against it (F15, E3). */
  #abandon(): void {
    if (this.#holdsProbe()) this.#current().signal('released')
    this.#leave()
  }

  /** The end of the request belongs to its client, and the code shall show where it was by then. */
  #abandonAttempt(): void {
    this.#abandon()
    this.#kept().trail += `${choiceCodes[this.#chosen().why]}>`
  }

  #noteMissed(missed: Missed): void {
    const kept = this.#kept()
    kept.trail = withObstacle(kept.trail, choiceCodes.affinity, missedCodes[missed])
  }

  #noteObstacle(obstacle: Obstacle): void {
    const kept = this.#kept()
    const { why } = this.#chosen()
    kept.trail = withObstacle(kept.trail, choiceCodes[why], obstacleCodes[obstacle])
  }

  /** P13: the attempt no longer counts as pending, and its server's counters are final for now (10.4). */
  #leave(): void {
    this.#current().pending--
    this.#tracer?.stats(this.#current())
  }

  #noteBodySent(reported: boolean | undefined, requestWentOut: boolean): void {
    if ((this.#head.body ?? 0) === 0) return
    if (reported ?? (requestWentOut && !this.#known().buffered)) this.#kept().bodySent = true
  }

  /** §9: the status the client gets when no server is left. */
  #failFinally(): FailStep {
    if (this.#known().discarded503) return this.#fail(503, 'server-503')
    const cluster = this.#bound()
    const listed = [...cluster.primaries, ...cluster.backups]
    const candidates = listed.filter(server => server.outOfService === null)
    const moment = this.#moment(cluster)
    if (!this.#known().exhausted && candidates.some(server => isOnlyBusy(server, moment))) {
      return this.#fail(503, 'all-busy')
    }
    if (this.#attempts > 0) return this.#fail(500, 'attempts-failed')
    if (listed.length > 0 && candidates.length === 0) {
      return this.#fail(503, 'all-out-of-service')
    }
    const allDown = candidates.length > 0 && candidates.every(server => server.markedDown)
    return this.#fail(500, allDown ? 'all-down' : 'no-server')
  }

  #fail(status: FailStep['status'], reason: FailReason): FailStep {
    const bound = this.#target === null ? null : this.#target.cluster
    const cluster = bound === null ? {} : { cluster: bound.name }
    this.#failures?.ending(bound, {
      result: 'fail',
      ...cluster,
      status,
      reason,
      attempts: this.#attempts,
    })
    return { kind: 'fail', status, reason, ...cluster }
  }

  #done(result: DoneStep['result'], status?: number): DoneStep {
    const step: { -readonly [K in keyof DoneStep]: DoneStep[K] } = {
      kind: 'done',
      result,
      cluster: this.#bound().name,
    }
    if (this.#choice !== null) step.server = this.#choice.server.name
    if (status !== undefined) step.status = status
    const listening = result === 'response-broken' ? this.#failures : this.#tracer
    listening?.ending(this.#bound(), {
      ...endOf(step),
      ...(result === 'served' && { reason: this.#chosen().why }),
      attempts: this.#attempts,
    })
    return step
  }

  #traceRetry(server: ServerState, how: 'same-server' | 'another-server'): void {
    this.#failures?.retry(server, server.transports[this.#head.scheme], how, this.#attempts + 1)
  }

  #unexpected(outcome: Outcome): PluginError {
    return new PluginError(
      'OUTCOME_UNEXPECTED',
      `the exchange waits for the end of its ${this.#step.kind} step and was told "${outcome.kind}"`,
    )
  }

  #bound(): ClusterState {
    return (this.#target as RouteTarget).cluster // set before any step that can be reported on
  }

  #chosen(): Choice {
    return this.#choice as Choice // set while an attempt or a relay is under way
  }

  #current(): ServerState {
    return this.#chosen().server
  }

  /** What there is to know of the way so far. */
  #known(): Readonly<History> {
    return this.#history ?? usual
  }

  /** The same to write into. */
  #kept(): History {
    this.#history ??= newHistory(this.#past())
    return this.#history
  }

  /** Without a history there has been one attempt at the most. */
  #past(): Past {
    if (this.#history !== null) return this.#history.past
    return this.#choice === null ? noPast : this.#choice.server.onlyPast
  }

  /** Attempts that count against the limits (T4). */
  #counted(): number {
    return this.#attempts - this.#known().uncounted
  }

  #holdsProbe(): boolean {
    return this.#current().probe === this
  }

  /** N2, K12: the only server and the ClusterAddress are never marked down. */
  #canBeMarked(): boolean {
    return !this.#bound().single && this.#current() !== this.#bound().address
  }

  /** B7, Q11: a failure of the only member. */
  #isLone(): boolean {
    return this.#bound().single && this.#current() !== this.#bound().address
  }

  /** B1, B2, B3. */
  #replayable(): boolean {
    const { buffered, bodySent } = this.#known()
    return buffered || !bodySent
  }

  /** T1, T2: one attempt, and one retry for each server there is. */
  #limit(): number {
    const { mostAttempts, address } = this.#bound()
    const viaAddress = address !== null && this.#past().tried.includes(address)
    return viaAddress ? mostAttempts + 1 : mostAttempts
  }
}

const declined: Step = { kind: 'decline', reason: 'no-route' }

/** What the last record says of it. */
const endOf = ({ kind: _, ...end }: DoneStep): Omit<DoneStep, 'kind'> => end

const isServerError = (status: number): boolean => status >= 500 && status <= 599
