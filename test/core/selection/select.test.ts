import t from 'tap'
import { anonymous, cluster, only, server } from '../../support/configs.ts'
import { failed, lab, ok, serverOf } from '../../support/lab.ts'

const names = (...list: string[]) => list.map(name => server(name))
const of = (list: readonly string[], over = {}) => only(cluster(names(...list), over))

t.test('C1 ids are taken in cookie order, each from the first primary on', async t => {
  const l = lab(of(['A', 'B']))
  l.session('a').report(failed('refused'))
  l.forget()
  t.equal(serverOf(l.session('a', 'b').step), 'B')
  t.same(
    l.of('compare').map(record => `${record.id}-${record.serverCloneId}-${record.match}`),
    ['a-a-true', 'a-b-false', 'b-a-false', 'b-b-true'],
  )
})

t.test('C2 a matching server that is down does not end the scan for its id', async t => {
  const twins = only(cluster([server('A', { cloneId: 'x' }), server('B', { cloneId: 'x' })]))
  const l = lab(twins)
  l.session('x').report(failed('refused'))
  t.match(l.session('x').step, { server: 'B', why: 'affinity' })
})

t.test('C3 the check for affinity ignores weights and reports wlbAllows 0', async t => {
  const l = lab(of(['A', 'B']))
  l.session('a')
  t.match(l.of('check'), [{ server: 'A', ignoreWeights: true, wlbAllows: false, eligible: true }])
})

t.test('C4 the retry timer and MaxConnections apply to sessions', async t => {
  const l = lab(only(cluster([server('A', { maxConnections: 1 }), server('B')])))
  l.session('a')
  t.equal(serverOf(l.session('a').step), 'B')
})

t.test('C5 clone ids are compared exactly', async t => {
  t.match(lab(of(['A', 'B'])).session('A').step, { why: 'round-robin' })
})

t.test('C6 V6 an unknown id makes an ordinary request', async t => {
  const l = lab(of(['A', 'B']))
  t.match(l.session('zzz').step, { why: 'round-robin' })
  t.match(l.session('-1').step, { why: 'round-robin' })
})

t.test('C8 K10 a server in neither list is reached by nobody', async t => {
  const l = lab(of(['A', 'B', 'C'], { primaryServers: ['A', 'B'] }))
  t.match(l.session('c').step, { server: 'A', why: 'round-robin' })
  t.equal(l.run(4), 'BABA')
})

t.test('2.4 ordered: the next in the list follows the session’s server', async t => {
  const l = lab(of(['A', 'B', 'C']), { affinityFailover: 'ordered' })
  l.session('b').report(failed('refused'))
  t.match(l.session('b').step, { server: 'C', why: 'next-in-list' })
  l.session('c').report(failed('refused'))
  t.match(l.session('c').step, { server: 'A', why: 'next-in-list' }, 'wrapping')
  t.equal(l.router.snapshot().clusters[0]?.cursor, null, 'W10 the cursor does not move')
})

t.test('2.4 balanced: the cluster’s policy follows', async t => {
  const l = lab(of(['A', 'B', 'C']))
  l.session('b').report(failed('refused'))
  t.match(l.session('b').step, { server: 'C', why: 'round-robin' })
})

t.test('Q16 one rule for a server already down and for one that fails now', async t => {
  for (const affinityFailover of ['ordered', 'balanced'] as const) {
    const l = lab(of(['A', 'B', 'C']), { affinityFailover })
    const now = serverOf(l.session('a').report(failed('refused')))
    const fresh = lab(of(['A', 'B', 'C']), { affinityFailover })
    const snapshot = fresh.router.snapshot()
    t.equal(now, 'B', affinityFailover)
    t.equal(snapshot.clusters.length, 1)
  }
})

t.test('E20 FailoverToNext in the file is the ordered switch, an option wins over it', async t => {
  const file = of(['A', 'B', 'C'])
  const withSwitch = { ...file, settings: { ...file.settings, failoverToNext: true } }
  const l = lab(withSwitch)
  l.session('a').report(failed('refused'))
  t.match(l.session('a').step, { why: 'next-in-list' })
  const balanced = lab(withSwitch, { affinityFailover: 'balanced' })
  balanced.session('a').report(failed('refused'))
  t.match(balanced.session('a').step, { why: 'round-robin' })
})

