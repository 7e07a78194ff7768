import fc from 'fast-check'
import t from 'tap'
import { type Diagnostic, isUsable, renderDiagnostic } from '../../src/config/diagnostics.ts'
import { decodeBytes } from '../../src/config/encoding.ts'
import type { PluginConfig } from '../../src/config/model.ts'
import { readPluginConfig } from '../../src/config/read.ts'
import { createRouter, seededRandom } from '../../src/core/router.ts'
import { damagedFiles } from './damage.ts'
import { damaged } from './damaged.ts'
import { drive } from './drive.ts'
import { sampleFiles } from './files.ts'
import { escaped, hunt } from './hunt.ts'

const severities = new Set(['error', 'warning', 'note'])

/** Every finding points at a place of the text and can be shown on one terminal line after another. */
const checkFindings = (bytes: Uint8Array, diagnostics: readonly Diagnostic[]): void => {
  // The text as the reader takes it; that the bytes are understood at all is another test's business.
  const lines = decodeBytes(bytes).text.split(/\r\n?|\n/)
  for (const diagnostic of diagnostics) {
    const { code, severity, line, column, message, effect, advice } = diagnostic
    const length = lines[line - 1]?.length ?? -1
    if (!(line >= 1 && column >= 1 && column <= length + 1)) {
      throw new Error(`${code} points at ${line}:${column}, outside the text`)
    }
    if (!severities.has(severity)) throw new Error(`${code} has severity ${severity}`)
    if (message === '' || effect === '' || advice === '') throw new Error(`${code} says too little`)
    // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
    if (/[\x00-\x09\x0b-\x1f\x7f]/.test(renderDiagnostic(diagnostic))) {
      throw new Error(`${code} plays tricks on the terminal`)
    }
    if (message.includes('cannot be parsed')) throw new Error(message)
  }
}

const checkModel = (config: PluginConfig): void => {
  const copy = JSON.stringify(config)
  if (JSON.stringify(JSON.parse(copy)) !== copy) throw new Error('the model is no plain data')
}

/** How many routers were made, so that a run that only ever met broken files does not pass for a proof. */
let routers = 0

/** Requests made from the file's own patterns and hosts; they must end, and leave nothing pending. */
const checkRouting = (config: PluginConfig): void => {
  routers += 1
  const random = seededRandom(1)
  let now = 0
  const router = createRouter(config, { random, clock: { now: () => now }, onTrace: () => {} })
  const patterns = config.uriGroups.flatMap(group => group.uris.map(uri => uri.name)).slice(0, 8)
  const aliases = config.virtualHostGroups.flatMap(group => group.virtualHosts).slice(0, 8)
  const ids = config.clusters.flatMap(cluster => cluster.servers.map(server => server.cloneId))
  for (const pattern of [...patterns, '/', '/x.jsp']) {
    for (const alias of [...aliases, { name: 'h:80' }]) {
      const id = ids[Math.floor(random() * ids.length)]
      const exchange = router.route({
        method: random() < 0.5 ? 'GET' : 'POST',
        target: pattern.replaceAll('*', 'a'),
        scheme: random() < 0.5 ? 'http' : 'https',
        host: alias.name.replace('*', 'any'),
        localPort: 80,
        cookie: `a=b; JSESSIONID=0000abc:${id}`,
        ...(random() < 0.5 && { body: random() < 0.5 ? 5000 : 'unknown' }),
      })
      drive(exchange, random)
      now += 10_000
    }
  }
  const snapshot = router.snapshot()
  for (const { name, pending } of snapshot.clusters.flatMap(cluster => cluster.servers)) {
    if (pending !== 0) throw new Error(`${name} has ${pending} requests pending at the end`)
  }
  createRouter(config, { snapshot })
}

const check = (bytes: Uint8Array): void => {
  const { config, diagnostics } = readPluginConfig(bytes)
  checkFindings(bytes, diagnostics)
  checkModel(config)
  if (isUsable(diagnostics)) checkRouting(config)
}

const files = await sampleFiles(t)

t.test('damaged files are read, judged and, if they still do, routed by', async t => {
  hunt(
    t,
    damagedFiles(files),
    0.5,
    input => check(damaged(input)),
    ({ file, damages }) =>
      `${file.name} ${JSON.stringify(damages)}: "${escaped(damaged({ file, damages }))}"`,
  )
  t.comment(`${routers} of them were usable`)
  t.ok(routers > 0)
})

const soup = fc
  .array(
    fc.constantFrom(
      ...['<Config>', '</Config>', '<Config ', '<ServerCluster Name="c">', '</ServerCluster>'],
      ...['<Server Name="s" CloneID="a">', '</Server>', '<Transport Hostname="h" Port="1"/>'],
      ...['<Server Name="s"/>', '<PrimaryServers>', '</PrimaryServers>', '<BackupServers>'],
      ...['<UriGroup Name="u">', '</UriGroup>', '<Uri Name="/*"/>', '<Uri Name="/a/*/b*"/>'],
      ...['<VirtualHostGroup Name="v">', '</VirtualHostGroup>', '<VirtualHost Name="*:80"/>'],
      ...['<Route ServerCluster="c"/>', '<Route ServerCluster="c" UriGroup="u"/>', '<!--', '-->'],
      ...['<Property Name="p" Value="v"/>', '<ClusterAddress Name="a">', '</ClusterAddress>'],
      ...[
        '<Log ',
        'Name="',
        '"',
        '>',
        '/>',
        ' ',
        '\n',
        'text',
        '&lt;',
        '<![CDATA[',
        ']]>',
        '<?a ?>',
      ],
    ),
    { maxLength: 60 },
  )
  .map(parts => Buffer.from(parts.join('')))

t.test('pieces of a file in any order are read', async t => {
  hunt(t, soup, 0.15, check, escaped)
})

t.test('any bytes at all are read', async t => {
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 300 }),
    fc.string({ unit: 'binary', maxLength: 200 }).map(text => Buffer.from(text)),
    fc.uint8Array({ maxLength: 100 }).map(tail => Buffer.concat([Buffer.from('<?xml '), tail])),
  )
  hunt(t, bytes, 0.05, check, escaped)
})
