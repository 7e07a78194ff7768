import t from 'tap'
import type { PluginConfig } from '../../src/config/model.ts'
import type { AdminState } from '../../src/core/admin-state.ts'
import type { RouterOptions } from '../../src/core/options.ts'
import { createRouter, type RestorableRouter } from '../../src/core/router.ts'
import { settled } from '../../src/core/snapshot.ts'
import { cluster, only, server } from '../support/configs.ts'
import { answered, failed, type Lab, lab, ok, serverOf } from '../support/lab.ts'

const of = (list: readonly string[], over = {}): PluginConfig =>
  only(
    cluster(
      list.map(name => server(name)),
      over,
    ),
  )

/** A lab in which an operator has said something about some servers. */
const administered = (
  config: PluginConfig,
  states: Readonly<Record<string, AdminState>>,
  options: RouterOptions = {},
): Lab => {
  const l = lab(config, options)
  for (const [name, state] of Object.entries(states)) say(l, name, state)
  return l
}

const say = (l: Lab, name: string, state: AdminState): boolean =>
  (l.router as RestorableRouter).administer('Cluster', name, state)

const skips = (l: Lab): readonly string[] =>
  l.of('skip').map(({ server, reason }) => `${server} ${reason}`)

t.test('draining: sessions stay, round robin goes on among the others', async t => {
  const l = administered(of(['A', 'B', 'C']), { A: 'draining' })
  t.equal(l.run(5), 'BCBCB')
  l.forget()
  const exchange = l.session('a')
  t.match(exchange.step, { server: 'A', why: 'affinity' })
  t.equal(exchange.code, 'AFF')
  t.same(skips(l), [])
  l.forget()
  l.run(2)
  t.same(skips(l), ['A draining'], 'passed over in its turn, and no check is made')
  t.notOk(l.of('check').some(({ server }) => server === 'A'))
})

t.test('stopped: nobody gets there, sessions go on elsewhere and the code says why', async t => {
  const l = administered(of(['A', 'B']), { A: 'stopped' })
  const exchange = l.session('a')
  t.match(exchange.step, { server: 'B', why: 'round-robin' })
  t.equal(exchange.code, 'AFF>STOPPED>RR')
  t.same(skips(l).slice(0, 1), ['A stopped'])
  t.equal(l.run(3), 'BBB')
})

t.test('stopped: the rest of the scan goes on, as past a server that is down (C2)', async t => {
  const twins = only(cluster([server('A', { cloneId: 'x' }), server('B', { cloneId: 'x' })]))
  t.match(administered(twins, { A: 'stopped' }).session('x').step, { server: 'B', why: 'affinity' })
  const l = administered(of(['A', 'B']), { A: 'stopped' })
  t.match(l.session('a', 'b').step, { server: 'B', why: 'affinity' })
  t.same(skips(l), ['A stopped'])
})

t.test('stopped comes before marked down and busy in the code', async t => {
  const l = lab(only(cluster([server('A', { maxConnections: 1 }), server('B')])))
  l.session('a')
  say(l, 'A', 'stopped')
  t.equal(l.session('a').code, 'AFF>STOPPED>RR')
  say(l, 'A', 'draining')
  t.equal(l.session('a').code, 'AFF>BUSY>RR', 'a draining server has its limits as always')
})

t.test('in service again: everything is as before', async t => {
  const l = administered(of(['A', 'B']), { A: 'draining' })
  l.run(3)
  t.equal(l.server('A').admin, 'draining')
  t.ok(say(l, 'A', 'in-service'))
  t.notOk('admin' in l.server('A'))
  t.equal(l.run(4), 'ABAB')
  l.forget()
  l.run(2)
  t.same(
    skips(l).filter(text => text.includes('drain')),
    [],
  )
})

t.test('one of several back in service leaves the others out', async t => {
  const l = administered(of(['A', 'B', 'C']), { A: 'draining', B: 'stopped' })
  say(l, 'B', 'in-service')
  t.equal(l.run(4), 'BCBC')
})

t.test('what is no server of the cluster cannot be administered', async t => {
  const l = lab(of(['A', 'B'], { clusterAddress: { name: 'CA', transports: [] } }))
  t.notOk(say(l, 'Z', 'stopped'))
  t.notOk(say(l, 'CA', 'stopped'))
  t.notOk((l.router as RestorableRouter).administer('Other', 'A', 'stopped'))
  t.equal(l.run(2), 'AB')
})

t.test('draining: random draws once and goes on to the next in service (X4)', async t => {
  const l = administered(of(['A', 'B', 'C'], { loadBalance: 'random' }), {
    A: 'draining',
    B: 'stopped',
  })
  t.equal(l.run(1), 'C')
  t.same(skips(l), ['A draining', 'B stopped'])
})

