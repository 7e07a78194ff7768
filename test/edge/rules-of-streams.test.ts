import type { ServerResponse } from 'node:http'
import t from 'tap'
import { ManualClock } from '../../src/core/clock.ts'
import { createEdge } from '../../src/edge/edge.ts'
import { edgeConfig } from '../support/edge-config.ts'
import { ask, edgeOn, eventually, origin, type TestEdge } from '../support/loopback.ts'

// What only shows with several requests on real connections.

const session = (cloneId: string) => ({ headers: { Cookie: `JSESSIONID=0000abc:${cloneId}` } })

const serversOf = ({ edge }: TestEdge) => edge.snapshot().clusters[0]?.servers

t.test('Z7 a stream carries one request at a time', async t => {
  const held: ServerResponse[] = []
  const server = await origin(t, (request, response) => {
    if (request.url === '/held') held.push(response)
    else response.end('ok')
  })
  const test = await edgeOn(t, edgeConfig([{ port: server.port }]))
  const together = [1, 2, 3].map(() => ask(test.port, '/held'))
  await eventually(() => held.length === 3)
  t.same(new Set(server.seen.map(({ connection }) => connection)), new Set([1, 2, 3]))
  for (const response of held) response.end('late')
  await Promise.all(together)
  for (let i = 0; i < 3; i++) await ask(test.port, '/')
  t.equal(server.connections(), 3, 'afterwards they are used again, one after the other')
})

t.test('Z8 the idle streams of a server that is marked down stay open', async t => {
  const clock = new ManualClock()
  let held: ServerResponse | undefined
  const first = await origin(t, (request, response) => {
    if (request.url === '/held') held = response
    else response.end('first')
  })
  const second = await origin(t, (_, response) => response.end('second'))
  const test = await edgeOn(
    t,
    edgeConfig([{ port: first.port }, { port: second.port }], {
      transport: { connectionTtlMs: 0 },
    }),
    { clock },
  )
  const breaking = ask(test.port, '/held', session('c1'))
  await eventually(() => held !== undefined)
  await ask(test.port, '/', session('c1'))
  t.equal(test.edge.counters().idleStreams, 1)

  held?.destroy()
  t.equal((await breaking).body, 'second')
  t.match(serversOf(test), [{ health: 'down' }, { health: 'up' }])
  await eventually(() => test.edge.counters().idleStreams === 2)

  clock.advance(60_000)
  t.equal((await ask(test.port, '/', session('c1'))).body, 'first')
  t.equal(first.connections(), 2, 'the probe went out on the idle stream')
  t.match(serversOf(test), [{ health: 'up' }, { health: 'up' }])
})

t.test('H6 a partition table on the wire stays between server and router', async t => {
  const server = await origin(t, (_, response) => {
    response.setHeader('$WSPT', '109=c2;c1')
    response.setHeader('_WS_HAPRT_WLMVERSION', '7')
    response.setHeader('X-Own', 'stays')
    response.end('ok')
  })
  const other = await origin(t)
  const test = await edgeOn(t, edgeConfig([{ port: server.port }, { port: other.port }]))
  const { headers } = await ask(test.port, '/', session('109'))
  t.equal(headers['x-own'], 'stays')
  t.same(
    Object.keys(headers).filter(name => /wspt|wlmversion/i.test(name)),
    [],
  )
  t.equal(server.seen.length, 1)
  t.notOk(test.trace.some(record => record.kind === 'ids' && record.partitions !== undefined))
})

t.test('H6 a table that is given from outside leads to the owner of a partition', async t => {
  const first = await origin(t)
  const second = await origin(t)
  const config = edgeConfig([{ port: first.port }, { port: second.port }])
  const test = await edgeOn(t, config, { partitionTables: { Cluster: { 109: ['c2', 'c1'] } } })
  await ask(test.port, '/', session('109'))
  t.same([first.seen.length, second.seen.length], [0, 1])
})

const unknownName = {
  transport: { hostname: 'nowhere.invalid' },
} as const

const lookup = async (name: string): Promise<readonly string[]> =>
  name === 'nowhere.invalid' ? [] : [name]

t.test('L07 a host name that does not resolve is an error of the load', async t => {
  const config = edgeConfig([{ port: 1 }], unknownName)
  await t.rejects(createEdge({ config, lookup }), {
    code: 'CONFIG_INVALID',
    diagnostics: [
      {
        code: 'L07',
        severity: 'error',
        path: 'Config/ServerCluster[Cluster]/Server[m1]/Transport@Hostname',
      },
    ],
  })
})

t.test('L08 with IgnoreDNSFailures it is a warning, and the server is out', async t => {
  const server = await origin(t)
  const [cluster] = edgeConfig([{ port: server.port }]).clusters
  const whole = edgeConfig([{ port: 1 }], {
    ...unknownName,
    settings: { ignoreDnsFailures: true },
    cluster: {
      servers: [
        ...(cluster?.servers ?? []),
        ...edgeConfig([{ port: 1, name: 'm2' }], unknownName).clusters.flatMap(c => c.servers),
      ],
    },
  })
  const test = await edgeOn(t, whole, { lookup })
  const event = await test.edge.reload()
  t.match(event.diagnostics, [{ code: 'L08', severity: 'warning', effect: /m2 is not available/ }])
  t.match(serversOf(test), [{ usable: true }, { usable: false }])
  t.equal((await ask(test.port, '/')).status, 200)
})
