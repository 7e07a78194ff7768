/**
 * §1.1 and §4.2, §4.3, §9: one request from P2 to P13. B1 to B8, T1 to T6, F11 to F15, K12, and the answers of our own.
 *
 * Selection runs again for every attempt (P11 back to P6). The exchange remembers only what the rules ask it to
 * remember: who was tried, who answered 503, whom it marked down, whether the body can be sent again, and how many
 * attempts were counted.
 */
import type { PluginConfig } from '../../../src/config/model.ts'
import type { Binding } from '../../../src/core/binding.ts'
import type { Clock } from '../../../src/core/clock.ts'
import type { RouterOptions, Switches } from '../../../src/core/options.ts'
import type { RequestHead } from '../../../src/core/request.ts'
import type {
  AttemptStep,
  DoneStep,
  FailReason,
  FailureCause,
  Outcome,
  Step,
  StreamOrigin,
  Why,
} from '../../../src/core/step.ts'
import { findSession } from './affinity.ts'
import { Body, isTooLarge } from './body.ts'
import { type Cluster, candidates, type Member, onlyServer } from './cluster.ts'
import type { Exchange } from './contract.ts'
import {
  connectResult,
  isBeforeAnyByte,
  isEnd,
  refuseUnexpected,
  statusOf,
} from './conversation.ts'
import {
  idsFact,
  retryFact,
  routeFact,
  selectFact,
  statsFact,
  streamFacts,
  transportFact,
} from './facts.ts'
import {
  findTransport,
  judge,
  releaseProbe,
  settleAnswer,
  settleFailure,
  type Verdict,
} from './failures.ts'
import { type Asked, type Match, matchRoute, readHead } from './matching.ts'
import type { Fact } from './records.ts'
import { type Choice, type Past, type Quest, seemsBusy, select, tellWeights } from './selection.ts'

/** What an exchange needs to know about its router. */
export interface Surroundings {
  readonly config: PluginConfig
  readonly clusters: readonly Cluster[]
  readonly switches: Switches
  readonly options: RouterOptions
  readonly clock: Clock
  readonly random: () => number
  readonly tell: (fact: Fact) => void
}

/** The next attempt, or why there is none. */
type Next = AttemptStep | FailReason

type Answered = Extract<Outcome, { kind: 'answered' }>
type Failed = Extract<Outcome, { kind: 'failed' }>

/** The specification of one exchange, made runnable. */
export class ReferenceExchange implements Exchange {
  readonly number: number
  readonly binding: Binding | null
  readonly #head: RequestHead
  readonly #in: Surroundings
  readonly #cluster: Cluster | null
  readonly #asked: Asked | null
  readonly #arrivedAt: number

