import { isDeepStrictEqual } from 'node:util'
import type { PluginConfig } from '../config/model.ts'
import { ManualClock } from '../core/clock.ts'
import { createRouter, type RestorableRouter, seededRandom } from '../core/router.ts'
import type { RouterSnapshot } from '../core/snapshot.ts'
import type { RecordedSettings } from '../debug/recording.ts'
import { PluginError } from '../errors.ts'
import { Flight } from '../simulate/flight.ts'
import { markedState } from '../simulate/mark.ts'
import { VirtualNetwork } from '../simulate/network.ts'
import type { ConfigSource, Given, Scenario, ScenarioStep } from '../simulate/scenario.ts'
import { placeKey, type ServerPlace } from '../simulate/server-names.ts'
import { defaultSeed } from '../simulate/simulate.ts'
import { startState } from '../simulate/start-state.ts'
import { unusableTransports } from '../simulate/unusable.ts'
import { User } from '../simulate/user.ts'
import type { Input } from './inputs.ts'
import { type Chosen, carryOutChoice, isNetworkStep } from './network-choice.ts'
import { reportStepOf, requestStepOf, stateStepOf } from './scenario-steps.ts'
import type { Sending } from './sending.ts'
import { changeBetween } from './state-settings.ts'
import type { Moment } from './stepper.ts'

/** What a session begins with, and what stays the same in it. */
export interface Scene {
  readonly config: PluginConfig
  readonly settings: RecordedSettings
  readonly seed: number
  readonly given?: Given | undefined
  /** Where the clock begins, milliseconds. Default 0. */
  readonly startMs?: number
}

/**
 * A router with everything around it, brought to a certain point by inputs. It only goes forward; whoever wants to go
 * back makes another one and gives it fewer inputs. The same inputs lead to the same state, chance included.
 */
export class Session {
  readonly #scene: Scene
  readonly #clock: ManualClock
  readonly #router: RestorableRouter
  readonly #network: VirtualNetwork
  /** Random numbers to use before those of the seed, and those that were. */
  #draws: readonly number[] = []
  readonly #drawn: number[] = []
  #user = new User('user 1')
  #users = 1
  #requests = 0
  #sending: Sending | undefined
  #flight: Flight | undefined
  #earlier: Moment[] = []
  #decision: Moment[] = []
  #before: RouterSnapshot
  #codeBefore = ''
  #last: RouterSnapshot
  /** Everything up to here as a scenario. */
  readonly #steps: ScenarioStep[] = []
  readonly #clusters = new Set<string>()
  #given: Given | undefined

  constructor(scene: Scene) {
    this.#scene = scene
    const { config, settings, seed, given, startMs = 0 } = scene
    this.#clock = new ManualClock(startMs)
    this.#network = new VirtualNetwork(this.#clock)
    this.#given = given
    const generator = seededRandom(seed)
    const { unusable, ...switches } = settings
    const options = {
      ...switches,
      clock: this.#clock,
      random: () => this.#nextDraw() ?? generator(),
      ...(unusable !== undefined && { transportUsable: unusableTransports([config], unusable) }),
    }
    this.#router = createRouter(config, options)
    if (given !== undefined) {
      this.#router.restore(startState(this.#router.snapshot(), config, given, startMs))
    }
    this.#last = this.#router.snapshot()
    this.#before = this.#last
  }

  get now(): number {
    return this.#clock.now()
  }

  /** State after all that was decided. */
  get state(): RouterSnapshot {
    return this.#look()
  }

  /** State in which the last decision began. */
  get before(): RouterSnapshot {
    return this.#before
  }

  /** Reason code in which the last decision began. */
  get codeBefore(): string {
    return this.#codeBefore
  }

  /** Decisions about the current request before the last input. */
  get earlier(): readonly Moment[] {
    return this.#earlier
  }

  /** What was decided about the last input. */
  get decision(): readonly Moment[] {
    return this.#decision
  }

  get requests(): number {
    return this.#requests
  }

  /** The current request. There is one as soon as the first was sent. */
  get sending(): Sending {
    return this.#sending as Sending
  }

  get flight(): Flight {
    return this.#flight as Flight
  }

  /** Cookie header that the user would send now. */
  get cookie(): string | undefined {
    return this.#user.header()
  }

  /**
   * Goes on by one input. After an error the session is of no use any more.
   *
   * @throws PluginError `OUTCOME_UNEXPECTED`, StateError.
   */
  apply(input: Input): void {
    if (input.kind === 'request') {
      this.#draws = input.draws
      this.#depart(input.sending)
    } else if (input.kind === 'answer') this.#report(() => this.#carryOut(input.choice))
    else if (input.kind === 'report') {
      this.#draws = input.draws
      this.#report(() => ({ outcome: input.outcome }))
    } else if (input.kind === 'restore') this.#restore(input.at, input.state)
    else if (input.kind === 'advance') this.#wait(input.ms)
    else this.#mark(input.place, input.health)
  }

