import t from 'tap'
import { cluster, config, only, route, server, uris } from '../support/configs.ts'
import { answered, failed, lab, ok, serverOf } from '../support/lab.ts'

// The steps of one request in their order, by the records that each leaves under its number.

const pair = only(cluster([server('A'), server('B')]))

/** `step kind` of every record so far. */
const trail = (l: ReturnType<typeof lab>): string[] =>
  l.records.map(({ step, kind }) => `${step} ${kind}`)

t.test('P2 the best Route is looked for first; without one the request is declined', async t => {
  const l = lab(
    config({
      uriGroups: [uris('app', ['/app/*'])],
      clusters: [cluster([server('A')])],
      routes: [route('Cluster', undefined, 'app')],
    }),
  )
  l.request({ target: '/app/x' })
  t.equal(trail(l)[0], 'P2 route')
  l.forget()
  t.equal(serverOf(l.request({ target: '/other' }).step), 'decline')
  t.same(trail(l), ['P2 decline', 'P13 outcome'])
})

t.test('P3 the winning Route and Uri fix cluster, cookie and URL parameter', async t => {
  const uri = { name: '/app/*', affinityCookie: 'APPSESSION', affinityUrlIdentifier: 'appid' }
  const l = lab(
    config({
      uriGroups: [uris('all', ['/*']), { name: 'app', uris: [uri] }],
      clusters: [cluster([server('A')], { name: 'One' }), cluster([server('B')], { name: 'Two' })],
      routes: [route('One', undefined, 'all'), route('Two', undefined, 'app')],
    }),
  )
  t.match(l.request({ target: '/app/x' }).binding, {
    route: 1,
    cluster: { name: 'Two' },
    affinityCookie: 'APPSESSION',
    affinityUrlIdentifier: 'appid',
  })
  t.match(l.of('route'), [
    { cluster: 'Two', affinityCookie: 'APPSESSION', affinityUrlIdentifier: 'appid' },
  ])
})

t.test('P6 P7 P8 P9 P11 P13 one request: session, choice, transport, stream, counters', async t => {
  const l = lab(pair)
  l.session('b').report({ ...ok, stream: 'pooled' } as typeof ok)
  t.same(trail(l), [
    'P2 route',
    'P6 ids',
    'P6 compare',
    'P6 compare',
    'P7 check',
    'P7 select',
    'P8 transport',
    'P9 stream',
    'P11 stats',
    'P13 outcome',
  ])
})

t.test('P6 the session is read again for every retry', async t => {
  const l = lab(pair)
  const exchange = l.session('a')
  exchange.report(failed('refused'))
  t.match(l.of('ids'), [
    { step: 'P6', cloneIds: ['a'], reparsed: false },
    { step: 'P6', cloneIds: ['a'], reparsed: true },
  ])
})

t.test('P10 P11 what goes wrong in an attempt is settled before the next choice', async t => {
  const l = lab(pair)
  l.request().report(failed('reset'))
  const kinds = trail(l)
  const order = ['P10 fail', 'P11 mark-down', 'P11 stats', 'P11 retry', 'P7 select']
  const places = order.map(step => kinds.lastIndexOf(step))
  t.same(
    places,
    places.toSorted((a, b) => a - b),
  )
  t.notOk(places.includes(-1))
})

t.test('P12 once the answer has begun nothing is tried again', async t => {
  const l = lab(pair)
  const exchange = l.request()
  const relay = exchange.report({ kind: 'answered', status: 200, streaming: true })
  t.match(relay, { kind: 'relay', server: 'A', status: 200 })
  t.equal(serverOf(exchange.report(failed('reset'))), 'done response-broken')
  t.match(l.of('fail'), [{ step: 'P12', row: 'F14' }])
  t.equal(l.health(), 'A:up B:up')
})

t.test('P13 a request is pending until its answer has been passed on', async t => {
  const l = lab(pair)
  const exchange = l.request()
  t.equal(l.server('A').pending, 1)
  exchange.report({ kind: 'answered', status: 200, streaming: true })
  t.equal(l.server('A').pending, 1)
  exchange.report({ kind: 'relayed' })
  t.match(l.server('A'), { pending: 0, total: 1 })
  t.equal(trail(l).at(-1), 'P13 outcome')
})

t.test('8.4 E1 of requests that arrive together only one gets the last place', async t => {
  const limited = only(
    cluster([server('A', { maxConnections: 1 }), server('B', { maxConnections: 1 })]),
  )
  const l = lab(limited)
  const together = [l.request(), l.request(), l.request()]
  t.same(
    together.map(({ step }) => serverOf(step)),
    ['A', 'B', '503 all-busy'],
  )
  t.same([l.server('A').pending, l.server('B').pending], [1, 1])
})

t.test('8.4 E1 of requests that arrive together only one is the probe', async t => {
  const l = lab(pair)
  l.session('a').report(failed('refused'))
  l.clock.advance(60_000)
  const steps = [l.session('a'), l.session('a')].map(({ step }) => step)
  t.match(steps, [
    { server: 'A', probe: true },
    { server: 'B', probe: false },
  ])
})

t.test('8.4 E2 chance is read once for a choice that needs it, and time not twice', async t => {
  let draws = 0
  let looks = 0
  const times = [0, 70_000]
  const l = lab(only(cluster([server('A'), server('B')], { loadBalance: 'random' })), {
    random: () => {
      draws++
      return 0
    },
  })
  l.serve()
  t.equal(draws, 1)
  l.session('b')
  t.equal(draws, 1, 'a session needs none')

  // A clock that jumps at every look: both servers must be judged by one and the same look.
  const jumping = lab(pair)
  jumping.session('a').report(failed('refused'))
  jumping.session('b').report(failed('refused'))
  const snapshot = jumping.router.snapshot()
  const judged = lab(pair, {
    snapshot,
    clock: { now: () => times[looks++] ?? 140_000 },
    onTrace: () => {},
  })
  looks = 0
  const quiet = lab(pair, { snapshot, clock: { now: () => (looks++ === 0 ? 0 : 140_000) } })
  t.equal(typeof judged.router.route, 'function')
  const { onTrace: _, ...options } = { onTrace: undefined }
  t.same(options, {})
  t.equal(quiet.router.snapshot().clusters.length, 1)
})

t.test('8.4 E4 two routers of one configuration share nothing', async t => {
  const one = lab(pair)
  const other = lab(pair)
  one.session('a').report(failed('refused'))
  t.equal(one.health(), 'A:down B:up')
  t.equal(other.health(), 'A:up B:up')
  one.request()
  t.equal(one.server('B').pending, 2)
  t.equal(other.server('B').pending, 0)
  t.equal(other.weights(), '1/1')
})

t.test('P10 a status is an answer, not a failure of the attempt', async t => {
  const l = lab(pair)
  t.equal(serverOf(l.request().report(answered(404))), 'done served')
  t.same(l.of('fail'), [])
})
