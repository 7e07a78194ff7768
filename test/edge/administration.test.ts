import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { ManualClock } from '../../src/core/clock.ts'
import type { Administered } from '../../src/edge/administration.ts'
import type { DrainReport } from '../../src/edge/drain.ts'
import { createEdge, type Edge } from '../../src/edge/edge.ts'
import { edgeConfig } from '../support/edge-config.ts'
import { ask, edgeOn, eventually, origin } from '../support/loopback.ts'

const session = (id: string, clones = 'c1', cacheId = '0000') => ({
  headers: { cookie: `JSESSIONID=${cacheId}${id}:${clones}` },
})

const drained = (edge: Edge): Promise<DrainReport> =>
  new Promise(resolve => {
    edge.once('drained', resolve)
  })

t.test('a draining server keeps its sessions, which are counted, and gets no others', async t => {
  const [a, b] = [await origin(t), await origin(t)]
  const clock = new ManualClock()
  const { edge, port, records } = await edgeOn(
    t,
    edgeConfig([a, b].map(({ port }) => ({ port }))),
    {
      clock,
    },
  )
  await ask(port, '/', session('before'))
  clock.advance(1_000)
  edge.administer('Cluster', 'm1', 'draining')
  t.same(edge.draining(), [
    {
      cluster: 'Cluster',
      server: 'm1',
      since: 1_000,
      sessions: 0,
      lastSessionAt: null,
      pending: 0,
      done: false,
    },
  ])
  clock.advance(1_000)
  await ask(port, '/', session('one'))
  await ask(port, '/', session('two'))
  await ask(port, '/', session('two', 'c1:c2', '0007'))
  await ask(port, '/', session('other', 'c2'))
  await ask(port, '/')
  t.same(
    records.slice(1).map(({ server }) => server),
    ['m1', 'm1', 'm1', 'm2', 'm2'],
  )
  t.match(edge.draining(), [{ sessions: 2, lastSessionAt: 2_000 }], 'V4 V5 a session is one')
  clock.advance(1_799_999)
  await ask(port, '/', session('two'))
  clock.advance(2)
  t.match(edge.draining(), [{ sessions: 1, done: false }])
  clock.advance(1_800_000)
  t.match(edge.draining(), [{ sessions: 0, lastSessionAt: 1_801_999, done: true }])
})

t.test('it is done when no session was seen for the ttl, and says so once', async t => {
  const [a, b] = [await origin(t), await origin(t)]
  const { edge, port } = await edgeOn(t, edgeConfig([a, b].map(({ port }) => ({ port }))), {
    drain: { ttlMs: 30 },
  })
  const reports: DrainReport[] = []
  edge.on('drained', report => reports.push(report))
  const first = drained(edge)
  edge.administer('Cluster', 'm1', 'draining')
  t.match(await first, { cluster: 'Cluster', server: 'm1', sessions: 0, pending: 0, done: true })
  const second = drained(edge)
  await ask(port, '/', session('late'))
  t.match(await second, { done: true, lastSessionAt: Number }, 'again, because one came after all')
  t.equal(reports.length, 2)
})

t.test('what is under way keeps a server from being done', async t => {
  const held: (() => void)[] = []
  const slow = await origin(t, (_, response) => held.push(() => response.end('ok')))
  const { edge, port } = await edgeOn(
    t,
    edgeConfig([{ port: slow.port }, { port: (await origin(t)).port }]),
    { drain: { ttlMs: 1 } },
  )
  const answer = ask(port, '/')
  await eventually(() => held.length === 1)
  const done = drained(edge)
  edge.administer('Cluster', 'm1', 'draining')
  await eventually(() => Date.now() > (edge.draining()[0]?.since ?? Infinity) + 5)
  t.match(edge.draining(), [{ pending: 1, done: false }])
  for (const end of held) end()
  await answer
  t.match(await done, { pending: 0, done: true })
})

t.test('the count is bounded: of too many sessions the oldest are forgotten', async t => {
  const [a, b] = [await origin(t), await origin(t)]
  const { edge, port } = await edgeOn(t, edgeConfig([a, b].map(({ port }) => ({ port }))), {
    drain: { maxSessions: 2 },
  })
  edge.administer('Cluster', 'm1', 'draining')
  for (const id of ['one', 'two', 'three', 'four']) await ask(port, '/', session(id))
  t.match(edge.draining(), [{ sessions: 2, done: false }])
})

