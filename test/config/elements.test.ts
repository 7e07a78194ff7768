import t from 'tap'
import { readPluginConfig } from '../../src/config/read.ts'
import { change, codes, found, sound } from './support.ts'

t.test('the sound file as a model', async t => {
  const { config, diagnostics } = readPluginConfig(sound)
  t.same(diagnostics, [])
  t.match(config, {
    settings: { refreshIntervalMs: 60_000, ignoreDnsFailures: false },
    log: { name: '/var/log/http_plugin.log', level: 'error' },
    properties: [{ name: 'ESIEnable', value: 'false' }],
    virtualHostGroups: [
      {
        name: 'hosts',
        virtualHosts: [
          { name: '*:80', host: null, port: 80 },
          { name: '*:443', host: null, port: 443 },
        ],
      },
    ],
    clusters: [
      {
        name: 'shop',
        cloneSeparator: ':',
        servers: [
          {
            name: 's1',
            transports: [
              { hostname: 'one', port: 9080, protocol: 'http' },
              {
                hostname: 'one',
                port: 9443,
                protocol: 'https',
                keyring: '/keys/plugin-key.kdb',
                stashfile: '/keys/plugin-key.sth',
              },
            ],
          },
          { name: 's2' },
        ],
        primaryServers: ['s1', 's2'],
      },
    ],
    uriGroups: [{ name: 'uris', uris: [{ name: '/shop/*', affinityCookie: 'JSESSIONID' }] }],
    routes: [{ virtualHostGroup: 'hosts', uriGroup: 'uris', serverCluster: 'shop' }],
    trustedProxies: [],
    unknown: [],
  })
  t.same(JSON.parse(JSON.stringify(config)), config, 'it survives JSON unchanged')
})

t.test('an empty Config is a usable configuration of defaults', async t => {
  const { config, diagnostics } = readPluginConfig('<Config/>')
  t.same(
    diagnostics.map(({ code, severity }) => [code, severity]),
    [
      ['L66', 'note'],
      ['L42', 'note'],
    ],
  )
  t.same(config.routes, [])
  t.notOk('log' in config)
  t.notOk('requestMetrics' in config)
  t.notOk('intelligentManagement' in config)
})

t.test('A.6 release 4.0: ServerGroup, also in Routes', async t => {
  const xml = change(
    ['<ServerCluster', '<ServerGroup'],
    ['</ServerCluster', '</ServerGroup'],
    ['ServerCluster="shop"', 'ServerGroup="shop"'],
  )
  t.same(codes(xml), [])
  t.match(readPluginConfig(xml).config, {
    clusters: [{ name: 'shop' }],
    routes: [{ serverCluster: 'shop' }],
  })
})

t.test('A.9 ClusterAddress', async t => {
  const xml = change([
    '<PrimaryServers>',
    '<ClusterAddress Name="front"><Transport Hostname="[::1]" Port="80" Protocol="http"/></ClusterAddress><PrimaryServers>',
  ])
  t.same(codes(xml), [])
  t.match(readPluginConfig(xml).config.clusters[0]?.clusterAddress, {
    name: 'front',
    transports: [{ hostname: '::1', port: 80, protocol: 'http' }],
  })
})

t.test('A.11 the lists are absent, empty or full', async t => {
  const lists = (text: string) => {
    const xml = change(['<PrimaryServers>', `${text}<!--`], ['</PrimaryServers>', '-->'])
    const { primaryServers, backupServers } = readPluginConfig(xml).config.clusters[0] ?? {}
    return [primaryServers, backupServers]
  }
  t.same(lists(''), [undefined, undefined])
  t.same(lists('<PrimaryServers/>'), [[], undefined])
  t.same(
    lists(
      '<BackupServers><Server Name="s2"/></BackupServers><PrimaryServers><Server Name="s1"/></PrimaryServers>',
    ),
    [['s1'], ['s2']],
  )
})

t.test('A.5 trusted proxies lose all their brackets', async t => {
  const proxies = ['10.0.0.1', '[::1]', '[[fe80::1]]', 'front.example.com', '']
    .map(name => `<TrustedProxy Name="${name}"/>`)
    .join('')
  const xml = change(
    ['<Config', '<Config TrustedProxyEnable="true"'],
    ['<ServerCluster', `<TrustedProxyGroup>${proxies}</TrustedProxyGroup><ServerCluster`],
  )
  t.same(readPluginConfig(xml).config.trustedProxies, [
    '10.0.0.1',
    '::1',
    'fe80::1',
    'front.example.com',
  ])
})

t.test('A.14 RequestMetrics', async t => {
  const xml = change([
    '</Config>',
    `<RequestMetrics armEnabled="false" loggingEnabled="false" rmEnabled="false" traceLevel="HOPS" newBehavior="false">
      <filters enable="true" type="URI"><filterValues enable="true" value="/snoop"/></filters>
      <filters type="SOURCE_IP"/>
    </RequestMetrics></Config>`,
  ])
  t.same(codes(xml), [])
  t.same(readPluginConfig(xml).config.requestMetrics, {
    enabled: false,
    traceLevel: 'hops',
    loggingEnabled: false,
    armEnabled: false,
    filters: [
      { type: 'URI', enable: true, values: [{ value: '/snoop', enable: true }] },
      { type: 'SOURCE_IP', enable: false, values: [] },
    ],
  })
})

