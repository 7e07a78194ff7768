import t from 'tap'
import { ManualClock } from '../../src/core/clock.ts'
import { createRouter } from '../../src/core/router.ts'
import { clusterOf } from '../support/small-cluster.ts'

const head = (id: string) =>
  ({
    method: 'GET',
    target: '/x',
    scheme: 'http',
    host: 'h',
    cookie: `JSESSIONID=0000k:${id}`,
  }) as const

const lab = () => {
  const clock = new ManualClock()
  const config = clusterOf('RetryInterval="30"')
  return { clock, router: createRouter(config, { clock }) }
}

t.test(
  'a state put back in place is that state, and so is one from before the first pick',
  async t => {
    const { router } = lab()
    const before = router.snapshot()
    router.route({ ...head(''), cookie: undefined }).report({ kind: 'failed', cause: 'refused' })
    const after = router.snapshot()
    t.not(after.clusters[0]?.cursor, null)
    router.restore(before)
    t.strictSame(router.snapshot(), before)
    router.restore(after)
    t.strictSame(router.snapshot(), after)
    router.restore({ ...before, clusters: [] })
    t.strictSame(router.snapshot().clusters, after.clusters, 'who is not named stays as it is')
  },
)

t.test(
  'R4 an exchange keeps its probe when the state says that the server is being probed',
  async t => {
    const { clock, router } = lab()
    router.route(head('ax')).report({ kind: 'failed', cause: 'refused' })
    clock.advance(30_000)
    const records: string[] = []
    const probe = router.route(head('ax'), record =>
      records.push(record.kind === 'mark-up' ? record.reason : record.kind),
    )
    router.restore(router.snapshot())
    probe.report({ kind: 'answered', status: 200 })
    t.ok(records.includes('probe-answered'))
  },
)

t.test('R4 a server that is put back to down is probed by nobody', async t => {
  const { clock, router } = lab()
  router.route(head('ax')).report({ kind: 'failed', cause: 'refused' })
  const down = router.snapshot()
  clock.advance(30_000)
  const first = router.route(head('ax'))
  router.restore(down)
  const second = router.route(head('ax'))
  t.match(second.step, { server: 'a', probe: true })
  first.report({ kind: 'client-aborted' })
  t.equal(router.snapshot().clusters[0]?.servers[0]?.health, 'probing', 'it is not the first one')
})

t.test('U2 what answers a probe that was put back to down is a late answer', async t => {
  const { clock, router } = lab()
  router.route(head('ax')).report({ kind: 'failed', cause: 'refused' })
  const down = router.snapshot()
  clock.advance(30_000)
  const reasons: string[] = []
  const first = router.route(head('ax'), record => {
    if (record.kind === 'mark-up') reasons.push(record.reason)
  })
  t.match(first.step, { server: 'a', probe: true })
  router.restore(down)
  first.report({ kind: 'answered', status: 200 })
  t.same(reasons, ['late-answer'])
})
