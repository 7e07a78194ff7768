/**
 * Two routers in lock step: whatever is done to one is done to the other, and after every action they must agree on the
 * step, on the trace, on the whole state, on the binding and on the number of random numbers they have used. On the way
 * the invariants of the specification are checked on the first of them.
 */
import { isDeepStrictEqual } from 'node:util'
import type { PluginConfig } from '../../src/config/model.ts'
import { ManualClock } from '../../src/core/clock.ts'
import type { RouterOptions } from '../../src/core/options.ts'
import type { PartitionTable } from '../../src/core/partition-table.ts'
import type { RequestHead } from '../../src/core/request.ts'
import { seededRandom } from '../../src/core/router.ts'
import { type RouterSnapshot, settled } from '../../src/core/snapshot.ts'
import type { Outcome, Step } from '../../src/core/step.ts'
import type { TraceRecord } from '../../src/core/trace.ts'
import { type Deed, Divergence, difference } from './divergence.ts'
import type { Exchange, Router } from './reference/contract.ts'
import type { Action, World } from './world-actions.ts'
import { configOf, optionsOf } from './world-config.ts'
import { checkInvariants } from './world-invariants.ts'
import { type Life, lifeOf } from './world-life.ts'
import { ProbeWatch } from './world-probes.ts'
import type { Ending } from './world-requests.ts'

/** Makes one of the two routers. */
export type RouterFactory = (config: PluginConfig, options: RouterOptions) => Router

/** What a deed has done to the first of the two routers. */
export interface Sight {
  /** null: nothing yet, the world has just begun. */
  readonly deed: Deed | null
  /** Where the exchange of the deed stands now; null: the deed has none. */
  readonly step: Step | null
  /** Records of this deed, as projected. */
  readonly trace: readonly unknown[]
  /** The router that new requests go to. */
  readonly router: Router
  readonly now: number
  /** Exchanges that have not ended, on whichever router. */
  readonly underWay: readonly number[]
}

/** Part of a trace record on which two implementations must agree. */
export type Projection = (record: TraceRecord) => unknown

/** Kind, server or Route, and the reason where there is one: the wording and the fields around them are free. */
export const essentials: Projection = record =>
  [
    record.kind,
    record.kind === 'route' ? record.route : undefined,
    'server' in record ? record.server : undefined,
    'why' in record ? record.why : undefined,
    'reason' in record ? record.reason : undefined,
  ]
    .filter(part => part !== undefined)
    .join(' ')

/** Everything but the plug-in's names for the place and the wording. */
export const facts: Projection = record => {
  const { component: _, fn: __, step: ___, text: ____, ...rest } = { text: '', ...record }
  return rest
}

/** What a run amounted to. */
export interface Tally {
  readonly steps: number
  readonly kinds: ReadonlyMap<string, number>
}

/**
 * Runs a world.
 *
 * @param watch sees every deed, before anything is compared.
 * @throws Divergence
 */
export const runWorld = (
  world: World,
  left: RouterFactory,
  right: RouterFactory,
  projection: Projection = essentials,
  watch: (sight: Sight) => void = () => {},
): Tally => new Run(world, left, right, projection, watch).all()

/** One router with all that must not be shared between the two. */
class Side {
  readonly trace: unknown[] = []
  draws = 0
  router: Router
  readonly #factory: RouterFactory
  readonly #options: RouterOptions
  readonly #listen: ((record: TraceRecord) => void) | undefined

  constructor(world: World, clock: ManualClock, factory: RouterFactory, projection: Projection) {
    const next = seededRandom(world.seed)
    this.#factory = factory
    this.#listen = record => this.trace.push(projection(record))
    this.#options = {
      clock,
      random: () => {
        this.draws += 1
        return next()
      },
      ...(world.trace === 'router' && { onTrace: this.#listen }),
    }
    this.#listen = world.trace === 'exchange' ? this.#listen : undefined
    this.router = this.open(world, 0)
  }

  open(world: World, config: 0 | 1, snapshot?: RouterSnapshot): Router {
    this.router = this.#factory(configOf(world.configs[config]), {
      ...this.#options,
      ...optionsOf(world.configs, world.switches),
      ...(snapshot && { snapshot }),
    })
    return this.router
  }

  route(head: RequestHead): Exchange {
    return this.router.route(head, this.#listen)
  }
}

const isOver = ({ kind }: Step): boolean => kind === 'decline' || kind === 'fail' || kind === 'done'

