import type { Diagnostic } from '../../src/config/diagnostics.ts'
import { readPluginConfig } from '../../src/config/read.ts'

/** A file about which there is nothing to say; tests change one thing in it at a time. */
export const sound = `<?xml version="1.0" encoding="UTF-8"?>
<Config RefreshInterval="60">
  <Log LogLevel="Error" Name="/var/log/http_plugin.log"/>
  <Property Name="ESIEnable" Value="false"/>
  <VirtualHostGroup Name="hosts">
    <VirtualHost Name="*:80"/>
    <VirtualHost Name="*:443"/>
  </VirtualHostGroup>
  <ServerCluster Name="shop" LoadBalance="Round Robin" PostBufferSize="0" RetryInterval="60">
    <Server Name="s1" CloneID="c1" LoadBalanceWeight="20" ConnectTimeout="5" ServerIOTimeout="900">
      <Transport Hostname="one" Port="9080" Protocol="http"/>
      <Transport Hostname="one" Port="9443" Protocol="https">
        <Property Name="keyring" Value="/keys/plugin-key.kdb"/>
        <Property Name="stashfile" Value="/keys/plugin-key.sth"/>
      </Transport>
    </Server>
    <Server Name="s2" CloneID="c2" LoadBalanceWeight="19" ConnectTimeout="5" ServerIOTimeout="900">
      <Transport Hostname="two" Port="9080" Protocol="http"/>
      <Transport Hostname="two" Port="9443" Protocol="https">
        <Property Name="keyring" Value="/keys/plugin-key.kdb"/>
        <Property Name="stashfile" Value="/keys/plugin-key.sth"/>
      </Transport>
    </Server>
    <PrimaryServers>
      <Server Name="s1"/>
      <Server Name="s2"/>
    </PrimaryServers>
  </ServerCluster>
  <UriGroup Name="uris">
    <Uri Name="/shop/*"/>
  </UriGroup>
  <Route VirtualHostGroup="hosts" UriGroup="uris" ServerCluster="shop"/>
</Config>
`

/** A piece of text and what to put in its place, the first time it occurs. */
export type Change = readonly [from: string, to: string]

/** The sound file with some changes. Throws when there is nothing to change, so that no test passes by a typing error. */
export const change = (...changes: readonly Change[]): string => {
  let text = sound
  for (const [from, to] of changes) {
    const at = text.indexOf(from)
    if (at === -1) throw new Error(`nothing to change: ${from}`)
    text = text.slice(0, at) + to + text.slice(at + from.length)
  }
  return text
}

/** The findings of one code. */
export const found = (xml: string | Uint8Array, code: string): readonly Diagnostic[] =>
  readPluginConfig(xml).diagnostics.filter(diagnostic => diagnostic.code === code)

/** The codes of all findings, in the order of the file. */
export const codes = (xml: string | Uint8Array): readonly string[] =>
  readPluginConfig(xml).diagnostics.map(diagnostic => diagnostic.code)

/** What a finding points at: the text that begins at its line and column. */
export const pointedAt = (xml: string, { line, column }: Diagnostic, length: number): string =>
  (xml.split(/\r\n?|\n/)[line - 1] ?? '').slice(column - 1, column - 1 + length)

/** A mistake made in the sound file: its title, the changes, and where the finding points. */
export type Firing = readonly [
  title: string,
  code: string,
  changes: readonly Change[],
  pointsAt: string,
  path: string,
]

/** Something close to a mistake, but none. */
export type Quiet = readonly [title: string, code: string, changes: readonly Change[]]
