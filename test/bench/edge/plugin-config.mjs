import { writeFileSync } from 'node:fs'
import { join } from 'node:path'

/**
 * The configuration of our edge: two servers with sessions, and a third that is dead, all limits on. RetryInterval is
 * short, so that marking down and trying again happen many times in one measurement.
 *
 * @param {import('./contenders.mjs').Place} place
 */
export const pluginConfig = ({ ports, tls, certificates, folder }) => {
  const server = (name, port) => `
    <Server CloneID="${name}" Name="${name}" LoadBalanceWeight="2" ConnectTimeout="5"
            ServerIOTimeout="900" MaxConnections="-1" ExtendedHandshake="false" WaitForContinue="false">
      ${transport(port, tls, keyring(folder, tls, certificates))}
    </Server>`
  const names = ['s1', 's2', 'dead']
  return `<?xml version="1.0" encoding="UTF-8"?>
<Config AcceptAllContent="true" ASDisableNagle="true" RefreshInterval="60">
  <VirtualHostGroup Name="default_host"><VirtualHost Name="*:*"/></VirtualHostGroup>
  <ServerCluster Name="bench" LoadBalance="Round Robin" RetryInterval="1" PostBufferSize="64"
                 PostSizeLimit="-1" RemoveSpecialHeaders="true" ServerIOTimeoutRetry="-1">
    ${server('s1', tls ? ports.tls1 : ports.s1)}
    ${server('s2', tls ? ports.tls2 : ports.s2)}
    ${server('dead', ports.dead)}
    <PrimaryServers>${names.map(name => `<Server Name="${name}"/>`).join('')}</PrimaryServers>
  </ServerCluster>
  <UriGroup Name="bench_uris">
    <Uri Name="/app/*" AffinityCookie="JSESSIONID" AffinityURLIdentifier="jsessionid"/>
  </UriGroup>
  <Route ServerCluster="bench" VirtualHostGroup="default_host" UriGroup="bench_uris"/>
</Config>
`
}

const transport = (port, tls, file) =>
  tls
    ? `<Transport Hostname="app.example" Port="${port}" Protocol="https"><Property Name="keyring" Value="${file}"/></Transport>`
    : `<Transport Hostname="127.0.0.1" Port="${port}" Protocol="http"/>`

const keyring = (folder, tls, { authority }) => {
  if (!tls) return ''
  const file = join(folder, 'plugin-key.pem')
  writeFileSync(file, authority)
  return file
}