  readonly #body: Body
  readonly #past: Past = {
    tried: new Set(),
    answered503: new Set(),
    markedDown: new Set(),
    foundBusy: new Set(),
    weighed: false,
  }
  /** Every attempt, the uncounted ones of F6 too. */
  readonly #visited: Member[] = []
  /** T1, T2. */
  #counted = 0
  /** T3. */
  #timeoutRetries = 0
  #addressUsed = false
  /** F11: a 503 was given up in the hope of better. */
  #discarded503 = false
  /** Where the attempt under way goes. */
  #current: Member | null = null
  #why: Why = 'only-server'
  #step: Step

  constructor(number: number, head: RequestHead, surroundings: Surroundings) {
    this.number = number
    this.#head = head
    this.#in = surroundings
    this.#body = new Body(head.body)
    this.#arrivedAt = surroundings.clock.now()
    const { config, switches, clusters } = surroundings

    const reading = readHead(head, switches.ambiguousPaths, config.settings.vhostMatchingCompat)
    this.#asked = 'bad' in reading ? null : reading
    const match = 'bad' in reading ? null : matchRoute(config, reading)
    this.#cluster = clusters.find(c => c.settings.name === match?.route.serverCluster) ?? null
    this.binding = match !== null && this.#cluster !== null ? bind(match, this.#cluster) : null

    if ('bad' in reading) this.#step = this.#fail(reading.bad)
    else if (match === null) this.#step = this.#decline(reading)
    else {
      surroundings.tell(routeFact(reading, match))
      this.#step = this.#cluster === null ? this.#fail('cluster-unknown') : this.#receive()
    }
  }

  get step(): Step {
    return this.#step
  }

  report(outcome: Outcome): Step {
    if (isEnd(this.#step)) return this.#step
    refuseUnexpected(this.#step, outcome)
    this.#step = this.#next(outcome)
    return this.#step
  }

  #next(outcome: Outcome): Step {
    switch (outcome.kind) {
      case 'buffered':
        return this.#buffered(outcome.bytes, outcome.complete)
      case 'answered':
        return this.#answered(outcome)
      case 'failed':
        return this.#step.kind === 'relay' ? this.#responseBroken() : this.#failed(outcome)
      case 'relayed':
        return this.#served((this.#step as Extract<Step, { kind: 'relay' }>).status)
      case 'client-aborted':
        return this.#clientGone()
      case 'client-failed':
        return this.#clientFault('client-body')
      case 'body-too-large':
        return this.#clientFault('body-too-large')
    }
  }

  // P2: no Route (M6).
  #decline({ host, port, path }: Asked): Step {
    this.#in.tell({ kind: 'decline', host: host ?? '', port, path })
    this.#in.tell({ kind: 'outcome', result: 'decline', reason: 'no-route', attempts: 0 })
    return { kind: 'decline', reason: 'no-route' }
  }

  // P4, P5.
  #receive(): Step {
    const { settings } = this.#cluster!
    if (isTooLarge(this.#head.body, settings)) return this.#fail('body-too-large')
    if (!this.#body.exists || settings.postBufferSizeBytes === 0) return this.#proceed()
    return {
      kind: 'buffer',
      cluster: settings.name,
      maxBytes: settings.postBufferSizeBytes,
      limitBytes: settings.postSizeLimitBytes,
    }
  }

  #buffered(bytes: number, complete: boolean): Step {
    if (isTooLarge(bytes, this.#cluster!.settings)) return this.#fail('body-too-large')
    this.#body.buffered = complete
    return this.#proceed()
  }

  // P6: the session is examined again, not remembered.
  #quest(): Quest {
    const cluster = this.#cluster!
    const { clock, switches, random, tell, options } = this.#in
    const dialect = options.affinityDialect?.[cluster.settings.name] ?? 'websphere'
    const { rawPath } = this.#asked!
    const session = findSession(this.#head, rawPath, this.binding!, cluster, dialect)
    tell(idsFact(session, cluster, this.#visited.length > 0))
    return {
      cluster,
      switches,
      ids: session.ids,
      attempts: this.#visited.length,
      past: this.#past,
      exchange: this.number,
      now: clock.now(),
      random,
      tell,
    }
  }

  // R1; before PK28197 the arrival of the request counted.
  #failureAt(): number {
    return this.#in.switches.retryClock === 'arrival' ? this.#arrivedAt : this.#in.clock.now()
  }

  // P6 to P8, until somebody can be asked or nobody is left.
  #choose(): Next {
    for (;;) {
      const choice = select(this.#quest())
      if (choice === null) return this.#worst(this.#nobody())
      this.#counted += 1
      const step = this.#attempt(choice)
      if (step !== null) return step
      // F18: no connection is made; as F1, and on to the next.
      const next = this.#attemptFailed('no-transport', 'new')
      if (next !== 'another-server') return next
    }
  }

  #proceed(next: Next = this.#choose()): Step {
    return typeof next === 'string' ? this.#fail(next) : next
  }

  // P8. null: F18.
  #attempt({ member, why, probe }: Choice): AttemptStep | null {
    const failover = this.#visited.some(visited => visited !== member)
    this.#current = member
    this.#addressUsed ||= member.isAddress
    return this.#send(member, why, probe, failover, 'any')
  }

  // F6, T4: not counted; no weight, no affinity counter; the probe flag stays.
  #sameServer(member: Member): AttemptStep {
    const { probe, failover } = this.#step as AttemptStep
    member.pending += 1
    return this.#send(member, 'same-server', probe, failover, 'new')!
  }

  #send(
    member: Member,
    why: Why,
    probe: boolean,
    failover: boolean,
    stream: AttemptStep['stream'],
  ): AttemptStep | null {
    const { switches, options, tell } = this.#in
    const { settings } = member
    const cluster = this.#cluster!
    const number = this.#visited.push(member)
    this.#why = why
    tell(selectFact(cluster, member, why, probe, number))
    const usable = settings.transports.filter(
      t => options.transportUsable?.(t, settings.name, cluster.settings) ?? true,
    )
    const found = findTransport(usable, this.#head.scheme, switches.insecureFallback)
    if (found === null) return null
    const { transport } = found
    tell(transportFact(settings.name, transport, found.case))
    return {
      kind: 'attempt',
      cluster: cluster.settings.name,
      server: settings.name,
      ...(settings.cloneId !== undefined && { cloneId: settings.cloneId }),
      why,
      number,
      transport,
      stream,
      probe,
      failover,
      connectTimeoutMs: settings.connectTimeoutMs,
      serverIoTimeoutMs: settings.serverIoTimeoutMs,
      connectionTtlMs: transport.connectionTtlMs ?? switches.connectionTtlDefaultMs,
      extendedHandshake: settings.extendedHandshake,
      waitForContinue: settings.waitForContinue,
      limitBytes: cluster.settings.postSizeLimitBytes,
    }
  }

  // P9, P10: an attempt ended without an answer.
  #failed(outcome: Failed): Step {
    const step = this.#step as AttemptStep
    const stream = originOf(step, outcome)
    const { cause, code } = outcome
    this.#body.noteSent(outcome.bodySent, !isBeforeAnyByte(cause))
    streamFacts(step, stream, connectResult(cause), code).forEach(this.#in.tell)
    const next = this.#attemptFailed(cause, stream)
    return this.#proceed(next === 'another-server' ? this.#choose() : next)
  }

  // P11.
  #attemptFailed(
    cause: FailureCause | 'no-transport',
    stream: StreamOrigin,
  ): Next | 'another-server' {
    const member = this.#current!
    const { name } = member.settings
    const only = onlyServer(this.#cluster!)
    const verdict = judge(cause, stream, member, only !== null && !member.isAddress)
    const what = this.#whatFollows(cause, verdict.stale, verdict.family)
    const { serverIoTimeoutRetry } = this.#cluster!.settings
    this.#in.tell({
      kind: 'fail',
      server: name,
      row: verdict.row,
      cause,
      text: `${name}: ${cause}`,
      ...(cause === 'read-timeout' && {
        timeoutMs: member.settings.serverIoTimeoutMs,
        retryCount: this.#timeoutRetries,
        serverIoTimeoutRetry,
      }),
      retry: what === 'same-server' || what === 'another-server',
    })
    // §5.1.
    member.failed += 1
    member.pending -= 1
    // F6 with another chance: the attempt goes on at the same server, nothing is settled about it yet.
    if (what !== 'same-server') this.#settle(member, verdict)
    this.#tellStats(member)
    if (what === 'same-server') {
      this.#tellRetry(member, 'same-server')
      return this.#sameServer(member)
    }
    this.#current = null
    if (what !== 'another-server') return this.#worst(what)
    if (cause === 'read-timeout') this.#timeoutRetries += 1
    this.#tellRetry(member, 'another-server')
    // T1, T2: the log says that another one will be tried before it finds that there have been enough (S43).
    return this.#moreAttempts() ? what : this.#worst('attempts-failed')
  }

  #whatFollows(
    cause: FailureCause | 'no-transport',
    stale: boolean,
    family: 'connect' | 'exchange',
  ): 'same-server' | 'another-server' | 'not-replayable' | 'attempts-failed' {
    const member = this.#current!
    const limit = this.#cluster!.settings.serverIoTimeoutRetry
    // B4, B5.
    if (!this.#body.isReplayable) return 'not-replayable'
    if (stale) return 'same-server'
    // B7, Q11: at the only server nothing but connecting is tried again.
    if (onlyServer(this.#cluster!) !== null && !member.isAddress && family === 'exchange') {
      return 'attempts-failed'
    }
    // T3.
    if (cause === 'read-timeout' && limit !== null && this.#timeoutRetries >= limit) {
      return 'attempts-failed'
    }
    return 'another-server'
  }

  // T1, T2, K12.
  #moreAttempts(): boolean {
    return this.#counted < 1 + candidates(this.#cluster!).length + (this.#addressUsed ? 1 : 0)
  }

  // N2, K12: who is never marked down; else §4.1, R6, R9.
  #settle(member: Member, { stale, marksDown }: Pick<Verdict, 'stale' | 'marksDown'>): void {
    if (member.isAddress || onlyServer(this.#cluster!) !== null) return
    // F6 says nothing about the server; only a probe must end one way or the other (R6).
    if (stale && member.prober !== this.number) return
    const reason = settleFailure(member, this.number, marksDown, this.#failureAt())
    if (reason === null) return
    const { name } = member.settings
    const { retryIntervalMs } = this.#cluster!.settings
    this.#past.markedDown.add(name)
    this.#in.tell({ kind: 'mark-down', server: name, retryIntervalMs, reason })
  }

  #tellStats(member: Member): void {
    this.#in.tell(statsFact(member, this.#in.switches))
  }

  #tellRetry(member: Member, how: 'same-server' | 'another-server'): void {
    this.#in.tell(retryFact(member, how, this.#visited.length + 1))
  }

  // P10, P11: status line and headers are here.
  #answered(outcome: Answered): Step {
    const step = this.#step as AttemptStep
    const member = this.#current!
    const { name } = member.settings
    const { status } = outcome
    this.#body.noteSent(outcome.bodySent, true)
    streamFacts(step, originOf(step, outcome), 'ok', undefined).forEach(this.#in.tell)
    member.total += 1
    const retry = status === 503 && this.#mayPassOn503(member)
    if (status === 503) {
      // F11.
      const text = `${name} answered 503`
      this.#in.tell({ kind: 'fail', server: name, row: 'F11', cause: 'status-503', text, retry })
      this.#past.answered503.add(name)
    }
    if (status !== 503 && status >= 500 && status <= 599 && this.#in.switches.markDownOn5xx) {
      this.#settle(member, { stale: false, marksDown: true })
    } else {
      const reason = settleAnswer(member, this.number, status, this.#in.switches)
      if (reason !== null) this.#in.tell({ kind: 'mark-up', server: name, reason })
    }
    if (retry) {
      const elsewhere = this.#passOn503(member)
      if (elsewhere !== null) return elsewhere
    }
    if (outcome.streaming === true) {
      return { kind: 'relay', cluster: this.#cluster!.settings.name, server: name, status }
    }
    return this.#served(status)
  }

  // F11; the only server has nobody beside it.
  #mayPassOn503(member: Member): boolean {
    if (onlyServer(this.#cluster!) !== null && !member.isAddress) return false
    return this.#body.isReplayable && this.#moreAttempts()
  }

  // F11: somebody else may have a better answer. null: nobody can be asked, so this 503 is the answer (§9).
  #passOn503(member: Member): Step | null {
    const why = this.#why
    member.pending -= 1
    this.#tellStats(member)
    this.#tellRetry(member, 'another-server')
    const next = this.#choose()
    if (typeof next !== 'string') {
      this.#discarded503 = true
      return next
    }
    member.pending += 1
    this.#current = member
    this.#why = why
    return null
  }

  // P12, P13.
  #served(status: number): Step {
    return this.#done('served', status)
  }

  // F14.
  #responseBroken(): Step {
    const { server, status } = this.#step as Extract<Step, { kind: 'relay' }>
    const text = `${server}: the answer broke off`
    this.#in.tell({ kind: 'fail', server, row: 'F14', cause: 'response-broken', text })
    return this.#done('response-broken', status)
  }

  // F15: nobody is blamed.
  #clientGone(): Step {
    return this.#done('client-aborted', this.#step.kind === 'relay' ? this.#step.status : undefined)
  }

  // F15, §9. Once the answer is on its way no other can be given: the connection ends, as if the client had left.
  #clientFault(reason: 'client-body' | 'body-too-large'): Step {
    if (this.#step.kind === 'relay') return this.#clientGone()
    this.#release()
    return this.#fail(reason)
  }

  // P13.
  #done(result: DoneStep['result'], status?: number): Step {
    const cluster = this.#cluster!.settings.name
    const server = this.#current?.settings.name
    this.#release()
    const facts = {
      result,
      cluster,
      ...(server !== undefined && { server }),
      ...(status !== undefined && { status }),
    }
    const reason = result === 'served' ? { reason: this.#why } : {}
    this.#tellEnd({ kind: 'outcome', ...facts, ...reason, attempts: this.#visited.length })
    return { kind: 'done', ...facts }
  }

  // §5.1, E3 of §8.4.
  #release(): void {
    const member = this.#current
    if (member === null) return
    member.pending -= 1
    releaseProbe(member, this.number)
    this.#tellStats(member)
    this.#current = null
  }

  #tellEnd(outcome: Extract<Fact, { kind: 'outcome' }>): void {
    if (this.#past.weighed) tellWeights({ cluster: this.#cluster!, tell: this.#in.tell }, 0)
    this.#in.tell(outcome)
  }

  // §9, nobody could be selected.
  #nobody(): FailReason {
    const all = candidates(this.#cluster!)
    const now = this.#in.clock.now()
    const { retryIntervalMs } = this.#cluster!.settings
    if (all.some(s => seemsBusy(s, this.#past, now, retryIntervalMs))) return 'all-busy'
    if (this.#visited.length > 0) return 'attempts-failed'
    // R12 against W16 and the cluster without a usable server.
    return all.length > 0 && all.every(s => s.health !== 'up') ? 'all-down' : 'no-server'
  }

  // §9: a 503 that was put aside in the hope of better is the best answer there was.
  #worst(reason: FailReason): FailReason {
    return this.#discarded503 && reason !== 'not-replayable' ? 'server-503' : reason
  }

  // §9.
  #fail(reason: FailReason): Step {
    const status = statusOf[reason]
    const named = this.#cluster === null ? {} : { cluster: this.#cluster.settings.name }
    this.#in.tell({
      kind: 'fail',
      cause: reason,
      text: `answered with ${status}: ${reason}`,
    })
    this.#tellEnd({
      kind: 'outcome',
      result: 'fail',
      ...named,
      status,
      reason,
      attempts: this.#visited.length,
    })
    return { kind: 'fail', status, reason, ...named }
  }
}

// A stream that had to be new was new.
const originOf = (step: AttemptStep, { stream = 'new' }: Answered | Failed): StreamOrigin =>
  step.stream === 'new' ? 'new' : stream

// P3, M7: the Uri entry that determined the Route names cookie and URL identifier.
const bind = ({ uri, index }: Match, cluster: Cluster): Binding => ({
  cluster: cluster.settings.name,
  route: index,
  affinityCookie: uri?.affinityCookie ?? 'JSESSIONID',
  affinityUrlIdentifier: uri?.affinityUrlIdentifier ?? 'jsessionid',
  removeSpecialHeaders: cluster.settings.removeSpecialHeaders,
})
