import t from 'tap'
import { readPluginConfig } from '../../../src/config/read.ts'
import { change, found } from '../support.ts'
import { lintTests } from './support.ts'

const second =
  '<ServerCluster Name="other"><Server Name="o1"><Transport Hostname="o" Port="1"/></Server></ServerCluster>'
const otherUris = '<UriGroup Name="uris2"><Uri Name="/shop/*"/></UriGroup>'
const end = '</Config>'
const route = (rest: string): string => `<Route ServerCluster="other" ${rest}/>`
const hosts2 = (alias: string): string =>
  `<VirtualHostGroup Name="hosts2"><VirtualHost Name="${alias}"/></VirtualHostGroup>`

lintTests(
  [
    [
      'one path on one virtual host leads to two clusters',
      'L12',
      [[end, `${second}${otherUris}${route('VirtualHostGroup="hosts" UriGroup="uris2"')}${end}`]],
      'UriGroup="uris2"',
      'Config/Route@UriGroup',
    ],
    [
      'the same alias in another group, in another case',
      'L12',
      [
        ['"*:80"', '"SHOP:80"'],
        [
          end,
          `${second}${hosts2('shop:80')}${route('VirtualHostGroup="hosts2" UriGroup="uris"')}${end}`,
        ],
      ],
      'UriGroup="uris"',
      'Config/Route@UriGroup',
    ],
    [
      'two Routes for every host',
      'L12',
      [
        ['VirtualHostGroup="hosts" UriGroup', 'UriGroup'],
        [end, `${second}${route('UriGroup="uris"')}${end}`],
      ],
      'UriGroup="uris"',
      'Config/Route@UriGroup',
    ],
    [
      'no virtual host takes port 80 or 443',
      'L14',
      [
        ['*:80', '*:8080'],
        ['*:443', '*:8443'],
      ],
      'Name="hosts"',
      'Config/VirtualHostGroup[hosts]@Name',
    ],
    [
      'a Route takes everything',
      'L19',
      [
        ['*:80', '*:*'],
        ['/shop/*', '/*'],
      ],
      'UriGroup="uris"',
      'Config/Route@UriGroup',
    ],
    [
      'two Routes use one UriGroup',
      'L54',
      [
        [
          end,
          `${second}${hosts2('x:80')}${route('VirtualHostGroup="hosts2" UriGroup="uris"')}${end}`,
        ],
      ],
      'UriGroup="uris"',
      'Config/Route@UriGroup',
    ],
    [
      'a VirtualHostGroup that no Route uses',
      'L63',
      [[end, `${hosts2('x:80')}${end}`]],
      'Name="hosts2"',
      'Config/VirtualHostGroup[hosts2]@Name',
    ],
    [
      'a UriGroup that no Route uses',
      'L63',
      [[end, `${otherUris}${end}`]],
      'Name="uris2"',
      'Config/UriGroup[uris2]@Name',
    ],
    [
      'a cluster that no Route uses',
      'L63',
      [[end, `${second}${end}`]],
      'Name="other"',
      'Config/ServerCluster[other]@Name',
    ],
    [
      'there is no Route',
      'L66',
      [['<Route VirtualHostGroup="hosts" UriGroup="uris" ServerCluster="shop"/>', '']],
      '<Config',
      'Config',
    ],
    [
      'an empty VirtualHostGroup',
      'L66',
      [[end, `<VirtualHostGroup Name="none"/>${end}`]],
      'Name="none"',
      'Config/VirtualHostGroup[none]@Name',
    ],
    [
      'an empty UriGroup',
      'L66',
      [['<Uri Name="/shop/*"/>', '']],
      'Name="uris"',
      'Config/UriGroup[uris]@Name',
    ],
  ],
  [
    ['one Route', 'L12', []],
    [
      'the same path on another host',
      'L12',
      [
        [
          end,
          `${second}${hosts2('x:80')}${otherUris}${route('VirtualHostGroup="hosts2" UriGroup="uris2"')}${end}`,
        ],
      ],
    ],
    [
      'another path on the same host',
      'L12',
      [
        [
          end,
          `${second}<UriGroup Name="u"><Uri Name="/a/*"/></UriGroup>${route('VirtualHostGroup="hosts" UriGroup="u"')}${end}`,
        ],
      ],
    ],
    [
      'two Routes to one cluster',
      'L12',
      [[end, `<Route ServerCluster="shop" VirtualHostGroup="hosts" UriGroup="uris"/>${end}`]],
    ],
    [
      'a Route for every host is less specific than one with hosts',
      'L12',
      [[end, `${second}${route('UriGroup="uris"')}${end}`]],
    ],
    ['port 443 alone', 'L14', [['*:80', '*:8080']]],
    [
      'any port',
      'L14',
      [
        ['*:80', 'shop:*'],
        ['*:443', '*:8443'],
      ],
    ],
    [
      'no Route is L66',
      'L14',
      [['<Route VirtualHostGroup="hosts" UriGroup="uris" ServerCluster="shop"/>', '']],
    ],
    ['everything on one port', 'L19', [['/shop/*', '/*']]],
    ['one path on every host', 'L19', [['*:80', '*:*']]],
    ['one Route for each UriGroup', 'L54', []],
    ['everything is used', 'L63', []],
    [
      'without any Route one finding is enough',
      'L63',
      [['<Route VirtualHostGroup="hosts" UriGroup="uris" ServerCluster="shop"/>', '']],
    ],
    [
      'IntelligentManagement instead of Routes is L52',
      'L66',
      [
        [
          '<Route VirtualHostGroup="hosts" UriGroup="uris" ServerCluster="shop"/>',
          '<IntelligentManagement/>',
        ],
      ],
    ],
  ],
)

t.test('L12 one finding for each pair of Routes counts its further paths', async t => {
  const xml = change(
    ['<Uri Name="/shop/*"/>', '<Uri Name="/shop/*"/><Uri Name="/b"/><Uri Name="/c"/>'],
    [end, `${second}${route('VirtualHostGroup="hosts" UriGroup="uris"')}${end}`],
  )
  const findings = found(xml, 'L12')
  t.equal(findings.length, 1)
  t.match(
    findings[0]?.message,
    /"\/shop\/\*" on "\*:80" .*"other" here, and to "shop" .*line 32, as 2 more/,
  )
})

t.test('L14 repeats what the generator has written', async t => {
  const xml = change(
    ['*:80', '*:8080'],
    ['*:443', '*:8443'],
    [
      '<VirtualHostGroup',
      '<!-- No virtual hosts are configured to accept requests --><VirtualHostGroup',
    ],
  )
  t.match(found(xml, 'L14')[0]?.message, /comment of the generator/)
})

t.test('L12 comes to an end when every Route competes with every other', async t => {
  const uris = Array.from({ length: 1500 }, (_, i) => `<Uri Name="/p${i}/*"/>`).join('')
  const routes = Array.from(
    { length: 1500 },
    (_, i) => `<Route VirtualHostGroup="hosts" UriGroup="many" ServerCluster="c${i}"/>`,
  ).join('')
  const xml = change([end, `<UriGroup Name="many">${uris}</UriGroup>${routes}${end}`])
  t.ok(readPluginConfig(xml).diagnostics.some(({ code }) => code === 'L12'))
})