  /** All that happened, for `plugin-cfg simulate`. */
  scenario(title: string, config: ConfigSource): Scenario {
    const { settings, seed } = this.#scene
    const options: Scenario['options'] = {
      ...(seed !== defaultSeed && { seed }),
      ...(this.#drawn.length > 0 && { random: [...this.#drawn] }),
      ...(settings as Scenario['options']),
    }
    const { config: model, startMs } = this.#scene
    const inFlight = this.flight.ended ? [] : [this.#name]
    const exactly = startMs === undefined
    return {
      title,
      config,
      ...(Object.keys(options).length > 0 && { options }),
      ...(this.#given !== undefined && { given: this.#given }),
      steps: [
        ...this.#steps,
        stateStepOf(this.#router.snapshot(), model, this.#clusters, inFlight, exactly),
      ],
    }
  }

  #depart(sending: Sending): void {
    const ownCookies = this.#takeCookies(sending.cookies)
    this.#requests++
    this.#sending = sending
    this.#earlier = []
    this.#decision = []
    this.#codeBefore = ''
    this.#before = this.#look()
    this.#flight = new Flight({
      router: this.#router,
      head: sending.head,
      body: sending.body,
      clock: this.#clock,
      user: this.#user,
      dialects: this.#scene.settings.affinityDialect,
      onRecord: record => this.#decision.push({ record, state: this.#look() }),
    })
    const { cluster } = this.#flight
    if (cluster !== undefined) this.#clusters.add(cluster)
    const sender = { user: this.#user.name, name: this.#name, ownCookies }
    this.#steps.push(requestStepOf(sending, sender, this.#flight, this.now))
  }

  /**
   * Cookies that are not those of the user's jar were put there by hand: from then on it is somebody with another jar.
   *
   * @returns whether they were.
   */
  #takeCookies(cookies: readonly string[]): boolean {
    const jar = this.#user.header()
    if (jar === undefined ? cookies.length === 0 : isDeepStrictEqual(cookies, [jar])) return false
    if (jar !== undefined) this.#user = new User(`user ${++this.#users}`)
    for (const cookie of cookies) this.#user.adopt(cookie)
    return cookies.length > 0
  }

  #carryOut(choice: Extract<Input, { kind: 'answer' }>['choice']): Chosen {
    const { step } = this.flight
    if (!isNetworkStep(step)) {
      throw new PluginError(
        'OUTCOME_UNEXPECTED',
        'the request has ended; send another one, or go back',
      )
    }
    return carryOutChoice(choice, step, this.sending.body, this.#network)
  }

  #report(act: () => Chosen): void {
    const { flight } = this
    const start = this.now
    this.#codeBefore = flight.code
    const { outcome, note } = act()
    this.#noteWait(this.now - start)
    this.#earlier = [...this.#earlier, ...this.#decision]
    this.#decision = []
    this.#before = this.#look()
    if (note !== undefined) flight.notes.push(note)
    flight.report(outcome)
    this.#steps.push(reportStepOf(outcome, this.#name, flight, this.now))
  }

  #restore(at: number, state: RouterSnapshot): void {
    this.#wait(Math.max(0, at - this.now))
    this.#clock.set(at)
    const { config } = this.#scene
    const change = changeBetween(this.#router.snapshot(), state, config, at)
    if (change !== undefined) {
      const { mark, firstPick, tables } = change
      if (tables !== undefined) this.#steps.push({ partitionTable: tables })
      const pick = firstPick === undefined ? {} : { firstPick }
      if (this.#requests === 0) {
        this.#given = { servers: mark, ...pick }
      } else this.#steps.push({ mark, ...pick })
    }
    this.#router.restore(state)
  }

  #mark(place: ServerPlace, health: 'up' | 'down'): void {
    const step = { mark: { [placeKey(place)]: health } }
    const { config } = this.#scene
    this.#router.restore(markedState(this.#router.snapshot(), config, step, this.now))
    this.#clusters.add(place.cluster)
    this.#steps.push(step)
  }

  #wait(ms: number): void {
    this.#clock.advance(ms)
    this.#noteWait(ms)
  }

  #noteWait(ms: number): void {
    if (ms > 0) this.#steps.push({ wait: ms / 1000 })
  }

  #nextDraw(): number | undefined {
    const [next, ...rest] = this.#draws
    if (next === undefined) return undefined
    this.#draws = rest
    this.#drawn.push(next)
    return next
  }

  /** The state of the moment; clusters that are as they were share their place in memory. */
  #look(): RouterSnapshot {
    const fresh = this.#router.snapshot()
    const clusters = fresh.clusters.map((cluster, at) => {
      const last = this.#last.clusters[at]
      return isDeepStrictEqual(last, cluster) ? (last as typeof cluster) : cluster
    })
    this.#last = { ...fresh, clusters }
    return this.#last
  }

  get #name(): string {
    return `request ${this.#requests}`
  }
}
