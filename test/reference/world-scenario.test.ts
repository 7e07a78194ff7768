import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import fc from 'fast-check'
import t from 'tap'
import { captured } from '../cli/capture.ts'
import { Divergence } from '../support/divergence.ts'
import { faults } from '../support/faults.ts'
import { runWorld } from '../support/random-world.ts'
import { createReferenceRouter } from '../support/reference/reference.ts'
import { type World, worlds } from '../support/world-actions.ts'
import { printAsScenario } from '../support/world-failure.ts'
import { firstBroken, layOut, replay } from '../support/world-replay.ts'
import { worldScenario } from '../support/world-scenario.ts'

const arbitrary = worlds(40)

t.test('what the reference makes of random worlds holds when they are simulated', async t => {
  const seen = new Set<string>()
  const broken: unknown[] = []
  let expectations = 0
  for (const world of fc.sample(arbitrary, { numRuns: 300, seed: 11 })) {
    const scenario = worldScenario(world, 'a random world')
    for (const step of scenario.steps) {
      for (const key of Object.keys(step)) seen.add(key)
      if ('expect' in step) expectations += 1
    }
    const report = replay(layOut(scenario))
    const at = firstBroken(report)
    if (at !== -1) broken.push(report.steps.find(({ index }) => index === at))
  }
  t.same(broken, [])
  t.ok(expectations > 5000, `${expectations} steps with expectations`)
  const wanted = ['request', 'answer', 'fail', 'finish', 'abort', 'body', 'wait', 'reload']
  for (const key of [
    ...wanted,
    'restart',
    'partitionTable',
    'holdAt',
    'cookie',
    'host',
    'target',
  ]) {
    t.ok(seen.has(key), `there is a step with ${key}`)
  }
})

/** The smallest world in which a router and the reference differ, and how much of it there is up to there. */
const smallest = (fault: string): { readonly world: World; readonly error: Divergence } => {
  const { counterexample, errorInstance } = fc.check(
    fc.property(arbitrary, world => {
      runWorld(world, faults[fault]!, createReferenceRouter)
    }),
    { seed: 1, numRuns: 500 },
  )
  if (!(errorInstance instanceof Divergence)) throw new Error(`${fault} is not found`)
  return { world: counterexample![0], error: errorInstance }
}

t.test('a layout of JSON loses nothing', async t => {
  const value = { short: [1, null, { a: '"' }], long: Array(60).fill('four'), empty: {}, none: [] }
  t.same(JSON.parse(layOut(value)), value)
  t.ok(
    layOut(value)
      .split('\n')
      .every(line => line.length <= 100),
  )
})

for (const [fault, factory] of Object.entries(faults)) {
  t.test(`expectations that have ${fault} are not met by the core`, async t => {
    const { world, error } = smallest(fault)
    const lines: string[] = []
    const found = { world, seed: 1, arbitrary }
    const file = printAsScenario(found, line => lines.push(line), factory)
    t.teardown(() => rmSync(file, { force: true }))
    const text = readFileSync(file, 'utf8')
    t.ok(lines.join('\n').includes(text.trimEnd()), 'printed whole')
    const at = firstBroken(replay(text))
    t.ok(lines.includes(`plugin-cfg simulate ${file} fails at step ${at + 1}; the file:`))
    if (error.what !== 'random numbers') {
      // Every deed is a step and a look at the state, and so is the beginning.
      t.equal(Math.floor(at / 2), error.log.length, 'fails at the deed that differs')
    }
    t.equal((await captured(['simulate', file])).status, 1)

    writeFileSync(file, layOut(worldScenario(world, 'What the specification says')))
    t.equal((await captured(['simulate', file])).status, 0, 'the specification is met')
  })
}
