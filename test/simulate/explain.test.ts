import { resolve } from 'node:path'
import t from 'tap'
import { loadPluginConfig } from '../../src/config/load.ts'
import type { RequestHead } from '../../src/core/request.ts'
import { type Circumstances, explain } from '../../src/simulate/explain.ts'

const sample = async (name: string) =>
  (await loadPluginConfig(resolve(import.meta.dirname, '../../plugin-cfg', name))).config
const figure = await sample('figure-5-12.xml')
const weights = await sample('weights.xml')
const backups = await sample('backups.xml')
const timeouts = await sample('timeouts.xml')
const sprayed = await sample('cluster-address.xml')

const head = (target: string, cookie?: string): RequestHead => ({
  method: 'GET',
  target,
  scheme: 'http',
  host: 'www.example.com',
  ...(cookie !== undefined && { cookie: `JSESSIONID=0000abcdefghijklmnopqrstuvw:${cookie}` }),
})

const ask = (config: typeof figure, request: RequestHead, change: Partial<Circumstances> = {}) =>
  explain(config, { head: request, seed: 1, ...change })

t.test('routing.md 7: the ten documented steps, in their order', async t => {
  const explanation = ask(figure, head('/snoop', 'v544d031'), {
    fail: [{ name: 'PluginMember1', how: 'refused' }],
  })
  t.same(explanation.outcome, {
    kind: 'served',
    server: 'PluginMember2',
    cluster: 'PluginCluster',
    status: 200,
    reason: 'round-robin',
  })
  t.same(explanation.failedBefore, ['PluginMember1'])
  const kinds = explanation.steps.map(record => record.kind)
  const documented = [
    'route',
    'ids',
    'compare',
    'check',
    'select',
    'transport',
    'stream',
    'connect',
    'fail',
    'mark-down',
    'stats',
    'retry',
    'ids',
    'compare',
    'check',
    'skip',
    'compare',
    'select',
    'transport',
    'stream',
    'connect',
    'stats',
    'outcome',
  ] as const
  let at = -1
  for (const kind of documented) {
    at = kinds.indexOf(kind, at + 1)
    t.not(at, -1, `${kind} in ${kinds.join(' ')}`)
  }
})

t.test('a server that is down is passed over, with the time that is left', async t => {
  const { outcome, steps } = ask(figure, head('/snoop', 'v544d031'), {
    down: [{ name: 'PluginMember1', seconds: 17 }],
  })
  t.match(outcome, { server: 'PluginMember2' })
  t.match(
    steps.find(record => record.kind === 'skip'),
    { server: 'PluginMember1', reason: 'marked-down', retryInSec: 17 },
  )
})

t.test('R3 0 seconds left make the request the probe', async t => {
  const { outcome, steps } = ask(figure, head('/snoop', 'v544d031'), {
    down: [{ name: 'PluginMember1', seconds: 0 }],
  })
  t.match(outcome, { server: 'PluginMember1', reason: 'affinity' })
  t.ok(steps.some(record => record.kind === 'mark-up'))
})

t.test('all down: the client gets 500 without an attempt', async t => {
  const { outcome, failedBefore } = ask(figure, head('/snoop'), {
    down: [
      { name: 'PluginMember1', seconds: null },
      { name: 'PluginMember2', seconds: null },
    ],
  })
  t.same(outcome, { kind: 'fail', cluster: 'PluginCluster', status: 500, reason: 'all-down' })
  t.same(failedBefore, [])
})

t.test('all busy: 503; a limit is made up where there is none, and said so', async t => {
  const limited = ask(backups, head('/bank/'), {
    busy: ['Primary1', 'Primary2'],
    down: [
      { name: 'Backup1', seconds: null },
      { name: 'Backup2', seconds: null },
    ],
  })
  t.match(limited, { outcome: { kind: 'fail', status: 503, reason: 'all-busy' }, notes: [] })
  const unlimited = ask(figure, head('/snoop', 'v544d031'), { busy: ['PluginMember1'] })
  t.match(unlimited, {
    outcome: { server: 'PluginMember2' },
    notes: ['MaxConnections of PluginMember1 is unlimited; it is taken to be 1'],
  })
})

t.test(
  'draining and stopped: a session stays, or goes elsewhere, and new work finds nobody',
  async t => {
    const circumstances = { draining: ['PluginMember1'], stopped: ['PluginMember2'] }
    const stays = ask(figure, head('/snoop', 'v544d031'), circumstances)
    t.match(stays.outcome, { server: 'PluginMember1', reason: 'affinity' })
    const nobody = ask(figure, head('/snoop'), circumstances)
    t.match(nobody.outcome, { kind: 'fail', status: 503, reason: 'all-out-of-service' })
    const moves = ask(figure, head('/snoop', 'v544d031'), { stopped: ['PluginMember1'] })
    t.match(moves.outcome, { server: 'PluginMember2', reason: 'round-robin' })
  },
)

