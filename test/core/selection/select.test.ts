import t from 'tap'
import { anonymous, cluster, only, server } from '../../support/configs.ts'
import { answered, failed, type Lab, lab, ok, serverOf } from '../../support/lab.ts'

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

/** `server reason` of every server that was passed over. */
const skips = (l: Lab): string[] => l.of('skip').map(({ server, reason }) => `${server} ${reason}`)

t.test(
  'Q7 with backupAffinity false one primary that is well keeps sessions off backups',
  async t => {
    const lists = { primaryServers: ['A', 'B'], backupServers: ['X'] }
    const l = lab(of(['A', 'B', 'X'], lists), { backupAffinity: false })
    l.session('a').report(failed('refused'))
    t.match(l.session('x').step, { server: 'B', why: 'round-robin' })
    l.session('b').report(failed('refused'))
    t.match(l.session('x').step, { server: 'X', why: 'affinity' })
  },
)

t.test('Q7 F11 a primary that answered 503 does not keep its session off backups', async t => {
  const lists = { primaryServers: ['A'], backupServers: ['X'] }
  const l = lab(of(['A', 'X'], lists), { backupAffinity: false })
  const exchange = l.session('a', 'x')
  t.match(exchange.report(answered(503)), { server: 'X', why: 'affinity' })
})

t.test('K3 a backup of weight 0 serves', async t => {
  const lists = { primaryServers: ['A'], backupServers: ['X'] }
  const l = lab(only(cluster([server('A'), server('X', { loadBalanceWeight: 0 })], lists)))
  t.match(l.session('a').report(failed('refused')), { server: 'X', why: 'backup' })
})

t.test('2.4 ordered: weight 0 does not keep a server from being next', async t => {
  const l = lab(only(cluster([server('A'), server('B', { loadBalanceWeight: 0 }), server('C')])), {
    affinityFailover: 'ordered',
  })
  t.match(l.session('a').report(failed('refused')), { server: 'B', why: 'next-in-list' })
})

t.test('2.4 ordered: a session that names nobody, or a backup, is new work', async t => {
  const lists = { primaryServers: ['A', 'B', 'C'], backupServers: ['X'] }
  for (const first of [0, 1, 2]) {
    const l = lab(of(['A', 'B', 'C', 'X'], lists), { affinityFailover: 'ordered' }, 0)
    l.run(first)
    t.match(l.session('zz').step, { server: 'ABC'[first], why: 'round-robin' })
  }
  const l = lab(of(['A', 'B', 'C', 'X'], lists), { affinityFailover: 'ordered' })
  l.session('x').report(failed('refused'))
  t.match(l.session('x').step, { why: 'round-robin' })
  t.match(l.request().step, { why: 'round-robin' }, 'and so is one without a session')
})

t.test('2.4 ordered: the walk passes over whom this exchange has tried, once around', async t => {
  const l = lab(of(['A', 'B', 'C']), { affinityFailover: 'ordered' })
  const exchange = l.session('a')
  t.match(exchange.report(failed('refused')), { server: 'B', why: 'next-in-list' })
  l.forget()
  t.match(exchange.report(failed('read-timeout')), { server: 'C', why: 'next-in-list' })
  t.same(skips(l), ['A marked-down', 'B tried'])
  l.forget()
  t.equal(serverOf(exchange.report(failed('refused'))), 'B', 'then the tried ones again')
  t.same(skips(l), [
    'A marked-down', // its session
    'B tried', // in the list, which ends before A
    'C tried',
    'A tried', // new work, first among the untried
    'B tried',
    'C tried',
    'A marked-down', // then among all
  ])
})

t.test(
  '2.4 H1 ordered: a partition stands for its owners, of whom the first primary counts',
  async t => {
    const l = lab(of(['A', 'B', 'C']), {
      affinityFailover: 'ordered',
      partitionTables: { Cluster: { '4711': ['zz', 'b'] } },
    })
    l.session('4711').report(failed('refused'))
    t.match(l.session('4711').step, { server: 'C', why: 'next-in-list' })
    t.match(l.session('yy', '4711').step, { server: 'C', why: 'next-in-list' }, 'the second id')
  },
)

t.test('F11 new work does not go back to whom the exchange got a 503 from', async t => {
  const l = lab(of(['A', 'B']))
  const exchange = l.request()
  t.equal(serverOf(exchange.report(answered(503))), 'B')
  l.forget()
  t.equal(serverOf(exchange.report(failed('read-timeout'))), 'B', 'B has only timed out')
  t.same(skips(l), ['A tried', 'B tried', 'A answered-503'])
})

