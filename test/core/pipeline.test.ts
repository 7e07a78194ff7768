import t from 'tap'
import { createRouter } from '../../src/core/router.ts'
import { cluster, config, only, route, server, uris } from '../support/configs.ts'
import { answered, failed, type Lab, lab, ok, serverOf } from '../support/lab.ts'

// The steps of one request in their order, by the records that each leaves under its number.

const pair = only(cluster([server('A'), server('B')]))

/** `step kind` of every record so far. */
const trail = (l: Lab): string[] => l.records.map(({ step, kind }) => `${step} ${kind}`)

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
    cluster: 'Two',
    affinityCookie: 'APPSESSION',
    affinityUrlIdentifier: 'appid',
  })
  t.match(l.of('route'), [
    { cluster: 'Two', affinityCookie: 'APPSESSION', affinityUrlIdentifier: 'appid' },
  ])
})

t.test('2.1 P6 the session is read before the choice: SSL carrier, cookie, then URL', async t => {
  const source = (cookie: string | undefined, target: string) => {
    const l = lab(pair)
    const server = serverOf(l.request({ cookie, target }).step)
    return `${l.of('ids')[0]?.source} ${server}`
  }
  const url = '/x;jsessionid=0001abc:b'
  t.equal(source('JSESSIONID=0001abc:a; SSLJSESSION=0001abc:b', '/x'), 'ssl-session B')
  t.equal(source('JSESSIONID=0001abc:a', url), 'cookie A')
  t.equal(source(undefined, url), 'url B')
  t.equal(source(undefined, '/x'), 'none A')
})

t.test('P7 P8 P9 P11 P13 one request: choice, transport, stream, counters', async t => {
  const l = lab(pair)
  l.session('b').report({ kind: 'answered', status: 200, stream: 'pooled' })
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

t.test('8.4 E2 for one choice the clock is read once at the most, and so is chance', async t => {
  let looks = 0
  let draws = 0
  const sources = {
    clock: {
      now: () => {
        looks++
        return 0
      },
    },
    random: () => {
      draws++
      return 0
    },
  }
  const request = { method: 'GET', target: '/', scheme: 'http' } as const
  const cookie = 'JSESSIONID=0001abc:b'
  const three = [server('A'), server('B'), server('C')]
  const turns = createRouter(only(cluster(three)), sources)
  turns.route(request).report(ok)
  t.same([looks, draws], [0, 1], 'the first turn is drawn')
  turns.route(request).report(ok)
  t.same([looks, draws], [0, 1], 'the next ones follow the list')
  turns.route({ ...request, cookie }).report(ok)
  t.same([looks, draws], [0, 1], 'a session needs no chance')
  turns.route({ ...request, cookie }).report(failed('refused'))
  looks = 0
  turns.route({ ...request, cookie })
  t.same([looks, draws], [1, 1], 'the time matters where a server is down')

  looks = 0
  draws = 0
  const chance = createRouter(only(cluster(three, { loadBalance: 'random' })), sources)
  for (let i = 0; i < 5; i++) chance.route(request).report(ok)
  t.same([looks, draws], [0, 5])
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