t.test('E10 A.15 IntelligentManagement is kept whole', async t => {
  const xml = change([
    '</Config>',
    `<IntelligentManagement>
      <Property name="webserverName" value="w1"/>
      <TraceSpecification name="default" specification=":http=1"/>
      <ConnectorCluster enabled="true" maxRetries="-1" name="cell" retryInterval="60">
        <Property name="uri" value="/ibm/api/dynamicRouting"/>
        <Connector host="ctl" port="9443" protocol="https">
          <Property name="keyring" value="/k.kdb"/>
        </Connector>
      </ConnectorCluster>
    </IntelligentManagement></Config>`,
  ])
  t.same(codes(xml), ['X20'])
  t.same(readPluginConfig(xml).config.intelligentManagement, {
    properties: [{ name: 'webserverName', value: 'w1' }],
    traceSpecifications: [{ name: 'default', specification: ':http=1' }],
    connectorClusters: [
      {
        name: 'cell',
        enabled: true,
        maxRetries: null,
        retryIntervalMs: 60_000,
        properties: [{ name: 'uri', value: '/ibm/api/dynamicRouting' }],
        connectors: [
          {
            host: 'ctl',
            port: 9443,
            protocol: 'https',
            properties: [{ name: 'keyring', value: '/k.kdb' }],
          },
        ],
      },
    ],
  })
})

t.test('L55 an unknown element is ignored with all that is in it', async t => {
  const xml = change(['<UriGroup', '<UriGruop><Uri Nam="x"/></UriGruop><UriGroup'])
  t.same(codes(xml), ['L55'])
  t.match(found(xml, 'L55')[0], {
    severity: 'warning',
    path: 'Config/UriGruop',
    message: /did you mean UriGroup\?/,
  })
  t.same(readPluginConfig(xml).config.unknown, [{ path: 'Config/UriGruop' }])
})

t.test('L55 names of elements are known in their exact case only', async t => {
  const xml = change(['<Log LogLevel="Error" Name="/var/log/http_plugin.log"/>', '<log/>'])
  t.match(found(xml, 'L55'), [{ message: /did you mean Log\?/ }])
})

t.test('L56 an element in the wrong place', async t => {
  const xml = change(['<UriGroup', '<ClusterAddress Name="a"/><UriGroup'])
  t.match(found(xml, 'L56'), [
    { path: 'Config/ClusterAddress[a]', advice: 'move it into Config/ServerCluster' },
  ])
  t.match(found(change(['<UriGroup', '<Config/><UriGroup']), 'L56'), [{ advice: 'remove it' }])
})

t.test('X07 an element that may be there once: the first one is used', async t => {
  const xml = change(['<Property', '<Log Name="/second.log"/><Property'])
  t.match(found(xml, 'X07'), [{ path: 'Config/Log[/second.log]', message: /first is on line 3/ }])
  t.equal(readPluginConfig(xml).config.log?.name, '/var/log/http_plugin.log')
})

t.test('E9 of very many unknown items the model keeps ten thousand', async t => {
  const xml = `<Config>${'<x/>'.repeat(10_500)}</Config>`
  const { config, diagnostics } = readPluginConfig(xml)
  t.equal(config.unknown.length, 10_000)
  t.equal(diagnostics.filter(({ code }) => code === 'L55').length, 1000)
  t.match(diagnostics.find(({ code }) => code === 'X06')?.message, /9500 more findings L55/)
})

t.test('A.4 aliases', async t => {
  const alias = (name: string) => {
    const xml = change(['"*:80"', `"${name}"`])
    const { host, port } = readPluginConfig(xml).config.virtualHostGroups[0]?.virtualHosts[0] ?? {}
    return [host, port]
  }
  t.same(alias('Shop.Example.COM:81'), ['shop.example.com', 81])
  t.same(alias('*:81'), [null, 81])
  t.same(alias('shop:*'), ['shop', null])
  t.same(alias('*:*'), [null, null])
  t.same(alias('shop'), ['shop', 80])
  t.same(alias('*'), [null, 80])
  t.same(alias('[2001:DB8::1]:443'), ['2001:db8::1', 443])
  t.same(alias('[::1]'), ['::1', 80])
  t.same(alias(' shop:81 '), ['shop', 81])
  t.same(alias('*.example.com:80'), ['*.example.com', 80])
  t.same(alias('http://shop:80'), ['http://shop:80', 80])
  t.same(alias('::1'), ['::1', 80])
  t.same(alias(':80'), [':80', 80])
  t.same(alias('shop:'), ['shop:', 80])
  t.same(alias('shop:123456'), ['shop:123456', 80])
})

t.test('A.12 an empty AffinityCookie means the default', async t => {
  const xml = change(['<Uri Name', '<Uri AffinityCookie="" AffinityURLIdentifier="" Name'])
  t.match(readPluginConfig(xml).config.uriGroups[0]?.uris, [
    { affinityCookie: 'JSESSIONID', affinityUrlIdentifier: 'jsessionid' },
  ])
})
