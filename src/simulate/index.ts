/** Requests that are not sent: explain one, or run a scenario of many on a virtual clock. */
export { type Circumstances, type Explanation, explain } from './explain.ts'
export { loadScenario, readScenario } from './read-scenario.ts'
export { type ScenarioReport, type StepReport, simulate } from './simulate.ts'
