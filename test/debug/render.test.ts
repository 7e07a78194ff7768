import { resolve } from 'node:path'
import t from 'tap'
import { loadPluginConfig } from '../../src/config/load.ts'
import { createRouter } from '../../src/core/router.ts'
import type { TraceRecord } from '../../src/core/trace.ts'
import { layoutFor, renderRoutes, renderServers, renderTrace } from '../../src/debug/render.ts'
import { renderTable, wrap } from '../../src/debug/table.ts'

const sample = async (name: string) =>
  (await loadPluginConfig(resolve(import.meta.dirname, '../../plugin-cfg', name))).config

t.test('the route table of the virtual host sample', async t => {
  t.equal(
    renderRoutes(await sample('virtual-hosts.xml')),
    `    host                    URI            cluster  servers
--  ----------------------  -------------  -------  -------
 1  [2001:db8::1]:80        /inside/*.jsp  Info     info1
 2  intranet.example.com:*  /inside/*.jsp  Info     info1
 3  *:80                    /app/info      Info     info1
 4  *:443                   /app/info      Info     info1
 5  [2001:db8::1]:80        /inside/*      Info     info1
 6  intranet.example.com:*  /inside/*      Info     info1
 7  shop.example.com:80     /app/*         Shop     shop1
 8  shop.example.com:443    /app/*         Shop     shop1
 9  *:80                    /app/*         App      app1
10  *:443                   /app/*         App      app1
11  *:80                    *.jsp          App      app1
12  *:443                   *.jsp          App      app1
13  *:80                    /*             Site     site1
14  *:443                   /*             Site     site1`,
  )
})

t.test('remarks say which rows never win', async t => {
  const config = await sample('backups.xml')
  const [group] = config.uriGroups
  const [vhosts] = config.virtualHostGroups
  const [route] = config.routes
  const [cluster] = config.clusters
  if (!group || !vhosts || !route || !cluster) return t.fail('sample changed')
  const [uri] = group.uris
  if (!uri) return t.fail('sample changed')
  t.equal(
    renderRoutes({
      ...config,
      uriGroups: [{ ...group, uris: [uri, { ...uri, name: '/bank' }, { ...uri, name: 'bank' }] }],
      clusters: [cluster, { ...cluster, name: 'Other' }],
      routes: [route, { ...route, serverCluster: 'Other' }, route],
    }),
    `   host  URI      cluster      servers                                     remark
-  ----  -------  -----------  ------------------------------------------  ---------------------------------------
1  *:80  /bank/*  BankCluster  Primary1, Primary2 backup Backup1, Backup2
2  *:80  /bank/*  Other        Primary1, Primary2 backup Backup1, Backup2  shadowed: row 1 takes it all
3  *:80  /bank/*  BankCluster  Primary1, Primary2 backup Backup1, Backup2  row 1 takes it all, to the same cluster
4  *:80  /bank    BankCluster  Primary1, Primary2 backup Backup1, Backup2  row 1 of the same Route takes it all
5  *:80  /bank    Other        Primary1, Primary2 backup Backup1, Backup2  shadowed: row 1 takes it all
6  *:80  /bank    BankCluster  Primary1, Primary2 backup Backup1, Backup2  row 1 takes it all, to the same cluster
7  *:80  bank     BankCluster  Primary1, Primary2 backup Backup1, Backup2  never matches: every path begins with /
8  *:80  bank     Other        Primary1, Primary2 backup Backup1, Backup2  never matches: every path begins with /
9  *:80  bank     BankCluster  Primary1, Primary2 backup Backup1, Backup2  never matches: every path begins with /`,
  )
})

t.test('without a Route there is nothing to list', async t => {
  const config = await sample('backups.xml')
  t.equal(
    renderRoutes({ ...config, routes: [] }),
    'No Route: every request is left to the web server.',
  )
})

t.test('a ClusterAddress and a cluster without servers are shown', async t => {
  const config = await sample('cluster-address.xml')
  t.match(renderRoutes(config), / ClusterAddress sprayer; member1, member2$/)
  const clusters = config.clusters.map(({ clusterAddress: _, ...cluster }) => ({
    ...cluster,
    servers: [],
  }))
  t.match(renderRoutes({ ...config, clusters }), / none$/)
  t.match(renderRoutes({ ...config, clusters: [] }), / none$/)
})

