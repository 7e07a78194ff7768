import fc from 'fast-check'
import t from 'tap'
import type { TraceRecord } from '../../src/core/trace.ts'
import { Divergence } from '../support/divergence.ts'
import { faults } from '../support/faults.ts'
import { facts, type RouterFactory, runWorld } from '../support/random-world.ts'
import { createReferenceRouter } from '../support/reference/reference.ts'
import { worlds } from '../support/world-actions.ts'

/** Runs worlds until one fails; the shrunk failure, or null. */
const firstDivergence = (left: RouterFactory, numRuns: number): Error | null => {
  const outcome = fc.check(
    fc.property(worlds(), world => {
      runWorld(world, left, createReferenceRouter, facts)
    }),
    { seed: 1, numRuns },
  )
  return outcome.failed ? (outcome.errorInstance as Error) : null
}

t.test('the reference agrees with itself and keeps every invariant', async t => {
  t.equal(firstDivergence(createReferenceRouter, 100), null)
})

for (const [fault, factory] of Object.entries(faults)) {
  t.test(`${fault} is found and shrunk to a line of actions`, async t => {
    const found = firstDivergence(factory, 500)
    t.ok(found instanceof Divergence, found?.stack ?? 'not found')
    const line = found?.message.split('\n').find(text => text.startsWith('actions:'))
    const actions = JSON.parse(line?.slice('actions:'.length) ?? 'null') as readonly unknown[]
    t.ok(actions.length <= 12, `${actions.length} actions`)
  })
}

t.test('worlds reach every kind of record and every reason', async t => {
  const seen = new Set<string>()
  const note = (record: TraceRecord): null => {
    const { kind, why, reason, cause } = record as TraceRecord & {
      readonly why?: string
      readonly reason?: string
      readonly cause?: string
    }
    seen.add([kind, why ?? reason ?? cause].filter(part => part !== undefined).join(' '))
    return null
  }
  for (const world of fc.sample(worlds(), { numRuns: 400, seed: 7 })) {
    runWorld(world, createReferenceRouter, createReferenceRouter, note)
  }
  const wanted = [
    [
      'route',
      'decline',
      'ids',
      'compare',
      'check',
      'transport',
      'stream',
      'connect',
      'stats',
      'weights',
    ],
    ['affinity', 'round-robin', 'random', 'only-server', 'backup'].map(why => `select ${why}`),
    ['next-in-list', 'cluster-address', 'same-server', 'least-recently-failed'].map(
      why => `select ${why}`,
    ),
    ['marked-down', 'probing', 'busy', 'weight', 'tried', 'answered-503'].map(why => `skip ${why}`),
    ['failure', 'probe-failed', 'failed-again', 'busy'].map(why => `mark-down ${why}`),
    ['probe-answered', 'late-answer'].map(why => `mark-up ${why}`),
    ['refused', 'unreachable', 'connect-timeout', 'connect-failed', 'tls', 'handshake'].map(
      cause => `fail ${cause}`,
    ),
    ['reset', 'read-timeout', 'malformed', 'status-503', 'no-transport', 'response-broken'].map(
      cause => `fail ${cause}`,
    ),
    ['bad-host', 'bad-target', 'client-body', 'body-too-large', 'cluster-unknown'].map(
      reason => `outcome ${reason}`,
    ),
    ['no-server', 'all-down', 'all-busy', 'attempts-failed', 'not-replayable', 'server-503'].map(
      reason => `outcome ${reason}`,
    ),
  ].flat()
  for (const one of wanted) t.ok(seen.has(one), one)
})
