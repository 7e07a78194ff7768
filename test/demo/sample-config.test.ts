import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import {
  loadSample,
  movedTo,
  samplePath,
  servesPort,
  withPort,
} from '../../src/demo/sample-config.ts'

t.test('the sample is found beside the program and has the two documented members', async t => {
  const { cluster, servers } = await loadSample(fileURLToPath(samplePath))
  t.equal(cluster.name, 'PluginCluster')
  t.equal(cluster.retryIntervalMs, 60_000)
  t.match(servers, [
    { name: 'PluginMember1', cloneId: 'v544d031' },
    { name: 'PluginMember2', cloneId: 'v544d0o0' },
  ])
})

t.test('members are moved without touching anything else', async t => {
  const { config, cluster } = await loadSample(fileURLToPath(samplePath))
  const moved = movedTo(config, 'PluginCluster', {
    PluginMember1: { hostname: 'one.example', port: 1 },
  })
  const [one, two] = moved.clusters[0]?.servers ?? []
  t.strictSame(one?.transports, [
    { ...cluster.servers[0]?.transports[0], hostname: 'one.example', port: 1 },
  ])
  t.strictSame(two, cluster.servers[1])
  t.strictSame(movedTo(config, 'Other', {}), config)
})

t.test('a port without an alias is noticed and can be added', async t => {
  const { config } = await loadSample(fileURLToPath(samplePath))
  t.equal(servesPort(config, 8080), true)
  t.equal(servesPort(config, 8081), false)
  const added = withPort(config, 8081)
  t.equal(servesPort(added, 8081), true)
  t.strictSame(added.virtualHostGroups[0]?.virtualHosts.at(-1), {
    name: '*:8081',
    host: null,
    port: 8081,
  })
  const { virtualHostGroup: _, ...everywhere } = config.routes[0] ?? { serverCluster: '' }
  t.equal(servesPort({ ...config, routes: [everywhere] }, 8081), true)
})

t.test('a file that the demo cannot walk through is refused with the reason', async t => {
  const dir = t.testdir({
    'broken.xml': '<Config>\n<Route UriGroup="u" ServerCluster="Nobody"/></Config>',
    'lonely.xml': `<Config>
      <ServerCluster Name="C">
        <Server Name="only" CloneID="a"><Transport Hostname="127.0.0.1" Port="1"/></Server>
        <PrimaryServers><Server Name="only"/></PrimaryServers>
      </ServerCluster>
      <UriGroup Name="u"><Uri Name="/*"/></UriGroup>
      <Route UriGroup="u" ServerCluster="C"/>
    </Config>`,
  })
  await t.rejects(loadSample(join(dir, 'none.xml')), { code: 'FILE_UNREADABLE' })
  await t.rejects(loadSample(join(dir, 'broken.xml')), {
    code: 'CONFIG_INVALID',
    message: /broken\.xml:2:21 L04 .*Nobody/,
  })
  await t.rejects(loadSample(join(dir, 'lonely.xml')), {
    code: 'CONFIG_INVALID',
    message: /two Servers with a CloneID/,
  })
})
