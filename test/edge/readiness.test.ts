import t from 'tap'
import type { PluginConfig } from '../../src/config/model.ts'
import type { RouterOptions } from '../../src/core/options.ts'
import { createRouter, type RestorableRouter } from '../../src/core/router.ts'
import { readinessOf } from '../../src/edge/readiness.ts'
import { cluster, only, server } from '../support/configs.ts'
import { failed, lab } from '../support/lab.ts'

const ofCluster = (config: PluginConfig, options: RouterOptions = {}) => {
  const l = lab(config, options)
  const look = () => readinessOf(l.router.snapshot(), config, false).clusters[0]
  return { ...l, look, router: l.router as RestorableRouter }
}

t.test('a server that is marked down counts from the moment it may be probed', async t => {
  const l = ofCluster(only(cluster([server('A'), server('B', { loadBalanceWeight: 0 })])))
  t.match(l.look(), { ready: true, servers: ['A'] }, 'W16 weight 0 takes no new work')
  l.session('a').report(failed('refused'))
  t.match(l.look(), { ready: false, why: 'A is marked down for 60 s, B has weight 0' })
  l.clock.advance(60_000)
  t.match(l.look(), { ready: true, servers: ['A'] })
  l.session('a')
  t.match(l.look(), { ready: false, why: 'A is being probed, B has weight 0' })
})

t.test('K2 a backup counts while no primary is available, and not before', async t => {
  const lists = { primaryServers: ['A'], backupServers: ['X'] }
  const l = ofCluster(only(cluster([server('A'), server('X'), server('Z')], lists)))
  t.match(l.look(), { ready: true, servers: ['A'] })
  l.router.administer('Cluster', 'A', 'draining')
  t.match(l.look(), { ready: true, servers: ['X'] })
  l.router.administer('Cluster', 'X', 'stopped')
  t.match(l.look(), { ready: false, why: 'A is draining, X is stopped, Z is in list none' })
})

t.test('X5 N4 random and a lone server do not look at weights', async t => {
  const zero = { loadBalanceWeight: 0 }
  const random = cluster([server('A', zero), server('B', zero)], { loadBalance: 'random' })
  t.match(ofCluster(only(random)).look(), { servers: ['A', 'B'] })
  t.match(ofCluster(only(cluster([server('A', zero)]))).look(), { servers: ['A'] })
})

t.test('a busy server counts: it has a place again in a moment', async t => {
  const l = ofCluster(only(cluster([server('A', { maxConnections: 1 }), server('B')])))
  l.session('a')
  t.match(l.look(), { servers: ['A', 'B'] })
})

t.test('K11 a ClusterAddress is always there, if it can be used', async t => {
  const config = only(
    cluster([server('A')], { clusterAddress: { name: 'CA', transports: server('A').transports } }),
  )
  const l = ofCluster(config)
  l.router.administer('Cluster', 'A', 'stopped')
  t.match(l.look(), { ready: true, servers: ['CA'] })
  const unusable = ofCluster(config, { transportUsable: (_, owner) => owner !== 'CA' })
  t.match(unusable.look(), { servers: ['A'] })
})

t.test('F17 a server without a usable transport does not count', async t => {
  const l = ofCluster(only(cluster([server('A'), server('B')])), { transportUsable: () => false })
  t.match(l.look(), {
    ready: false,
    why: 'A has no transport that can be used, B has no transport that can be used',
  })
})

t.test('only clusters that a Route leads to count, unless they are asked for', async t => {
  const config = only(cluster([server('A')]))
  const other = { ...cluster([]), name: 'Unused' }
  const both = { ...config, clusters: [...config.clusters, other] }
  const snapshot = createRouter(both).snapshot()
  t.match(readinessOf(snapshot, both, false), { ready: true, clusters: [{ cluster: 'Cluster' }] })
  t.match(readinessOf(snapshot, both, false, ['Unused']), {
    ready: false,
    clusters: [{ cluster: 'Unused', why: 'it has no server' }],
  })
  t.match(readinessOf(snapshot, both, true), { ready: false, closing: true })
  t.match(readinessOf(snapshot, both, false, ['Nobody']), { ready: false })
})
