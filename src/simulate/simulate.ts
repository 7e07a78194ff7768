import type { RouterSnapshot } from '../core/snapshot.ts'
import type { TraceRecord } from '../core/trace.ts'
import { PluginError } from '../errors.ts'
import { CannotGoOn } from './cannot-go-on.ts'
import type { Mismatch } from './expect.ts'
import { type Configs, errorsOf } from './read-scenario.ts'
import { briefly, runStep, type StepLog } from './run-step.ts'
import type { ConfigSource, Scenario, ScenarioStep } from './scenario.ts'
import { World } from './world.ts'

/** What one step of a scenario did. */
export interface StepReport {
  /** Index in `steps`; -1: the configuration that the scenario begins with. */
  readonly index: number
  /** Key that names the kind of step, such as `request` or `wait`. */
  readonly verb: string
  /** One line each: what happened. Repeated requests have several. */
  readonly events: readonly string[]
  /** What a reader should know about it. */
  readonly notes: readonly string[]
  readonly records: readonly TraceRecord[]
  readonly mismatches: readonly Mismatch[]
  /** Why it could not be carried out; then it is the last. */
  readonly blocked?: Blocked
}

/** Why a step could not be carried out, and where in the scenario the reason is, such as `$.steps[2].network.m1`. */
export interface Blocked {
  readonly path: string
  readonly message: string
}

/** What a scenario did and whether it held. */
export interface ScenarioReport {
  readonly title: string
  /** Every expectation held and every step could be carried out. */
  readonly passed: boolean
  readonly seed: number
  /** A random number was drawn, so that another seed could have ended otherwise. */
  readonly usedChance: boolean
  /** The steps that were carried out; one that could not be is the last. */
  readonly steps: readonly StepReport[]
  /** Steps behind one that could not be carried out. */
  readonly notRun: number
  /** Trace records beyond the first 200000, which are not kept. */
  readonly recordsLeftOut: number
  /** Virtual time at the end, seconds. */
  readonly seconds: number
  /** State at the end; absent when no configuration was ever loaded. */
  readonly snapshot?: RouterSnapshot
}

/** Seed of a scenario, and of the command line, when none is given. */
export const defaultSeed = 1

/**
 * Runs a scenario. Everything happens in this call: the clock moves only by waits and time-outs.
 *
 * @param configs the configurations it names, see `loadScenario`; those that stand in the scenario need not be there.
 * @param seed in place of the scenario's own.
 */
export const simulate = (
  scenario: Scenario,
  configs: Configs = new Map(),
  seed = scenario.options?.seed ?? defaultSeed,
): ScenarioReport => {
  const world = new World(scenario, configs, seed)
  const steps: StepReport[] = []
  const { config } = scenario
  const start =
    config === undefined ? undefined : carryOut('$', () => begin(config, world, scenario))
  if (start?.blocked !== undefined) {
    const { path, message } = start.blocked
    const blocked = { message, path: path === '$' ? '$.config' : path }
    steps.push({ index: -1, verb: 'config', ...start, blocked })
  } else {
    for (const [index, step] of scenario.steps.entries()) {
      const done = carryOut(`$.steps[${index}]`, log => runStep(step, world, log))
      steps.push({ index, verb: verbOf(step), ...done })
      if (done.blocked !== undefined) break
    }
  }
  const last = steps.at(-1)
  const { snapshot } = world
  return {
    title: scenario.title,
    passed: last?.blocked === undefined && steps.every(step => step.mismatches.length === 0),
    seed,
    usedChance: world.usedChance,
    steps,
    notRun: last?.blocked === undefined ? 0 : scenario.steps.length - last.index - 1,
    recordsLeftOut: world.recordsLeftOut,
    seconds: world.clock.now() / 1000,
    ...(snapshot !== undefined && { snapshot }),
  }
}

const begin = (config: ConfigSource, world: World, scenario: Scenario): void => {
  const reading = world.reading(config)
  const errors = errorsOf(reading)
  if (errors.length > 0) {
    throw new CannotGoOn(`the configuration has errors: ${errors.map(briefly).join('; ')}`)
  }
  world.load(reading.config, scenario.given)
}

/** @param path of the step in the scenario. */
const carryOut = (
  path: string,
  act: (log: StepLog) => void,
): StepLog & { readonly blocked?: Blocked } => {
  const log: StepLog = { events: [], notes: [], records: [], mismatches: [] }
  try {
    act(log)
    return log
  } catch (error) {
    // What a scenario may do wrong, and an outcome that does not fit where its request stands.
    if (!(error instanceof CannotGoOn || error instanceof PluginError)) throw error
    const inStep = error instanceof CannotGoOn ? error.path : ''
    return {
      ...log,
      blocked: { path: inStep.startsWith('$') ? inStep : path + inStep, message: error.message },
    }
  }
}

/** `body` and `expect` are also keys of other steps, and so come last. */
const verbs = [
  'network',
  'request',
  'answer',
  'fail',
  'finish',
  'abort',
  'release',
  'wait',
  'reload',
  'restart',
  'partitionTable',
  'mark',
  'body',
  'expect',
] as const

/** The key that says what a step is. */
const verbOf = (step: ScenarioStep): string => verbs.find(verb => verb in step) ?? 'step'
