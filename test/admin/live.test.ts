import t from 'tap'
import { explainLive } from '../../src/admin/live.ts'
import type { PluginConfig } from '../../src/config/model.ts'
import { ManualClock } from '../../src/core/clock.ts'
import type { RouterOptions } from '../../src/core/options.ts'
import { createRouter, seededRandom } from '../../src/core/router.ts'
import type { RecordedSettings } from '../../src/debug/recording.ts'
import { edgeConfig } from '../support/edge-config.ts'

/** What explainLive wants of an edge, around a router that the test moves by hand. */
const running = (
  config: PluginConfig,
  options: RouterOptions = {},
  settings: RecordedSettings = {},
) => {
  // Like the clock of an edge: the time of day, with fractions.
  const clock = new ManualClock(1_763_000_000_000.125)
  const router = createRouter(config, { ...options, clock })
  const edge = { config, snapshot: () => router.snapshot(), routerSettings: settings }
  const head = { method: 'GET', target: '/', scheme: 'http', host: 'any' } as const
  const cookie = 'JSESSIONID=0000abc:c1'
  /** A request of the session of m1 that finds nobody there. */
  const refuse = () => {
    const exchange = router.route({ ...head, cookie: [cookie] })
    exchange.report({ kind: 'failed', cause: 'refused', stream: 'new', bodySent: false })
    exchange.report({ kind: 'client-aborted' })
    return exchange
  }
  return { clock, router, edge, head, cookie, refuse }
}

t.test('R1 what is left of a retry timer is what is left now', async t => {
  const { clock, edge, cookie, refuse } = running(edgeConfig([{}, {}]))
  refuse()
  const ask = () => explainLive(edge, { url: 'http://any/', cookie }).explanation
  const skipOf = () => ask().steps.find(step => step.kind === 'skip')
  t.match(skipOf(), { server: 'm1', reason: 'marked-down', retryInSec: 60 })
  clock.advance(20_000)
  t.match(skipOf(), { server: 'm1', retryInSec: 40 })
  t.match(ask().outcome, { server: 'm2' })
  clock.advance(40_000)
  t.equal(skipOf(), undefined)
  t.match(ask().outcome, { server: 'm1', reason: 'affinity' })
})

t.test('R4 a server that is being probed is left to its probe', async t => {
  const { clock, router, edge, head, cookie, refuse } = running(edgeConfig([{}, {}]))
  refuse()
  clock.advance(60_000)
  const probe = router.route({ ...head, cookie: [cookie] })
  t.match(probe.step, { kind: 'attempt', server: 'm1' })
  const { explanation, snapshot } = explainLive(edge, { url: 'http://any/', cookie })
  t.equal(snapshot.clusters[0]?.servers[0]?.health, 'probing')
  t.match(explanation.outcome, { server: 'm2' })
})

t.test('a server at its MaxConnections is passed over as long as it is', async t => {
  const config = edgeConfig([{ maxConnections: 1 }, {}])
  const { router, edge, head, cookie } = running(config)
  const busy = router.route({ ...head, cookie: [cookie] })
  const ask = () => explainLive(edge, { url: 'http://any/', cookie }).explanation.outcome
  t.match(ask(), { server: 'm2' })
  busy.report({ kind: 'client-aborted' })
  t.match(ask(), { server: 'm1', reason: 'affinity' })
})

t.test('down and busy come on top of what is', async t => {
  const { edge, refuse } = running(edgeConfig([{}, {}, {}]))
  refuse()
  const ask = (more: object) =>
    explainLive(edge, { url: 'http://any/', ...more }).explanation.outcome
  t.match(ask({ down: [{ name: 'm2', seconds: 5 }] }), { server: 'm3' })
  t.match(ask({ down: [{ name: 'm2' }], busy: ['Cluster/m3'] }), { kind: 'fail', status: 503 })
  t.match(ask({ down: [{ name: 'm1', seconds: 0 }, { name: 'm2' }], busy: ['m3'] }), {
    server: 'm1',
  })
})

t.test('F17 transports that the last load left out are left out', async t => {
  const config = edgeConfig([{}, {}])
  const gone = running(config, { transportUsable: (_, owner) => owner !== 'm1' })
  const cookie = 'JSESSIONID=0000abc:c1'
  t.match(explainLive(gone.edge, { url: 'http://any/', cookie }).explanation.outcome, {
    server: 'm2',
  })
  const { edge } = running(config)
  const ask = (unusable: readonly string[]) =>
    explainLive({ ...edge, routerSettings: { unusable } }, { url: 'http://any/', cookie })
      .explanation.outcome
  t.match(ask([]), { server: 'm1' })
  t.match(ask(['Cluster/m1']), { server: 'm2' })
  t.match(ask(['Cluster/m1/http']), { server: 'm2' })
  t.match(ask(['Cluster/m1/https']), { server: 'm1' })
})

t.test('the options of the routers count', async t => {
  const { edge, refuse } = running(edgeConfig([{}, {}]))
  refuse()
  const query = { url: 'http://any/', down: [{ name: 'm2' }] }
  t.match(explainLive(edge, query).explanation.outcome, { kind: 'fail' })
  t.match(
    explainLive({ ...edge, routerSettings: { allDown: 'probe' } }, query).explanation.outcome,
    { server: 'm1' },
  )
})

t.test('W the next choice of round robin is foretold, whatever has happened before', async t => {
  const config = edgeConfig([
    { loadBalanceWeight: 3 },
    { loadBalanceWeight: 1, maxConnections: 2 },
    { loadBalanceWeight: 2 },
    { loadBalanceWeight: 0 },
  ])
  const { clock, router, edge, head } = running(config, { random: seededRandom(7) })
  const chance = seededRandom(11)
  const open: ReturnType<typeof router.route>[] = []
  let compared = 0
  for (let i = 0; i < 300; i++) {
    const cookie = chance() < 0.3 ? [`JSESSIONID=0000abc:c${1 + Math.floor(chance() * 4)}`] : []
    const { explanation } = explainLive(edge, { url: 'http://any/', cookie })
    const exchange = router.route({ ...head, cookie })
    // Where round robin begins is chance; from then on there is none.
    if (!explanation.usedChance) {
      const { step } = exchange
      const actual = step.kind === 'attempt' ? step.server : undefined
      t.equal(explanation.outcome.server, actual, `request ${i}`)
      compared++
    }
    const fate = chance()
    if (exchange.step.kind === 'attempt' && fate < 0.2) {
      exchange.report({ kind: 'failed', cause: 'refused', stream: 'new', bodySent: false })
    }
    open.push(exchange)
    if (fate < 0.8) open.shift()?.report({ kind: 'client-aborted' })
    clock.advance(Math.floor(chance() * 20_000))
  }
  t.ok(compared > 290, `${compared} compared`)
})