class Run {
  readonly #world: World
  readonly #clock = new ManualClock(1_000_000)
  readonly #left: Side
  readonly #right: Side
  readonly #watch: (sight: Sight) => void
  readonly #log: Deed[] = []
  #lives: Life[] = []
  #ended: Life[] = []
  #born = 0
  #steps = 0
  #config: 0 | 1 = 0
  /** Every router with the state it began with: an exact restore takes over requests that never end there. */
  readonly #began = new Map<Router, RouterSnapshot>()
  readonly #probes = new ProbeWatch()
  /** Routers that began with the weights of another configuration. */
  readonly #strangers = new Set<Router>()
  /** States that are still true. */
  readonly #seen = new Map<Router, RouterSnapshot>()
  readonly #kinds = new Map<string, number>()

  constructor(
    world: World,
    left: RouterFactory,
    right: RouterFactory,
    projection: Projection,
    watch: (sight: Sight) => void,
  ) {
    this.#world = world
    this.#watch = watch
    this.#left = new Side(world, this.#clock, left, projection)
    this.#right = new Side(world, this.#clock, right, projection)
  }

  all(): Tally {
    this.#see(null, null)
    this.#begin('at the start')
    for (const action of this.#world.actions) this.#perform(action)
    this.#drain()
    return { steps: this.#steps, kinds: this.#kinds }
  }

  #perform(action: Action): void {
    switch (action.do) {
      case 'route':
        this.#route(action.head)
        break
      case 'report': {
        const life = oneOf(this.#lives, action.who)
        if (life) this.#report(life, action.ending[life.step.kind as keyof Ending])
        break
      }
      case 'wait':
        this.#wait(action.ms)
        break
      case 'misreport': {
        const life = oneOf([...this.#lives, ...this.#ended.slice(-5)], action.who)
        if (life) this.#misreport(life, action.outcome)
        break
      }
      case 'reload':
        this.#reload(action.config)
        break
      case 'restore':
        this.#restore(action.settled, action.other ?? false)
        break
      case 'table':
        this.#setTable(`cluster${action.cluster}`, action.table)
    }
  }

  /** Writes a deed down and shows what has come of it. */
  #see(deed: Deed | null, step: Step | null): void {
    if (deed !== null) this.#log.push(deed)
    this.#watch({
      deed,
      step,
      trace: [...this.#left.trace],
      router: this.#left.router,
      now: this.#clock.now(),
      underWay: this.#lives.filter(life => !isOver(life.step)).map(life => life.id),
    })
  }

  /** Two routers have been opened. */
  #begin(what: string): void {
    const { router } = this.#left
    const state = this.#compareState(what, router, this.#right.router)
    this.#began.set(router, state)
    this.#probes.open(router, state)
  }

  #wait(ms: number): void {
    this.#clock.advance(ms)
    this.#see({ wait: ms }, null)
    this.#seen.clear()
    this.#compareState('after a pause', this.#left.router, this.#right.router)
  }

