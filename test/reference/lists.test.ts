import t from 'tap'
import {
  answered,
  cluster,
  config,
  failed,
  Lab,
  server,
  session,
  transports,
} from '../support/reference/lab.ts'

const levels = (over = {}) =>
  cluster(['p1', 'b1', 'p2', 'b2'], {
    primaryServers: ['p1', 'p2'],
    backupServers: ['b2', 'b1'],
    ...over,
  })

/** Where each server counts. */
const lists = (lab: Lab): readonly string[] =>
  lab.router.snapshot().clusters[0]!.servers.map(({ name, list }) => `${name} ${list}`)

t.test('§1.3 Q5 without PrimaryServers every server is a primary, in document order', async t => {
  for (const primaryServers of [undefined, [], ['nobody', 'none']]) {
    const lab = new Lab(cluster(['a', 'b', 'c'], primaryServers && { primaryServers }))
    t.equal(lab.serve(3), 'abc', `${primaryServers}`)
  }
})

t.test(
  'K1 K10 list order; unknown names skipped; a primary is no backup; the rest unused',
  async t => {
    const lab = new Lab(
      cluster(['a', 'b', 'c', 'd'], {
        primaryServers: ['c', 'nobody', 'a', 'c'],
        backupServers: ['a', 'nobody', 'd'],
      }),
    )
    t.same(lists(lab), ['a primary', 'b none', 'c primary', 'd backup'])
    t.equal(lab.serve(4), 'caca')
  },
)

t.test('§1.3 F17 Y6 a server whose transports were all skipped is no candidate', async t => {
  const lab = new Lab(cluster(['a', 'b', 'c'], {}), {
    transportUsable: (_, owner) => owner !== 'b',
  })
  t.equal(lab.serve(4), 'acac')
  t.match(lab.state('b'), { usable: false, list: 'primary' })
  t.match(lab.open(session('b')).step, { why: 'round-robin' })
  const none = new Lab(cluster(['a', 'b']), { transportUsable: () => false })
  t.match(none.open().step, { kind: 'fail', status: 500, reason: 'no-server' })
})

t.test('K2 K3 backups only when no primary is available, first of the list, no turns', async t => {
  const lab = new Lab(levels())
  t.equal(lab.serve(2), 'p1p2')
  lab.takeDown('p1', 'p2')
  lab.told()
  t.equal(lab.serve(3), 'b2b2b2')
  t.same(lab.told('check', 'skip', 'select').slice(0, 6), [
    'check p1',
    'skip p1 marked-down',
    'check p2',
    'skip p2 marked-down',
    'check b2',
    'select b2 backup',
  ])
})

t.test('K4 a backup that fails is followed by the next; at the end 500', async t => {
  const lab = new Lab(levels())
  lab.takeDown('p1', 'p2')
  const { servers, end } = lab.run({}, failed('refused'), failed('refused'))
  t.same(servers, ['b2', 'b1'])
  t.match(end, { kind: 'fail', status: 500, reason: 'attempts-failed' })
  t.match(lab.open().step, { kind: 'fail', status: 500, reason: 'all-down' }, 'R12')
})

t.test('K5 when a primary is due again, new requests go back', async t => {
  const lab = new Lab(levels())
  lab.takeDown('p1')
  lab.clock.advance(30_000)
  lab.takeDown('p2')
  lab.clock.advance(30_000)
  t.match(lab.open().step, { server: 'p1', probe: true })
  t.match(lab.open().step, { server: 'b2', why: 'backup' }, 'R4 while it is being probed')
})

t.test('K6 weight 0 pushes nothing to the backups, busy does', async t => {
  const what = (over: Parameters<typeof server>[1]) =>
    new Lab(
      cluster([server('p', { loadBalanceWeight: 0, ...over }), 'b'], {
        primaryServers: ['p'],
        backupServers: ['b'],
      }),
    )
  t.match(what({}).open().step, { kind: 'fail', status: 500, reason: 'no-server' })
  const busy = what({ maxConnections: 1 })
  busy.open(session('p'))
  t.match(busy.open().step, { server: 'b', why: 'backup' })
})

