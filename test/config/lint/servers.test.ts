import t from 'tap'
import { change, found } from '../support.ts'
import { lintTests } from './support.ts'

const cluster = 'Config/ServerCluster[shop]'
const lists = '</PrimaryServers>'
const aside = (from: string): readonly [string, string] => [from, '<!-- ']
const back = ['</ServerCluster>', '--></ServerCluster>'] as const

lintTests(
  [
    [
      'a cluster without Server',
      'L09',
      [['</ServerCluster>', '</ServerCluster><ServerCluster Name="empty"/>']],
      'Name="empty"',
      'Config/ServerCluster[empty]@Name',
    ],
    [
      'a server without Transport',
      'L09',
      [['</Server>\n    <Primary', '</Server><Server Name="s3" CloneID="c3"/><Primary']],
      'Name="s3"',
      `${cluster}/Server[s3]@Name`,
    ],
    [
      'a ClusterAddress without Transport',
      'L09',
      [['<PrimaryServers>', '<ClusterAddress Name="front"/><PrimaryServers>']],
      'Name="front"',
      `${cluster}/ClusterAddress[front]@Name`,
    ],
    [
      'a server in neither list',
      'L11',
      [['      <Server Name="s2"/>\n', '']],
      'Name="s2"',
      `${cluster}/Server[s2]@Name`,
    ],
    [
      'a lone server whose ServerIOTimeout is negative',
      'L61',
      [
        ['ServerIOTimeout="900"', 'ServerIOTimeout="-900"'],
        aside('<Server Name="s2" CloneID'),
        back,
      ],
      'ServerIOTimeout="-900"',
      `${cluster}/Server[s1]@ServerIOTimeout`,
    ],
    [
      'a lone server whose RetryInterval is not the default',
      'L61',
      [
        ['RetryInterval="60">\n    <Server', 'RetryInterval="5">\n    <Server'],
        aside('<Server Name="s2" CloneID'),
        back,
      ],
      'RetryInterval="5"',
      `${cluster}@RetryInterval`,
    ],
    [
      'several backup servers',
      'L64',
      [
        [
          `      <Server Name="s1"/>\n      <Server Name="s2"/>\n    ${lists}`,
          '</PrimaryServers><BackupServers><Server Name="s1"/><Server Name="s2"/></BackupServers>',
        ],
      ],
      '<BackupServers>',
      `${cluster}/BackupServers`,
    ],
    [
      'K10 a server in both lists',
      'X12',
      [[lists, `${lists}<BackupServers><Server Name="s2"/></BackupServers>`]],
      'Name="s2"',
      `${cluster}/BackupServers/Server[s2]@Name`,
    ],
    [
      'a server twice in one list',
      'X12',
      [['<Server Name="s2"/>', '<Server Name="s2"/> <Server Name="s1"/>']],
      'Name="s1"',
      `${cluster}/PrimaryServers/Server[s1]@Name`,
    ],
    [
      'a primary list that names nobody',
      'X15',
      [['<Server Name="s1"/>\n      <Server Name="s2"/>', '<!-- all out -->']],
      '<PrimaryServers>',
      `${cluster}/PrimaryServers`,
    ],
    [
      'MaxConnections is low',
      'L30',
      [['CloneID="c1"', 'CloneID="c1" MaxConnections="10"']],
      'MaxConnections="10"',
      `${cluster}/Server[s1]@MaxConnections`,
    ],
  ],
  [
    ['every cluster has servers with transports', 'L09', []],
    ['every server is listed', 'L11', []],
    [
      'a backup server is listed',
      'L11',
      [
        [
          '<Server Name="s2"/>\n    </PrimaryServers>',
          '</PrimaryServers><BackupServers><Server Name="s2"/></BackupServers>',
        ],
      ],
    ],
    [
      'there is no list',
      'L11',
      [
        ['<PrimaryServers>', '<!--'],
        [lists, '-->'],
      ],
    ],
    [
      'a list of unknown names counts as none',
      'L11',
      [['<Server Name="s1"/>\n      <Server Name="s2"/>', '<Server Name="x"/>']],
    ],
    ['two servers', 'L61', [['ServerIOTimeout="900"', 'ServerIOTimeout="-900"']]],
    ['a lone server with the defaults', 'L61', [aside('<Server Name="s2" CloneID'), back]],
    [
      'one backup server',
      'L64',
      [[lists, `${lists}<BackupServers><Server Name="s2"/></BackupServers>`]],
    ],
    ['each server once', 'X12', []],
    ['a list with a name', 'X15', []],
    [
      'a list of a cluster without servers',
      'X15',
      [
        [
          '</ServerCluster>',
          '</ServerCluster><ServerCluster Name="e"><PrimaryServers/></ServerCluster>',
        ],
      ],
    ],
    ['MaxConnections without limit', 'L30', [['CloneID="c1"', 'CloneID="c1" MaxConnections="-1"']]],
    ['MaxConnections is high', 'L30', [['CloneID="c1"', 'CloneID="c1" MaxConnections="200"']]],
  ],
)

t.test('L09 a server whose only transport was left out has none', async t => {
  const xml = change([
    '</Server>\n    <Primary',
    '</Server><Server Name="s3" CloneID="c3"><Transport Hostname="h" Port="0"/></Server><Primary',
  ])
  t.match(found(xml, 'L09')[0]?.message, /"s3" has no Transport that can be used/)
})
