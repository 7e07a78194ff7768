import t from 'tap'
import { change, codes, found } from '../support.ts'
import { lintTests } from './support.ts'

const cluster = 'Config/ServerCluster[shop]'
const server = `${cluster}/Server[s1]`

lintTests(
  [
    [
      'ConnectTimeout is 0',
      'L24',
      [['ConnectTimeout="5"', 'ConnectTimeout="0"']],
      'ConnectTimeout="0"',
      `${server}@ConnectTimeout`,
    ],
    [
      'E3 ConnectTimeout is absent',
      'L24',
      [[' ConnectTimeout="5"', '']],
      '<Server Name="s1"',
      server,
    ],
    [
      'ServerIOTimeout is 0',
      'L25',
      [['ServerIOTimeout="900"', 'ServerIOTimeout="0"']],
      'ServerIOTimeout="0"',
      `${server}@ServerIOTimeout`,
    ],
    [
      'E3 ServerIOTimeout is absent',
      'L25',
      [[' ServerIOTimeout="900"', '']],
      '<Server Name="s1"',
      server,
    ],
    [
      'ServerIOTimeout is very short',
      'L26',
      [['ServerIOTimeout="900"', 'ServerIOTimeout="3"']],
      'ServerIOTimeout="3"',
      `${server}@ServerIOTimeout`,
    ],
    [
      'a negative ServerIOTimeout is very short',
      'L26',
      [['ServerIOTimeout="900"', 'ServerIOTimeout="-3"']],
      'ServerIOTimeout="-3"',
      `${server}@ServerIOTimeout`,
    ],
    [
      'a negative ServerIOTimeout among two servers',
      'L27',
      [['ServerIOTimeout="900"', 'ServerIOTimeout="-900"']],
      'ServerIOTimeout="-900"',
      `${server}@ServerIOTimeout`,
    ],
    [
      'PostBufferSize with a ServerIOTimeout',
      'L28',
      [['PostBufferSize="0"', 'PostBufferSize="64"']],
      'PostBufferSize="64"',
      `${cluster}@PostBufferSize`,
    ],
    [
      'E3 PostBufferSize is absent, which means 64',
      'L28',
      [[' PostBufferSize="0"', '']],
      '<ServerCluster',
      cluster,
    ],
    [
      'PostSizeLimit is a few thousand bytes',
      'L29',
      [['Name="shop"', 'Name="shop" PostSizeLimit="2048"']],
      'PostSizeLimit="2048"',
      `${cluster}@PostSizeLimit`,
    ],
    [
      'PostSizeLimit is 0',
      'L29',
      [['Name="shop"', 'Name="shop" PostSizeLimit="0"']],
      'PostSizeLimit="0"',
      `${cluster}@PostSizeLimit`,
    ],
  ],
  [
    ['it is set', 'L24', []],
    ['it is set', 'L25', []],
    ['a negative one is one', 'L25', [['ServerIOTimeout="900"', 'ServerIOTimeout="-900"']]],
    ['ten seconds', 'L26', [['ServerIOTimeout="900"', 'ServerIOTimeout="10"']]],
    ['none at all is L25', 'L26', [['ServerIOTimeout="900"', 'ServerIOTimeout="0"']]],
    ['a positive one', 'L27', []],
    [
      'a larger cluster',
      'L27',
      [
        ['ServerIOTimeout="900"', 'ServerIOTimeout="-900"'],
        ['<PrimaryServers>', '<Server Name="s3"/><Server Name="s4"/><PrimaryServers>'],
      ],
    ],
    ['nothing is kept', 'L28', []],
    [
      'nothing expires',
      'L28',
      [
        ['PostBufferSize="0"', 'PostBufferSize="64"'],
        ['ServerIOTimeout="900"', 'ServerIOTimeout="0"'],
        ['ServerIOTimeout="900"', 'ServerIOTimeout="0"'],
      ],
    ],
    [
      'a single server is never retried',
      'L28',
      [
        ['PostBufferSize="0"', 'PostBufferSize="64"'],
        ['<Server Name="s2" CloneID', '<!-- '],
        ['</ServerCluster>', '--></ServerCluster>'],
      ],
    ],
    ['no limit', 'L29', [['Name="shop"', 'Name="shop" PostSizeLimit="-1"']]],
    ['a limit of megabytes', 'L29', [['Name="shop"', 'Name="shop" PostSizeLimit="5000000"']]],
  ],
)

t.test('L24 once for every server', async t => {
  const xml = change([' ConnectTimeout="5"', ''], [' ConnectTimeout="5"', ''])
  t.same(codes(xml), ['L24', 'L24'])
  t.match(found(xml, 'L24')[0]?.message, /"s1" has no ConnectTimeout/)
})
