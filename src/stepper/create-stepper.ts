import type { PluginConfig } from '../config/model.ts'
import type { RecordedSettings, Recording } from '../debug/recording.ts'
import { describeRecord } from '../debug/sentences.ts'
import { PluginError } from '../errors.ts'
import type { ConfigSource, Given, Scenario } from '../simulate/scenario.ts'
import { findServers, type ServerPlace, unknownServer } from '../simulate/server-names.ts'
import { defaultSeed } from '../simulate/simulate.ts'
import { StateError } from '../simulate/start-state.ts'
import {
  checkBreakpoint,
  isHit,
  type Place,
  withBreakpoint,
  withoutBreakpoint,
} from './breakpoints.ts'
import { followedBy, type Input, splitAtDecision, splitAtRequest } from './inputs.ts'
import { isNetworkStep } from './network-choice.ts'
import { proposal, recordedArrival, recordedReport, recordingDifference } from './recorded.ts'
import { edited, sendingOf } from './sending.ts'
import type { Scene, Session } from './session.ts'
import type {
  Breakpoint,
  Moment,
  NetworkChoice,
  RequestEdit,
  SteppedRequest,
  Stepper,
  StepperView,
  Stop,
  Upcoming,
} from './stepper.ts'
import { type Position, Timeline } from './timeline.ts'

/** What is stepped through. */
export type StepperOptions = {
  readonly config: PluginConfig
  /** Seed of chance. Default 1, as in scenarios. */
  readonly seed?: number | undefined
} & (
  | {
      readonly request: SteppedRequest
      /** Version switches and other options of the router that are plain data. */
      readonly options?: RecordedSettings | undefined
      /** State to begin with, as in a scenario. */
      readonly given?: Given | undefined
      readonly recording?: undefined
    }
  /** A request that went through an edge with this configuration. */
  | { readonly recording: Recording; readonly request?: undefined }
)

/**
 * Makes a step debugger that stands in front of the first decision about a request. Nothing is sent anywhere: it is
 * the router of the edge on a clock of its own, and a network that does what it is told.
 *
 * @throws PluginError `OPTION_INVALID` for a request or a recording that cannot be, `CONFIG_INVALID`; StateError for a
 *   state to begin with that the configuration does not allow.
 */
export const createStepper = (options: StepperOptions): Stepper => new SessionStepper(options)

class SessionStepper implements Stepper {
  readonly #scene: Scene
  readonly #recording: Recording | undefined
  readonly #difference: string | undefined
  readonly #timeline: Timeline
  #breakpoints: readonly Breakpoint[] = []

