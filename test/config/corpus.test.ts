import { existsSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import t from 'tap'
import { isUsable } from '../../src/config/diagnostics.ts'
import { loadPluginConfig } from '../../src/config/load.ts'
import type { PluginConfig } from '../../src/config/model.ts'
import { readPluginConfig } from '../../src/config/read.ts'

// Real files. They are not ours to publish, so they are read from beside the repository when they are there.
const corpus = new URL('../../../shared/corpus/', import.meta.url)
const skip = existsSync(corpus) ? false : 'no real files at ../shared/corpus'

const filesOf = async (folder: string): Promise<readonly string[]> =>
  (await readdir(new URL(folder, corpus))).filter(name => name.endsWith('.xml')).toSorted()

/** Clusters, servers, virtual host groups, virtual hosts, URI groups, URIs, routes. */
const countsOf = (config: PluginConfig): string =>
  [
    config.clusters.length,
    config.clusters.flatMap(cluster => cluster.servers).length,
    config.virtualHostGroups.length,
    config.virtualHostGroups.flatMap(group => group.virtualHosts).length,
    config.uriGroups.length,
    config.uriGroups.flatMap(group => group.uris).length,
    config.routes.length,
  ].join('/')

t.test('every real file is read', { skip }, async t => {
  const files = await filesOf('plugin-cfg/')
  const index = await readFile(new URL('plugin-cfg/INDEX.md', corpus), 'utf8')
  const unusable: string[] = []
  for (const name of files) {
    const path = new URL(`plugin-cfg/${name}`, corpus).pathname
    const { config, diagnostics } = await loadPluginConfig(path)
    if (!isUsable(diagnostics)) unusable.push(name)
    for (const { line, column, file, message, effect, advice } of diagnostics) {
      t.ok(line >= 1 && column >= 1 && file === path && message && effect && advice)
    }
    t.notOk(
      diagnostics.some(({ code }) => ['L01', 'L02', 'X02', 'X03', 'X04', 'X10'].includes(code)),
      name,
    )
    // The index counts seven things for most files, and URIs and Routes for those that Liberty wrote at its start.
    const row = index.split('\n').find(line => line.startsWith(`| ${name.replace('.xml', '')} |`))
    const counted = row?.match(/\| (\d+(?:\/\d+)+) \|/)?.[1]
    if (counted === undefined) continue
    const counts = countsOf(config)
    const short = counts.split('/').slice(5).join('/')
    t.equal(counted.includes('/', 4) ? counts : short, counted, `counts of ${name}`)
  }
  t.comment(`${files.length} files, ${files.length - unusable.length} of them usable`)
  t.equal(files.length, 43)
  t.match(unusable, [
    /^028-liberty-dangling-cluster/,
    /^043-handwritten-backup-servers-dangling-vhost/,
  ])
  t.equal(unusable.length, 2)
})

/** What the index says is odd about single files. */
const oddities: readonly (readonly [file: string, codes: readonly string[]])[] = [
  ['002-', ['L45', 'L24', 'L35']],
  ['003-', ['L55']],
  ['004-', ['L66', 'L63']],
  ['007-', ['L66']],
  ['009-', ['X01']],
  ['010-', ['X01']],
  ['011-', ['X01']],
  ['014-', ['L52', 'X20']],
  ['015-', ['L55']],
  ['018-', ['L47', 'X13']],
  ['019-', ['L66']],
  ['020-', ['X14']],
  ['021-', ['L14']],
  ['028-', ['L04', 'L65', 'X13']],
  ['029-', ['L66']],
  ['043-', ['L03', 'L33']],
]

t.test('what is odd about a real file is found', { skip }, async t => {
  const files = await filesOf('plugin-cfg/')
  for (const [start, codes] of oddities) {
    const name = files.find(file => file.startsWith(start))
    if (name === undefined) throw new Error(`no file ${start}`)
    const { diagnostics } = readPluginConfig(await readFile(new URL(`plugin-cfg/${name}`, corpus)))
    const found = new Set(diagnostics.map(({ code }) => code))
    for (const code of codes) t.ok(found.has(code), `${code} in ${name}`)
  }
})

t.test('a server that Liberty wrote as it should gets one note, about ESI', { skip }, async t => {
  for (const name of (await filesOf('plugin-cfg/')).filter(file => /^03[0-9]-/.test(file))) {
    const { diagnostics } = readPluginConfig(await readFile(new URL(`plugin-cfg/${name}`, corpus)))
    t.match(
      diagnostics.map(({ code }) => code),
      ['X20'],
      name,
    )
  }
})

t.test('every fragment is read as far as it goes', { skip }, async t => {
  const files = await filesOf('fragments/')
  for (const name of files) {
    const { config, diagnostics } = readPluginConfig(
      await readFile(new URL(`fragments/${name}`, corpus)),
    )
    t.notOk(isUsable(diagnostics) && !name.includes('-06-'), name)
    for (const { line, column } of diagnostics) t.ok(line >= 1 && column >= 1)
    t.ok(JSON.stringify(config).length > 0)
  }
  t.equal(files.length, 11)
})

t.test('a fragment that is not well-formed still gives its servers', { skip }, async t => {
  const read = async (name: string) =>
    readPluginConfig(await readFile(new URL(`fragments/plugin-cfg-${name}.xml`, corpus)))
  const unclosed = await read('03-was6-cluster-unclosed')
  t.match(unclosed.config.clusters, [
    { servers: [{ cloneId: '10ig7jdvd' }, { cloneId: '10ig7jfqi' }] },
  ])
  const quote = await read('07-backup-before-primary-broken-quote')
  t.match(quote.config.clusters, [
    { primaryServers: ['app02Node01_AppSrv_0'], backupServers: ['app01Node01_AppSrv_1'] },
  ])
  t.match(
    quote.diagnostics.find(({ code }) => code === 'L01'),
    { line: 1, column: 46, message: /GetDWLMTable has no closing quotation mark/ },
  )
  const ellipsis = await read('10-handwritten-skeleton-ellipsis-in-tag')
  t.match(
    ellipsis.diagnostics.find(({ code }) => code === 'L01'),
    { line: 2, column: 30 },
  )
})
