import { resolve } from 'node:path'
import t from 'tap'
import { loadScenario } from '../../src/simulate/read-scenario.ts'
import { type ScenarioReport, simulate } from '../../src/simulate/simulate.ts'

const folder = resolve(import.meta.dirname, '../../plugin-cfg')
const snoop = 'http://www.example.com/snoop'
const session = 'JSESSIONID=0000abcdefghijklmnopqrstuvw:v544d031'

const run = async (
  steps: readonly object[],
  config: unknown = 'figure-5-12.xml',
): Promise<ScenarioReport> => {
  const text = JSON.stringify({ title: 'test', config, steps })
  const loaded = await loadScenario(`${folder}/test.json`, text)
  if ('problems' in loaded) throw new Error(JSON.stringify(loaded.problems))
  return simulate(loaded.scenario, loaded.configs)
}

const troubles = (report: ScenarioReport) =>
  report.steps.flatMap(step => [...step.mismatches, ...(step.blocked ? [step.blocked] : [])])

t.test('R1 a server marked down by hand is left alone for the whole retry interval', async t => {
  const report = await run([
    { request: snoop, cookie: session, expect: { servedBy: 'PluginMember1' } },
    { mark: { PluginMember1: 'down' }, note: 'maintenance' },
    { expect: { servers: { PluginMember1: { health: 'down', retryInSeconds: 60 } } } },
    { request: snoop, cookie: session, expect: { servedBy: 'PluginMember2' } },
    { wait: 30 },
    { mark: { PluginMember1: 'down' } },
    { expect: { servers: { PluginMember1: { retryInSeconds: 60 } } } },
    { mark: { PluginMember1: 'up' } },
    { expect: { servers: { PluginMember1: { health: 'up', retryInSeconds: null } } } },
    { request: snoop, cookie: session, expect: { servedBy: 'PluginMember1' } },
  ])
  t.strictSame(troubles(report), [])
  t.match(report.steps[1], {
    verb: 'mark',
    events: ['PluginMember1 is marked by hand: "down"'],
  })
})

t.test('a request under way goes on from the marked state', async t => {
  const report = await run([
    { request: snoop, cookie: session, hold: 'r' },
    { mark: { PluginMember2: 'down' } },
    { fail: 'r', cause: 'refused', expect: { status: 500, reason: 'attempts-failed' } },
    { expect: { servers: { PluginMember1: 'down', PluginMember2: 'down' }, exchanges: 1 } },
  ])
  t.strictSame(troubles(report), [])
})

t.test('R4 a probe that is marked up by hand is no probe any more', async t => {
  const report = await run([
    { mark: { PluginMember1: { retryInSeconds: 0 } } },
    { request: snoop, cookie: session, hold: 'r', expect: { step: { probe: true } } },
    { expect: { servers: { PluginMember1: 'probing' } } },
    { mark: { PluginMember1: 'up' } },
    { abort: 'r' },
    { expect: { servers: { PluginMember1: 'up' } } },
  ])
  t.strictSame(troubles(report), [])
})

t.test('R4 a server that somebody else is probing is passed over', async t => {
  const report = await run([
    { mark: { PluginMember1: { health: 'probing', pending: 1 } } },
    {
      request: snoop,
      cookie: session,
      expect: {
        servedBy: 'PluginMember2',
        trace: [{ kind: 'skip', server: 'PluginMember1', reason: 'probing' }],
      },
    },
    { expect: { servers: { PluginMember1: { health: 'probing', pending: 1 } } } },
  ])
  t.strictSame(troubles(report), [])
})

t.test('weights, counters and the next pick can be changed too', async t => {
  const report = await run([
    {
      mark: { PluginMember1: { weight: 3, failed: 2, affinity: 4, total: 5, pending: 6 } },
      firstPick: 'PluginMember2',
    },
    {
      expect: {
        servers: {
          PluginMember1: { weight: 3, failed: 2, affinity: 4, total: 5, pending: 6, health: 'up' },
        },
      },
    },
    { request: snoop, expect: { servedBy: 'PluginMember2' } },
  ])
  t.strictSame(troubles(report), [])
})

const lone = {
  xml: `<Config><ServerCluster Name="L"><Server Name="lone"><Transport Hostname="a" Port="1"/></Server>
    <ClusterAddress Name="address"><Transport Hostname="a" Port="2"/></ClusterAddress></ServerCluster>
    <UriGroup Name="u"><Uri Name="/*"/></UriGroup>
    <Route UriGroup="u" ServerCluster="L"/></Config>`,
}

const bad = [
  [{ mark: { lone: 'down' } }, '$.steps[0].mark.lone', /only server of L that can be used/],
  [{ mark: { lone: { retryInSeconds: 1 } } }, '$.steps[0].mark.lone', /never marked down/],
  [{ mark: { lone: { health: 'probing' } } }, '$.steps[0].mark.lone', /never marked down/],
  [{ mark: { address: 'down' } }, '$.steps[0].mark.address', /ClusterAddress, which is never/],
  [{ mark: { lon: 'down' } }, '$.steps[0].mark.lon', /no server is named "lon"/],
  [{ mark: {}, firstPick: 'x' }, '$.steps[0].firstPick', /no server is named "x"/],
] as const

for (const [step, path, message] of bad) {
  t.test(`N2 ${JSON.stringify(step)} is told what is wrong`, async t => {
    const report = await run([step], lone)
    t.match(report.steps.at(-1), { blocked: { path, message } })
  })
}

t.test('a lone server may be marked up, which it is, and have other counters', async t => {
  const report = await run([{ mark: { lone: 'up' } }, { mark: { lone: { pending: 2 } } }], lone)
  t.strictSame(troubles(report), [])
})

t.test('draining: a session stays, new work goes elsewhere, also after a reload', async t => {
  const report = await run([
    { mark: { PluginMember1: { admin: 'draining' } } },
    { expect: { servers: { PluginMember1: { health: 'up', admin: 'draining' } } } },
    { request: snoop, cookie: session, expect: { servedBy: 'PluginMember1', why: 'affinity' } },
    { request: snoop, repeat: 2, expect: { servedBy: 'PluginMember2' } },
    { reload: 'figure-5-12.xml' },
    { request: snoop, repeat: 2, expect: { servedBy: 'PluginMember2' } },
    { restart: 'settled' },
    { request: snoop, repeat: 2, expect: { servedBy: 'PluginMember2' } },
    { mark: { PluginMember2: { admin: 'stopped' } } },
    { request: snoop, expect: { status: 503, reason: 'all-out-of-service' } },
    { mark: { PluginMember1: { weight: 1 } } },
    { expect: { servers: { PluginMember1: { admin: 'draining' } } } },
    { mark: { PluginMember1: { admin: 'in-service' } } },
    { expect: { servers: { PluginMember1: { admin: 'in-service' } } } },
    { request: snoop, repeat: 2, expect: { servedBy: 'PluginMember1' } },
  ])
  t.strictSame(troubles(report), [])
})

t.test(
  'given: a scenario can begin with a stopped server, and a reload can say otherwise',
  async t => {
    const lines = [
      { reload: 'figure-5-12.xml', given: { servers: { PluginMember1: { admin: 'stopped' } } } },
      { request: snoop, cookie: session, expect: { servedBy: 'PluginMember2' } },
      { reload: 'figure-5-12.xml', given: { servers: { PluginMember1: { admin: 'in-service' } } } },
      { request: snoop, cookie: session, expect: { servedBy: 'PluginMember1' } },
    ]
    t.strictSame(troubles(await run(lines)), [])
  },
)