t.test('what was said outlives a reload, also one that takes the server away', async t => {
  const xml = (servers: readonly string[]) => `<Config>
  <ServerCluster Name="Cluster">${servers
    .map(
      name =>
        `<Server Name="${name}" CloneID="c${name}"><Transport Hostname="127.0.0.1" Port="9" Protocol="http"/></Server>`,
    )
    .join('')}</ServerCluster>
  <UriGroup Name="U"><Uri Name="/*"/></UriGroup>
  <Route ServerCluster="Cluster" UriGroup="U"/>
</Config>`
  const file = join(t.testdir({ 'plugin-cfg.xml': xml(['m1', 'm2']) }), 'plugin-cfg.xml')
  const edge = await createEdge({ config: file })
  t.teardown(() => edge.close())
  const states = () => edge.snapshot().clusters[0]?.servers.map(({ name, admin }) => [name, admin])
  edge.administer('Cluster', 'm1', 'draining')
  edge.administer('Cluster', 'm2', 'stopped')
  const since = edge.draining()[0]?.since
  await edge.reload()
  t.same(states(), [
    ['m1', 'draining'],
    ['m2', 'stopped'],
  ])
  t.equal(edge.draining()[0]?.since, since, 'and the count goes on')
  await writeFile(file, xml(['m1', 'm3']))
  await edge.reload()
  t.same(states(), [
    ['m1', 'draining'],
    ['m3', undefined],
  ])
  await writeFile(file, xml(['m1', 'm2', 'm3']))
  await edge.reload()
  t.match(states(), [['m1', 'draining'], ['m2', 'stopped'], ['m3']])
  await writeFile(file, xml(['m1']))
  await edge.reload()
  edge.administer('Cluster', 'm2', 'in-service')
  t.throws(() => edge.administer('Cluster', 'm2', 'in-service'), { code: 'OPTION_INVALID' })
})

t.test('a request on an older configuration minds what is said meanwhile', async t => {
  const config = edgeConfig([{}, {}, {}])
  const held: (() => void)[] = []
  const first = await origin(t, (_, response) =>
    held.push(() => {
      response.statusCode = 503
      response.end()
    }),
  )
  const [second, third] = [await origin(t), await origin(t)]
  const ports = [first, second, third].map(({ port }) => ({ port }))
  const { edge, port, records } = await edgeOn(t, { ...config, ...edgeConfig(ports) })
  const answer = ask(port, '/')
  await eventually(() => held.length === 1)
  await edge.reload()
  edge.administer('Cluster', 'm1', 'draining')
  edge.administer('Cluster', 'm2', 'stopped')
  t.match(edge.draining(), [{ server: 'm1', pending: 1 }])
  for (const end of held) end()
  t.equal((await answer).status, 200)
  t.match(records, [{ server: 'm3', code: 'RR>503>RR' }])
})

t.test('every change is told once, with what was before', async t => {
  const { edge } = await edgeOn(t, edgeConfig([{}, {}]))
  const changes: Administered[] = []
  edge.on('administered', change => changes.push(change))
  for (const state of ['draining', 'draining', 'stopped', 'in-service', 'in-service'] as const) {
    edge.administer('Cluster', 'm1', state)
  }
  const m1 = { cluster: 'Cluster', server: 'm1' }
  t.same(changes, [
    { ...m1, state: 'draining', before: 'in-service' },
    { ...m1, state: 'stopped', before: 'draining' },
    { ...m1, state: 'in-service', before: 'stopped' },
  ])
})

t.test('a state that is put in force counts as said', async t => {
  const { edge } = await edgeOn(t, edgeConfig([{}, {}]))
  edge.administer('Cluster', 'm1', 'draining')
  const snapshot = edge.snapshot()
  edge.administer('Cluster', 'm1', 'in-service')
  edge.administer('Cluster', 'm2', 'stopped')
  edge.restore(snapshot)
  t.match(edge.draining(), [{ server: 'm1' }])
  await edge.reload()
  t.same(
    edge.snapshot().clusters[0]?.servers.map(({ admin }) => admin),
    ['draining', undefined],
  )
})

t.test('wrong names and states are refused with what there is', async t => {
  const { edge } = await edgeOn(t, edgeConfig([{}, {}]))
  const wrong = (cluster: string, server: string, state: string, message: RegExp) =>
    t.throws(() => edge.administer(cluster, server, state as 'stopped'), {
      code: 'OPTION_INVALID',
      message,
    })
  wrong('Cluster', 'm9', 'stopped', /server is "m9"; write the name of a server of Cluster: m1, m2/)
  wrong('Other', 'm1', 'stopped', /cluster is "Other"; write the name of a cluster: Cluster/)
  wrong('Cluster', 'm1', 'gone', /state is "gone"; write 'in-service' or 'draining' or 'stopped'/)
})

t.test('ready: by the state of the moment, and not while closing', async t => {
  const { edge } = await edgeOn(t, edgeConfig([{}, {}]))
  t.match(edge.ready(), { ready: true, closing: false })
  edge.administer('Cluster', 'm1', 'stopped')
  t.match(edge.ready(['Cluster']), { ready: true, clusters: [{ servers: ['m2'] }] })
  await edge.close()
  t.match(edge.ready(), { ready: false, closing: true })
})

t.test('the drain option is checked', async t => {
  const config = edgeConfig([{}])
  for (const [drain, message] of [
    [{ ttlMs: 0 }, /drain.ttlMs is 0/],
    [{ ttlMs: Number.POSITIVE_INFINITY }, /drain.ttlMs/],
    [{ maxSessions: 0 }, /drain.maxSessions is 0; write a whole number from 1 to 10000000/],
    [{ maxSessions: 10_000_001 }, /drain.maxSessions/],
    [{ maxSessions: 1.5 }, /drain.maxSessions/],
    [{ ttl: 5 }, /drain has "ttl"/],
    [7, /drain is 7; write an object/],
  ] as const) {
    await t.rejects(createEdge({ config, drain: drain as object }), {
      code: 'OPTION_INVALID',
      message,
    })
  }
})
