import { readdir, readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import fc from 'fast-check'
import t from 'tap'
import { loadPluginConfig } from '../../src/config/load.ts'
import { describeRecord } from '../../src/debug/index.ts'
import { explain } from '../../src/simulate/explain.ts'
import { loadScenario, readScenario } from '../../src/simulate/read-scenario.ts'
import { headOf, parseUrl } from '../../src/simulate/request-head.ts'
import { simulate } from '../../src/simulate/simulate.ts'

const folder = resolve(import.meta.dirname, '../../plugin-cfg')
const names = (await readdir(join(folder, 'scenarios'))).filter(name => name.endsWith('.json'))
const samples = await Promise.all(
  names.map(name => readFile(join(folder, 'scenarios', name), 'utf8')),
)

t.test('no text makes the reader of scenarios throw', async t => {
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.json(),
    fc
      .tuple(fc.constantFrom(...samples), fc.nat(), fc.string({ maxLength: 3 }))
      .map(([sample, at, piece]) => {
        const place = at % sample.length
        return `${sample.slice(0, place)}${piece}${sample.slice(place + 1)}`
      }),
  )
  fc.assert(
    fc.property(text, given => {
      const read = readScenario(given)
      if (!('problems' in read)) return
      for (const { line, column, path, message } of read.problems) {
        if (line < 1 || column < 1 || !path.startsWith('$') || message === '')
          throw new Error(given)
      }
    }),
    { numRuns: 2000 },
  )
  t.pass('none did')
})

/** Every place in a document where a value stands. */
const places = (value: unknown): [Record<string, unknown>, string][] =>
  typeof value !== 'object' || value === null
    ? []
    : Object.entries(value).flatMap(([key, inner]) => [
        [value as Record<string, unknown>, key],
        ...places(inner),
      ])

const odd = [0, 1, 3, 200, 1e9, '', 'm1', 'PluginMember1', 'ok', 'up', 'down', true, null, [], {}]

t.test('a scenario with anything else in a place is refused or runs to its end', async t => {
  let ran = 0
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...samples),
      fc.array(fc.tuple(fc.nat(), fc.constantFrom(...odd)), { minLength: 1, maxLength: 3 }),
      async (sample, changes) => {
        const document = JSON.parse(sample) as unknown
        for (const [at, value] of changes) {
          const all = places(document)
          const [owner, key] = all[at % all.length] ?? []
          if (owner === undefined || key === undefined || key === 'repeat') continue
          owner[key] = structuredClone(value)
        }
        const loaded = await loadScenario(
          join(folder, 'scenarios', 'x.json'),
          JSON.stringify(document),
        )
        if ('problems' in loaded) return
        ran++
        JSON.stringify(simulate(loaded.scenario, loaded.configs))
      },
    ),
    { numRuns: 400 },
  )
  t.ok(ran > 10, `${ran} of them ran`)
})

t.test(
  'no request makes an explanation throw, and every record has a printable sentence',
  async t => {
    const { config } = await loadPluginConfig(join(folder, 'virtual-hosts.xml'))
    const part = fc.string({ unit: 'binary', maxLength: 30 })
    fc.assert(
      fc.property(part, part, part, fc.boolean(), (host, target, cookie, https) => {
        const parts = parseUrl(`${https ? 'https' : 'http'}://shop.example.com/app`)
        if (parts === undefined) throw new Error('no parts')
        const head = headOf(parts, {
          host,
          target: `/${target}`,
          cookies: [`JSESSIONID=${cookie}`],
        })
        const { steps } = explain(config, { head, seed: 1 })
        for (const record of steps) {
          const sentence = describeRecord(record)
          if (sentence === '' || /[\p{Cc}\u202e]/u.test(sentence)) throw new Error(sentence)
        }
      }),
      { numRuns: 1000 },
    )
    t.pass('none did')
  },
)

t.test('URLs are taken apart as they are, or not at all', async t => {
  t.same(parseUrl('http://a:1/b/../c?d=%zz#e'), {
    scheme: 'http',
    authority: 'a:1',
    target: '/b/../c?d=%zz',
  })
  t.same(parseUrl('HTTPS://user:pass@[::1]:9443'), {
    scheme: 'https',
    authority: '[::1]:9443',
    target: '/',
  })
  for (const url of [
    '',
    'a',
    '/a',
    '//a/b',
    'ftp://a',
    'http://',
    'http:///a',
    'http://a b/',
    'http://@/',
  ]) {
    t.equal(parseUrl(url), undefined, url)
  }
})
