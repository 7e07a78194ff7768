import { lintTests } from './support.ts'

const esi = '<Property Name="ESIEnable" Value="false"/>'
const group = '<TrustedProxyGroup><TrustedProxy Name="10.0.0.1"/></TrustedProxyGroup>'
const management = (inside: string): string =>
  `<IntelligentManagement>${inside}</IntelligentManagement><VirtualHostGroup`

lintTests(
  [
    [
      'private headers of clients are kept',
      'L38',
      [['Name="shop"', 'Name="shop" RemoveSpecialHeaders="false"']],
      'RemoveSpecialHeaders="false"',
      'Config/ServerCluster[shop]@RemoveSpecialHeaders',
    ],
    [
      'TrustedProxyEnable without a group',
      'L39',
      [['<Config', '<Config TrustedProxyEnable="true"']],
      'TrustedProxyEnable="true"',
      'Config@TrustedProxyEnable',
    ],
    [
      'TrustedProxyEnable with an empty group',
      'L39',
      [
        ['<Config', '<Config TrustedProxyEnable="true"'],
        ['<ServerCluster', '<TrustedProxyGroup/><ServerCluster'],
      ],
      'TrustedProxyEnable="true"',
      'Config@TrustedProxyEnable',
    ],
    [
      'a group without TrustedProxyEnable',
      'L39',
      [['<ServerCluster', `${group}<ServerCluster`]],
      '<TrustedProxyGroup>',
      'Config/TrustedProxyGroup',
    ],
    [
      'a range of proxies',
      'X16',
      [
        ['<Config', '<Config TrustedProxyEnable="true"'],
        ['<ServerCluster', `${group.replace('10.0.0.1', '10.0.0.0/8')}<ServerCluster`],
      ],
      '<TrustedProxyGroup>',
      'Config/TrustedProxyGroup',
    ],
    [
      'ESIInvalidationMonitor is on',
      'L41',
      [[esi, `${esi}<Property Name="ESIInvalidationMonitor" Value="true"/>`]],
      'Value="true"',
      'Config/Property[ESIInvalidationMonitor]@Value',
    ],
    ['ESIEnable is absent', 'L42', [[esi, '']], '<Config', 'Config'],
    [
      'ESIMaxCacheSize is large',
      'L43',
      [[esi, `${esi}<Property Name="ESIMaxCacheSize" Value="1048576"/>`]],
      'Value="1048576"',
      'Config/Property[ESIMaxCacheSize]@Value',
    ],
    [
      'RefreshInterval is short',
      'L45',
      [['RefreshInterval="60"', 'RefreshInterval="1"']],
      'RefreshInterval="1"',
      'Config@RefreshInterval',
    ],
    [
      'RefreshInterval is long',
      'L45',
      [['RefreshInterval="60"', 'RefreshInterval="86400"']],
      'RefreshInterval="86400"',
      'Config@RefreshInterval',
    ],
    [
      'RefreshInterval is off',
      'L45',
      [['RefreshInterval="60"', 'RefreshInterval="-1"']],
      'RefreshInterval="-1"',
      'Config@RefreshInterval',
    ],
    [
      'LogLevel is Trace',
      'L47',
      [['LogLevel="Error"', 'LogLevel="Trace"']],
      'LogLevel="Trace"',
      'Config/Log[/var/log/http_plugin.log]@LogLevel',
    ],
    [
      'IntelligentManagement without static routes',
      'L52',
      [
        ['<VirtualHostGroup', management('')],
        ['<Route VirtualHostGroup="hosts" UriGroup="uris" ServerCluster="shop"/>', ''],
      ],
      '<IntelligentManagement>',
      'Config/IntelligentManagement',
    ],
    [
      'a relative TraceSpecification',
      'L52',
      [['<VirtualHostGroup', management('<TraceSpecification name="logs/trace.xml"/>')]],
      'name="logs/trace.xml"',
      'Config/IntelligentManagement/TraceSpecification[logs/trace.xml]@name',
    ],
  ],
  [
    ['they are removed', 'L38', [['Name="shop"', 'Name="shop" RemoveSpecialHeaders="true"']]],
    ['neither switch nor group', 'L39', []],
    [
      'both',
      'L39',
      [
        ['<Config', '<Config TrustedProxyEnable="true"'],
        ['<ServerCluster', `${group}<ServerCluster`],
      ],
    ],
    ['a single address', 'X16', [['<ServerCluster', `${group}<ServerCluster`]]],
    ['it is off', 'L41', [[esi, `${esi}<Property Name="ESIInvalidationMonitor" Value="false"/>`]]],
    ['it is there', 'L42', []],
    ['it is there in another case', 'L42', [['ESIEnable', 'esiEnable']]],
    ['1 MiB', 'L43', [[esi, `${esi}<Property Name="ESIMaxCacheSize" Value="1024"/>`]]],
    ['a minute', 'L45', []],
    ['an error', 'L47', []],
    ['static routes beside it', 'L52', [['<VirtualHostGroup', management('')]]],
    [
      'an absolute TraceSpecification, and one that is no file',
      'L52',
      [
        [
          '<VirtualHostGroup',
          management('<TraceSpecification name="/l/t.xml"/><TraceSpecification name="default"/>'),
        ],
      ],
    ],
  ],
)
