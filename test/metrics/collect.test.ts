import http from 'node:http'
import client from 'prom-client'
import t, { type Test } from 'tap'
import type { PluginConfig } from '../../src/config/model.ts'
import { createEdge, type Edge } from '../../src/edge/edge.ts'
import type { EdgeOptions } from '../../src/edge/options.ts'
import { collectMetrics, type Metrics, type MetricsOptions } from '../../src/metrics/index.ts'
import { cluster, route, server, transport } from '../support/configs.ts'
import { edgeConfig } from '../support/edge-config.ts'
import { ask, eventually, listen, origin, rawAsk, refusingPort } from '../support/loopback.ts'
import { type Family, parseExposition, sumOf } from './exposition.ts'

interface Measured {
  readonly edge: Edge
  readonly port: number
  readonly metrics: Metrics
  read(): Promise<Map<string, Family>>
}

/** An application server that accepts every upgrade and says hello. */
const upgradeOrigin = async (t: Test): Promise<{ readonly port: number }> => {
  const server = http.createServer((_, response) => response.end('ok'))
  server.on('upgrade', (_, socket) => {
    socket.on('error', () => {})
    socket.on('end', () => socket.end()).resume()
    socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n')
    socket.write('hello')
  })
  return { port: await listen(t, server) }
}

/** An edge to whose trace nobody listens, with its metrics. */
const measured = async (
  t: Test,
  config: PluginConfig,
  options: MetricsOptions = {},
  edgeOptions: Partial<EdgeOptions> = {},
): Promise<Measured> => {
  const edge = await createEdge({ config, random: () => 0, ...edgeOptions })
  t.teardown(() => edge.close())
  const metrics = collectMetrics(edge, options)
  const host = http.createServer(edge.handler).on('upgrade', edge.upgrade)
  const port = await listen(t, host)
  return { edge, port, metrics, read: async () => parseExposition(await metrics.text()) }
}

t.test('requests, failures and states of four kinds of servers add up', async t => {
  const well = await origin(t)
  const busy = await origin(t, (_, response) => {
    response.statusCode = 503
    response.end()
  })
  let stuck = 0
  const slow = await origin(t, ({ url }, response) => {
    if (url === '/slow') stuck++
    else response.end('ok')
  })
  const config = edgeConfig([
    { port: await refusingPort() },
    { port: busy.port },
    { port: well.port },
    { port: slow.port },
  ])
  const { edge, port, read } = await measured(t, config)
  const to = (clone: string) => ({ headers: { Cookie: `JSESSIONID=0000x:${clone}` } })

  const before = await read()
  t.equal(sumOf(before, 'plugin_cfg_requests_total'), 0)
  t.equal(sumOf(before, 'plugin_cfg_server_state', { server: 'm1', state: 'up' }), 1)
  t.ok(
    before.get('plugin_cfg_mark_downs_total')?.samples.some(({ labels }) => labels.server === 'm1'),
    'a counter of mark-downs is there before the first',
  )

  for (let i = 0; i < 5; i++) t.equal((await ask(port, '/', to('c3'))).status, 200)
  t.equal((await ask(port, '/', to('c1'))).status, 200)
  t.equal((await ask(port, '/', to('c2'))).status, 200)
  const leaving = http.get({ port, host: '127.0.0.1', path: '/slow', ...to('c4') })
  leaving.on('error', () => {})
  await eventually(() => stuck === 1)
  t.equal(sumOf(await read(), 'plugin_cfg_running_requests'), 1)
  t.equal(sumOf(await read(), 'plugin_cfg_server_pending_requests', { server: 'm4' }), 1)
  leaving.destroy()
  await eventually(() => edge.counters().running === 0)

  const after = await read()
  const requests = (labels = {}) => sumOf(after, 'plugin_cfg_requests_total', labels)
  t.equal(requests(), 8)
  t.equal(requests({ outcome: 'served' }), 7)
  t.equal(requests({ outcome: 'client-aborted', server: 'm4', reason: 'AFF>ABORT' }), 1)
  t.equal(requests({ server: 'm3', reason: 'AFF', cluster: 'Cluster' }), 5)
  t.equal(
    after
      .get('plugin_cfg_requests_total')
      ?.samples.filter(({ labels }) => labels.reason?.startsWith('AFF>REFUSED>')).length,
    1,
  )
  t.equal(sumOf(after, 'plugin_cfg_responses_total'), 8)
  t.equal(sumOf(after, 'plugin_cfg_responses_total', { status_class: '2xx' }), 7)
  t.equal(sumOf(after, 'plugin_cfg_responses_total', { status_class: 'none' }), 1)

  t.equal(sumOf(after, 'plugin_cfg_mark_downs_total'), 1)
  t.equal(
    sumOf(after, 'plugin_cfg_mark_downs_total', {
      cluster: 'Cluster',
      server: 'm1',
      reason: 'failure',
    }),
    1,
  )
  t.equal(sumOf(after, 'plugin_cfg_attempt_failures_total', { server: 'm1', cause: 'refused' }), 1)
  const discarded = sumOf(after, 'plugin_cfg_attempt_failures_total', {
    server: 'm2',
    cause: 'status-503',
  })
  t.ok(discarded >= 1)
  t.equal(sumOf(after, 'plugin_cfg_retries_total', { how: 'another-server' }), 1 + discarded)
  t.equal(sumOf(after, 'plugin_cfg_server_state', { server: 'm1', state: 'down' }), 1)
  t.equal(sumOf(after, 'plugin_cfg_server_state', { server: 'm1', state: 'up' }), 0)
  t.equal(sumOf(after, 'plugin_cfg_server_state'), 4, 'every server is in one state')

  const servers = edge.snapshot().clusters[0]?.servers ?? []
  for (const { name, total, affinity, failed, pending } of servers) {
    const of = (metric: string) => sumOf(after, `plugin_cfg_server_${metric}`, { server: name })
    t.equal(of('requests_total'), total)
    t.equal(of('affinity_requests_total'), affinity)
    t.equal(of('failed_requests_total'), failed)
    t.equal(of('pending_requests'), pending)
  }
  t.equal(sumOf(after, 'plugin_cfg_request_server_seconds_count'), 8)
  t.equal(sumOf(after, 'plugin_cfg_request_edge_seconds_count', { cluster: 'Cluster' }), 8)
})

