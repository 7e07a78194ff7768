import { channel } from 'node:diagnostics_channel'
import http from 'node:http'
import t from 'tap'
import type { TraceRecord } from '../../src/core/trace.ts'
import { createEdge } from '../../src/edge/edge.ts'
import { traceChannel } from '../../src/edge/events.ts'
import { edgeConfig } from '../support/edge-config.ts'
import { ask, edgeOn, listen, origin, refusingPort } from '../support/loopback.ts'

t.test(
  'trace records reach listeners and the diagnostics channel, in the documented order',
  async t => {
    const server = await origin(t)
    const test = await edgeOn(t, edgeConfig([{ port: server.port }]))
    const published: TraceRecord[] = []
    const listener = (record: unknown): unknown => published.push(record as TraceRecord)
    channel(traceChannel).subscribe(listener)
    t.teardown(() => channel(traceChannel).unsubscribe(listener))
    await ask(test.port, '/', { headers: { Cookie: 'JSESSIONID=0000x:c1' } })
    t.strictSame(
      test.trace
        .map(({ kind }) => kind)
        .filter(kind => !['compare', 'check', 'ids'].includes(kind)),
      ['route', 'select', 'transport', 'stream', 'connect', 'stats', 'outcome'],
    )
    t.strictSame(published, test.trace)
    t.doesNotThrow(() => JSON.stringify(test.trace))
  },
)

t.test('nothing is recorded while nobody listens', async t => {
  const server = await origin(t)
  const edge = await createEdge({ config: edgeConfig([{ port: server.port }]) })
  t.teardown(() => edge.close())
  const port = await listen(t, http.createServer(edge.handler))
  const records: TraceRecord[] = []
  const listener = (record: TraceRecord): unknown => records.push(record)
  await ask(port, '/')
  edge.once('trace', listener)
  await ask(port, '/')
  t.equal(records.length, 1)
  edge.on('trace', listener)
  edge.off('trace', listener)
  await ask(port, '/')
  t.equal(records.length, 1)
})

t.test('a listener or a hook that throws harms no request', async t => {
  const server = await origin(t)
  const test = await edgeOn(t, edgeConfig([{ port: server.port }]), {
    onExchange: () => {
      throw new Error('in the hook')
    },
  })
  test.edge.on('trace', () => {
    throw new Error('in the listener')
  })
  test.edge.on('warning', () => {
    throw new Error('in the listener of warnings')
  })
  t.equal((await ask(test.port, '/')).status, 200)
  t.ok(
    test.warnings.some(
      ({ message }) => message === "a listener of 'trace' threw: Error: in the listener",
    ),
  )
  t.ok(test.warnings.some(({ message }) => message === 'onExchange threw: Error: in the hook'))
  t.match(test.edge.snapshot().clusters[0]?.servers, [{ pending: 0, total: 1 }])
})

t.test('the access record of a failed-over request says how it went', async t => {
  const server = await origin(t)
  const { port, records } = await edgeOn(
    t,
    edgeConfig([{ port: await refusingPort() }, { port: server.port }]),
  )
  await ask(port, '/shop?q=1', { method: 'POST', body: 'x', headers: { Host: 'shop.example' } })
  t.match(records, [
    {
      method: 'POST',
      url: '/shop?q=1',
      host: 'shop.example',
      clientAddress: '127.0.0.1',
      cluster: 'Cluster',
      server: 'm2',
      status: 200,
      result: 'served',
      attempts: 2,
      durationMs: Number,
    },
  ])
})
