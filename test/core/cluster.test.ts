import t from 'tap'
import { createRouter } from '../../src/core/router.ts'
import { type RouterSnapshot, settled } from '../../src/core/snapshot.ts'
import { anonymous, cluster, only, server, transport } from '../support/configs.ts'
import { failed, lab, ok, serverOf } from '../support/lab.ts'

const names = (list: readonly string[]) => list.map(name => server(name))
const of = (list: readonly string[], over = {}) => only(cluster(names(list), over))
const address = { name: 'Sprayer', transports: [transport({ hostname: 'lb.example', port: 8000 })] }

/** The first cluster of a snapshot, changed. */
const edited = (snapshot: RouterSnapshot, over: object): RouterSnapshot => ({
  ...snapshot,
  clusters: snapshot.clusters.map(saved => ({ ...saved, ...over })),
})

t.test('N4 servers in neither list do not make a cluster one of several', async t => {
  const l = lab(of(['A', 'N'], { primaryServers: ['A'] }))
  t.match(l.request().step, { server: 'A', why: 'only-server' })
  l.request().report(failed('refused'))
  t.equal(l.health(), 'A:up N:up', 'N2 it is never marked down')
})

t.test('Y4 N4 a server with https alone is usable', async t => {
  const https = [transport({ protocol: 'https' })]
  const l = lab(only(cluster([server('A', { transports: https }), server('B')])))
  t.equal(l.server('A').usable, true)
  t.match(l.request().step, { server: 'A', why: 'round-robin' }, 'one of two')
})

t.test('K11 the attempt at a ClusterAddress has no timers and no probe of its own', async t => {
  const l = lab(of(['A', 'B'], { clusterAddress: address, postSizeLimitBytes: 9 }))
  t.same(l.request().step, {
    kind: 'attempt',
    cluster: 'Cluster',
    server: 'Sprayer',
    why: 'cluster-address',
    number: 1,
    transport: address.transports[0],
    stream: 'any',
    probe: false,
    failover: false,
    connectTimeoutMs: 0,
    serverIoTimeoutMs: 0,
    connectionTtlMs: 28_000,
    extendedHandshake: false,
    waitForContinue: false,
    limitBytes: 9,
  })
})

t.test('K12 what fails at a ClusterAddress has the row of a server without a sign', async t => {
  const l = lab(of(['A', 'B'], { clusterAddress: address }))
  l.request().report(failed('read-timeout'))
  t.match(l.of('fail'), [{ server: 'Sprayer', row: 'F8' }])
  t.same(l.of('mark-down'), [])
})

t.test('K12 B7 a ClusterAddress in front of one server is not that server', async t => {
  const l = lab(of(['A'], { clusterAddress: address }))
  const exchange = l.request()
  t.match(exchange.report(failed('reset')), { server: 'A', why: 'only-server', failover: true })
  t.equal(serverOf(exchange.report(failed('reset'))), '500 attempts-failed')
})

t.test('K12 without members the failure of the ClusterAddress is the end', async t => {
  const l = lab(of([], { clusterAddress: address }))
  t.equal(serverOf(l.request().report(failed('refused'))), '500 attempts-failed')
})

t.test('the counters of a ClusterAddress travel in snapshots, and it stays up', async t => {
  const config = of(['A', 'B'], { clusterAddress: address })
  const l = lab(config)
  l.request().report(ok)
  l.request().report(failed('refused'))
  const snapshot = l.router.snapshot()
  const sprayer = {
    name: 'Sprayer',
    cloneId: null,
    list: 'cluster-address',
    usable: true,
    health: 'up',
    lastFailureAt: null,
    retryInMs: null,
    busy: false,
    maxConnections: 0,
    weight: { start: 0, current: 0 },
    pending: 0,
    failed: 1,
    affinity: 0,
    total: 1,
  }
  t.same(snapshot.clusters[0]?.clusterAddress, sprayer)
  const down = edited(snapshot, { clusterAddress: { ...sprayer, health: 'down', pending: 3 } })
  const restored = createRouter(config, { snapshot: down })
  t.same(restored.snapshot().clusters[0]?.clusterAddress, { ...sprayer, pending: 3 })
})