t.test('K7 Q7 a session stays on its backup, unless backupAffinity is false', async t => {
  t.match(new Lab(levels()).open(session('b1')).step, { server: 'b1', why: 'affinity' })
  const strict = new Lab(levels(), { backupAffinity: false })
  t.match(strict.open(session('b1')).step, { server: 'p1', why: 'round-robin' })
  strict.takeDown('p1', 'p2')
  t.match(strict.open(session('b1')).step, { server: 'b1', why: 'affinity' }, 'no primary is up')
})

t.test(
  'K8 a session of a primary that is down: other ids, other primaries, then backups',
  async t => {
    const lab = new Lab(levels())
    lab.takeDown('p1')
    t.match(lab.open(session('p1', 'b1')).step, { server: 'b1', why: 'affinity' })
    t.match(lab.open(session('p1')).step, { server: 'p2', why: 'round-robin' })
    lab.takeDown('p2')
    t.match(lab.open(session('p1')).step, { server: 'b2', why: 'backup' })
  },
)

const addressed = (servers: readonly string[], over = {}) =>
  cluster(servers, {
    clusterAddress: { name: 'sprayer', transports: transports('http') },
    ...over,
  })

t.test('K11 without a session to the ClusterAddress, with one to the member', async t => {
  const lab = new Lab(addressed(['a', 'b']))
  t.match(lab.open().step, { server: 'sprayer', why: 'cluster-address', connectTimeoutMs: 0 })
  t.match(lab.open({ cookie: 'JSESSIONID=K:nobody' }).step, { server: 'sprayer' })
  t.match(lab.open(session('b')).step, { server: 'b', why: 'affinity' })
  const single = new Lab(addressed(['a']))
  t.match(single.open().step, { server: 'sprayer' })
  t.match(single.open(session('a')).step, { server: 'a', why: 'affinity' })
})

t.test('K12 its failure marks nobody down and leads to the members, once', async t => {
  const lab = new Lab(addressed(['a', 'b']))
  const causes = [failed('refused'), failed('refused'), failed('refused')]
  const { servers, end } = lab.run({}, ...causes)
  t.same(servers, ['sprayer', 'a', 'b'])
  t.match(end, { kind: 'fail', reason: 'attempts-failed' })
  t.match(lab.state('sprayer'), { health: 'up', failed: 1, lastFailureAt: null })
  t.match(lab.open().step, { server: 'sprayer' }, 'and the next request goes there again')
  t.same(new Lab(addressed([])).run({}, failed('refused')).end, {
    kind: 'fail',
    status: 500,
    reason: 'attempts-failed',
    cluster: 'PluginCluster',
  })
})

t.test('K12 all kinds of failure lead on, a stale stream to the address itself', async t => {
  const lab = new Lab(addressed(['a']))
  const { servers } = lab.run(
    {},
    failed('reset', 'pooled'),
    failed('read-timeout'),
    failed('refused'),
    failed('refused'),
  )
  t.same(servers, ['sprayer', 'sprayer', 'a', 'a'], '1 + members + 1 counted attempts')
  t.same(lab.run({}, answered(503)).servers, ['sprayer', 'a'], 'F11')
})

t.test('T2 an unused ClusterAddress allows no further attempt', async t => {
  const lab = new Lab(addressed(['a']), { transportUsable: (_, owner) => owner !== 'sprayer' })
  t.same(lab.run({}, failed('refused'), failed('refused')).servers, ['a', 'a'])
})

t.test('E23 the same server in two clusters has two states', async t => {
  const shared = [cluster(['a', 'b']), cluster(['a', 'b'], { name: 'Other' })]
  const lab = new Lab(config(shared))
  lab.takeDown('a')
  const health = lab.router.snapshot().clusters.map(({ servers }) => servers[0]!.health)
  t.same(health, ['down', 'up'])
})

t.test('a snapshot starts another router where it was taken', async t => {
  const lab = new Lab(levels())
  lab.takeDown('p1')
  lab.serve(3)
  lab.open()
  lab.router.setPartitionTable('PluginCluster', { p: ['c-b1'] })
  const snapshot = JSON.parse(JSON.stringify(lab.router.snapshot()))
  const restored = new Lab(lab.router.config, { snapshot, clock: lab.clock })
  t.same(restored.router.snapshot(), snapshot)
  t.equal(restored.open().number, snapshot.exchanges + 1)
  const single = new Lab(cluster(['p1']), { snapshot })
  t.equal(single.state('p1').health, 'up', 'N2 the only server is never down')
})
