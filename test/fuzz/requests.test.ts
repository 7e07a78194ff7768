import fc from 'fast-check'
import t from 'tap'
import type { PluginConfig } from '../../src/config/model.ts'
import { readPluginConfig } from '../../src/config/read.ts'
import type { RouterOptions } from '../../src/core/options.ts'
import type { RequestHead } from '../../src/core/request.ts'
import { createRouter, seededRandom } from '../../src/core/router.ts'
import { cluster, config, hosts, route, server, uris } from '../support/configs.ts'
import { drive } from './drive.ts'
import { sampleFiles } from './files.ts'
import { escaped, hunt } from './hunt.ts'

/** A configuration with every kind of pattern, alias and server list. */
const manyPatterns: PluginConfig = config({
  virtualHostGroups: [
    hosts('all', ['*:*']),
    hosts('some', ['shop.example:*', '*:443', '[::1]:80', 'shop.example:80']),
  ],
  uriGroups: [
    uris('inner', ['/a*b*c*d', '*a*', '/*/x/*', '/a/*/b/*', '*.jsp', '/a/b/c', '/a*']),
    uris('exact', ['/', '/a', '/a/', '//', '/%', '/.', '/a;b', '*/..']),
  ],
  clusters: [
    cluster([server('A', { cloneId: 'a' }), server('B', { cloneId: 'b', maxConnections: 1 })]),
    cluster([server('C', { cloneId: '__proto__' }), server('D', { cloneId: 'constructor' })], {
      name: 'Plus',
      cloneSeparator: '+',
      loadBalance: 'random',
      primaryServers: ['C'],
      backupServers: ['D'],
      postBufferSizeBytes: 0,
    }),
  ],
  routes: [route('Cluster', 'all', 'inner'), route('Plus', 'some', 'exact')],
})

interface World {
  readonly name: string
  readonly config: PluginConfig
  readonly options: RouterOptions
}

const worlds: readonly World[] = [
  { name: 'patterns', config: manyPatterns, options: {} },
  { name: 'patterns, forward', config: manyPatterns, options: { ambiguousPaths: 'forward' } },
  {
    name: 'patterns, ordered, other dialects',
    config: manyPatterns,
    options: {
      affinityFailover: 'ordered',
      allDown: 'probe',
      affinityDialect: { Cluster: 'jvmroute-ranked', Plus: 'bang' },
      partitionTables: { Cluster: { 109: ['a', 'b'], constructor: ['b'] } },
    },
  },
  ...(await sampleFiles(t)).flatMap((file): World[] => {
    const { config, diagnostics } = readPluginConfig(file.bytes)
    const usable = !diagnostics.some(({ severity }) => severity === 'error')
    return usable ? [{ name: file.name, config, options: {} }] : []
  }),
]

/** What a peer can put on the wire: any bytes as the text that Node makes of them, and pieces that mean something. */
const textOf = (...pieces: readonly string[]): fc.Arbitrary<string> =>
  fc.oneof(
    fc.uint8Array({ maxLength: 60 }).map(bytes => Buffer.from(bytes).toString('latin1')),
    fc.array(fc.constantFrom(...pieces), { maxLength: 40 }).map(parts => parts.join('')),
    fc
      .tuple(fc.constantFrom(...pieces), fc.integer({ min: 1, max: 3000 }))
      .map(([piece, times]) => piece.repeat(times)),
    fc.string({ unit: 'binary', maxLength: 40 }),
  )

const cookie = textOf(
  ...['JSESSIONID', 'SSLJSESSION', 'jsessionid', '=', ';', '; ', ',', ' ', '"', '\t', '\\', '%3A'],
  ...[':', '+', '!', '.', '0000', 'abc', 'a', 'b', '109', '-1', '__proto__', 'constructor', 'é'],
  ...['JSESSIONID=0000abc:a', 'JSESSIONID="0000abc:b"', 'JSESSIONID=0001x+constructor', '=;', '\0'],
)

const target = fc
  .tuple(
    fc.constantFrom('/', '', '*', 'http://', 'http://shop.example', 'HTTPS://[::1]:80', '//'),
    textOf(
      ...[
        '/',
        '//',
        '.',
        '..',
        '/../',
        '%2e',
        '%2f',
        '%5c',
        '%',
        '%0',
        '%zz',
        '%00',
        '%e4',
        '%c3%a4',
      ],
      ...[
        ';',
        ';jsessionid=',
        '?',
        '#',
        '\\',
        'a',
        'b',
        'c',
        'd',
        'x',
        '.jsp',
        '*',
        ' ',
        '\0',
        'é',
      ],
      ...['0000abc:a', ':', '+', '@', '&', '=', '😀', '/a/', '/a/x/b'],
    ),
  )
  .map(([start, rest]) => start + rest)