t.test('a snapshot with a ClusterAddress fits a file without one, and the reverse', async t => {
  const plain = of(['A', 'B'])
  const sprayed = of(['A', 'B'], { clusterAddress: address })
  const l = lab(sprayed)
  l.request().report(failed('refused'))
  const snapshot = l.router.snapshot()
  t.notOk('clusterAddress' in (lab(plain, { snapshot }).router.snapshot().clusters[0] ?? {}))
  t.match(
    lab(sprayed, { snapshot: lab(plain).router.snapshot() }).router.snapshot().clusters[0]
      ?.clusterAddress,
    { failed: 0, total: 0 },
  )
})

t.test('N2 a lone server is up after a restart, whatever the snapshot says', async t => {
  const l = lab(of(['A', 'B']))
  l.session('a').report(failed('refused'))
  const snapshot = l.router.snapshot()
  t.equal(lab(of(['A', 'B']), { snapshot }).health(), 'A:down B:up')
  t.equal(lab(of(['A']), { snapshot }).health(), 'A:up')
})

t.test('the turn is taken over as far as the new list reaches', async t => {
  const l = lab(of(['A', 'B', 'C']))
  l.run(2)
  const snapshot = l.router.snapshot()
  t.equal(snapshot.clusters[0]?.cursor, 1)
  const cursorOf = (list: readonly string[]) =>
    createRouter(of(list), { snapshot }).snapshot().clusters[0]?.cursor
  t.equal(cursorOf(['A', 'B', 'C']), 1)
  t.equal(cursorOf(['A', 'B']), 1)
  t.equal(cursorOf(['A']), null)
  t.equal(
    createRouter(of(['A', 'B', 'C']), {
      snapshot: edited(snapshot, { cursor: 3 }),
    }).snapshot().clusters[0]?.cursor,
    null,
  )
})

t.test('a snapshot of a cluster that is gone is passed over', async t => {
  const l = lab(only(cluster(names(['A', 'B']), { name: 'Gone' })))
  l.session('a').report(failed('refused'))
  t.equal(lab(of(['A', 'B']), { snapshot: l.router.snapshot() }).health(), 'A:up B:up')
})

t.test('A8 the owner of a partition needs a clone ID', async t => {
  const table = { Cluster: { '4711': ['b'] } }
  const none = lab(only(cluster([anonymous('A'), anonymous('B')])), { partitionTables: table })
  t.match(none.session('4711').step, { server: 'A', why: 'round-robin' })
  const one = lab(only(cluster([anonymous('A'), server('B')])), { partitionTables: table })
  t.match(one.session('4711').step, { server: 'B', why: 'affinity' })
})

t.test('settled takes the ClusterAddress along, and leaves who is up or down alone', async t => {
  const l = lab(
    only(
      cluster([server('A', { maxConnections: 1 }), server('B'), server('C')], {
        clusterAddress: address,
      }),
    ),
  )
  const first = l.session('b')
  first.report(failed('refused'))
  first.report(ok)
  l.session('a')
  l.request()
  const before = l.router.snapshot().clusters[0]
  t.match(before?.servers[0], { busy: true, pending: 1 })
  t.match(before?.clusterAddress, { pending: 1 })
  const after = settled(l.router.snapshot()).clusters[0]
  t.match(after?.servers, [
    { name: 'A', health: 'up', busy: false, pending: 0 },
    { name: 'B', health: 'down' },
    { name: 'C', health: 'up' },
  ])
  t.match(after?.clusterAddress, { name: 'Sprayer', health: 'up', pending: 0 })
  t.notOk('clusterAddress' in (settled(lab(of(['A'])).router.snapshot()).clusters[0] ?? {}))
})
