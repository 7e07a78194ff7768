import { resolve } from 'node:path'
import t from 'tap'
import { loadPluginConfig } from '../../src/config/load.ts'
import { createRouter } from '../../src/core/router.ts'
import type { Given } from '../../src/simulate/scenario.ts'
import { findServers, placeKey, unknownServer } from '../../src/simulate/server-names.ts'
import { isAlone, primaryNames, startState, withLimit } from '../../src/simulate/start-state.ts'

const sample = async (name: string) =>
  (await loadPluginConfig(resolve(import.meta.dirname, '../../plugin-cfg', name))).config
const figure = await sample('figure-5-12.xml')
const weights = await sample('weights.xml')
const backups = await sample('backups.xml')
const sprayed = await sample('cluster-address.xml')

const stateOf = (config: typeof figure, given: Given, now = 0) =>
  startState(createRouter(config).snapshot(), config, given, now)

t.test('a name alone means the server in every cluster, with its cluster that one', async t => {
  t.same(findServers(figure, 'PluginMember1').map(placeKey), ['PluginCluster/PluginMember1'])
  t.equal(findServers(weights, 'A').length, 5)
  t.same(findServers(weights, 'Drawn/A').map(placeKey), ['Drawn/A'])
  t.same(findServers(sprayed, 'sprayer'), [])
  t.equal(findServers(sprayed, 'sprayer', true).length, 1)
})

t.test('an unknown name comes with those that exist', async t => {
  t.equal(
    unknownServer(figure, 'PluginMembr1'),
    'no server is named "PluginMembr1" (servers: PluginMember1, PluginMember2); did you mean PluginMember1?',
  )
  t.match(unknownServer(sprayed, 'x', true), /member1, member2, sprayer/)
})

t.test('a server that is down has the time left that was asked for', async t => {
  const given = {
    servers: { PluginMember1: { retryInSeconds: 58 }, PluginMember2: 'down' },
  } as const
  const [one, two] = stateOf(figure, given, 1000).clusters[0]?.servers ?? []
  t.match(one, { health: 'down', lastFailureAt: -1000, retryInMs: 58_000 })
  t.match(two, { health: 'down', lastFailureAt: 1000, retryInMs: 60_000 })
})

t.test('everything else of a server can be given too', async t => {
  const given = {
    servers: {
      Primary1: { busy: true, weight: -3, failed: 4, affinity: 5, total: 6 },
      Primary2: 'up',
    },
  } as const
  const [one] = stateOf(backups, given).clusters[0]?.servers ?? []
  t.match(one, {
    busy: true,
    pending: 2,
    weight: { current: -3, start: 20 },
    failed: 4,
    affinity: 5,
    total: 6,
  })
  const [, two] =
    stateOf(backups, { servers: { Primary2: { pending: 1 } } }).clusters[0]?.servers ?? []
  t.match(two, { busy: false, pending: 1 })
})

t.test('W6 firstPick puts the cursor before that primary', async t => {
  const cursorOf = (firstPick: NonNullable<Given['firstPick']>) =>
    stateOf(figure, { firstPick }).clusters[0]?.cursor
  t.equal(cursorOf('PluginMember1'), 1)
  t.equal(cursorOf('PluginMember2'), 0)
  t.equal(cursorOf({ PluginCluster: 'PluginMember2' }), 0)
  t.equal(stateOf(weights, { firstPick: 'C' }).clusters[4]?.cursor, 1)
})

t.test('what cannot be is refused with a reason', async t => {
  const cases: readonly [Given, RegExp][] = [
    [{ servers: { Nobody: 'down' } }, /no server is named "Nobody"/],
    [
      { servers: { PluginMember1: { retryInSeconds: 61 } } },
      /RetryInterval of PluginCluster is 60 s/,
    ],
    [{ servers: { PluginMember1: { health: 'up', retryInSeconds: 1 } } }, /cannot be up and have/],
    [{ servers: { PluginMember1: { busy: true } } }, /its MaxConnections is unlimited/],
    [{ firstPick: 'Nobody' }, /no server is named "Nobody"/],
    [
      { firstPick: { PluginCluster: 'x' } },
      /"x" is no primary of PluginCluster; primaries: PluginMember1/,
    ],
    [{ firstPick: { Nothing: 'x' } }, /no cluster is named "Nothing" \(clusters: PluginCluster\)/],
  ]
  for (const [given, message] of cases) t.throws(() => stateOf(figure, given), { message })
  t.throws(() => stateOf(weights, { servers: { A: 'down' } }), {
    message: /"A" is a server of several clusters; write one of Steps\/A, Hundreds\/A/,
  })
})

t.test('primaries are named in the order of their list', async t => {
  const cluster = createRouter(backups).snapshot().clusters[0]
  t.same(cluster && primaryNames(backups, cluster), ['Primary1', 'Primary2'])
})

t.test('an unlimited server can be given the limit that makes it busy', async t => {
  const limited = withLimit(figure, { cluster: 'PluginCluster', server: 'PluginMember1' })
  t.same(
    limited.clusters[0]?.servers.map(server => server.maxConnections),
    [1, 0],
  )
  t.equal(figure.clusters[0]?.servers[0]?.maxConnections, 0)
})

t.test('N2 a server that is alone is known as such', async t => {
  const timeouts = await sample('timeouts.xml')
  const snapshot = createRouter(timeouts).snapshot()
  t.equal(isAlone(snapshot, { cluster: 'Alone', server: 'alone1' }), true)
  t.equal(isAlone(snapshot, { cluster: 'Patient', server: 'patient1' }), false)
})
