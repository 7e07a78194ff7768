import t from 'tap'
import { readPluginConfig } from '../../src/config/read.ts'
import type { Claim } from './claims.ts'
import { namesOf } from './names.ts'
import type { Fact, Recorded } from './recorded.ts'
import { compareFacts } from './shown.ts'

/** A recording of one server; the facts are what the test is about. */
const recording = (...expected: readonly Fact[]): Recorded => ({
  id: 'TS-00',
  source_url: '',
  config: {
    cluster: 'C',
    servers: [{ name: 'theirs', cloneId: 'x', transports: [{ host: 'h' }] }],
  },
  expected,
})

const { config } = readPluginConfig(
  '<Config><ServerCluster Name="Ours"><Server Name="ours" CloneID="c1"><Transport Hostname="o" Port="1"/></Server></ServerCluster></Config>',
)

const record = (pattern: Readonly<Record<string, unknown>>): Claim => ({
  what: 'record',
  pattern,
  before: [],
  startedAt: 0,
})

const claims: readonly Claim[] = [
  record({ kind: 'connect', server: 'ours', result: 'failed', component: 'a', fn: 'b' }),
  record({ kind: 'mark-down', server: 'ours', retryIntervalMs: 60_000 }),
  record({ kind: 'retry', server: 'ours', hostname: 'o' }),
  { what: 'exchange', expect: { status: 500 }, repeat: 1, startedAt: 2000 },
]

const compare = (facts: readonly Fact[], listed: readonly string[] = []) => {
  const recorded = recording(...facts)
  return compareFacts(recorded, claims, namesOf(recorded, config), [], listed)
}

const connect = { kind: 'connect', server: 'theirs', result: 'failed' }
const markDown = { kind: 'mark-down', server: 'theirs', timerStarted: true }

t.test('facts that are expected, in their order, are shown', async t => {
  const end = { kind: 'outcome', status: 500, at: 2 }
  t.strictSame(compare([connect, markDown, { kind: 'retry', host: 'h' }, end]), {
    missing: [],
    stale: [],
  })
})

const notShown = [
  ['a fact with another value', [{ ...connect, result: 'timeout' }]],
  ['a fact of which no record is expected', [{ kind: 'stats', server: 'theirs', total: 0 }]],
  ['a fact that comes too early', [markDown, connect]],
  ['a fact that is there once, and twice in the recording', [connect, connect]],
  ['a record of another function', [{ ...connect, record: 'a:c' }]],
  ['a level', [{ ...connect, level: 'ERROR' }]],
  ['the absence of something that nobody excludes', [{ kind: 'mark-down', absent: true }]],
] as const

for (const [title, facts] of notShown) {
  t.test(`${title} is not shown`, async t => {
    t.match(compare(facts), { missing: [`${facts.length}: ${JSON.stringify(facts.at(-1))}`] })
  })
}

t.test('what is listed need not be expected, and must be missing', async t => {
  const facts = [
    { ...connect, level: 'ERROR', record: 'a:b' },
    { kind: 'weights', callStack: [] },
  ]
  t.strictSame(compare(facts, ['1.level', '2']), { missing: [], stale: [] })
  t.strictSame(compare(facts, ['*.level', '2']), { missing: [], stale: [] })
  t.match(compare(facts, ['1.level', '1.record', '2']), { stale: ['1.record'] })
  t.match(compare(facts, ['1.level', '2', '3', '2.level']), { stale: ['3', '2.level'] })
  t.match(compare([connect], ['1']), { stale: ['1'] })
  t.match(compare(facts, ['1.level', '2.callStack']).missing, [/^2: /], 'nothing of it is left')
})

t.test('a kind, a member or a name that nobody has thought of is an error', async t => {
  t.throws(() => compare([{ kind: 'weather' }]), /facts of kind weather/)
  t.throws(() => compare([{ ...connect, colour: 'red' }]), /connect has no member colour/)
  t.throws(() => compare([{ kind: 'mark-up', server: 'nobody' }]), /"nobody" has no counterpart/)
})
