import t from 'tap'
import { notShown, redacted } from '../../src/admin/redact.ts'
import { readPluginConfig } from '../../src/config/read.ts'

const file = `<Config SSLPKCSPassword="pkcs-secret" Colour="blue" ExtraPassword="extra-secret">
  <Property Name="ESIEnable" Value="true"/>
  <Property Name="TrustStorePwd" Value="property-secret"/>
  <ServerCluster Name="password">
    <Server Name="m1" CloneID="c1">
      <Transport Hostname="127.0.0.1" Port="9443" Protocol="https">
        <Property Name="keyring" Value="/keys/plugin-key.p12"/>
        <Property Name="stashfile" Value="/keys/plugin-key.sth"/>
        <Property Name="password" Value="transport-secret"/>
      </Transport>
    </Server>
  </ServerCluster>
  <Route ServerCluster="password"/>
</Config>`

t.test('passwords are taken out wherever they stand, known to the reader or not', async t => {
  const { config } = readPluginConfig(file)
  const before = JSON.stringify(config)
  for (const secret of ['pkcs', 'extra', 'property', 'transport']) {
    t.match(before, `${secret}-secret`, `${secret} is in the model`)
  }
  const shown = redacted(config)
  t.notMatch(JSON.stringify(shown), '-secret')
  t.equal(shown.settings.sslPkcsPassword, notShown)
  t.equal(shown.clusters[0]?.servers[0]?.transports[0]?.password, notShown)
  t.equal(JSON.stringify(config), before, 'the configuration of the edge is left alone')
})

t.test('everything that is no password stays as it is', async t => {
  const { config } = readPluginConfig(file)
  const shown = redacted(config)
  t.equal(shown.clusters[0]?.name, 'password')
  t.equal(shown.clusters[0]?.servers[0]?.transports[0]?.keyring, '/keys/plugin-key.p12')
  t.match(shown.unknown, [{ attribute: 'Colour', value: 'blue' }])
  t.match(shown.properties, [
    { name: 'ESIEnable', value: 'true' },
    { name: 'TrustStorePwd', value: notShown },
  ])
})
