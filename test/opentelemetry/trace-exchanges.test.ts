import http from 'node:http'
import * as api from '@opentelemetry/api'
import { W3CTraceContextPropagator } from '@opentelemetry/core'
import {
  AlwaysOffSampler,
  BasicTracerProvider,
  InMemorySpanExporter,
  ParentBasedSampler,
  type ReadableSpan,
  type Sampler,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base'
import t, { type Test } from 'tap'
import type { PluginConfig } from '../../src/config/model.ts'
import { ManualClock } from '../../src/core/clock.ts'
import { createEdge, type Edge } from '../../src/edge/edge.ts'
import type { EdgeOptions } from '../../src/edge/options.ts'
import { type Tracing, type TracingOptions, traceExchanges } from '../../src/opentelemetry/index.ts'
import { edgeConfig } from '../support/edge-config.ts'
import { ask, eventually, fields, listen, origin, refusingPort } from '../support/loopback.ts'

api.propagation.setGlobalPropagator(new W3CTraceContextPropagator())

interface Traced {
  readonly edge: Edge
  readonly port: number
  readonly tracing: Tracing
  spans(): ReadableSpan[]
}

/** An edge whose spans are kept in memory. */
const traced = async (
  t: Test,
  config: PluginConfig,
  options: TracingOptions & { readonly sampler?: Sampler } = {},
  edgeOptions: Partial<EdgeOptions> = {},
): Promise<Traced> => {
  const { sampler, ...tracingOptions } = options
  const exporter = new InMemorySpanExporter()
  const provider = new BasicTracerProvider({
    spanProcessors: [new SimpleSpanProcessor(exporter)],
    ...(sampler !== undefined && { sampler }),
  })
  const edge = await createEdge({ config, random: () => 0, ...edgeOptions })
  t.teardown(() => edge.close())
  const tracing = traceExchanges(edge, { tracer: provider.getTracer('test'), ...tracingOptions })
  const port = await listen(t, http.createServer(edge.handler))
  return { edge, port, tracing, spans: () => exporter.getFinishedSpans() }
}

const ms = ([seconds, nanoseconds]: api.HrTime): number => seconds * 1000 + nanoseconds / 1e6

const names = (span: ReadableSpan | undefined): string =>
  span?.events.map(({ name }) => name).join(' ') ?? ''

t.test('a failed-over request is one span with one event for each step', async t => {
  const well = await origin(t)
  const config = edgeConfig([{ port: await refusingPort() }, { port: well.port }])
  const { edge, port, spans, tracing } = await traced(t, config)
  const kinds: string[] = []
  edge.on('trace', ({ kind }) => kinds.push(kind))
  const from = Date.now()
  await ask(port, '/shop/cart;jsessionid=0001secret:c1?q=1', { headers: { Host: 'shop.example' } })
  await eventually(() => spans().length === 1)
  const until = Date.now()
  const [span] = spans()
  t.match(span, {
    name: 'GET /*',
    kind: api.SpanKind.SERVER,
    parentSpanContext: undefined,
    status: { code: api.SpanStatusCode.UNSET },
    attributes: {
      'http.request.method': 'GET',
      'http.route': '/*',
      'http.response.status_code': 200,
      'url.path': '/shop/cart',
      'server.address': 'shop.example',
      'plugin_cfg.cluster': 'Cluster',
      'plugin_cfg.server': 'm2',
      'plugin_cfg.attempts': 2,
    },
  })
  t.match(span?.attributes['plugin_cfg.code'], /^AFF>REFUSED>/)
  t.equal(names(span), kinds.join(' '))
  t.match(names(span), /^route ids .*fail mark-down.* retry .*outcome$/)
  t.match(span?.events.find(({ name }) => name === 'mark-down')?.attributes, {
    'plugin_cfg.server': 'm1',
    'plugin_cfg.reason': 'failure',
    'plugin_cfg.retryIntervalMs': 60_000,
  })
  t.notMatch(JSON.stringify(span?.events), /secret/)
  t.equal(tracing.open, 0)

  const [start, end] = [ms(span?.startTime ?? [0, 0]), ms(span?.endTime ?? [0, 0])]
  t.ok(start >= from - 5 && end <= until + 5, 'the span has the time of day')
  t.ok(start <= end)
  let last = start
  for (const { time } of span?.events ?? []) {
    t.ok(ms(time) >= last - 0.001 && ms(time) <= end + 0.001, 'events are in order and inside')
    last = ms(time)
  }
})

t.test(
  'the span belongs to the trace of the client, and servers get its headers unchanged',
  async t => {
    const well = await origin(t)
    const { port, spans } = await traced(t, edgeConfig([{ port: well.port }]))
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'
    await ask(port, '/', { headers: { traceparent, tracestate: 'vendor=1' } })
    await eventually(() => spans().length === 1)
    const [span] = spans()
    t.equal(span?.spanContext().traceId, '0af7651916cd43dd8448eb211c80319c')
    t.equal(span?.parentSpanContext?.spanId, 'b7ad6b7169203331')
    t.equal(span?.parentSpanContext?.isRemote, true)
    t.equal(span?.spanContext().traceState?.serialize(), 'vendor=1')
    t.strictSame(fields(well.seen[0]?.rawHeaders ?? [], 'traceparent'), [traceparent])
    t.strictSame(fields(well.seen[0]?.rawHeaders ?? [], 'tracestate'), ['vendor=1'])
  },
)

t.test('a request whose parent was not sampled leaves no span and no records', async t => {
  const well = await origin(t)
  const sampler = new ParentBasedSampler({ root: new AlwaysOffSampler() })
  const { edge, port, spans, tracing } = await traced(t, edgeConfig([{ port: well.port }]), {
    sampler,
  })
  const id = '0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331'
  await ask(port, '/', { headers: { traceparent: `00-${id}-00` } })
  await ask(port, '/')
  await ask(port, '/', { headers: { traceparent: `00-${id}-01` } })
  await eventually(() => edge.counters().running === 0 && spans().length === 1)
  t.match(spans()[0]?.attributes, { 'http.response.status_code': 200 })
  t.equal(tracing.open, 0)
})

t.test(
  'with failures alone, requests that go well have no events and turn no tracing on',
  async t => {
    const well = await origin(t)
    const config = edgeConfig([{ port: await refusingPort() }, { port: well.port }])
    const { port, spans, tracing } = await traced(t, config, { events: 'failures' })
    await ask(port, '/', { headers: { Cookie: 'JSESSIONID=0000x:c1' } })
    await ask(port, '/', { headers: { Cookie: 'JSESSIONID=0000x:c2' } })
    await eventually(() => spans().length === 2)
    t.equal(names(spans()[0]), 'fail mark-down retry')
    t.equal(names(spans()[1]), '')
    t.equal(spans()[1]?.name, 'GET')
    t.equal(tracing.open, 0)

    const listeners: string[] = []
    const edge = {
      on: (event: string) => listeners.push(event),
    } as unknown as Edge
    traceExchanges(edge, { events: 'failures' })
    t.strictSame(listeners.sort(), ['exchange', 'failure'])
  },
)

t.test('requests that the edge does not follow have a span without events', async t => {
  const well = await origin(t)
  const { port, spans, tracing } = await traced(
    t,
    edgeConfig([{ port: well.port }]),
    {},
    { trace: { every: 2 } },
  )
  for (let i = 0; i < 4; i++) await ask(port, '/')
  await eventually(() => spans().length === 4)
  t.strictSame(
    spans().map(({ events }) => events.length > 0),
    [true, false, true, false],
  )
  t.equal(tracing.open, 0)
})

t.test('records that are handed out at the end come before the span is made', async t => {
  const well = await origin(t)
  const { port, spans, tracing } = await traced(
    t,
    edgeConfig([{ port: well.port }]),
    {},
    { trace: { when: ({ url }) => url === '/wanted' } },
  )
  await ask(port, '/wanted')
  await ask(port, '/')
  await eventually(() => spans().length === 2)
  t.match(names(spans()[0]), /^route .*outcome$/)
  t.equal(names(spans()[1]), '')
  t.equal(tracing.open, 0)
})

t.test('what nobody served is an error with its reason; a client that left is none', async t => {
  let stuck = 0
  const slow = await origin(t, () => {
    stuck++
  })
  const config = edgeConfig([{ port: await refusingPort() }, { port: slow.port }])
  const { edge, port, spans } = await traced(t, config)
  const leaving = http.get({ port, host: '127.0.0.1', path: '/' })
  leaving.on('error', () => {})
  await eventually(() => stuck === 1)
  leaving.destroy()
  await eventually(() => spans().length === 1)
  t.match(spans()[0], {
    status: { code: api.SpanStatusCode.UNSET },
    attributes: { 'plugin_cfg.outcome': 'client-aborted' },
  })
  t.match(names(spans()[0]), /outcome$/)
  t.equal(spans()[0]?.attributes['http.response.status_code'], undefined)

  const down = await traced(t, edgeConfig([{ port: await refusingPort() }]))
  t.equal((await ask(down.port, '/')).status, 500)
  await eventually(() => down.spans().length === 1)
  t.match(down.spans()[0], {
    status: { code: api.SpanStatusCode.ERROR, message: 'attempts-failed' },
    attributes: { 'error.type': 'attempts-failed', 'http.response.status_code': 500 },
  })
  t.equal(edge.counters().running, 0)
})

t.test('requests that are left to the host have no span, and leave no records', async t => {
  const { edge, tracing, spans } = await traced(t, edgeConfig([{}], { uri: '/shop/*' }))
  const port = await listen(
    t,
    http.createServer((request, response) =>
      edge.handler(request, response, () => response.end('ours')),
    ),
  )
  t.equal((await ask(port, '/elsewhere')).body, 'ours')
  t.equal(tracing.open, 0)
  t.strictSame(spans(), [])
})

t.test('a request that the edge itself declines has a span', async t => {
  const { port, spans } = await traced(t, edgeConfig([{}], { uri: '/shop/*' }))
  t.equal((await ask(port, '/elsewhere')).status, 404)
  await eventually(() => spans().length === 1)
  t.match(spans()[0], {
    name: 'GET',
    status: { code: api.SpanStatusCode.UNSET },
    attributes: { 'http.response.status_code': 404, 'plugin_cfg.code': 'DECLINED' },
  })
  t.equal(names(spans()[0]), 'decline outcome')
})

t.test('events have the time of day, whatever the clock of the edge shows', async t => {
  const clock = new ManualClock(5000)
  const well = await origin(t, (_, response) => {
    clock.advance(250)
    response.end('ok')
  })
  const { port, spans } = await traced(t, edgeConfig([{ port: well.port }]), {}, { clock })
  const from = Date.now()
  await ask(port, '/')
  await eventually(() => spans().length === 1)
  const [span] = spans()
  const [start, end] = [ms(span?.startTime ?? [0, 0]), ms(span?.endTime ?? [0, 0])]
  t.equal(Math.round(end - start), 250)
  t.ok(end >= from && end <= Date.now())
  const at = (name: string): number => {
    const event = span?.events.find(one => one.name === name)
    return ms(event?.time ?? [0, 0])
  }
  t.equal(Math.round(at('outcome') - at('select')), 250)
})

t.test('the number of events has a limit, and the span says how many are missing', async t => {
  const well = await origin(t)
  const { port, spans } = await traced(t, edgeConfig([{ port: well.port }]), { maxEvents: 3 })
  await ask(port, '/')
  await eventually(() => spans().length === 1)
  t.match(names(spans()[0]), /^route \S+ outcome$/)
  t.type(spans()[0]?.attributes['plugin_cfg.dropped_events'], 'number')
})

t.test('requests on an older configuration keep their events across a reload', async t => {
  let release = (): void => {}
  const well = await origin(t, ({ url }, response) => {
    if (url === '/slow') release = () => response.end('late')
    else response.end('ok')
  })
  const { edge, port, spans, tracing } = await traced(t, edgeConfig([{ port: well.port }]))
  const slow = ask(port, '/slow')
  await eventually(() => tracing.open === 1 && well.seen.length === 1)
  await edge.reload()
  await ask(port, '/quick')
  release()
  t.equal((await slow).body, 'late')
  await eventually(() => spans().length === 2)
  t.strictSame(
    spans().map(({ attributes }) => attributes['url.path']),
    ['/quick', '/slow'],
  )
  for (const span of spans()) {
    t.equal(span.events[0]?.name, 'route')
    t.equal(span.events[0]?.attributes?.['plugin_cfg.path'], span.attributes['url.path'])
    t.match(names(span), /outcome$/)
  }
  t.equal(tracing.open, 0)
})

t.test('the host may say what a span belongs to and what kind it is', async t => {
  const well = await origin(t)
  const parent = api.trace.setSpanContext(api.ROOT_CONTEXT, {
    traceId: '1af7651916cd43dd8448eb211c80319c',
    spanId: 'c7ad6b7169203331',
    traceFlags: api.TraceFlags.SAMPLED,
  })
  const { port, spans } = await traced(t, edgeConfig([{ port: well.port }]), {
    parent: ({ request }) => (request.url === '/' ? parent : api.ROOT_CONTEXT),
    kind: api.SpanKind.INTERNAL,
  })
  await ask(port, '/')
  await eventually(() => spans().length === 1)
  t.match(spans()[0], {
    kind: api.SpanKind.INTERNAL,
    parentSpanContext: { spanId: 'c7ad6b7169203331' },
  })
})

t.test('after stop there are no spans and no records', async t => {
  const well = await origin(t)
  const { edge, port, spans, tracing } = await traced(t, edgeConfig([{ port: well.port }]))
  tracing.stop()
  await ask(port, '/')
  await eventually(() => edge.counters().running === 0)
  t.strictSame(spans(), [])
  t.equal(tracing.open, 0)
})

t.test('without a provider nothing is recorded and nothing breaks', async t => {
  const well = await origin(t)
  const edge = await createEdge({ config: edgeConfig([{ port: well.port }]) })
  t.teardown(() => edge.close())
  const tracing = traceExchanges(edge)
  const port = await listen(t, http.createServer(edge.handler))
  t.equal((await ask(port, '/')).status, 200)
  await eventually(() => tracing.open === 0)
})

t.test('wrong options are named with what was given', async t => {
  const edge = {} as Edge
  t.throws(() => traceExchanges(edge, { events: 'some' as never }), {
    code: 'OPTION_INVALID',
    message: `events is "some"; write 'all' or 'failures'`,
  })
  t.throws(() => traceExchanges(edge, { maxEvents: 0 }), {
    code: 'OPTION_INVALID',
    message: 'maxEvents is 0; write a whole number from 1',
  })
  t.throws(() => traceExchanges(edge, { event: 'all' } as never), {
    code: 'OPTION_INVALID',
    message: /^options has "event", which means nothing; write one of api, tracer, events, /,
  })
  t.throws(() => traceExchanges(edge, null as never), { code: 'OPTION_INVALID' })
  t.throws(() => traceExchanges(edge, { maxExchanges: 1.5 }), { code: 'OPTION_INVALID' })
})
