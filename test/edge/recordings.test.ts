import http from 'node:http'
import { connect } from 'node:net'
import t from 'tap'
import type { PluginConfig } from '../../src/config/model.ts'
import { ManualClock } from '../../src/core/clock.ts'
import { createRouter } from '../../src/core/router.ts'
import type { TraceRecord } from '../../src/core/trace.ts'
import type { Recording } from '../../src/debug/recording.ts'
import { createEdge } from '../../src/edge/edge.ts'
import type { KeptRecording } from '../../src/edge/recordings.ts'
import { edgeConfig } from '../support/edge-config.ts'
import { ask, edgeOn, eventually, listen, origin, refusingPort } from '../support/loopback.ts'

const session = (cloneId: string) => ({ Cookie: `JSESSIONID=0000x:${cloneId}` })

/** Makes the decisions again from the notes alone, on a router set back to the state before each input. */
const again = (
  { config, recording }: KeptRecording,
  transportUsable = (): boolean => true,
): { code: string; records: readonly TraceRecord[] } => {
  const { settings, inputs, head } = JSON.parse(JSON.stringify(recording)) as Recording
  const { unusable: _, ...switches } = settings
  const clock = new ManualClock()
  const draws = inputs.flatMap(input => input.draws)
  const records: TraceRecord[] = []
  const first = inputs[0] as Recording['inputs'][number]
  clock.set(first.at)
  const router = createRouter(config, {
    ...switches,
    clock,
    random: () => draws.shift() ?? Number.NaN,
    snapshot: first.before,
    transportUsable,
  })
  const exchange = router.route(head, record => records.push(record))
  for (const { at, outcome } of inputs.slice(1)) {
    clock.set(at)
    if (outcome !== null) exchange.report(outcome)
  }
  return { code: exchange.code, records }
}

const kept = (test: { edge: { recording(n: number): KeptRecording | undefined } }, n: number) => {
  const found = test.edge.recording(n)
  if (found === undefined) throw new Error(`no recording ${n}`)
  return found
}

t.test('without the option nothing is kept', async t => {
  const server = await origin(t)
  const test = await edgeOn(t, edgeConfig([{ port: server.port }]))
  await ask(test.port, '/')
  t.same(test.edge.recordings(), [])
  t.equal(test.edge.recording(1), undefined)
})

t.test('a request that failed over can be decided again from its recording, exactly', async t => {
  const server = await origin(t)
  const config = edgeConfig([
    { port: await refusingPort() },
    { port: await refusingPort() },
    { port: server.port },
  ])
  const draws = [0.9, 0.1, 0.5, 0.2, 0.7, 0.3]
  const test = await edgeOn(t, config, {
    recordings: 10,
    random: () => draws.shift() ?? 0,
    affinityFailover: 'ordered',
  })
  await ask(test.port, '/one?q=1')
  await ask(test.port, '/two', { headers: { ...session('c1'), Host: 'shop.example' } })
  await ask(test.port, '/three', { headers: session('c1') })
  t.same(
    test.edge.recordings().map(({ exchange, code }) => [exchange, code]),
    test.records.map(({ exchange, code }) => [exchange, code]),
    'newest last',
  )
  t.equal(kept(test, 2).config, test.edge.config)
  for (const { exchange, code, records } of test.edge.recordings()) {
    const repeated = again(kept(test, exchange))
    t.equal(repeated.code, code)
    t.same(repeated.records, records)
    t.same(
      records,
      test.trace.filter(record => record.exchange === exchange),
      'and listeners got the same',
    )
  }
  t.match(kept(test, 2).recording, {
    version: 1,
    method: 'GET',
    url: 'http://shop.example/two',
    head: { method: 'GET', target: '/two', scheme: 'http', host: 'shop.example' },
    settings: { affinityFailover: 'ordered' },
    status: 200,
  })
  t.ok(Math.abs(Date.parse(kept(test, 2).recording.recordedAt) - Date.now()) < 60_000)
})

t.test(
  'the draws of a recording are those of its request, and time stands still while it is decided',
  async t => {
    const server = await origin(t)
    const draws = [0.25, 0.75, 0.5]
    let now = 0
    const config = edgeConfig([{ port: server.port }, { port: server.port }], {
      cluster: { loadBalance: 'random' },
    })
    const test = await edgeOn(t, config, {
      recordings: 2,
      random: () => draws.shift() ?? 0,
      clock: { now: () => ++now },
    })
    await ask(test.port, '/')
    await ask(test.port, '/')
    t.same(
      test.edge.recordings().map(({ inputs }) => inputs.map(input => input.draws)),
      [
        [[0.25], [], []],
        [[0.75], [], []],
      ],
    )
    for (const { inputs, records } of test.edge.recordings()) {
      const times = new Set(records.map(({ time }) => time))
      t.same(
        [...times],
        inputs.filter(input => times.has(input.at)).map(({ at }) => at),
      )
      t.ok(times.size <= inputs.length)
    }
  },
)

