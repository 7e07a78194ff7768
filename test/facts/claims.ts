import type {
  ExchangeExpectation,
  Scenario,
  StateExpectation,
} from '../../src/simulate/scenario.ts'
import type { ScenarioReport } from '../../src/simulate/simulate.ts'
import type { RecordPattern } from '../../src/simulate/trace-fields.ts'

/** A record that a scenario expects, as an object. */
export type Pattern = Readonly<Record<string, unknown>>

/** Something that a scenario says must be so, in the order in which it is said. */
export type Claim =
  | {
      readonly what: 'record'
      readonly pattern: Pattern
      /** Patterns that the same step expects before it. */
      readonly before: readonly Pattern[]
      /** Milliseconds on the clock when the request came. */
      readonly startedAt: number
    }
  | { readonly what: 'absent'; readonly pattern: Pattern }
  | {
      readonly what: 'exchange'
      readonly expect: ExchangeExpectation
      readonly repeat: number
      readonly startedAt: number
    }
  | { readonly what: 'state'; readonly expect: StateExpectation }

/** Every claim of a scenario that was run; the times are those of the run. */
export const claimsOf = (scenario: Scenario, report: ScenarioReport): readonly Claim[] =>
  scenario.steps.flatMap((step, index): readonly Claim[] => {
    if ('request' in step) {
      const startedAt = report.steps[index]?.records[0]?.time ?? Number.NaN
      const { expect = {}, repeat = 1 } = step
      return [...inExchange(expect, startedAt), { what: 'exchange', expect, repeat, startedAt }]
    }
    const isState = Object.keys(step).every(key => key === 'expect' || key === 'note')
    return isState ? [{ what: 'state', expect: (step as { expect: StateExpectation }).expect }] : []
  })

const inExchange = ({ trace = [], absent = [] }: ExchangeExpectation, startedAt: number) => {
  const patterns = trace.map(asObject)
  return [
    ...patterns.map(
      (pattern, index): Claim => ({
        what: 'record',
        pattern,
        before: patterns.slice(0, index),
        startedAt,
      }),
    ),
    ...absent.map((pattern): Claim => ({ what: 'absent', pattern: asObject(pattern) })),
  ]
}

const asObject = (pattern: RecordPattern): Pattern =>
  typeof pattern === 'string' ? { kind: pattern } : pattern
