import { existsSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import t from 'tap'
import { loadPluginConfig } from '../../src/config/load.ts'
import type { PluginConfig } from '../../src/config/model.ts'
import { readPluginConfig } from '../../src/config/read.ts'
import { createRouter } from '../../src/core/router.ts'
import type { TraceRecord } from '../../src/core/trace.ts'
import { type RouteRow, routeRowCount, routeRows } from '../../src/debug/route-list.ts'

const root = resolve(import.meta.dirname, '../..')

/** A configuration with these routes: hosts, patterns, cluster. */
const configOf = (
  ...routes: readonly (readonly [string | null, string | null, string])[]
): PluginConfig => {
  const lines = routes.map(([hosts, uris, cluster], at) =>
    [
      hosts === null
        ? ''
        : `<VirtualHostGroup Name="h${at}">${hosts
            .split(' ')
            .filter(Boolean)
            .map(host => `<VirtualHost Name="${host}"/>`)
            .join('')}</VirtualHostGroup>`,
      uris === null
        ? ''
        : `<UriGroup Name="u${at}">${uris
            .split(' ')
            .filter(Boolean)
            .map(uri => `<Uri Name="${uri}"/>`)
            .join('')}</UriGroup>`,
      `<Route ServerCluster="${cluster}"${hosts === null ? '' : ` VirtualHostGroup="h${at}"`}${uris === null ? '' : ` UriGroup="u${at}"`}/>`,
    ].join(''),
  )
  const clusters = [...new Set(routes.map(route => route[2]))].map(
    name =>
      `<ServerCluster Name="${name}"><Server Name="${name}1"><Transport Hostname="127.0.0.1" Port="1"/></Server></ServerCluster>`,
  )
  return readPluginConfig(`<Config>${clusters.join('')}${lines.join('')}</Config>`).config
}

const table = (config: PluginConfig): readonly string[] =>
  routeRows(config).map(
    ({ host, uri, cluster, coveredBy, never }) =>
      `${host} ${uri} ${cluster}${coveredBy === undefined ? '' : ` <${coveredBy}`}${never === undefined ? '' : ` !${never}`}`,
  )

t.test('E1 rows come in the order in which they win', async t => {
  const config = configOf(
    ['*:80', '/*', 'A'],
    ['*:80 a.com:80 a.com:* *:*', '/app/* *.jsp', 'B'],
    ['*:80', '/app/info', 'C'],
    [null, null, 'D'],
  )
  t.strictSame(table(config), [
    '*:80 /app/info C',
    'a.com:80 /app/* B',
    'a.com:* /app/* B',
    '*:80 /app/* B',
    '*:* /app/* B',
    'a.com:80 *.jsp B',
    'a.com:* *.jsp B',
    '*:80 *.jsp B',
    '*:* *.jsp B',
    '*:80 /* A',
    '*:* * D',
  ])
})

t.test('M5 of equal rows the earlier Route wins, and the later is shadowed', async t => {
  t.strictSame(table(configOf(['*:80', '/x/*', 'A'], ['*:80', '/x/*', 'B'])), [
    '*:80 /x/* A',
    '*:80 /x/* B <1',
  ])
})

const covered = [
  ['M9 /ctx is taken by /ctx/*', ['*:80', '/ctx /ctx/*', 'A'], '*:80 /ctx A <1'],
  [
    'an exact pattern is not taken by a longer one',
    ['*:80', '/ctx/a /ctx/*', 'A'],
    '*:80 /ctx/* A',
  ],
  ['inner stars: /a*/ is taken by /a/*', ['*:80', '/a/* /a*/*', 'A'], '*:80 /a*/* A'],
  ['an alias written twice', ['a.com:80 A.com:80', '/x', 'A'], 'A.com:80 /x A <1'],
  [
    'an alias with a port is no cover for all ports',
    ['a.com:80 a.com:*', '/x', 'A'],
    'a.com:* /x A',
  ],
] as const

for (const [title, route, last] of covered) {
  t.test(title, async t => {
    t.equal(table(configOf([...route])).at(-1), last)
  })
}

t.test('a row that no request can match says why', async t => {
  t.strictSame(table(configOf(['*.a.com:80 *:80', 'x/*', 'A'])), [
    '*.a.com:80 x/* A !no host is called that',
    '*:80 x/* A !every path begins with /',
  ])
})

t.test('groups without members make no rows', async t => {
  t.strictSame(table(configOf(['', '/x', 'A'], ['*:80', '', 'B'])), [])
})

t.test('K1 K10 servers are listed as they are used', async t => {
  const server = (name: string) =>
    `<Server Name="${name}"><Transport Hostname="127.0.0.1" Port="1"/></Server>`
  const { config } = readPluginConfig(`<Config>
    <ServerCluster Name="C">${['a', 'b', 'c', 'd'].map(server).join('')}
      <ClusterAddress Name="front"><Transport Hostname="127.0.0.1" Port="2"/></ClusterAddress>
      <PrimaryServers><Server Name="b"/><Server Name="a"/></PrimaryServers>
      <BackupServers><Server Name="d"/><Server Name="a"/></BackupServers></ServerCluster>
    <UriGroup Name="u"><Uri Name="/x"/></UriGroup><Route ServerCluster="C" UriGroup="u"/></Config>`)
  t.match(routeRows(config), [
    { primaries: ['b', 'a'], backups: ['d'], clusterAddress: 'front', route: 0, rank: 1 },
  ])
})

/** A path that a pattern matches. */
const pathFor = (uri: string): string => {
  const path = uri.replace(/\*/g, 'zz')
  return path.startsWith('/') ? path : `/${path}`
}

t.test('the router sends a request for each row where the table says', async t => {
  const folders = [join(root, 'plugin-cfg')]
  const corpus = resolve(root, '../shared/corpus/plugin-cfg')
  if (existsSync(corpus)) folders.push(corpus)
  else t.comment('../shared/corpus is not here: only the samples are tried')
  let probes = 0
  for (const folder of folders) {
    for (const name of (await readdir(folder)).filter(file => file.endsWith('.xml'))) {
      const { config, diagnostics } = await loadPluginConfig(join(folder, name))
      if (diagnostics.some(({ severity }) => severity === 'error')) continue
      const router = createRouter({
        ...config,
        settings: { ...config.settings, vhostMatchingCompat: false },
      })
      const rows = routeRows(config)
      for (const row of rows) {
        if (row.never !== undefined || row.uri.includes('%')) continue
        const host = row.host.replace(/^\*/, 'zz.example').replace(/\*$/, '12345')
        const records: TraceRecord[] = []
        router.route({ method: 'GET', target: pathFor(row.uri), scheme: 'http', host }, record =>
          records.push(record),
        )
        const [found] = records
        probes++
        const winner: RouteRow =
          row.coveredBy === undefined ? row : (rows[row.coveredBy - 1] ?? row)
        if (found?.kind !== 'route') t.fail(`${name}: no route for row ${row.rank}`, { row })
        else if (row.coveredBy !== undefined) t.not(rankIn(rows, found), row.rank)
        else if (found.uri !== winner.uri) {
          // Another row takes this one path; it must rank before.
          t.ok(rankIn(rows, found) < row.rank, `${name}: row ${row.rank} ${row.host}${row.uri}`)
        } else t.equal(found.cluster, row.cluster, `${name}: row ${row.rank}`)
      }
    }
  }
  t.comment(`${probes} rows`)
  t.ok(probes > 50)
})

const rankIn = (
  rows: readonly RouteRow[],
  found: Extract<TraceRecord, { kind: 'route' }>,
): number =>
  rows.find(
    row =>
      row.route === found.route &&
      row.uri === (found.uri ?? '*') &&
      row.host === (found.virtualHost ?? '*:*'),
  )?.rank ?? Number.NaN

t.test('a table of many rows is made in a time that grows with their number', async t => {
  const uris = Array.from({ length: 20_000 }, (_, at) => `/a${at}/*`).join(' ')
  const rows = routeRows(configOf(['*:80 *:443', uris, 'A']))
  t.equal(rows.length, 40_000)
  t.notOk(rows.some(row => row.coveredBy !== undefined))
})

t.test('rows can be counted without being made', async t => {
  for (const config of [
    configOf(),
    configOf(['a:80 b:80', '/x /y /z', 'C'], [null, '/x', 'C'], ['a:80', null, 'C']),
    configOf(['', '/x', 'C'], ['a:80', '', 'C']),
  ]) {
    t.equal(routeRowCount(config), routeRows(config).length)
  }
})