  constructor(options: StepperOptions) {
    const { config, seed = defaultSeed, recording } = options
    this.#recording = recording
    this.#scene =
      recording === undefined
        ? { config, seed, settings: options.options ?? {}, given: options.given }
        : { config, seed, settings: recording.settings, startMs: recording.inputs[0]?.at ?? 0 }
    const inputs: readonly Input[] =
      recording === undefined
        ? [{ kind: 'request', sending: sendingOf(options.request, config), draws: [] }]
        : recordedArrival(recording)
    this.#difference =
      recording === undefined ? undefined : recordingDifference(this.#scene, recording)
    const history = followedBy(null, ...inputs)
    const told = recording === undefined ? null : 1
    this.#timeline = new Timeline(this.#scene, { history, shown: 0, told })
  }

  get view(): StepperView {
    const session = this.#at
    const { shown } = this.#position
    const trace = this.#trace
    const whole = shown === session.decision.length
    const end = trace.at(-1)?.record
    return {
      config: this.#scene.config,
      request: session.sending.request,
      requestNumber: session.requests,
      trace,
      next: this.#next,
      state: whole ? session.state : (session.decision[shown - 1]?.state ?? session.before),
      cluster: clusterOf(trace),
      now: session.now,
      canGoBack: this.#timeline.length > 1,
      breakpoints: this.#breakpoints,
      code: whole ? session.flight.code : session.codeBefore,
      ended: end?.kind === 'outcome' ? describeRecord(end) : undefined,
      notes: [
        ...session.flight.notes,
        ...(this.#difference === undefined || session.requests > 1 ? [] : [this.#difference]),
      ],
    }
  }

  next(): Stop {
    this.#step()
    return this.#next.kind
  }

  toNetwork(): Stop {
    return this.#run(next => next.kind === 'network')
  }

  toEnd(): Stop {
    return this.#run(() => false)
  }

  answer(answer: NetworkChoice): Stop {
    if (this.#at.flight.ended) {
      throw new PluginError(
        'OUTCOME_UNEXPECTED',
        'the network has nothing more to do with this request; send another one, or go back',
      )
    }
    const start = this.#timeline.length
    while (this.#next.kind === 'decision') this.#step()
    try {
      this.#add({ kind: 'answer', choice: answer })
    } catch (error) {
      this.#timeline.backTo(start)
      throw error
    }
    return this.#next.kind
  }

  back(): boolean {
    const { length } = this.#timeline
    if (length === 1) return false
    this.#timeline.backTo(length - 1)
    return true
  }

  advance(seconds: number): void {
    if (!(seconds >= 0 && seconds <= longestSeconds)) {
      throw new PluginError(
        'OPTION_INVALID',
        `${seconds} seconds cannot pass; write 0 to ${longestSeconds}`,
      )
    }
    this.#interfere({ kind: 'advance', ms: Math.round(seconds * 1000) })
  }

  mark(server: string, health: 'up' | 'down'): void {
    this.#interfere({ kind: 'mark', place: this.#placeOf(server), health })
  }

  send(edit: RequestEdit = {}): void {
    const request = { ...this.#at.sending.request, cookie: undefined }
    // What is wrong with it is said before anything happens.
    sendingOf(edited(request, edit), this.#scene.config)
    while (this.#next.kind !== 'end') this.#step()
    const withJar = { ...request, cookie: this.#at.cookie }
    this.#add({ kind: 'request', sending: this.#sending(withJar, edit), draws: [] })
  }

  edit(edit: RequestEdit): void {
    const sending = this.#sending(this.#at.sending.request, edit)
    const { before } = splitAtRequest(this.#position.history)
    const history = followedBy(before, { kind: 'request', sending, draws: [] })
    this.#timeline.go({ history, shown: 0, told: null })
  }

  setBreakpoint(breakpoint: Breakpoint): void {
    checkBreakpoint(breakpoint, this.#scene.config)
    this.#breakpoints = withBreakpoint(this.#breakpoints, breakpoint)
  }

  clearBreakpoint(breakpoint: Breakpoint): void {
    this.#breakpoints = withoutBreakpoint(this.#breakpoints, breakpoint)
  }

  scenario(title: string, config: ConfigSource = { model: this.#scene.config }): Scenario {
    return this.#at.scenario(title, config)
  }

  get #position(): Position {
    return this.#timeline.position
  }

  get #at(): Session {
    return this.#timeline.session
  }

  get #trace(): readonly Moment[] {
    const { earlier, decision } = this.#at
    return [...earlier, ...decision.slice(0, this.#position.shown)]
  }

  get #next(): Upcoming {
    const { decision, flight } = this.#at
    const { shown } = this.#position
    const moment = decision[shown]
    if (moment !== undefined) return { kind: 'decision', record: moment.record }
    const { step } = flight
    if (!isNetworkStep(step)) return { kind: 'end', step }
    return { kind: 'network', step, proposed: this.#recorded?.outcome ?? this.#imagined }
  }

  /** What the recording says the network does now. */
  get #recorded() {
    return proposal(this.#recording, this.#position.told, this.#at.flight.step)
  }

  /** An answer that was told to break off does so. */
  get #imagined(): 'ok' | 'broken-answer' {
    const input = splitAtDecision(this.#position.history).rest[0]
    const breaks =
      this.#at.flight.step.kind === 'relay' &&
      input?.kind === 'answer' &&
      input.choice === 'broken-answer'
    return breaks ? 'broken-answer' : 'ok'
  }

  get #place(): Place {
    return { next: this.#next, cluster: clusterOf(this.#trace) }
  }

  /** One more input behind everything; the decision that follows is not shown yet. */
  #add(...inputs: readonly Input[]): void {
    this.#timeline.go({
      history: followedBy(this.#position.history, ...inputs),
      shown: 0,
      told: null,
    })
  }

  #step(): void {
    const { history, shown, told } = this.#position
    const next = this.#next
    if (next.kind === 'decision') this.#timeline.go({ history, shown: shown + 1, told })
    else if (next.kind === 'network') {
      const recorded = this.#recorded
      if (recorded === undefined) this.#add({ kind: 'answer', choice: this.#imagined })
      else {
        const further = followedBy(history, ...recordedReport(recorded))
        this.#timeline.go({ history: further, shown: 0, told: told === null ? null : told + 1 })
      }
    }
  }

  #run(until: (next: Upcoming) => boolean): Stop {
    for (;;) {
      const from = this.#place
      if (from.next.kind === 'end') return 'end'
      this.#step()
      const to = this.#place
      if (this.#breakpoints.some(each => isHit(each, from, to))) return 'breakpoint'
      if (until(to.next)) return to.next.kind
    }
  }

  /** Something happens that is no answer of the network: before the decision that is being shown, or here. */
  #interfere(input: Input): void {
    const { history, shown } = this.#position
    if (shown === this.#at.decision.length) {
      this.#timeline.go({ history: followedBy(history, input), shown, told: null })
      return
    }
    const { before, rest } = splitAtDecision(history)
    this.#timeline.go({ history: followedBy(before, input, ...rest), shown: 0, told: null })
  }

  #sending(request: SteppedRequest, edit: RequestEdit) {
    return sendingOf(edited(request, edit), this.#scene.config)
  }

  /** A name that several clusters have means the server of the cluster that the request is bound to. */
  #placeOf(name: string): ServerPlace {
    const { config } = this.#scene
    const places = findServers(config, name, true)
    const bound = this.#at.flight.cluster
    const place =
      places.length > 1 ? (places.find(each => each.cluster === bound) ?? places[0]) : places[0]
    if (place === undefined) throw new StateError(unknownServer(config, name))
    return place
  }
}

/** As far as scenarios go. */
const longestSeconds = 1_000_000_000

const clusterOf = (trace: readonly Moment[]): string | undefined => {
  const route = trace.find(({ record }) => record.kind === 'route')?.record
  return route?.kind === 'route' ? route.cluster : undefined
}
