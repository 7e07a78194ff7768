import { join, resolve } from 'node:path'
import t from 'tap'
import { captured } from './capture.ts'

const folder = resolve(import.meta.dirname, '../../plugin-cfg')
const config = join(folder, 'figure-5-12.xml')

t.test('a scenario that holds: what happened, and status 0', async t => {
  const file = join(folder, 'scenarios/figure-5-12-balanced.json')
  const { status, out, err } = await captured(['simulate', file])
  t.equal(status, 0)
  t.equal(err, '')
  t.match(out, /^The same failover since PM12112.*\n {2}1 {2}network {3}PluginMember1: "refused"\n/)
  t.match(out, /\nok: \d+ steps, 0 s on the virtual clock, seed 1, everything as expected\n$/)
})

t.test('a scenario that does not hold: where, expected, got, and status 1', async t => {
  const stdin = JSON.stringify({
    title: 'x',
    config,
    steps: [{ request: 'http://a/other', expect: { status: 200 } }],
  })
  const { status, out } = await captured(['simulate', '-'], { stdin })
  t.equal(status, 1)
  t.match(
    out,
    /\n {2}!! \(stdin\):1:\d+ step 1 request: status\n {7}expected 200\n {7}got {6}decline no-route\nfailed: 1 step, .*1 expectation not met\n$/,
  )
})

t.test('--json is the whole report', async t => {
  const stdin = JSON.stringify({ title: 'x', config, steps: [{ request: 'http://a/snoop' }] })
  const { status, out } = await captured(['simulate', '-', '--json', '--seed', '7'], { stdin })
  t.equal(status, 0)
  t.match(JSON.parse(out), {
    title: 'x',
    passed: true,
    seed: 7,
    usedChance: true,
    steps: [{ index: 0, verb: 'request', mismatches: [], records: [{ kind: 'route' }] }],
    snapshot: { clusters: [{ name: 'PluginCluster' }] },
  })
})

t.test('--trace shows the decisions', async t => {
  const stdin = JSON.stringify({ title: 'x', config, steps: [{ request: 'http://a/snoop' }] })
  const { out } = await captured(['simulate', '-', '--trace'], { stdin })
  t.match(out, /\n {7}1 {5}0\.000 {2}Route 1 matches: host a/)
})

t.test('a scenario that cannot be run is told why, with line and column', async t => {
  const stdin = '{"title": "x",\n "stps": [],\n "config": 5}'
  const { status, out, err } = await captured(['simulate', '-'], { stdin })
  t.equal(status, 1)
  t.equal(out, '')
  t.equal(
    err,
    [
      '(stdin):1:1 $: the key "steps" is missing',
      '(stdin):2:2 $.stps: unknown key "stps"; did you mean steps?',
      '(stdin):3:12 $.config: found 5, expected a text in double quotes or an object { }',
      '',
    ].join('\n'),
  )
})

t.test('of very many problems the first fifty are told', async t => {
  const steps = Array.from({ length: 120 }, () => ({ wait: -1 }))
  const { err } = await captured(['simulate', '-'], {
    stdin: JSON.stringify({ title: 'x', steps }),
  })
  const lines = err.trimEnd().split('\n')
  t.equal(lines.length, 51)
  t.equal(lines.at(-1), '(stdin) has 70 more problems')
})

t.test('a configuration with errors is named with their places', async t => {
  const dir = t.testdir({
    'bad.xml': '<Config>\n<Route/></Config>',
    's.json': '{"title": "x",\n "config": "bad.xml", "steps": []}',
  })
  const { status, out } = await captured(['simulate', join(dir, 's.json')])
  t.equal(status, 1)
  t.match(
    out,
    /\n {2}!! .*s\.json:2:12 config: cannot be carried out\n {7}the configuration has errors: bad\.xml:2:1 L06 /,
  )
})

const wrong = [
  [
    ['simulate'],
    2,
    'SCENARIO is missing; usage: plugin-cfg simulate SCENARIO [--json] [--seed N] [--trace]',
  ],
  [['simulate', 'nowhere.json'], 1, 'cannot read "nowhere.json": there is no such file'],
  [
    ['simulate', folder],
    1,
    `cannot read ${JSON.stringify(folder)}: it is a directory; name the scenario in it`,
  ],
  [['simulate', 'x', '--seed', '-3'], 2, '--seed is "-3"; write a whole number, 0 to 4294967295'],
] as const

for (const [args, status, message] of wrong) {
  t.test(`plugin-cfg ${args.join(' ')} is refused in one line`, async t => {
    t.same(await captured(args), { status, out: '', err: `plugin-cfg simulate: ${message}\n` })
  })
}
