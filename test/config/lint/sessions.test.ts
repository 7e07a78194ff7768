import t from 'tap'
import { change, found } from '../support.ts'
import { lintTests } from './support.ts'

const cluster = 'Config/ServerCluster[shop]'
const liberty = [
  ['Name="s1" CloneID="c1"', 'Name="default_node_a"'],
  ['Name="s2" CloneID="c2"', 'Name="default_node_b"'],
  ['Name="s1"', 'Name="default_node_a"'],
  ['Name="s2"', 'Name="default_node_b"'],
] as const

lintTests(
  [
    [
      'one of two servers has no CloneID',
      'L20',
      [[' CloneID="c2"', '']],
      '<Server Name="s2"',
      `${cluster}/Server[s2]`,
    ],
    [
      'an empty CloneID is none',
      'L20',
      [['CloneID="c2"', 'CloneID=""']],
      'CloneID=""',
      `${cluster}/Server[s2]@CloneID`,
    ],
    [
      'two servers have one CloneID',
      'L21',
      [['CloneID="c2"', 'CloneID="c1"']],
      'CloneID="c1"',
      `${cluster}/Server[s2]@CloneID`,
    ],
    [
      'a CloneID with the separator in it',
      'L23',
      [['CloneID="c2"', 'CloneID="c:2"']],
      'CloneID="c:2"',
      `${cluster}/Server[s2]@CloneID`,
    ],
    [
      'a CloneID with the other separator, which is set',
      'L23',
      [
        ['CloneID="c2"', 'CloneID="c+2"'],
        ['Name="shop"', 'Name="shop" CloneSeparatorChange="true"'],
      ],
      'CloneID="c+2"',
      `${cluster}/Server[s2]@CloneID`,
    ],
    [
      'Liberty servers without CloneID',
      'L67',
      liberty,
      'Name="shop"',
      'Config/ServerCluster[shop]@Name',
    ],
  ],
  [
    ['every server has one', 'L20', []],
    [
      'a single server needs none',
      'L20',
      [
        [' CloneID="c1"', ''],
        ['<Server Name="s2" CloneID', '<!-- '],
        ['</ServerCluster>', '--></ServerCluster>'],
      ],
    ],
    ['they differ', 'L21', []],
    ['they differ in case', 'L21', [['CloneID="c2"', 'CloneID="C1"']]],
    [
      'E23 the same CloneID in another cluster',
      'L21',
      [
        [
          '</ServerCluster>',
          '</ServerCluster><ServerCluster Name="b"><Server Name="x" CloneID="c1"/></ServerCluster>',
        ],
      ],
    ],
    ['the other separator', 'L23', [['CloneID="c2"', 'CloneID="c+2"']]],
    [
      'servers of another kind',
      'L67',
      [
        [' CloneID="c1"', ''],
        [' CloneID="c2"', ''],
      ],
    ],
    [
      'one of them has a CloneID',
      'L67',
      [...liberty, ['Name="default_node_a"', 'Name="default_node_a" CloneID="a"']],
    ],
  ],
)

t.test('L20 names every server concerned in one finding', async t => {
  const xml = change([' CloneID="c1"', ''], [' CloneID="c2"', ''])
  const findings = found(xml, 'L20')
  t.equal(findings.length, 1)
  t.match(findings[0]?.message, /"s1" and "s2" of cluster "shop" have no CloneID/)
})