  #reload(config: 0 | 1): void {
    this.#config = config
    this.#left.open(this.#world, config)
    this.#right.open(this.#world, config)
    this.#see({ reload: config }, null)
    this.#begin('after a reload')
  }

  #setTable(cluster: string, table: PartitionTable): void {
    this.#left.router.setPartitionTable(cluster, table)
    this.#right.router.setPartitionTable(cluster, table)
    this.#see({ table: cluster, is: table }, null)
    this.#compareState('after a table', this.#left.router, this.#right.router)
  }

  #route(head: RequestHead): void {
    const before = this.#lastState(this.#left.router)
    const left = this.#left.route(head)
    const right = this.#right.route(head)
    const life = lifeOf(this.#born++, head, [left, right], [this.#left.router, this.#right.router])
    this.#lives.push(life)
    this.#see({ route: head, is: life.id }, life.step)
    this.#agree('number', left.number, right.number)
    this.#agree('binding', left.binding, right.binding)
    this.#settle(life, before, null, right.step)
  }

  #report(life: Life, outcome: Outcome): void {
    const { step } = life
    const fitted = fittedTo(life, outcome)
    const before = this.#lastState(life.routers[0])
    const left = life.left.report(fitted)
    const right = life.right.report(fitted)
    life.step = left
    this.#see({ report: life.id, is: fitted }, left)
    this.#agree('step that is read again', life.left.step, left)
    this.#settle(life, before, { step, outcome: fitted }, right)
  }

  /** Compares everything and checks the invariants after something happened to an exchange. */
  #settle(
    life: Life,
    before: RouterSnapshot,
    reported: { readonly step: Step; readonly outcome: Outcome } | null,
    right: Step,
  ): void {
    this.#steps += 1
    this.#kinds.set(life.step.kind, (this.#kinds.get(life.step.kind) ?? 0) + 1)
    this.#agree('trace', this.#left.trace, this.#right.trace)
    this.#left.trace.length = 0
    this.#right.trace.length = 0
    this.#agree('step', life.step, right)
    this.#agree('random numbers', this.#left.draws, this.#right.draws)
    const after = this.#compareState('state', ...life.routers)
    const { config } = life.routers[0]
    const { switches } = this.#world
    const ownWeights = !this.#strangers.has(life.routers[0])
    const what = { life, reported, before, after, config, switches, ownWeights }
    const broken = checkInvariants(what) ?? this.#probes.broken(what)
    if (broken !== null) this.#differ(`invariant: ${broken}`, before, after)
    if (isOver(life.step)) {
      this.#lives = this.#lives.filter(other => other !== life)
      this.#ended.push(life)
    }
  }

  /** Neither router may take a report that does not fit; after the end all reports are ignored. */
  #misreport(life: Life, outcome: Outcome): void {
    const fits: Readonly<Record<string, readonly string[]>> = {
      buffer: ['buffered', 'client-aborted'],
      attempt: ['answered', 'client-aborted'],
      relay: ['relayed', 'client-aborted'],
    }
    if (fits[life.step.kind]?.includes(outcome.kind)) return
    const [left, right] = [life.left, life.right].map(exchange => {
      try {
        return exchange.report(outcome)
      } catch (error) {
        return { code: (error as { code?: unknown }).code }
      }
    })
    this.#see({ misreport: life.id, is: outcome }, life.left.step)
    this.#agree('answer to a report that does not fit', left, right)
    this.#agree(
      'answer to a report that does not fit',
      left,
      isOver(life.step) ? life.step : { code: 'OUTCOME_UNEXPECTED' },
    )
    this.#compareState('state after a report that does not fit', ...life.routers)
  }

  #restore(toSettled: boolean, other: boolean): void {
    if (other) this.#config = this.#config === 0 ? 1 : 0
    const previous = this.#left.router
    const taken = previous.snapshot()
    const plain = JSON.parse(JSON.stringify(taken)) as RouterSnapshot
    this.#agree('snapshot as JSON', taken, plain)
    const snapshot = toSettled ? settled(plain) : plain
    const opened = this.#left.open(this.#world, this.#config, snapshot)
    this.#right.open(this.#world, this.#config, snapshot)
    if (other || this.#strangers.has(previous)) this.#strangers.add(opened)
    this.#see({ restore: toSettled ? 'settled' : 'exact', config: this.#config }, null)
    this.#begin('after a restore')
    if (!toSettled) this.#agree('restored state', this.#left.router.snapshot(), plain)
  }

  /** Everybody who is left goes home; then nothing is pending that was not taken over from another router. */
  #drain(): void {
    for (const life of [...this.#lives]) {
      while (!isOver(life.step)) this.#report(life, { kind: 'client-aborted' })
    }
    for (const [router, state] of this.#began) {
      const [began, ended] = [state, router.snapshot()].map(pendingIn)
      if (!isDeepStrictEqual(began, ended))
        this.#differ('invariant: pending ends at 0', ended, began)
    }
  }

  #compareState(what: string, left: Router, right: Router): RouterSnapshot {
    const ours = left.snapshot()
    this.#agree(what, ours, right.snapshot())
    this.#seen.set(left, ours)
    return ours
  }

  #lastState(router: Router): RouterSnapshot {
    return this.#seen.get(router) ?? router.snapshot()
  }

  #agree(what: string, left: unknown, right: unknown): void {
    if (!isDeepStrictEqual(left, right)) this.#differ(what, ...difference(left, right))
  }

  #differ(what: string, left: unknown, right: unknown): never {
    throw new Divergence(this.#world, this.#log, what, left, right)
  }
}

const oneOf = <T>(list: readonly T[], who: number): T | undefined =>
  list[who % Math.max(1, list.length)]

/** Pending requests of every server and ClusterAddress. */
const pendingIn = ({ clusters }: RouterSnapshot): readonly number[] =>
  clusters.flatMap(({ servers, clusterAddress }) =>
    [...servers, ...(clusterAddress === undefined ? [] : [clusterAddress])].map(
      ({ pending }) => pending,
    ),
  )

/** An outcome as it can be: a stream that had to be new is not from the pool, and no more is read than is sent. */
const fittedTo = ({ step, head }: Life, outcome: Outcome): Outcome => {
  if (step.kind === 'buffer' && outcome.kind === 'buffered' && typeof head.body === 'number') {
    return { ...outcome, bytes: Math.min(outcome.bytes, head.body) }
  }
  const fromPool =
    (outcome.kind === 'answered' || outcome.kind === 'failed') && outcome.stream === 'pooled'
  const onNew = step.kind === 'attempt' && step.stream === 'new'
  return fromPool && onNew ? { ...outcome, stream: 'new' } : outcome
}