t.test('R8 with RetryInterval 0 nobody is offered again to whom it failed', async t => {
  const l = lab(of(['A', 'B'], { retryIntervalMs: 0 }))
  const exchange = l.request()
  t.equal(serverOf(exchange.report(failed('refused'))), 'B')
  l.forget()
  t.equal(serverOf(exchange.report(failed('refused'))), '500 attempts-failed')
  t.same(skips(l), ['A tried', 'B tried', 'A tried', 'B tried'])
})

t.test('R12 when all are down each is looked at once, and said to be', async t => {
  const l = lab(of(['A', 'B', 'X'], { primaryServers: ['A', 'B'], backupServers: ['X'] }))
  for (const id of ['a', 'b', 'x']) l.session(id).report(failed('refused'))
  l.forget()
  l.request()
  t.same(skips(l), ['A marked-down', 'B marked-down', 'X marked-down'])
  t.equal(l.of('check').length, 3)
})

t.test('X1 the reason for a drawn server is chance', async t => {
  const l = lab(of(['A', 'B', 'C'], { loadBalance: 'random' }), { random: () => 0.5 })
  t.match(l.request().step, { server: 'B', why: 'random' })
  l.session('b').report(failed('refused'))
  t.match(l.request().step, { server: 'C', why: 'random' })
})

t.test('W6 X1 a source of chance that says 1 means the last server', async t => {
  const turns = lab(of(['A', 'B', 'C']), { random: () => 1 })
  t.equal(serverOf(turns.request().step), 'C')
  const chance = lab(of(['A', 'B', 'C'], { loadBalance: 'random' }), { random: () => 1 })
  t.equal(serverOf(chance.request().step), 'C')
})

t.test('R13 of all that are down the one that failed first, wherever it stands', async t => {
  const l = lab(of(['A', 'B', 'C']), { allDown: 'probe' })
  l.clock.advance(1000)
  for (const id of ['c', 'a']) {
    l.session(id).report(failed('refused'))
    l.clock.advance(1000)
  }
  const last = l.session('b')
  t.match(last.report(failed('refused')), { server: 'C', why: 'least-recently-failed' })
  t.match(l.request().step, { server: 'A', why: 'least-recently-failed' }, 'C is being probed')
})

t.test('R13 of two that failed at once the first in the list', async t => {
  const before = lab(of(['A', 'B']))
  for (const id of ['b', 'a']) before.session(id).report(failed('refused'))
  const l = lab(of(['A', 'B']), { allDown: 'probe', snapshot: before.router.snapshot() })
  t.match(l.request().step, { server: 'A', why: 'least-recently-failed' })
})

t.test('R13 an exchange whose own attempts took the last ones down goes on to another', async t => {
  const l = lab(of(['A', 'B', 'C']), { allDown: 'probe' })
  const older = l.session('c')
  l.session('c').report(failed('refused'))
  l.clock.advance(1000)
  const exchange = l.session('a')
  t.equal(serverOf(exchange.report(failed('refused'))), 'B')
  t.match(exchange.report(failed('refused')), { server: 'C', why: 'least-recently-failed' })
  t.equal(serverOf(exchange.report(failed('refused'))), '500 attempts-failed', 'all were tried')
  older.report(ok)
  t.equal(l.server('C').health, 'up')
})

t.test('R13 backups are among them', async t => {
  const l = lab(of(['A', 'X'], { primaryServers: ['A'], backupServers: ['X'] }), {
    allDown: 'probe',
  })
  l.session('x').report(failed('refused'))
  l.clock.advance(1000)
  t.match(l.session('a').report(failed('refused')), {
    server: 'X',
    why: 'least-recently-failed',
    probe: true,
  })
})

t.test('R13 W16 while one is up, but without weight, nobody is probed early', async t => {
  const l = lab(only(cluster([server('A', { loadBalanceWeight: 0 }), server('B')])), {
    allDown: 'probe',
  })
  l.session('b').report(failed('refused'))
  t.equal(serverOf(l.request().step), '500 no-server')
})

t.test('R13 E21 nor one that is down and at MaxConnections', async t => {
  const file = only(cluster([server('A', { maxConnections: 1 }), server('B')]))
  const l = lab(
    { ...file, settings: { ...file.settings, markBusyDown: true } },
    { allDown: 'probe' },
  )
  l.session('a')
  l.session('a').report(failed('refused'))
  t.equal(l.health(), 'A:down B:down')
  l.clock.advance(1000)
  t.match(l.request().step, { server: 'B', why: 'least-recently-failed' })
})