t.test('2.4 the session does not move: its server takes it back', async t => {
  const l = lab(of(['A', 'B']))
  l.session('a').report(failed('refused'))
  t.equal(serverOf(l.session('a', 'b').step), 'B')
  l.clock.advance(60_000)
  t.equal(serverOf(l.session('a', 'b').step), 'A')
})

t.test('K1 lists are in document order of their elements', async t => {
  const l = lab(of(['A', 'B', 'C'], { primaryServers: ['C', 'A', 'B'] }))
  t.equal(l.run(3), 'CAB')
})

t.test('K2 K3 K5 backups serve only when no primary does, the first of them alone', async t => {
  const l = lab(of(['A', 'X', 'Y'], { primaryServers: ['A'], backupServers: ['X', 'Y'] }))
  t.equal(l.run(2), 'AA')
  const exchange = l.session('a')
  t.match(exchange.report(failed('refused')), { server: 'X', why: 'backup' })
  exchange.report(ok)
  t.equal(l.run(3), 'XXX')
  l.clock.advance(60_000)
  t.equal(l.run(1), 'A', 'timer expiry counts as available')
})

t.test('K4 when a backup fails the next one is tried until the list ends', async t => {
  const l = lab(of(['A', 'X', 'Y'], { primaryServers: ['A'], backupServers: ['X', 'Y'] }))
  const exchange = l.request()
  const servers: string[] = []
  while (exchange.step.kind === 'attempt') {
    servers.push(exchange.step.server)
    exchange.report(failed('refused'))
  }
  t.equal(servers.join(''), 'AXY')
  t.equal(serverOf(exchange.step), '500 attempts-failed')
})

t.test('K6 a busy primary pushes to backups, one without weight does not', async t => {
  const lists = { primaryServers: ['A'], backupServers: ['X'] }
  const busy = lab(only(cluster([server('A', { maxConnections: 1 }), server('X')], lists)))
  busy.request()
  t.match(busy.request().step, { server: 'X', why: 'backup' })
  const weightless = lab(only(cluster([server('A', { loadBalanceWeight: 0 }), server('X')], lists)))
  t.equal(serverOf(weightless.request().step), '500 no-server')
})

t.test('K7 Q7 a session on a backup stays there, unless that is switched off', async t => {
  const lists = { primaryServers: ['A'], backupServers: ['X'] }
  t.match(lab(of(['A', 'X'], lists)).session('x').step, { server: 'X', why: 'affinity' })
  const off = lab(of(['A', 'X'], lists), { backupAffinity: false })
  t.match(off.session('x').step, { server: 'A', why: 'round-robin' })
})

t.test('K8 a down session server: other ids, then other primaries, then backups', async t => {
  const lists = { primaryServers: ['A', 'B'], backupServers: ['X'] }
  const l = lab(of(['A', 'B', 'X'], lists))
  l.session('a').report(failed('refused'))
  t.match(l.session('a', 'x').step, { server: 'X', why: 'affinity' })
  t.match(l.session('a').step, { server: 'B', why: 'round-robin' })
  l.session('b').report(failed('refused'))
  t.match(l.session('a').step, { server: 'X', why: 'backup' })
})

t.test('K10 a server in both lists is a primary', async t => {
  const l = lab(of(['A', 'B'], { primaryServers: ['A', 'B'], backupServers: ['B'] }))
  t.equal(l.server('B').list, 'primary')
  t.equal(l.run(2), 'AB')
})

t.test(
  '§1.3 Q5 without a list, or with one that names nobody, all servers are primaries',
  async t => {
    for (const primaryServers of [undefined, [], ['Unknown']]) {
      const over = primaryServers === undefined ? {} : { primaryServers }
      t.equal(lab(of(['A', 'B'], over)).run(2), 'AB')
    }
  },
)

t.test('§1.3 unknown names in a list are skipped', async t => {
  t.equal(lab(of(['A', 'B'], { primaryServers: ['Q', 'B', 'A'] })).run(2), 'BA')
})

t.test('W6 the first server is drawn, then the list goes round', async t => {
  t.equal(lab(of(['A', 'B', 'C']), {}, 2).run(4), 'CABC')
})

t.test('W7 Q9 a pick costs one when it is made, not when it succeeds', async t => {
  const l = lab(of(['A', 'B']))
  l.request()
  t.equal(l.weights(), '0/1')
})

