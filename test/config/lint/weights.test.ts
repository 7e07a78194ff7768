import { lintTests } from './support.ts'

const server = 'Config/ServerCluster[shop]/Server[s1]'

lintTests(
  [
    [
      'equal weights above 1',
      'L31',
      [['LoadBalanceWeight="19"', 'LoadBalanceWeight="20"']],
      'LoadBalanceWeight="20"',
      `${server}@LoadBalanceWeight`,
    ],
    [
      'no weights, which means 2 for all',
      'L31',
      [
        [' LoadBalanceWeight="20"', ''],
        [' LoadBalanceWeight="19"', ''],
      ],
      '<Server Name="s1"',
      server,
    ],
    [
      'weights with LoadBalance Random',
      'L32',
      [['Round Robin', 'Random']],
      'LoadBalanceWeight="20"',
      `${server}@LoadBalanceWeight`,
    ],
  ],
  [
    ['one differs by 1', 'L31', []],
    [
      'K3 one of them is a backup, and takes no turns',
      'L31',
      [
        ['LoadBalanceWeight="19"', 'LoadBalanceWeight="20"'],
        [
          '      <Server Name="s2"/>\n    </PrimaryServers>',
          '    </PrimaryServers>\n    <BackupServers><Server Name="s2"/></BackupServers>',
        ],
      ],
    ],
    [
      'all are 1',
      'L31',
      [
        ['LoadBalanceWeight="20"', 'LoadBalanceWeight="1"'],
        ['LoadBalanceWeight="19"', 'LoadBalanceWeight="1"'],
      ],
    ],
    [
      'Random ignores them, which is L32',
      'L31',
      [
        ['LoadBalanceWeight="19"', 'LoadBalanceWeight="20"'],
        ['Round Robin', 'Random'],
      ],
    ],
    ['weights with Round Robin', 'L32', []],
    [
      'Random without weights',
      'L32',
      [
        ['Round Robin', 'Random'],
        [' LoadBalanceWeight="20"', ''],
        [' LoadBalanceWeight="19"', ''],
      ],
    ],
  ],
)
