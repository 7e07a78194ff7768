/**
 * The core against the specification made runnable (test/support/reference): random configurations, requests, outcomes,
 * pauses and reloads in lock step. A difference is shrunk, and printed as a scenario for `plugin-cfg simulate`.
 *
 *   AGREEMENT_STEPS    how many steps at least; default 100000
 *   AGREEMENT_SECONDS  CPU seconds at most; default 60
 *   AGREEMENT_SEED     where to begin; default: the time
 */
import fc from 'fast-check'
import t from 'tap'
import { createRouter } from '../../src/core/router.ts'
import { Divergence } from '../support/divergence.ts'
import { essentials, facts, type Projection, runWorld } from '../support/random-world.ts'
import { createReferenceRouter } from '../support/reference/reference.ts'
import { worlds } from '../support/world-actions.ts'
import { type Found, printAsScenario } from '../support/world-failure.ts'

const enough = Number(process.env.AGREEMENT_STEPS ?? 100_000)
const seconds = Number(process.env.AGREEMENT_SECONDS ?? 60)
const firstSeed = Number(process.env.AGREEMENT_SEED ?? Date.now() % 1_000_000_000)
const projection: Projection = process.env.AGREEMENT_TRACE === 'facts' ? facts : essentials

const describe = (error: unknown): readonly string[] => {
  if (!(error instanceof Error)) return [String(error)]
  return (error instanceof Divergence ? error.message : (error.stack ?? '')).split('\n')
}

const headline = (error: unknown): string =>
  error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error)

t.test('the core and the specification made runnable agree on every step', async t => {
  let steps = 0
  let runs = 0
  let seed = firstSeed
  let found: (Found & { readonly error: unknown }) | null = null
  const kinds = new Map<string, number>()
  const began = process.hrtime.bigint()
  const before = process.cpuUsage()
  const cpuSeconds = (): number => {
    const { user, system } = process.cpuUsage(before)
    return (user + system) / 1e6
  }

  while (found === null && steps < enough && cpuSeconds() < seconds) {
    // Every fourth round with long lives, for what only shows after many requests.
    const arbitrary = worlds(seed % 4 === 0 ? 600 : 150)
    const outcome = fc.check(
      fc.property(arbitrary, world => {
        const tally = runWorld(world, createRouter, createReferenceRouter, projection)
        steps += tally.steps
        runs += 1
        for (const [kind, n] of tally.kinds) kinds.set(kind, (kinds.get(kind) ?? 0) + n)
      }),
      { seed, numRuns: 50 },
    )
    if (outcome.counterexample !== null) {
      const [world] = outcome.counterexample
      found = { world, seed, arbitrary, error: outcome.errorInstance }
    }
    seed += 1
  }

  const wall = Number(process.hrtime.bigint() - began) / 1e9
  const spent = `${cpuSeconds().toFixed(1)} s of CPU, ${wall.toFixed(1)} s in all`
  t.comment(`seed ${firstSeed}, ${steps} steps, ${runs} worlds, ${spent}`)
  t.comment(`steps by kind: ${[...kinds].map(([kind, n]) => `${n} ${kind}`).join(', ')}`)
  t.equal(found === null ? null : headline(found.error), null, 'no difference')
  t.ok(steps > 0, 'they did something')
  if (found === null) return
  t.comment(`AGREEMENT_SEED=${found.seed} shows it again`)
  for (const line of describe(found.error)) t.comment(line)
  printAsScenario(found, line => t.comment(line))
})
