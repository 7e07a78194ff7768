import type { RouterSnapshot } from '../core/snapshot.ts'
import type { TraceRecord } from '../core/trace.ts'
import { PluginError } from '../errors.ts'
import type { Mismatch } from './expect.ts'
import { type Configs, errorsOf } from './read-scenario.ts'
import { briefly, runStep, type StepLog } from './run-step.ts'
import type { Scenario, ScenarioStep } from './scenario.ts'
import { StateError } from './start-state.ts'
import { CannotGoOn, World } from './world.ts'

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
  if (config !== undefined) {
    const log = newLog()
    const started = attempt(log, () => {
      const reading = world.reading(config)
      const errors = errorsOf(reading)
      if (errors.length > 0) {
        throw new CannotGoOn(`the configuration has errors: ${errors.map(briefly).join('; ')}`)
      }
      world.load(reading.config, scenario.given)
    })
    if (!started) steps.push({ index: -1, verb: 'config', ...log })
  }
  for (const [index, step] of scenario.steps.entries()) {
    if (steps.some(each => each.index === -1)) break
    const log = newLog()
    const done = attempt(log, () => runStep(step, world, log))
    steps.push({ index, verb: verbOf(step), ...log })
    if (!done) break
  }
  const { snapshot } = world
  return {
    title: scenario.title,
    passed: steps.every(step => step.mismatches.length === 0),
    seed,
    usedChance: world.usedChance,
    steps,
    seconds: world.clock.now() / 1000,
    ...(snapshot !== undefined && { snapshot }),
  }
}

const newLog = (): StepLog => ({ events: [], notes: [], records: [], mismatches: [] })

/** A step that cannot be carried out counts as an expectation that does not hold, but nothing can follow it. */
const attempt = (log: StepLog, act: () => void): boolean => {
  try {
    act()
    return true
  } catch (error) {
    const foreseen =
      error instanceof CannotGoOn || error instanceof StateError || error instanceof PluginError
    if (!foreseen) throw error
    log.mismatches.push({
      what: 'this step',
      expected: 'to be possible',
      got: error.message,
    })
    return false
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
  'body',
  'expect',
] as const

/** The key that says what a step is. */
const verbOf = (step: ScenarioStep): string => verbs.find(verb => verb in step) ?? 'step'