t.test('the server table shows state, countdown, weight and counters', async t => {
  const config = await sample('backups.xml')
  const router = createRouter(config)
  const snapshot = router.snapshot()
  const [cluster] = snapshot.clusters
  if (!cluster) return t.fail('sample changed')
  const changes = [
    { health: 'down', retryInMs: 58_400, failed: 1 },
    { busy: true, pending: 2, affinity: 7, total: 12 },
    { health: 'probing', retryInMs: 0, admin: 'draining' },
    { usable: false },
  ] as const
  const servers = cluster.servers.map((server, at) => ({ ...server, ...changes[at] }))
  t.equal(
    renderServers({ ...snapshot, clusters: [{ ...cluster, servers }] }),
    `cluster      server    clone ID  list     state              retry in  weight  pending  failed  affinity  total
-----------  --------  --------  -------  -----------------  --------  ------  -------  ------  --------  -----
BankCluster  Primary1  bank0001  primary  down                   59 s   20/20      0/2       1         0      0
BankCluster  Primary2  bank0002  primary  up, busy                  -   19/19      2/2       0         7     12
BankCluster  Backup1   bank0003  backup   probing, draining       0 s     2/2        0       0         0      0
BankCluster  Backup2   bank0004  backup   unusable                  -     2/2        0       0         0      0`,
  )
})

t.test('the server table shows a ClusterAddress and servers without clone ID', async t => {
  const text = renderServers(createRouter(await sample('cluster-address.xml')).snapshot())
  t.match(text, /\nSprayed {2}sprayer {2}- {9}cluster-address {2}up/)
})

const base = { exchange: 1, time: 61_500, step: 'P9', component: 'ws_common', fn: 'f' } as const
const records: readonly TraceRecord[] = [
  { ...base, kind: 'stream', server: 'm1', from: 'pooled' },
  { ...base, kind: 'connect', server: 'm1', result: 'timeout', connectTimeoutMs: 5000 },
]

t.test('a trace is numbered sentences with the place in the plug-in at the right', async t => {
  t.equal(
    renderTrace(records, { width: 40 }),
    ` 1  An idle stream to m1 is reused            ws_common: f
 2  m1 does not accept a connection within    ws_common: f
    ConnectTimeout, 5 s`,
  )
})

t.test('in a narrow place the function name stands behind the sentence', async t => {
  t.equal(
    renderTrace(records, { width: 44, functions: 'behind' }),
    ` 1  An idle stream to m1 is reused
    [ws_common: f]
 2  m1 does not accept a connection within
    ConnectTimeout, 5 s [ws_common: f]`,
  )
})

t.test('the layout fits the terminal: a column from 111 characters on', async t => {
  t.same(layoutFor(undefined), {})
  t.same(layoutFor(200), { width: 84 })
  t.same(layoutFor(111), { width: 60 })
  t.same(layoutFor(110), { width: 106, functions: 'behind' })
  t.same(layoutFor(80), { width: 76, functions: 'behind' })
  t.same(layoutFor(20), { width: 40, functions: 'behind' })
})

t.test('a trace can show the time', async t => {
  t.equal(
    renderTrace(records.slice(0, 1), { width: 30, times: true }),
    ' 1    61.500  An idle stream to m1 is reused  ws_common: f',
  )
})

t.test('names cannot play tricks on a terminal', async t => {
  t.equal(
    renderTable([{ title: 'x' }], [['a\u001b[2J\u202eb']]),
    `x
----------------
a\\u001b[2J\\u202eb`.replace('----------------', '-'.repeat('a\\u001b[2J\\u202eb'.length)),
  )
  t.match(
    renderTrace([{ ...base, kind: 'stream', server: 'm\u001b[31m', from: 'new' }]),
    /m\\u001b\[31m/,
  )
})

t.test('lines break between words only', async t => {
  t.same(wrap('a bb ccc dddddddd e', 4), ['a bb', 'ccc', 'dddddddd', 'e'])
  t.same(wrap('', 4), [''])
})