t.test('K2 backups take new work while every primary is out of service', async t => {
  const lists = { primaryServers: ['A', 'B'], backupServers: ['X', 'Y'] }
  const l = administered(of(['A', 'B', 'X', 'Y'], lists), {
    A: 'draining',
    B: 'stopped',
    X: 'draining',
  })
  t.match(l.request().step, { server: 'Y', why: 'backup' })
  t.same(skips(l), ['A draining', 'B stopped', 'X draining'])
  t.match(l.session('a').step, { server: 'A', why: 'affinity' })
  t.match(l.session('b').step, { server: 'Y', why: 'backup' })
  t.match(l.session('x').step, { server: 'X', why: 'affinity' })
})

t.test('Q7 a session on a backup stays there when no primary in service could have it', async t => {
  const lists = { primaryServers: ['A'], backupServers: ['X'] }
  const l = administered(of(['A', 'X'], lists), { A: 'draining' }, { backupAffinity: false })
  t.match(l.session('x').step, { server: 'X', why: 'affinity' })
  say(l, 'A', 'in-service')
  t.match(l.session('x').step, { server: 'A' })
})

t.test('draining: the next in the list is the next in service', async t => {
  const l = administered(of(['A', 'B', 'C']), { B: 'draining' }, { affinityFailover: 'ordered' })
  l.session('a').report(failed('refused'))
  t.match(l.session('a').step, { server: 'C', why: 'next-in-list' })
})

t.test('2.4 ordered: a session whose server is stopped goes to the next in the list', async t => {
  const l = administered(of(['A', 'B', 'C']), { B: 'stopped' }, { affinityFailover: 'ordered' })
  t.match(l.session('b').step, { server: 'C', why: 'next-in-list' })
})

t.test('K11 the ClusterAddress is not touched', async t => {
  const transports = server('CA').transports
  const l = administered(of(['A', 'B'], { clusterAddress: { name: 'CA', transports } }), {
    A: 'stopped',
    B: 'draining',
  })
  t.match(l.request().step, { server: 'CA', why: 'cluster-address' })
  t.match(l.session('a').step, { server: 'CA', why: 'cluster-address' })
  t.match(l.session('b').step, { server: 'B', why: 'affinity' })
})

t.test('a retry after a failure elsewhere passes a draining server by', async t => {
  const l = administered(of(['A', 'B', 'C']), { C: 'draining' })
  const exchange = l.request()
  t.equal(serverOf(exchange.step), 'A')
  t.equal(serverOf(exchange.report(failed('refused'))), 'B')
  t.equal(serverOf(exchange.report(failed('refused'))), '500 attempts-failed')
  t.ok(skips(l).includes('C draining'))
})

t.test('F11 a 503 sends nobody to a draining server', async t => {
  const l = administered(of(['A', 'B']), { B: 'draining' })
  const exchange = l.request()
  t.match(exchange.report(answered(503)), { kind: 'done', status: 503 })
})

t.test('F8 a session that times out is tried again on its draining server', async t => {
  const l = administered(of(['A', 'B']), { A: 'draining' })
  const exchange = l.session('a')
  t.match(exchange.report(failed('read-timeout')), { server: 'A', why: 'affinity' })
})

t.test('a session whose draining server fails goes elsewhere', async t => {
  const l = administered(of(['A', 'B']), { A: 'draining' })
  const exchange = l.session('a')
  t.match(exchange.report(failed('refused')), { server: 'B', why: 'round-robin' })
  t.match(l.server('A'), { health: 'down', admin: 'draining' })
})

t.test('R3 only a session probes a draining server, and nobody a stopped one', async t => {
  const l = administered(of(['A', 'B']), { A: 'draining' })
  l.session('a').report(failed('refused'))
  l.clock.advance(60_000)
  t.equal(l.run(2), 'BB')
  t.match(l.session('a').step, { server: 'A', probe: true })
  say(l, 'A', 'stopped')
  t.match(l.session('a').step, { server: 'B' })
})

t.test('nobody in service: new work gets 503 with a reason of its own', async t => {
  const l = administered(of(['A', 'B']), { A: 'draining', B: 'stopped' })
  const exchange = l.request()
  t.match(exchange.step, { kind: 'fail', status: 503, reason: 'all-out-of-service' })
  t.equal(exchange.code, 'ALLOUT')
  t.same(skips(l), ['A draining', 'B stopped'])
  t.equal(l.session('b').code, 'AFF>STOPPED>ALLOUT')
  t.match(l.session('a').step, { server: 'A' })
})

t.test('those in service decide about the status when others are out', async t => {
  const down = administered(of(['A', 'B']), { A: 'draining' })
  t.equal(serverOf(down.request().report(failed('refused'))), '500 attempts-failed')
  t.equal(serverOf(down.request().step), '500 all-down')
  const busy = administered(only(cluster([server('A'), server('B', { maxConnections: 1 })])), {
    A: 'draining',
  })
  busy.request()
  t.equal(serverOf(busy.request().step), '503 all-busy')
  const full = lab(only(cluster([server('A', { maxConnections: 1 }), server('B')])))
  full.session('a')
  say(full, 'A', 'stopped')
  full.request().report(failed('refused'))
  t.equal(serverOf(full.request().step), '500 all-down', 'a busy server that is stopped is no hope')
})

