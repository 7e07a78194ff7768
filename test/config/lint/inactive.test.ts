import t from 'tap'
import { change, codes, found } from '../support.ts'
import { lintTests } from './support.ts'

lintTests(
  [
    [
      'E10 a setting of IIS',
      'X20',
      [['<Config', '<Config IISDisableNagle="true"']],
      'IISDisableNagle="true"',
      'Config@IISDisableNagle',
    ],
    [
      'E10 a cryptographic device',
      'X20',
      [['<Config', '<Config SSLPKCSDriver="/lib/pkcs11.so"']],
      'SSLPKCSDriver=',
      'Config@SSLPKCSDriver',
    ],
    [
      'E10 fetching the partition table',
      'X20',
      [['<ServerCluster', '<ServerCluster GetDWLMTable="true"']],
      'GetDWLMTable=',
      'Config/ServerCluster[shop]@GetDWLMTable',
    ],
    [
      'E10 edge side includes',
      'X20',
      [['Name="ESIEnable" Value="false"', 'Name="ESIEnable" Value="true"']],
      'Value="true"',
      'Config/Property[ESIEnable]@Value',
    ],
    [
      'E10 request metrics that are switched on',
      'X20',
      [['</Config>', '<RequestMetrics rmEnabled="true"/></Config>']],
      'rmEnabled="true"',
      'Config/RequestMetrics@rmEnabled',
    ],
    [
      'E10 a program to pipe the log into',
      'X20',
      [['Name="/var/log/http_plugin.log"', 'Name="|/usr/bin/rotatelogs /var/log/plugin.%F"']],
      'Name="|/usr/bin/rotatelogs',
      'Config/Log[|/usr/bin/rotatelogs /var/log/plugin.%F]@Name',
    ],
    [
      'E10 IntelligentManagement',
      'X20',
      [['</Config>', '<IntelligentManagement/></Config>']],
      '<IntelligentManagement/>',
      'Config/IntelligentManagement',
    ],
  ],
  [
    ['nothing of it is there', 'X20', []],
    [
      'a setting of IIS at its default',
      'X20',
      [['<Config', '<Config IISPluginPriority="High" IISDisableNagle="false"']],
    ],
    ['strict security, which is active', 'X20', [['<Config', '<Config StrictSecurity="true"']]],
    ['a host name to verify', 'X20', [['<Config', '<Config SecureHostVerification="true"']]],
    [
      'a certificate for the servers, which is presented',
      'X20',
      [
        [
          '<Property Name="keyring"',
          '<Property Name="certLabel" Value="edge"/><Property Name="keyring"',
        ],
      ],
    ],
    [
      'request metrics that are switched off',
      'X20',
      [['</Config>', '<RequestMetrics rmEnabled="false"/></Config>']],
    ],
  ],
)

t.test('E10 a ClusterAddress is active and needs no note', async t => {
  const xml = change([
    '<PrimaryServers>',
    '<ClusterAddress Name="a"><Transport Hostname="h" Port="80" Protocol="http"/></ClusterAddress><PrimaryServers>',
  ])
  t.same(codes(xml), [])
})

t.test('X20 never shows a password', async t => {
  const xml = change(['<Config', '<Config SSLPKCSPassword="s3cret"'])
  const [finding] = found(xml, 'X20')
  t.notMatch(JSON.stringify(finding), /s3cret/)
})