t.test('R8, U1 a server that answers its probe is counted as marked up', async t => {
  let answers = false
  const flaky = await origin(t, (_, response) => {
    if (answers) response.end('ok')
    else response.destroy()
  })
  const well = await origin(t)
  const { read, port, edge } = await measured(
    t,
    edgeConfig([{ port: flaky.port }, { port: well.port }], { cluster: { retryIntervalMs: 0 } }),
  )
  const named = { headers: { Cookie: 'JSESSIONID=0000x:c1' } }
  await ask(port, '/', named)
  t.equal(edge.snapshot().clusters[0]?.servers[0]?.health, 'down')
  answers = true
  await ask(port, '/', named)
  const families = await read()
  t.equal(
    sumOf(families, 'plugin_cfg_mark_ups_total', { server: 'm1', reason: 'probe-answered' }),
    1,
  )
  t.equal(sumOf(families, 'plugin_cfg_server_state', { server: 'm1', state: 'up' }), 1)
})

t.test('metrics turn no tracing on', async t => {
  const { edge } = await measured(t, edgeConfig([{}]))
  const listeners: string[] = []
  const spy = new Proxy(edge, {
    get: (target, name) =>
      name === 'on' ? (event: string) => listeners.push(event) : Reflect.get(target, name, target),
  })
  collectMetrics(spy)
  t.strictSame(listeners.sort(), ['exchange', 'failure', 'reload', 'warning'])
})

t.test('declined requests belong to no cluster and to no histogram', async t => {
  const { read, port } = await measured(t, edgeConfig([{}], { uri: '/shop/*' }))
  t.equal((await ask(port, '/elsewhere')).status, 404)
  const families = await read()
  t.match(families.get('plugin_cfg_requests_total')?.samples, [
    {
      labels: { cluster: '', server: '', reason: 'DECLINED', outcome: 'decline' },
      value: 1,
    },
  ])
  t.equal(sumOf(families, 'plugin_cfg_responses_total', { status_class: '4xx' }), 1)
  t.equal(sumOf(families, 'plugin_cfg_request_edge_seconds_count'), 0)
})

t.test('10,000 hostile requests make no new label value', async t => {
  const { edge, metrics } = await measured(t, edgeConfig([{}], { uri: '/shop/*' }))
  // Without sockets: as many of them would prove nothing more.
  let told = 0
  const offer = (index: number): void => {
    const request = Object.assign(new http.IncomingMessage(null as never), {
      method: index % 3 === 0 ? `M${index}` : 'GET',
      url: `/shop${index}/${'x'.repeat(index % 50)}?q=${index}`,
      rawHeaders: ['Host', `h${index}.example`, 'Cookie', `JSESSIONID=0000${index}:c${index}`],
      headers: { host: `h${index}.example` },
      socket: { remoteAddress: `10.0.${index >> 8}.${index & 255}`, localPort: 80 },
    })
    edge.handler(request as never, null as never, () => told++)
  }
  for (let i = 0; i < 10_000; i++) offer(i)
  await eventually(() => told === 10_000)
  const text = await metrics.text()
  const families = parseExposition(text)
  t.equal(sumOf(families, 'plugin_cfg_requests_total'), 10_000)
  t.equal(families.get('plugin_cfg_requests_total')?.samples.length, 1)
  t.notMatch(text, /h\d+\.example|shop\d|0000\d/)
})