t.test('inputs are the arrival and every outcome, each with the state before it', async t => {
  const server = await origin(t)
  const test = await edgeOn(
    t,
    edgeConfig([{ port: await refusingPort() }, { port: server.port }]),
    {
      recordings: 1,
    },
  )
  await ask(test.port, '/', { method: 'POST', body: 'secret body' })
  const { inputs } = kept(test, 1).recording
  t.match(
    inputs.map(({ outcome }) => outcome),
    [
      null,
      { kind: 'buffered', bytes: 11, complete: true },
      { kind: 'failed', cause: 'refused' },
      { kind: 'answered', status: 200, streaming: true },
      { kind: 'relayed' },
    ],
  )
  t.same(
    inputs.map(({ before }) => before.clusters[0]?.servers.map(({ pending }) => pending).join('/')),
    ['0/0', '0/0', '1/0', '0/1', '0/1'],
  )
  t.equal(inputs[3]?.before.clusters[0]?.servers[0]?.health, 'down')
  t.ok(inputs.every(({ at }, i) => at >= (inputs[i - 1]?.at ?? 0)))
})

t.test('neither bodies nor headers beyond those that routing looks at are recorded', async t => {
  const server = await origin(t, (_, response) => {
    response.writeHead(200, { 'Set-Cookie': 'a=answer-cookie' }).end('answer-body')
  })
  const test = await edgeOn(t, edgeConfig([{ port: server.port }]), { recordings: 1 })
  await ask(test.port, '/', {
    method: 'POST',
    body: 'request-body',
    headers: { Authorization: 'Basic request-secret', ...session('c1') },
  })
  const text = JSON.stringify(test.edge.recordings())
  for (const secret of ['request-body', 'request-secret', 'answer-body', 'answer-cookie']) {
    t.notMatch(text, secret)
  }
  t.match(text, 'JSESSIONID=0000x:c1')
})

t.test('the oldest recordings make room for new ones', async t => {
  const server = await origin(t)
  const test = await edgeOn(t, edgeConfig([{ port: server.port }]), { recordings: 2 })
  for (let i = 0; i < 4; i++) await ask(test.port, '/')
  t.same(
    test.edge.recordings().map(({ exchange }) => exchange),
    [3, 4],
  )
  t.equal(test.edge.recording(2), undefined)
})

t.test('only requests that are followed are kept, whether anybody listens or not', async t => {
  const server = await origin(t)
  const edge = await createEdge({
    config: edgeConfig([{ port: server.port }], { uri: '/shop/*' }),
    recordings: 9,
    trace: { when: { status: 404 }, header: {} },
  })
  t.teardown(() => edge.close())
  const port = await listen(t, http.createServer(edge.handler))
  await ask(port, '/shop/')
  await ask(port, '/else')
  await ask(port, '/shop/', { headers: { 'X-Plugin-Trace': '1' } })
  t.match(edge.recordings(), [
    { exchange: 2, status: 404, code: 'DECLINED', inputs: [{ outcome: null }] },
    { exchange: 3, status: 200, code: 'ONLY' },
  ])
  edge.trace(null)
  await ask(port, '/else')
  t.equal(edge.recordings().length, 2)
})

t.test('a client that goes away leaves a recording with status 0', async t => {
  const server = await origin(t, () => {})
  const test = await edgeOn(t, edgeConfig([{ port: server.port }]), { recordings: 1 })
  const socket = connect(test.port, '127.0.0.1')
  socket.write('GET / HTTP/1.1\r\nHost: h\r\n\r\n')
  await eventually(() => server.seen.length === 1)
  socket.destroy()
  await eventually(() => test.edge.recordings().length === 1)
  t.match(test.edge.recordings(), [{ status: 0, code: 'ONLY>ABORT', url: 'http://h/' }])
  t.equal(again(kept(test, 1)).code, 'ONLY>ABORT')
})

t.test('F17 transports that could not be used are named in the settings', async t => {
  const server = await origin(t)
  const config: PluginConfig = edgeConfig([{ port: 9 }, { port: server.port }])
  const test = await edgeOn(t, config, {
    recordings: 1,
    transportUsable: transport => transport.port !== 9,
  })
  await ask(test.port, '/')
  t.same(kept(test, 1).recording.settings, { unusable: ['Cluster/m1/http'] })
})

t.test('numbers go on after a reload, so that one names one request', async t => {
  const server = await origin(t)
  const test = await edgeOn(t, edgeConfig([{ port: server.port }]), { recordings: 4 })
  await ask(test.port, '/old')
  await test.edge.reload()
  await ask(test.port, '/new')
  t.same(
    test.edge.recordings().map(({ exchange }) => exchange),
    [1, 2],
  )
  t.match(kept(test, 1).recording.url, /\/old$/)
  t.match(kept(test, 2).recording.url, /\/new$/)
})
