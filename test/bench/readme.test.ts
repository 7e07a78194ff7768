import { readFileSync } from 'node:fs'
import t from 'tap'

type Json = Readonly<Record<string, unknown>>
type Saved = Json & { readonly name: string }

interface Module {
  readonly benchBlock: (all: readonly Saved[]) => string
  readonly blockIn: (text: string) => string | undefined
  readonly withBlock: (text: string, block: string) => string
  readonly savedResults: () => readonly Saved[]
}
const load = async (file: string): Promise<Module> =>
  await import(new URL(file, import.meta.url).href)
const { benchBlock } = await load('readme/block.mjs')
const { blockIn, withBlock } = await load('readme/update.mjs')
const { savedResults } = await load('results.mjs')

const made = {
  version: '1.2.3',
  date: '2026-01-02',
  node: '20.20.2',
  platform: 'linux x64',
  cores: 2,
  processor: 'Some CPU',
  memoryGiB: 8,
  quick: false,
}

const row = (name: string, more: Json = {}): Json => ({
  name,
  cpu: 50,
  toBare: 1,
  rate: 20_000,
  p99: 4,
  failed: 0,
  ...more,
})

const plain = { name: 'get-1k', rows: [row('plugin-cfg-router', { toBare: 0.954 }), row('bare')] }
const tls = { name: 'tls', rows: [row('plugin-cfg-router', { cpu: 61.26, toBare: 1.2 })] }
const dead = {
  name: 'dead-10',
  rows: [
    row('plugin-cfg-router', { rateToAlive: 0.931, attempts: 1.04, p99: 9 }),
    row('plugin-cfg-router, all alive', { p99: 5 }),
  ],
}
const edge: Saved = { name: 'edge.json', part: 'edge', ...made, rounds: 9, scenarios: [tls, plain] }

const cellsOf = (block: string, start: string): string[] =>
  block
    .split('\n')
    .filter(line => line.startsWith(`| ${start}`))
    .flatMap(line => line.split('|').slice(2, -1))
    .map(cell => cell.trim())

t.test(
  'the README’s figures are those of the results that the bench wrote, and no others',
  async t => {
    const text = readFileSync('README.md', 'utf8')
    t.equal(blockIn(text) ?? '', benchBlock(savedResults()), 'npm run bench -- readme')
  },
)

t.test('the block stands between its marks, and everything else stays', async t => {
  const text = '# Title\n\n<!-- bench:begin -->\nold\n<!-- bench:end -->\n\nEnd\n'
  const updated = withBlock(text, '$1 new\n')
  t.equal(
    updated,
    text.replace('old', () => '$1 new'),
  )
  t.equal(blockIn(updated), '$1 new\n')
  t.throws(() => withBlock('# Title\n', 'new\n'), /write <!-- bench:begin --> and/)
})

t.test('a saved result names neither the machine nor a folder of it', async t => {
  for (const { name, ...result } of savedResults()) {
    t.notMatch(JSON.stringify(result), /"[^"]*(?:\/tmp\/|\/home\/|\/root\/|\/work\/)/, name)
    t.match(result, { version: String, date: String, node: String, memoryGiB: Number }, name)
  }
})

t.test(
  'loads stand side by side in their own order, each with ratio, time and latency',
  async t => {
    const block = benchBlock([edge])
    t.same(cellsOf(block, '× bare undici'), ['GET 1 KiB', 'TLS to the server'])
    t.same(cellsOf(block, '**plugin-cfg-router**'), ['0.95', '1.20', '50.0 / 4.0', '61.3 / 4.0'])
    t.same(cellsOf(block, 'bare'), ['1.00', '', '50.0 / 4.0', ''], 'not measured, not shown')
    t.match(block, '2 cores of Some CPU, 8 GiB, linux x64')
  },
)

t.test('loads of several files are one table', async t => {
  const [first, second] = [
    { ...edge, scenarios: [plain] },
    { ...edge, name: 'more.json', scenarios: [tls] },
  ]
  t.same(
    cellsOf(benchBlock([first, second]), '**plugin-cfg-router**'),
    cellsOf(benchBlock([edge]), '**plugin-cfg-router**'),
  )
  t.throws(() => benchBlock([edge, { ...second }]), /edge\.json and results\/more\.json/)
})

t.test(
  'a dead server is told with what it leaves of the throughput, and what it is asked',
  async t => {
    const cells = cellsOf(benchBlock([{ ...edge, scenarios: [dead] }]), '**plugin-cfg-router**')
    t.same(cells, ['20000', '0.93', '9.0', '5.0', '0', '1.04'])
  },
)

t.test('decisions, reading and the long run are told', async t => {
  const cost = (nanoseconds: number): Json => ({ nanoseconds, bytes: 96 })
  const decision: Saved = {
    name: 'decision.json',
    ...made,
    decisions: [
      {
        configuration: '10 URIs',
        findMyWay: cost(140),
        rows: [
          { kind: 'affinity', traced: false, route: cost(310), whole: cost(400) },
          { kind: 'affinity', traced: true, route: cost(999), whole: cost(999) },
          { kind: 'failover', traced: false, whole: cost(2000) },
        ],
      },
    ],
    reading: [{ megabytes: 10, reader: 'parser', milliseconds: 812.4, toParser: 1, peakToFile: 7 }],
  }
  const endurance: Saved = {
    name: 'endurance.json',
    part: 'endurance',
    ...made,
    minutes: 30,
    connections: 64,
    requests: 12_345_678,
    failed: 0,
    verdicts: [
      { title: 'memory', first: 100, last: 101, grown: false },
      { title: 'delay', first: 1, last: 9, grown: true },
    ],
  }
  const block = benchBlock([decision, endurance])
  t.same(cellsOf(block, '10 URIs'), ['310 / 96', '2000 / 96', '140 / 96'])
  t.same(cellsOf(block, '10 MB: parser'), ['812', '1.00', '7.0'])
  t.match(block, /^30 minutes at full load .* 12\.3 million requests, 0 failed\.$/m)
  t.same(cellsOf(block, 'memory'), ['100.0', '101.0', 'flat'])
  t.same(cellsOf(block, 'delay'), ['1.0', '9.0', 'grown'])
})

t.test('looks and comparisons of revisions are not published', async t => {
  t.equal(benchBlock([{ ...edge, quick: true }]), '')
  t.equal(benchBlock([{ ...edge, compare: 'HEAD~1' }]), '')
})
