import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import t, { type Test } from 'tap'
import { createStepper, type StepperOptions } from '../../src/stepper/create-stepper.ts'
import type { Stepper, StepperView } from '../../src/stepper/stepper.ts'
import { clusterOf, replay, snoop, troubles } from './figure.ts'
import { type Action, action, perform } from './random-session.ts'

const configs = [
  clusterOf('RetryInterval="30"', 'ConnectTimeout="5" ServerIOTimeout="20"'),
  clusterOf(
    'LoadBalance="Random" RetryInterval="0" PostBufferSize="0"',
    'ServerIOTimeout="-20" MaxConnections="1"',
  ),
  clusterOf('IgnoreAffinityRequests="false" PostBufferSize="1" PostSizeLimit="4000"'),
]

const options = fc.record({
  config: fc.constantFrom(...configs),
  request: fc.constant({ ...snoop, url: 'http://h/x' }),
  seed: fc.constantFrom(1, 7),
  options: fc.constantFrom(
    {},
    { affinityFailover: 'ordered' as const, allDown: 'probe' as const },
    { retryClock: 'arrival' as const, affinityDialect: { C: 'jvmroute' as const } },
    { probe503ClearsFlag: false, unusable: ['b/http'] },
  ),
  given: fc.constantFrom(undefined, {
    servers: { a: { weight: -2, pending: 1 }, c: 'down' as const },
    firstPick: 'a',
  }),
}) as fc.Arbitrary<StepperOptions>

const actions = fc.array(action, { maxLength: 40 })

const check = <T>(t: Test, property: fc.IProperty<T>, parameters: fc.Parameters<T>): void => {
  t.doesNotThrow(() => fc.assert(property, parameters))
}

t.test('a session of any kind replays as a scenario, with the same records and state', async t => {
  check(
    t,
    fc.property(options, actions, (options, list) => {
      const stepper = createStepper(options)
      for (const each of list) perform(stepper, each)
      while (stepper.view.next.kind === 'decision') stepper.next()
      const report = replay(stepper.scenario('a random session'))
      const { view } = stepper
      const wrong = troubles(report)
      if (wrong.length > 0) throw new Error(JSON.stringify(wrong))
      const made = report.steps
        .flatMap(step => step.records)
        .filter(({ exchange }) => exchange === view.state.exchanges)
      return (
        report.passed &&
        isDeepStrictEqual(
          made,
          view.trace.map(({ record }) => record),
        ) &&
        isDeepStrictEqual(report.snapshot, view.state)
      )
    }),
    { numRuns: 300, seed: 512 },
  )
})

/** Actions that are one step each. */
const single = actions.map(list =>
  list.filter(each => !['toNetwork', 'toEnd', 'back', 'send'].includes(each.do)),
)

/** An answer first goes on to the network, which would be several steps. */
const oneStep = (stepper: Stepper, each: Action): Action =>
  each.do === 'answer' && stepper.view.next.kind === 'decision' ? { do: 'next' } : each

t.test('every step back is exact, and the same steps lead to the same again', async t => {
  check(
    t,
    fc.property(options, single, (options, list) => {
      const stepper = createStepper(options)
      const views: StepperView[] = [stepper.view]
      const done: Action[] = []
      for (const each of list) {
        const before = stepper.view
        const what = oneStep(stepper, each)
        const ended = before.next.kind === 'end' && what.do === 'next'
        if (perform(stepper, what) === 'refused' || ended) {
          if (!isDeepStrictEqual(stepper.view, before)) throw new Error('something has happened')
          continue
        }
        done.push(what)
        views.push(stepper.view)
      }
      const same = (at: number): void => {
        if (!isDeepStrictEqual(stepper.view, views[at])) throw new Error(`view ${at}`)
      }
      for (let at = views.length - 2; at >= 0; at--) {
        stepper.back()
        same(at)
      }
      if (stepper.back()) throw new Error('there is nothing before the beginning')
      for (const [at, what] of done.entries()) {
        perform(stepper, what)
        same(at + 1)
      }
    }),
    { numRuns: 150, seed: 512 },
  )
})

t.test('going back after any session leads to its beginning', async t => {
  check(
    t,
    fc.property(options, actions, (options, list) => {
      const stepper = createStepper(options)
      const beginning = stepper.view
      for (const each of list) perform(stepper, each)
      while (stepper.back()) {}
      return isDeepStrictEqual(stepper.view, beginning)
    }),
    { numRuns: 50, seed: 512 },
  )
})
