import { retrySeconds, sessions } from './scenarios.mjs'
import { authorityFile, serverName } from './trust.mjs'

/**
 * The configuration of our edge: two servers with sessions, and a third that is dead, all limits on. RetryInterval is
 * short, so that marking down and trying again happen many times in one measurement.
 *
 * @param {import('./contenders.mjs').Place} place
 */
export const pluginConfig = place => {
  const servers = sessions(place)
  const server = ([name, port]) => `
    <Server CloneID="${name}" Name="${name}" LoadBalanceWeight="2" ConnectTimeout="5"
            ServerIOTimeout="900" MaxConnections="-1" ExtendedHandshake="false" WaitForContinue="false">
      ${transport(port, place)}
    </Server>`
  return `<?xml version="1.0" encoding="UTF-8"?>
<Config AcceptAllContent="true" ASDisableNagle="true" RefreshInterval="60">
  <VirtualHostGroup Name="default_host"><VirtualHost Name="*:*"/></VirtualHostGroup>
  <ServerCluster Name="bench" LoadBalance="Round Robin" RetryInterval="${retrySeconds}" PostBufferSize="64"
                 PostSizeLimit="-1" RemoveSpecialHeaders="true" ServerIOTimeoutRetry="-1">
    ${servers.map(server).join('')}
    <PrimaryServers>${servers.map(([name]) => `<Server Name="${name}"/>`).join('')}</PrimaryServers>
  </ServerCluster>
  <UriGroup Name="bench_uris">
    <Uri Name="/app/*" AffinityCookie="JSESSIONID" AffinityURLIdentifier="jsessionid"/>
  </UriGroup>
  <Route ServerCluster="bench" VirtualHostGroup="default_host" UriGroup="bench_uris"/>
</Config>
`
}

const transport = (port, place) => {
  const rest = `Port="${port}" Protocol="${place.tls ? 'https' : 'http'}"`
  if (!place.tls) return `<Transport Hostname="127.0.0.1" ${rest}/>`
  const keyring = `<Property Name="keyring" Value="${authorityFile(place)}"/>`
  return `<Transport Hostname="${serverName}" ${rest}>${keyring}</Transport>`
}
