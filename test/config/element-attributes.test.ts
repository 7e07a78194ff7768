import t from 'tap'
import { readPluginConfig } from '../../src/config/read.ts'
import { change, codes, found, pointedAt } from './support.ts'

const server = 'Config/ServerCluster[shop]/Server[s1]'

t.test('E8 E25 L55 attribute names are understood in any case, and reported', async t => {
  const xml = change(['CloneID="c1"', 'CloneId="c1"'])
  const [finding] = found(xml, 'L55')
  t.match(finding, { severity: 'warning', path: `${server}@CloneId`, advice: 'write CloneID' })
  t.equal(finding && pointedAt(xml, finding, 7), 'CloneId')
  t.equal(readPluginConfig(xml).config.clusters[0]?.servers[0]?.cloneId, 'c1')
})

t.test('E8 L55 lower-case name and value of a Property, as articles print them', async t => {
  const xml = change(['Property Name="keyring" Value', 'Property name="keyring" value'])
  t.same(
    found(xml, 'L55').map(({ path }) => path),
    [`${server}/Transport/Property[keyring]@name`, `${server}/Transport/Property[keyring]@value`],
  )
  const transport = readPluginConfig(xml).config.clusters[0]?.servers[0]?.transports[1]
  t.equal(transport?.keyring, '/keys/plugin-key.kdb')
})

t.test('A.15 lower-case names are the usual ones inside IntelligentManagement', async t => {
  const xml = change([
    '<VirtualHostGroup',
    '<IntelligentManagement><Property name="webserverName" value="w1"/></IntelligentManagement><VirtualHostGroup',
  ])
  t.same(found(xml, 'L55'), [])
  t.match(readPluginConfig(xml).config.intelligentManagement?.properties, [
    { name: 'webserverName', value: 'w1' },
  ])
})

t.test(
  'E9 L55 an unknown attribute is kept, never fatal, and compared with known ones',
  async t => {
    const xml = change(['<Config', '<Config SSLConsolidatedConfig="false" RefreshIntervall="1"'])
    const { config, diagnostics } = readPluginConfig(xml)
    t.match(config.unknown, [
      { path: 'Config', attribute: 'SSLConsolidatedConfig', value: 'false' },
      { path: 'Config', attribute: 'RefreshIntervall', value: '1' },
    ])
    t.same(
      diagnostics.map(({ code, severity }) => [code, severity]),
      [
        ['L55', 'warning'],
        ['L55', 'warning'],
      ],
    )
    t.match(diagnostics[0]?.message, /did you mean SSLConsolidate\?/)
    t.match(diagnostics[1]?.message, /did you mean RefreshInterval\?/)
  },
)

t.test('E9 L55 an unknown property', async t => {
  const xml = change([
    '<VirtualHostGroup',
    '<Property Name="ESIEnabel" Value="true"/><VirtualHostGroup',
  ])
  const [finding] = found(xml, 'L55')
  t.match(finding, { path: 'Config/Property[ESIEnabel]@Name', message: /did you mean ESIEnable\?/ })
  t.match(readPluginConfig(xml).config.properties[1], { name: 'ESIEnabel', value: 'true' })
})

t.test('E25 L55 Keyfile is taken for Keyring', async t => {
  const xml = change(['Name="keyring"', 'Name="Keyfile"'])
  t.match(found(xml, 'L55'), [{ path: `${server}/Transport/Property[Keyfile]@Name` }])
  const transport = readPluginConfig(xml).config.clusters[0]?.servers[0]?.transports[1]
  t.equal(transport?.keyring, '/keys/plugin-key.kdb')
})

t.test('A.3 spellings that products write are taken without a word', async t => {
  const properties = ['esiEnable', 'ESICacheidFull', 'Stashfile', 'Keyring']
    .map(name => `<Property Name="${name}" Value="false"/>`)
    .join('')
  t.same(codes(change(['<Property Name="ESIEnable" Value="false"/>', properties])), [])
})