t.test('W9 the check of new work shows the weight', async t => {
  const l = lab(of(['A', 'B']))
  l.run(1)
  l.forget()
  l.request()
  t.match(l.of('check')[0], { server: 'B', ignoreWeights: false, wlbAllows: true })
})

t.test('W11 a retry passes over servers that were tried while another is eligible', async t => {
  const exchange = lab(of(['A', 'B', 'C'])).request()
  t.equal(serverOf(exchange.report(failed('read-timeout'))), 'B')
  t.equal(serverOf(exchange.report(failed('read-timeout'))), 'C')
  t.equal(serverOf(exchange.report(failed('read-timeout'))), 'A', 'then the tried ones again')
})

t.test(
  'W11 B5 an untried server without weight left is lifted rather than passed over',
  async t => {
    const l = lab(only(cluster([server('A', { loadBalanceWeight: 3 }), server('B')])))
    t.equal(l.run(3), 'ABA')
    t.equal(l.weights(), '1/0')
    const exchange = l.request()
    t.equal(serverOf(exchange.step), 'A')
  },
)

t.test('X1 random draws every time and leaves weights alone', async t => {
  const draws = [0.9, 0.9, 0.1, 0.5]
  const l = lab(
    only(
      cluster([server('A', { loadBalanceWeight: 0 }), server('B'), server('C')], {
        loadBalance: 'random',
      }),
    ),
    { random: () => draws.shift() ?? 0 },
  )
  t.equal(l.run(4), 'CCAB', 'X5 weight 0 is drawn like any other')
  t.equal(l.weights(), '0/1/1')
})

t.test('X2 sessions come before chance', async t => {
  const l = lab(of(['A', 'B'], { loadBalance: 'random' }), { random: () => 0 })
  t.match(l.session('b').step, { server: 'B', why: 'affinity' })
})

t.test('X4 a drawn server that is out gives way to the next in the list', async t => {
  const l = lab(of(['A', 'B', 'C'], { loadBalance: 'random' }), { random: () => 0.5 })
  l.session('b').report(failed('refused'))
  t.equal(serverOf(l.request().step), 'C')
})

t.test('W19 §0 H4 a partition id without an entry is balanced', async t => {
  const l = lab(of(['A', 'B'], { getDwlmTable: true }), { partitionTables: { Cluster: {} } })
  t.match(l.session('123456789').step, { why: 'round-robin' })
})

t.test('H1 H3 a partition id leads to its owner, then to the others', async t => {
  const l = lab(of(['A', 'B']), { partitionTables: { Cluster: { '4711': ['b', 'a'] } } })
  t.match(l.session('4711').step, { server: 'B', why: 'affinity' })
  l.session('4711').report(failed('refused'))
  t.match(l.session('4711').step, { server: 'A', why: 'affinity' })
  t.match(l.of('ids')[0]?.partitions, { '4711': ['b', 'a'] })
})

t.test('H5 K9 while partition ids decide, the lists do not matter', async t => {
  const l = lab(of(['A', 'B', 'C'], { primaryServers: ['A', 'B'] }))
  l.router.setPartitionTable('Cluster', { '4711': ['c'] })
  t.match(l.session('4711').step, { server: 'C', why: 'affinity' })
})

t.test('H1 a table may come to a cluster that has no clone IDs in its cookies yet', async t => {
  const l = lab(only(cluster([anonymous('A'), server('B')])))
  l.router.setPartitionTable('Nobody', {})
  t.match(l.session('b').step, { server: 'B' })
})

t.test('Q7 without backup affinity a session finds its backup once no primary is left', async t => {
  const lists = { primaryServers: ['A'], backupServers: ['X', 'Y'] }
  const l = lab(of(['A', 'X', 'Y'], lists), { backupAffinity: false })
  const exchange = l.session('y')
  t.match(exchange.step, { server: 'A', why: 'round-robin' })
  t.match(exchange.report(failed('refused')), { server: 'Y', why: 'affinity' })
})

t.test('A8 a partition table without any CloneID names nobody', async t => {
  const l = lab(only(cluster([anonymous('A'), anonymous('B')])), {
    partitionTables: { Cluster: { '1': ['b'] } },
  })
  t.match(l.session('1').step, { why: 'round-robin' })
  t.match(l.of('ids'), [{ source: 'none' }])
})
