/**
 * The core against the specification made runnable (test/support/reference): random configurations, requests, outcomes,
 * pauses and reloads in lock step.
 *
 *   AGREEMENT_STEPS    how many steps at least; default 100000
 *   AGREEMENT_SECONDS  CPU seconds at most; default 60
 *   AGREEMENT_SEED     where to begin; default: the time
 */
import fc from 'fast-check'
import t from 'tap'
import { createRouter } from '../../src/core/router.ts'
import { essentials, facts, type Projection, runWorld, worlds } from '../support/random-world.ts'
import { createReferenceRouter } from '../support/reference/reference.ts'

const enough = Number(process.env.AGREEMENT_STEPS ?? 100_000)
const seconds = Number(process.env.AGREEMENT_SECONDS ?? 60)
const firstSeed = Number(process.env.AGREEMENT_SEED ?? Date.now() % 1_000_000_000)
const projection: Projection = process.env.AGREEMENT_TRACE === 'facts' ? facts : essentials

t.test('the core and the specification made runnable agree on every step', async t => {
  let steps = 0
  let runs = 0
  let seed = firstSeed
  let failure: string | null = null
  const kinds = new Map<string, number>()
  const cpuSeconds = (): number => process.cpuUsage().user / 1e6
  const start = cpuSeconds()

  while (failure === null && steps < enough && cpuSeconds() - start < seconds) {
    const outcome = fc.check(
      // Every fourth round with long lives, for what only shows after many requests.
      fc.property(worlds(seed % 4 === 0 ? 600 : 150), world => {
        const tally = runWorld(world, createRouter, createReferenceRouter, projection)
        steps += tally.steps
        runs += 1
        for (const [kind, n] of tally.kinds) kinds.set(kind, (kinds.get(kind) ?? 0) + n)
      }),
      { seed, numRuns: 50 },
    )
    if (outcome.failed) {
      const { errorInstance } = outcome
      const message = errorInstance instanceof Error ? errorInstance.message : String(errorInstance)
      const stack = errorInstance instanceof Error && errorInstance.name !== 'Divergence'
      failure = `AGREEMENT_SEED=${seed}\n${message}${stack ? `\n${errorInstance.stack}` : ''}`
    }
    seed += 1
  }

  const spent = (cpuSeconds() - start).toFixed(1)
  const reached = [...kinds].map(([kind, n]) => `${n} ${kind}`).join(', ')
  t.comment(`seed ${firstSeed}, ${runs} worlds, ${steps} steps, ${spent} s of CPU`)
  t.comment(`steps by kind: ${reached}`)
  for (const line of failure?.split('\n') ?? []) t.comment(line)
  t.equal(failure?.split('\n')[1] ?? null, null, 'no difference; else see the shrunk one above')
  t.ok(steps > 0, 'they did something')
})
