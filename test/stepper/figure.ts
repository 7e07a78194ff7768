import { resolve } from 'node:path'
import { loadPluginConfig } from '../../src/config/load.ts'
import type { PluginConfig } from '../../src/config/model.ts'
import { readScenario } from '../../src/simulate/read-scenario.ts'
import type { Scenario } from '../../src/simulate/scenario.ts'
import { type ScenarioReport, simulate } from '../../src/simulate/simulate.ts'
import { createStepper, type StepperOptions } from '../../src/stepper/create-stepper.ts'
import type { SteppedRequest, Stepper, StepperView } from '../../src/stepper/stepper.ts'

export { clusterOf } from '../support/small-cluster.ts'

/** The sample that the documented failover is about. */
export const figure = async (): Promise<PluginConfig> => {
  const file = resolve(import.meta.dirname, '../../plugin-cfg/figure-5-12.xml')
  return (await loadPluginConfig(file)).config
}

export const snoop: SteppedRequest = {
  url: 'http://www.example.com/snoop',
  method: 'GET',
  headers: {},
  bodyBytes: 0,
}

/** A request of a session that belongs to the first member. */
export const ofMember1: SteppedRequest = {
  ...snoop,
  cookie: 'JSESSIONID=0000A2MB4IJozU_VM8IffsMNfdR:v544d031',
}

/** A stepper on the sample. */
export const stepFigure = async (
  options: Partial<Extract<StepperOptions, { request: SteppedRequest }>> = {},
): Promise<Stepper> => createStepper({ config: await figure(), request: ofMember1, ...options })

/** Goes back until this is so. */
export const backTo = (stepper: Stepper, wanted: (view: StepperView) => boolean): void => {
  while (stepper.back()) if (wanted(stepper.view)) return
  throw new Error('there is no such place')
}

/** Kinds of what has been stepped over. */
export const kindsOf = (view: StepperView): readonly string[] =>
  view.trace.map(({ record }) => record.kind)

/** Name of the server whose answer the network is about to decide. */
export const awaited = ({ next }: StepperView): string =>
  next.kind === 'network' && next.step.kind === 'attempt' ? next.step.server : next.kind

/** A server in the state of the moment. */
export const serverOf = ({ state }: StepperView, name: string) => {
  const server = state.clusters.flatMap(({ servers }) => servers).find(each => each.name === name)
  if (server === undefined) throw new Error(`no ${name}`)
  return server
}

/** What `plugin-cfg simulate` says about a scenario that went through a file. */
export const replay = (scenario: Scenario): ScenarioReport => {
  const read = readScenario(JSON.stringify(scenario))
  if ('problems' in read) throw new Error(JSON.stringify(read.problems))
  return simulate(read.scenario)
}

/** Everything that went wrong in a replay. */
export const troubles = (report: ScenarioReport): readonly unknown[] => [
  ...report.steps.flatMap(step => step.mismatches),
  ...report.steps.flatMap(step => (step.blocked === undefined ? [] : [step.blocked])),
]
