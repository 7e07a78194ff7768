/**
 * Configurations of a given size, as files: they are read like any other before they are measured.
 *
 * `asked`: of how many clusters the requests are.
 *
 * @typedef {{
 *   name: string, title: string, uris: number, clusters: number, servers: number, hosts: number, asked: number,
 * }} Size
 */

/** @type {readonly Size[]} */
export const sizes = [
  size('10-uris', '10 URIs, 2 servers', { uris: 10 }),
  size('1000-uris', '1,000 URIs', { uris: 1000 }),
  size('100000-uris', '100,000 URIs', { uris: 100_000 }),
  size('1000-clusters', '1,000 clusters, 10,000 URIs', { uris: 10_000, clusters: 1000 }),
  size('1-of-1000', 'the same, requests for one cluster', {
    uris: 10_000,
    clusters: 1000,
    asked: 1,
  }),
  size('100-servers', 'a cluster of 100 servers', { uris: 10, servers: 100 }),
  size('1000-servers', 'a cluster of 1,000 servers', { uris: 10, servers: 1000 }),
  size('10000-hosts', '10,000 virtual hosts', { uris: 10, hosts: 10_000 }),
]

function size(name, title, { uris, clusters = 1, servers = 2, hosts = 1, asked = clusters }) {
  return { name, title, uris, clusters, servers, hosts, asked }
}

/** The host of a virtual host. */
export const hostName = number => `www${number}.example.com`

/** The context root of a URI. */
export const contextRoot = number => `/app${number}`

/** A clone ID, which is unique in the file. */
export const cloneId = (cluster, server) => `c${cluster}s${server}`

/** @param {Size} size */
export const configText = ({ uris, clusters, servers, hosts }) => {
  const lines = ['<?xml version="1.0" encoding="UTF-8"?>', '<Config RefreshInterval="60">']
  lines.push('  <VirtualHostGroup Name="hosts">')
  for (let i = 0; i < hosts; i++) lines.push(`    <VirtualHost Name="${hostName(i)}:80"/>`)
  lines.push('  </VirtualHostGroup>')
  for (let i = 0; i < clusters; i++) lines.push(...cluster(i, servers))
  for (let i = 0; i < clusters; i++) {
    lines.push(`  <UriGroup Name="uris${i}">`)
    for (let uri = i; uri < uris; uri += clusters) {
      lines.push(
        `    <Uri Name="${contextRoot(uri)}/*" AffinityCookie="JSESSIONID" AffinityURLIdentifier="jsessionid"/>`,
      )
    }
    lines.push(
      '  </UriGroup>',
      `  <Route ServerCluster="cluster${i}" UriGroup="uris${i}" VirtualHostGroup="hosts"/>`,
    )
  }
  lines.push('</Config>', '')
  return lines.join('\n')
}

const cluster = (number, servers) => {
  const lines = [
    `  <ServerCluster Name="cluster${number}" LoadBalance="Round Robin" RetryInterval="60"`,
    '      CloneSeparatorChange="false" PostBufferSize="0" PostSizeLimit="-1" RemoveSpecialHeaders="true">',
  ]
  const names = Array.from({ length: servers }, (_, i) => `node${number}_server${i}`)
  names.forEach((name, i) => {
    lines.push(
      `    <Server Name="${name}" CloneID="${cloneId(number, i)}" LoadBalanceWeight="${2 + (i % 3)}"`,
      '        ConnectTimeout="5" ServerIOTimeout="900" MaxConnections="-1" WaitForContinue="false">',
      `      <Transport Hostname="127.0.0.1" Port="${9080 + (i % 1000)}" Protocol="http"/>`,
      '    </Server>',
    )
  })
  lines.push(
    '    <PrimaryServers>',
    ...names.map(name => `      <Server Name="${name}"/>`),
    '    </PrimaryServers>',
    '  </ServerCluster>',
  )
  return lines
}

/**
 * A file of about so many bytes in the proportions of large real ones: clusters of four servers with 25 URIs each.
 *
 * @param {number} bytes
 */
export const fileOf = bytes => {
  const perCluster = configText({ uris: 250, clusters: 10, servers: 4, hosts: 1 }).length / 10
  const clusters = Math.max(1, Math.round(bytes / perCluster))
  return configText({ uris: clusters * 25, clusters, servers: 4, hosts: 10 })
}