t.test('every attempt of a session failed at its draining server: 500 as always', async t => {
  const l = administered(of(['A', 'B']), { A: 'draining', B: 'stopped' })
  t.equal(serverOf(l.session('a').report(failed('refused'))), '500 attempts-failed')
})

t.test('F17 a cluster without a usable server is no matter of service', async t => {
  const l = administered(of(['A', 'B']), { A: 'stopped' }, { transportUsable: () => false })
  t.equal(serverOf(l.request().step), '500 no-server')
})

t.test('N4 the only server of a cluster can be taken out too', async t => {
  const l = administered(of(['A']), { A: 'draining' })
  t.equal(serverOf(l.request().step), '503 all-out-of-service')
  t.same(skips(l), ['A draining'])
  t.match(l.session('a').step, { server: 'A', why: 'affinity' })
  say(l, 'A', 'stopped')
  t.equal(serverOf(l.session('a').step), '503 all-out-of-service')
  say(l, 'A', 'in-service')
  t.match(l.request().step, { server: 'A', why: 'only-server' })
})

t.test('a server out of service does not hold the reset of the weights hostage', async t => {
  const l = administered(only(cluster([server('A', { loadBalanceWeight: 3 }), server('B')])), {
    A: 'draining',
  })
  t.equal(l.run(5), 'BBBBB')
  t.equal(l.weights(), '3/0')
})

t.test('W18 sessions on a draining server cost no weight that nobody would reset', async t => {
  const l = administered(of(['A', 'B'], { ignoreAffinityRequests: false }), { A: 'draining' })
  for (let i = 0; i < 20; i++) l.session('a').report(ok)
  t.match(l.server('A').weight, { start: 1, current: 1 })
  say(l, 'A', 'in-service')
  l.session('a').report(ok)
  t.match(l.server('A').weight, { current: 0 })
})

t.test('R13 what is out of service is no last resort, and does not keep one away', async t => {
  const l = administered(of(['A', 'B', 'C']), {}, { allDown: 'probe' })
  for (const id of ['a', 'b']) l.session(id).report(failed('refused'))
  say(l, 'A', 'stopped')
  say(l, 'C', 'draining')
  t.match(l.request().step, { server: 'B', why: 'least-recently-failed' })
})

t.test('an exchange under way goes on, its next choice minds what was said meanwhile', async t => {
  const l = lab(of(['A', 'B', 'C']))
  const running = l.request()
  const failing = l.session('a')
  say(l, 'A', 'stopped')
  say(l, 'B', 'draining')
  t.equal(serverOf(running.report(ok)), 'done served')
  t.equal(serverOf(failing.report(failed('read-timeout'))), 'C')
})

t.test('the state is in the snapshot, and a router that starts from it minds it', async t => {
  const config = of(['A', 'B'])
  const l = administered(config, { A: 'stopped' })
  const snapshot = l.router.snapshot()
  t.match(snapshot.clusters[0]?.servers, [{ name: 'A', admin: 'stopped' }, { name: 'B' }])
  t.notOk('admin' in (snapshot.clusters[0]?.servers[1] ?? {}))
  t.match(settled(snapshot).clusters[0]?.servers[0], { admin: 'stopped' })
  const next = createRouter(config, { snapshot })
  const head = { method: 'GET', target: '/', scheme: 'http', host: 'h' } as const
  t.equal(serverOf(next.route(head).step), 'B')
  next.restore(lab(config).router.snapshot())
  t.notOk(
    next.snapshot().clusters[0]?.servers.some(server => 'admin' in server),
    'a state without it puts everyone back',
  )
})

t.test('a snapshot that leaves a server out says nothing about it', async t => {
  const config = of(['A', 'B'])
  const l = administered(config, { A: 'draining' })
  const snapshot = l.router.snapshot()
  const router = l.router as RestorableRouter
  router.restore({
    ...snapshot,
    clusters: snapshot.clusters.map(each => ({ ...each, servers: each.servers.slice(1) })),
  })
  t.match(l.server('A'), { admin: 'draining' })
  t.equal(l.run(2), 'BB')
})

t.test('the session of an exchange is read when it is asked for', async t => {
  const l = lab(of(['A', 'B']))
  t.match(l.session('a', 'b').session, { source: 'cookie', cloneIds: ['a', 'b'] })
  t.match(l.request().session, { source: 'none', cloneIds: [] })
  t.equal(l.of('ids').length, 2, 'asking leaves no record')
  const without = lab(only(cluster([{ ...server('A'), cloneId: undefined as never }])))
  t.match(without.session('a').session, { source: 'none' }, 'A8')
  const nowhere = lab({ ...of(['A']), routes: [] })
  t.match(nowhere.session('a').session, { source: 'none' }, 'declined')
})

t.test('W12 a reset does not concern a server that takes no new work', async t => {
  const l = lab(of(['A', 'B', 'C']))
  l.run(3)
  t.equal(l.weights(), '0/0/0')
  ;(l.router as RestorableRouter).administer('Cluster', 'B', 'draining')
  l.run(1)
  t.equal(l.weights(), '0/0/1')
})