t.test('down and busy can meet in one server', async t => {
  const { steps } = ask(backups, head('/bank/', 'bank0001'), {
    busy: ['Primary1'],
    down: [{ name: 'Primary1', seconds: 0 }],
  })
  t.match(
    steps.find(record => record.kind === 'check'),
    {
      server: 'Primary1',
      markedDown: true,
      retryNow: true,
      reachedMaxConnectionsLimit: true,
      eligible: false,
    },
  )
})

t.test('several failures of one server follow each other', async t => {
  const { failedBefore, outcome } = ask(timeouts, head('/patient/', 'pat00001'), {
    fail: [
      { name: 'patient1', how: 'reset-pooled' },
      { name: 'patient1', how: 503 },
    ],
  })
  t.same(failedBefore, ['patient1', 'patient1'])
  t.match(outcome, { server: 'patient2', status: 200 })
})

t.test('E23 a name that several clusters have means that of the request', async t => {
  const { outcome, notes } = ask(weights, head('/drawn/', 'drawn0b'), {
    fail: [{ name: 'B', how: 'refused' }],
  })
  t.match(outcome, { cluster: 'Drawn', kind: 'served' })
  t.not(outcome.server, 'B')
  t.same(notes, [])
})

t.test('a server of another cluster changes nothing, and that is said', async t => {
  const { outcome, notes } = ask(weights, head('/drawn/', 'drawn0b'), {
    down: [{ name: 'Steps/B', seconds: null }],
  })
  t.match(outcome, { server: 'B' })
  t.same(notes, ['Steps/B is a server of Steps, and the request belongs to Drawn'])
})

t.test('N2 the only server of a cluster is never marked down, and that is said', async t => {
  const { outcome, notes } = ask(timeouts, head('/alone/'), {
    down: [{ name: 'alone1', seconds: 3 }],
  })
  t.match(outcome, { server: 'alone1', reason: 'only-server' })
  t.match(notes, [/alone1 is the only server of Alone .* never marked down$/])
})

t.test('K12 a ClusterAddress may fail too, but cannot be down', async t => {
  t.match(ask(sprayed, head('/sprayed/'), { fail: [{ name: 'sprayer', how: 'refused' }] }), {
    failedBefore: ['sprayer'],
    outcome: { kind: 'served' },
  })
  t.throws(() => ask(sprayed, head('/sprayed/'), { down: [{ name: 'sprayer', seconds: null }] }), {
    message: 'sprayer is a ClusterAddress, which is never marked down and has no MaxConnections',
  })
})

t.test('no route: declined, whatever the servers do', async t => {
  const { outcome, notes, usedChance } = ask(figure, head('/other'), {
    down: [{ name: 'PluginMember1', seconds: null }],
  })
  t.same(outcome, { kind: 'decline', reason: 'no-route' })
  t.same(notes, ['no Route takes /other on any host'])
  t.equal(usedChance, false)
})

t.test('a body is buffered, or too large', async t => {
  const post = { ...head('/alone/'), method: 'POST', body: 2_000_000 }
  const body = { bytes: 2_000_000, chunked: false, arrives: 2_000_000 }
  t.match(ask(timeouts, post, { body }).outcome, {
    kind: 'fail',
    status: 413,
    reason: 'body-too-large',
  })
})

t.test('E7 a path that cannot be is refused before there is a cluster', async t => {
  t.same(ask(figure, head('/a/../../b')).outcome, {
    kind: 'fail',
    status: 400,
    reason: 'bad-target',
  })
})

t.test('names that nobody has are refused', async t => {
  t.throws(() => ask(figure, head('/snoop'), { busy: ['Nobody'] }), {
    message: /no server is named "Nobody" \(servers: PluginMember1, PluginMember2\)/,
  })
})

t.test('the same seed gives the same answer', async t => {
  const answers = new Set<string>()
  for (let seed = 0; seed < 20; seed++) {
    const first = ask(weights, head('/drawn/'), { seed })
    t.equal(first.usedChance, true)
    t.strictSame(ask(weights, head('/drawn/'), { seed }), first)
    answers.add(first.outcome.server ?? '')
  }
  t.equal(answers.size, 3, 'and other seeds other answers')
})