const host = fc.oneof(
  fc.constantFrom(undefined, '', 'shop.example', 'shop.example:80', 'SHOP.EXAMPLE.', '[::1]:80'),
  textOf(
    ...[
      'shop.example',
      '.',
      ':',
      '80',
      '443',
      '65536',
      '[',
      ']',
      '::1',
      '*',
      '@',
      '/',
      ' ',
      ',',
      '%',
    ],
    ...['__proto__', 'é', '\0', '-', '_'],
  ),
)

/** A number means the file's own: its n-th pattern, its n-th alias, a session of its n-th server. */
interface Head extends Omit<RequestHead, 'target' | 'host' | 'cookie'> {
  readonly target: string | number
  readonly host: string | number | undefined
  readonly cookie: string | readonly string[] | number | undefined
}

interface Input {
  readonly world: number
  readonly seed: number
  readonly heads: readonly Head[]
}

const own = { arbitrary: fc.nat(50), weight: 2 }
const hostile = <T>(arbitrary: fc.Arbitrary<T>) => ({ arbitrary, weight: 1 })

const head: fc.Arbitrary<Head> = fc.record({
  method: fc.oneof(fc.constantFrom('GET', 'POST', 'OPTIONS', ''), fc.string({ maxLength: 5 })),
  target: fc.oneof(own, hostile(target)),
  scheme: fc.constantFrom('http', 'https'),
  host: fc.oneof(own, hostile(host)),
  localPort: fc.constantFrom(undefined, 80, 443),
  cookie: fc.oneof(fc.nat(50), fc.constant(undefined), cookie, fc.array(cookie, { maxLength: 4 })),
  body: fc.constantFrom<RequestHead['body']>(undefined, 0, 100, 1e6, 'unknown'),
})

const nth = <T>(list: readonly T[], n: number): T | undefined => list[n % list.length]

const headOf = (config: PluginConfig, { target, host, cookie, ...rest }: Head): RequestHead => {
  const patterns = config.uriGroups.flatMap(group => group.uris.map(({ name }) => name))
  const aliases = config.virtualHostGroups.flatMap(group => group.virtualHosts)
  const servers = config.clusters.flatMap(({ servers }) => servers)
  const path = typeof target === 'number' ? nth(patterns, target)?.replaceAll('*', 'a') : target
  const alias = typeof host === 'number' ? nth(aliases, host)?.name.replace('*', 'any') : host
  const session =
    typeof cookie === 'number' ? `JSESSIONID=0000abc:${nth(servers, cookie)?.cloneId}` : cookie
  return { ...rest, target: path ?? '/', host: alias?.replace(':*', ''), cookie: session }
}

const inputs: fc.Arbitrary<Input> = fc.record({
  world: fc.nat(worlds.length - 1),
  seed: fc.nat(),
  heads: fc.array(head, { minLength: 1, maxLength: 6 }),
})

const tally = new Map<string, number>()

/** Several requests to one new router, every other time traced, so that what fails here fails again alone. */
const check = ({ world, seed, heads }: Input): void => {
  const { config, options } = worlds[world] as World
  const random = seededRandom(seed)
  let now = 0
  const router = createRouter(config, { ...options, random, clock: { now: () => now } })
  const trace = seed % 2 === 0 ? (record: object): void => void JSON.stringify(record) : undefined
  for (const each of heads) {
    now += Math.floor(random() * 40_000)
    const { kind } = drive(router.route(headOf(config, each), trace), random)
    tally.set(kind, (tally.get(kind) ?? 0) + 1)
  }
  for (const { servers } of router.snapshot().clusters) {
    for (const { name, pending } of servers) {
      if (pending !== 0) throw new Error(`${name} has ${pending} requests pending at the end`)
    }
  }
}

const show = ({ world, seed, heads }: Input): string =>
  `world "${worlds[world]?.name}", seed ${seed}, ${escaped(JSON.stringify(heads))}`

t.test('any bytes as cookie, target and Host get one of the known steps', async t => {
  hunt(t, inputs, 0.3, check, show)
  t.comment(`ends: ${[...tally].map(([kind, n]) => `${n} ${kind}`).join(', ')}`)
  t.ok((tally.get('done') ?? 0) > 0)
})
