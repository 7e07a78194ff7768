import t from 'tap'
import { readPluginConfig } from '../../../src/config/read.ts'
import { change, found } from '../support.ts'
import { lintTests } from './support.ts'

const route = '<Route VirtualHostGroup="hosts" UriGroup="uris" ServerCluster="shop"/>'
const cluster = 'Config/ServerCluster[shop]'
const groupEnd = '</VirtualHostGroup>'

lintTests(
  [
    [
      'a Route names a VirtualHostGroup that does not exist',
      'L03',
      [['VirtualHostGroup="hosts"', 'VirtualHostGroup="hostz"']],
      'VirtualHostGroup="hostz"',
      'Config/Route@VirtualHostGroup',
    ],
    [
      'a Route names a ServerCluster that does not exist',
      'L04',
      [['ServerCluster="shop"', 'ServerCluster="shop_0"']],
      'ServerCluster="shop_0"',
      'Config/Route@ServerCluster',
    ],
    [
      'E24 the ServerGroup of release 4.0 is resolved too',
      'L04',
      [['ServerCluster="shop"', 'ServerGroup="gone"']],
      'ServerGroup="gone"',
      'Config/Route@ServerGroup',
    ],
    [
      'a Route names a UriGroup that does not exist',
      'L05',
      [['UriGroup="uris"', 'UriGroup="uris_default"']],
      'UriGroup="uris_default"',
      'Config/Route@UriGroup',
    ],
    [
      'a Route without ServerCluster',
      'L06',
      [[' ServerCluster="shop"', '']],
      '<Route',
      'Config/Route',
    ],
    [
      'a Route with an empty ServerCluster',
      'L06',
      [['ServerCluster="shop"', 'ServerCluster=""']],
      'ServerCluster=""',
      'Config/Route@ServerCluster',
    ],
    [
      'a Route with neither group',
      'L06',
      [[route, '<Route ServerCluster="shop"/>']],
      '<Route',
      'Config/Route',
    ],
    [
      'PrimaryServers names a server that is not there',
      'L10',
      [['<Server Name="s2"/>', '<Server Name="s2"/>\n<Server Name="s3"/>']],
      'Name="s3"',
      `${cluster}/PrimaryServers/Server[s3]@Name`,
    ],
    [
      'BackupServers names a server that is not there',
      'L10',
      [['</PrimaryServers>', '</PrimaryServers><BackupServers><Server Name="b"/></BackupServers>']],
      'Name="b"',
      `${cluster}/BackupServers/Server[b]@Name`,
    ],
    [
      'two VirtualHostGroups of one name',
      'L13',
      [
        [
          groupEnd,
          `${groupEnd}<VirtualHostGroup Name="hosts"><VirtualHost Name="*:81"/>${groupEnd}`,
        ],
      ],
      'Name="hosts"',
      'Config/VirtualHostGroup[hosts]@Name',
    ],
    [
      'two UriGroups of one name',
      'L13',
      [['</UriGroup>', '</UriGroup><UriGroup Name="uris"><Uri Name="/a/*"/></UriGroup>']],
      'Name="uris"',
      'Config/UriGroup[uris]@Name',
    ],
    [
      'two clusters of one name',
      'L13',
      [['</ServerCluster>', '</ServerCluster><ServerCluster Name="shop"/>']],
      'Name="shop"',
      'Config/ServerCluster[shop]@Name',
    ],
    [
      'two servers of one name in a cluster',
      'L13',
      [['<Server Name="s2" CloneID', '<Server Name="s1" CloneID']],
      'Name="s1"',
      `${cluster}/Server[s1]@Name`,
    ],
    [
      'E24 Liberty wrote the Route without the cluster',
      'L65',
      [
        ['<UriGroup', '<!-- The configured endpoint could not be found. x -->\n<UriGroup'],
        ['ServerCluster="shop"', 'ServerCluster="gone"'],
      ],
      'ServerCluster="gone"',
      'Config/Route@ServerCluster',
    ],
  ],
  [
    ['nothing is missing', 'L03', []],
    ['nothing is missing', 'L04', []],
    ['nothing is missing', 'L05', []],
    [
      'E22 a Route may come before what it names',
      'L04',
      [
        [route, ''],
        ['<Log', `${route}<Log`],
      ],
    ],
    [
      'E22 a Route may come before what it names',
      'L03',
      [
        [route, ''],
        ['<Log', `${route}<Log`],
      ],
    ],
    ['a Route without VirtualHostGroup', 'L03', [[' VirtualHostGroup="hosts"', '']]],
    ['a Route without VirtualHostGroup', 'L06', [[' VirtualHostGroup="hosts"', '']]],
    ['a Route without UriGroup', 'L05', [[' UriGroup="uris"', '']]],
    [
      'an empty ServerCluster is L06 already',
      'L04',
      [['ServerCluster="shop"', 'ServerCluster=""']],
    ],
    ['every listed server exists', 'L10', []],
    ['a nameless entry has X11', 'L10', [['<Server Name="s2"/>', '<Server/>']]],
    [
      'E23 one server name in two clusters',
      'L13',
      [
        [
          '</ServerCluster>',
          '</ServerCluster><ServerCluster Name="b"><Server Name="s1"/></ServerCluster>',
        ],
      ],
    ],
    [
      'groups of different kinds may share a name',
      'L13',
      [['</UriGroup>', '</UriGroup><UriGroup Name="hosts"><Uri Name="/a/*"/></UriGroup>']],
    ],
    ['two nameless groups have X11', 'L13', [['</UriGroup>', '</UriGroup><UriGroup/><UriGroup/>']]],
    [
      'the comment alone, while the cluster is there',
      'L65',
      [['<UriGroup', '<!-- The configured endpoint could not be found. x -->\n<UriGroup']],
    ],
    [
      'a dangling Route without the comment',
      'L65',
      [['ServerCluster="shop"', 'ServerCluster="x"']],
    ],
  ],
)

t.test('L13 both definitions stay in the model', async t => {
  const xml = change([
    '</UriGroup>',
    '</UriGroup><UriGroup Name="uris"><Uri Name="/a/*"/></UriGroup>',
  ])
  const [finding] = found(xml, 'L13')
  t.match(finding?.message, /"uris".*line 29/)
  t.same(
    readPluginConfig(xml).config.uriGroups.map(({ name }) => name),
    ['uris', 'uris'],
  )
})

t.test('E24 L04 names what it may have been', async t => {
  const wrong = change(['ServerCluster="shop"', 'ServerCluster="Shop"'])
  t.match(found(wrong, 'L04')[0]?.message, /did you mean "shop"\?/)
  const managed = change(
    ['ServerCluster="shop"', 'ServerCluster="dynamic"'],
    ['<Log', '<IntelligentManagement/><Log'],
  )
  t.match(found(managed, 'L04')[0]?.message, /IntelligentManagement/)
  const hinted = change(
    ['ServerCluster="shop"', 'ServerCluster="gone"'],
    ['<Log', '<!-- No endpoint could be found with pid x.--><Log'],
  )
  t.match(found(hinted, 'L04')[0]?.message, /endpoint was missing or disabled/)
  const empty =
    '<Config><UriGroup Name="u"><Uri Name="/a"/></UriGroup><Route UriGroup="u" ServerCluster="c"/></Config>'
  t.match(found(empty, 'L04')[0]?.message, /no cluster at all/)
})