t.test(
  'requests that servers see keep label sets few, whatever their paths and cookies',
  async t => {
    const well = await origin(t)
    const { port, read } = await measured(
      t,
      edgeConfig([{ port: well.port }, { port: await refusingPort() }]),
    )
    for (let i = 0; i < 200; i++) {
      await ask(port, `/p${i};jsessionid=${i}:c${i % 5}?x=${i}`, {
        headers: { Host: `h${i}.example`, Cookie: `JSESSIONID=0000${i}:c${i % 7}; b=${i}` },
      })
    }
    const families = await read()
    t.equal(sumOf(families, 'plugin_cfg_requests_total'), 200)
    t.ok((families.get('plugin_cfg_requests_total')?.samples.length ?? 99) < 10)
  },
)

t.test('beyond the limit the reason is other, and nothing is lost', async t => {
  const well = await origin(t)
  const { port, read } = await measured(
    t,
    edgeConfig([{ port: well.port }, { port: well.port }], { uri: '/shop/*' }),
    { maxLabelSets: 1 },
  )
  await ask(port, '/shop/')
  await ask(port, '/shop/', { headers: { Cookie: 'JSESSIONID=0000x:c1' } })
  await ask(port, '/elsewhere')
  const families = await read()
  t.equal(sumOf(families, 'plugin_cfg_requests_total'), 3)
  t.equal(sumOf(families, 'plugin_cfg_requests_total', { reason: 'other' }), 2)
})

t.test('servers of one name in two clusters are told apart when the request is over', async t => {
  const well = await origin(t)
  const twin = (port: number) => server('Twin', { transports: [transport({ port })] })
  const spare = (name: string) => server(name, { transports: [transport({ port: well.port })] })
  const base = edgeConfig([{}])
  const uris = (name: string, pattern: string) => ({
    name,
    uris: [{ name: pattern, affinityCookie: 'JSESSIONID', affinityUrlIdentifier: 'jsessionid' }],
  })
  const { port, read } = await measured(t, {
    ...base,
    clusters: [
      cluster([twin(await refusingPort()), spare('A')], { name: 'One' }),
      cluster([twin(well.port), spare('B')], { name: 'Two' }),
    ],
    uriGroups: [uris('U1', '/one/*'), uris('U2', '/two/*')],
    routes: [route('One', undefined, 'U1'), route('Two', undefined, 'U2')],
  })
  const named = { headers: { Cookie: 'JSESSIONID=0000x:twin' } }
  t.equal((await ask(port, '/one/', named)).status, 200)
  t.equal((await ask(port, '/two/', named)).status, 200)
  const families = await read()
  const downs = (labels: Record<string, string>) =>
    sumOf(families, 'plugin_cfg_mark_downs_total', labels)
  t.equal(downs({ cluster: 'One', server: 'Twin' }), 1)
  t.equal(downs({ cluster: 'Two', server: 'Twin' }), 0)
  t.equal(sumOf(families, 'plugin_cfg_server_state', { server: 'Twin', state: 'down' }), 1)
})

t.test('reloads and warnings are counted; counters of servers begin again', async t => {
  const well = await origin(t)
  const { edge, port, read } = await measured(t, edgeConfig([{ port: well.port }]))
  await ask(port, '/')
  t.equal(sumOf(await read(), 'plugin_cfg_server_requests_total'), 1)
  t.equal(sumOf(await read(), 'plugin_cfg_reloads_total'), 0)
  await edge.reload()
  edge.on('trace', () => {
    throw new Error('in the listener')
  })
  await ask(port, '/', { method: 'GET' })
  const families = await read()
  t.equal(sumOf(families, 'plugin_cfg_reloads_total', { result: 'loaded' }), 1)
  t.ok(sumOf(families, 'plugin_cfg_warnings_total', { code: 'HOOK_FAILED' }) > 0)
  t.equal(sumOf(families, 'plugin_cfg_server_requests_total'), 1)
  t.equal(sumOf(families, 'plugin_cfg_requests_total'), 2)
})

t.test('idle streams are counted', async t => {
  const well = await origin(t)
  const { edge, port, read } = await measured(t, edgeConfig([{ port: well.port }]))
  await ask(port, '/')
  await eventually(() => edge.counters().idleStreams === 1)
  t.equal(sumOf(await read(), 'plugin_cfg_idle_streams'), 1)
})