t.test('L56 an attribute that belongs on another element', async t => {
  const xml = change(
    ['CloneID="c1"', 'CloneID="c1" IgnoreAffinityRequests="false"'],
    ['Name="shop"', 'Name="shop" ConnectTimeout="5"'],
  )
  const findings = found(xml, 'L56')
  t.match(findings, [
    { path: 'Config/ServerCluster[shop]@ConnectTimeout', advice: 'move it to the Server element' },
    { path: `${server}@IgnoreAffinityRequests`, advice: 'move it to the ServerCluster element' },
  ])
  t.equal(readPluginConfig(xml).config.clusters[0]?.ignoreAffinityRequests, true)
})

t.test('L55 rather than L56 for names that occur everywhere', async t => {
  const xml = change(['<Route', '<Route Name="r1"'])
  t.match(found(xml, 'L55'), [{ path: 'Config/Route[r1]@Name' }])
  t.same(found(xml, 'L56'), [])
})

t.test('X07 one attribute in two spellings: the first one is used', async t => {
  const xml = change(['CloneID="c1"', 'CloneID="c1" cloneid="c9"'])
  t.match(found(xml, 'X07'), [{ path: `${server}@cloneid` }])
  t.equal(readPluginConfig(xml).config.clusters[0]?.servers[0]?.cloneId, 'c1')
})

t.test('X07 one property twice: the first one is used', async t => {
  const xml = change([
    '<Property Name="keyring"',
    '<Property Name="keyring" Value="/first.kdb"/><Property Name="keyring"',
  ])
  t.match(found(xml, 'X07'), [{ path: `${server}/Transport/Property[keyring]@Name` }])
  const transport = readPluginConfig(xml).config.clusters[0]?.servers[0]?.transports[1]
  t.equal(transport?.keyring, '/first.kdb')
  t.equal(transport?.properties.length, 3)
})

t.test('X11 what nothing can refer to is an error', async t => {
  for (const [from, to, path] of [
    ['<ServerCluster Name="shop"', '<ServerCluster', 'Config/ServerCluster'],
    ['<Server Name="s1" CloneID', '<Server CloneID', 'Config/ServerCluster[shop]/Server'],
    ['<UriGroup Name="uris"', '<UriGroup', 'Config/UriGroup'],
    ['<VirtualHostGroup Name="hosts"', '<VirtualHostGroup', 'Config/VirtualHostGroup'],
    ['<Transport Hostname="one"', '<Transport', `${server}/Transport`],
  ] as const) {
    t.match(found(change([from, to]), 'X11'), [{ severity: 'error', path }])
  }
  t.match(found(change(['<UriGroup Name="uris"', '<UriGroup Name=" "']), 'X11'), [
    { severity: 'error', path: 'Config/UriGroup[ ]@Name' },
  ])
})

t.test('X11 an entry without name is a warning', async t => {
  for (const [from, to] of [
    ['<VirtualHost Name="*:80"', '<VirtualHost'],
    ['<Uri Name="/shop/*"', '<Uri'],
    ['<Server Name="s2"/>', '<Server/>'],
    ['<Property Name="keyring"', '<Property'],
  ] as const) {
    t.match(found(change([from, to]), 'X11'), [{ severity: 'warning' }])
  }
})

t.test('L57 a transport that cannot be used is left out', async t => {
  for (const [from, to, path] of [
    ['Port="9080"', 'Port="99999"', `${server}/Transport@Port`],
    ['Port="9080"', 'Port="web"', `${server}/Transport@Port`],
    ['Port="9080"', '', `${server}/Transport`],
    ['Protocol="http"', 'Protocol="ajp"', `${server}/Transport@Protocol`],
  ] as const) {
    const xml = change([from, to])
    t.match(found(xml, 'L57'), [{ severity: 'note', path }])
    const transports = readPluginConfig(xml).config.clusters[0]?.servers[0]?.transports
    t.same(
      transports?.map(({ port }) => port),
      [9443],
    )
  }
})
