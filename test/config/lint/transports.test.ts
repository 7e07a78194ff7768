import t from 'tap'
import { change, found } from '../support.ts'
import { lintTests } from './support.ts'

const server = 'Config/ServerCluster[shop]/Server[s1]'
const property = '<Property Name="keyring" Value="/keys/plugin-key.kdb"/>'
const stash = '<Property Name="stashfile" Value="/keys/plugin-key.sth"/>'
const keyring = (value: string): readonly [string, string] => ['/keys/plugin-key.kdb', value]

lintTests(
  [
    [
      'https reaches a server that has only http',
      'L34',
      [['Port="9443" Protocol="https"', 'Port="9443" Protocol="http"']],
      'Name="s1"',
      `${server}@Name`,
    ],
    [
      'https may arrive on any port',
      'L34',
      [
        ['*:80', '*:*'],
        ['*:443', '*:81'],
        ['Port="9443" Protocol="https"', 'Port="9443" Protocol="http"'],
      ],
      'Name="s1"',
      `${server}@Name`,
    ],
    ['no keyring', 'L35', [[property, '']], 'Protocol="https"', `${server}/Transport@Protocol`],
    [
      'no stash file',
      'L35',
      [[stash, '']],
      'Value="/keys/plugin-key.kdb"',
      `${server}/Transport/Property[keyring]@Value`,
    ],
    [
      'a key store of Java',
      'L35',
      [keyring('/keys/key.jks')],
      'Value="/keys/key.jks"',
      `${server}/Transport/Property[keyring]@Value`,
    ],
    [
      'PKCS#12',
      'L35',
      [keyring('/keys/key.p12')],
      'Value="/keys/key.p12"',
      `${server}/Transport/Property[keyring]@Value`,
    ],
    [
      'an empty keyring',
      'L35',
      [keyring('')],
      'Value=""',
      `${server}/Transport/Property[keyring]@Value`,
    ],
    [
      'ConnectionTTL is 0',
      'L37',
      [['Port="9080"', 'Port="9080" ConnectionTTL="0"']],
      'ConnectionTTL="0"',
      `${server}/Transport@ConnectionTTL`,
    ],
    [
      'ConnectionTTL is as long as the keep-alive of the server',
      'L37',
      [['Port="9080"', 'Port="9080" ConnectionTTL="30"']],
      'ConnectionTTL="30"',
      `${server}/Transport@ConnectionTTL`,
    ],
    [
      'ConnectionTTL of a ClusterAddress',
      'L37',
      [
        [
          '<PrimaryServers>',
          '<ClusterAddress Name="a"><Transport Hostname="h" Port="80" ConnectionTTL="60"/></ClusterAddress><PrimaryServers>',
        ],
      ],
      'ConnectionTTL="60"',
      'Config/ServerCluster[shop]/ClusterAddress[a]/Transport@ConnectionTTL',
    ],
  ],
  [
    ['the server has https', 'L34', []],
    [
      'https does not come in',
      'L34',
      [
        ['*:443', '*:81'],
        ['Port="9443" Protocol="https"', 'Port="9443" Protocol="http"'],
      ],
    ],
    [
      'UseInsecure allows it',
      'L34',
      [
        ['<Config', '<Config UseInsecure="true"'],
        ['Port="9443" Protocol="https"', 'Port="9443" Protocol="http"'],
      ],
    ],
    ['keyring and stash file', 'L35', []],
    [
      'a password instead of a stash file',
      'L35',
      [[stash, '<Property Name="password" Value="x"/>']],
    ],
    ['PEM needs no stash file', 'L35', [keyring('/keys/key.pem'), [stash, '']]],
    ['a SAF key ring needs no stash file', 'L35', [keyring('safkeyring:///ring'), [stash, '']]],
    [
      'an http transport needs no keyring',
      'L35',
      [
        [property, ''],
        [stash, ''],
        ['Protocol="https"', 'Protocol="http"'],
      ],
    ],
    ['it is absent', 'L37', []],
    ['it is 28', 'L37', [['Port="9080"', 'Port="9080" ConnectionTTL="28"']]],
  ],
)

t.test('L34 once for a server, however many Routes lead to it', async t => {
  const xml = change(
    ['Port="9443" Protocol="https"', 'Port="9443" Protocol="http"'],
    [
      '</Config>',
      '<Route VirtualHostGroup="hosts" UriGroup="uris" ServerCluster="shop"/></Config>',
    ],
  )
  t.equal(found(xml, 'L34').length, 1)
})