t.test('two edges share a registry under two prefixes, and one name is refused', async t => {
  const register = new client.Registry()
  const first = await measured(t, edgeConfig([{}]), { registry: register })
  const names = register.getMetricsAsArray().length
  t.throws(() => collectMetrics(first.edge, { registry: register }), {
    code: 'OPTION_INVALID',
    message: /^the registry has a metric plugin_cfg_requests_total already; write another prefix/,
  })
  t.equal(register.getMetricsAsArray().length, names)
  const second = collectMetrics(first.edge, { registry: register, prefix: 'other_' })
  const families = parseExposition(await register.metrics())
  t.ok(families.has('plugin_cfg_requests_total'))
  t.ok(families.has('other_requests_total'))
  second.stop()
  t.equal(register.getMetricsAsArray().length, names)
})

t.test('a name that is taken later in the list leaves nothing behind', async t => {
  const register = new client.Registry()
  new client.Counter({ name: 'plugin_cfg_warnings_total', help: 'theirs', registers: [register] })
  const { edge } = await measured(t, edgeConfig([{}]))
  t.throws(() => collectMetrics(edge, { registry: register }), { code: 'OPTION_INVALID' })
  t.equal(register.getMetricsAsArray().length, 1)
})

t.test('after stop nothing is counted and nothing is left in the registry', async t => {
  const well = await origin(t)
  const { edge, port, metrics } = await measured(t, edgeConfig([{ port: well.port }]))
  metrics.stop()
  metrics.stop()
  await ask(port, '/')
  t.equal((await metrics.text()).trim(), '')
  const again = collectMetrics(edge, { registry: metrics.registry })
  metrics.stop()
  await ask(port, '/')
  t.equal(sumOf(parseExposition(await again.text()), 'plugin_cfg_requests_total'), 1)
})

t.test('the content type is that of the text', async t => {
  const { metrics, edge } = await measured(t, edgeConfig([{}]))
  t.equal(metrics.contentType, 'text/plain; version=0.0.4; charset=utf-8')
  const register = new client.Registry<client.OpenMetricsContentType>()
  register.setContentType(client.Registry.OPENMETRICS_CONTENT_TYPE)
  const open = collectMetrics(edge, { registry: register })
  t.match(open.contentType, /openmetrics-text/)
  t.match(await open.text(), /^# TYPE plugin_cfg_requests counter$/m)
  t.match(await open.text(), /\n# EOF\n$/)
  t.notMatch(await open.text(), /_total_total/)
  open.stop()
  t.equal(register.getMetricsAsArray().length, 0)
})

t.test('a tunnel counts as a request and leaves the histograms alone', async t => {
  const { port: target } = await upgradeOrigin(t)
  const { port, edge, read } = await measured(t, edgeConfig([{ port: target }]), {
    buckets: { server: [1, 2], edge: [3] },
  })
  const answer = await rawAsk(
    port,
    'GET / HTTP/1.1\r\nHost: e.example\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n',
    text => text.endsWith('hello'),
  )
  t.match(answer, /^HTTP\/1\.1 101 /)
  await eventually(() => edge.counters().running === 0)
  await ask(port, '/')
  const families = await read()
  t.equal(sumOf(families, 'plugin_cfg_responses_total', { status_class: '1xx' }), 1)
  t.equal(sumOf(families, 'plugin_cfg_request_server_seconds_count'), 1)
  t.strictSame(
    families
      .get('plugin_cfg_request_server_seconds')
      ?.samples.flatMap(({ labels }) => labels.le ?? []),
    ['1', '2', '+Inf'],
  )
})

t.test('names and units follow the conventions of Prometheus', async t => {
  const { read } = await measured(t, edgeConfig([{}]))
  const families = await read()
  t.equal(families.size, 22)
  for (const { name, type, help } of families.values()) {
    t.equal(name.endsWith('_total'), type === 'counter', `${name} is a ${type}`)
    t.equal(name.endsWith('_seconds'), type === 'histogram', `${name} is a ${type}`)
    t.match(help, /\.$|reload$/, `${name} is explained`)
  }
})

t.test('what an operator has said of a server is a metric', async t => {
  const { edge, read } = await measured(t, edgeConfig([{}, {}, {}]))
  edge.administer('Cluster', 'm1', 'draining')
  edge.administer('Cluster', 'm2', 'stopped')
  const families = await read()
  const of = (server: string, state: string) =>
    sumOf(families, 'plugin_cfg_server_admin_state', { server, state })
  t.same(
    ['m1', 'm2', 'm3'].map(server => [
      of(server, 'in-service'),
      of(server, 'draining'),
      of(server, 'stopped'),
    ]),
    [
      [0, 1, 0],
      [0, 0, 1],
      [1, 0, 0],
    ],
  )
})
