import type { PluginConfig } from '../../src/config/model.ts'
import { readPluginConfig } from '../../src/config/read.ts'

/** A cluster of two primaries and a backup, with these attributes. */
export const clusterOf = (attributes = '', server = ''): PluginConfig => {
  const one = (name: string, port: number) =>
    `<Server Name="${name}" CloneID="${name}x" ${server}><Transport Hostname="127.0.0.1" Port="${port}" Protocol="http"/></Server>`
  const { config } = readPluginConfig(`<Config>
    <VirtualHostGroup Name="v"><VirtualHost Name="*:80"/></VirtualHostGroup>
    <UriGroup Name="u"><Uri Name="/*"/></UriGroup>
    <ServerCluster Name="C" ${attributes}>${one('a', 1)}${one('b', 2)}${one('c', 3)}
      <PrimaryServers><Server Name="a"/><Server Name="b"/></PrimaryServers>
      <BackupServers><Server Name="c"/></BackupServers>
    </ServerCluster>
    <ServerCluster Name="L"><Server Name="lone"><Transport Hostname="127.0.0.1" Port="4" Protocol="http"/></Server>
      <ClusterAddress Name="address"><Transport Hostname="127.0.0.1" Port="5" Protocol="http"/></ClusterAddress>
    </ServerCluster>
    <UriGroup Name="l"><Uri Name="/lone/*"/></UriGroup>
    <Route VirtualHostGroup="v" UriGroup="u" ServerCluster="C"/>
    <Route VirtualHostGroup="v" UriGroup="l" ServerCluster="L"/>
  </Config>`)
  return config
}
