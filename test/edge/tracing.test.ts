import { channel } from 'node:diagnostics_channel'
import http from 'node:http'
import t from 'tap'
import type { TraceRecord } from '../../src/core/trace.ts'
import { createEdge } from '../../src/edge/edge.ts'
import { traceChannel } from '../../src/edge/events.ts'
import { edgeConfig } from '../support/edge-config.ts'
import {
  ask,
  edgeOn,
  eventually,
  fields,
  listen,
  onHead,
  origin,
  rawAsk,
  rawOrigin,
  refusingPort,
  type TestEdge,
} from '../support/loopback.ts'

const asking = { 'X-Plugin-Trace': '1' }

const session = (cloneId: string) => ({ Cookie: `JSESSIONID=0000x:${cloneId}` })

/** Numbers of the exchanges that were followed, in the order of their first records. */
const followed = ({ trace }: TestEdge): number[] => [
  ...new Set(trace.map(({ exchange }) => exchange)),
]

const kinds = (records: readonly TraceRecord[]): string => records.map(({ kind }) => kind).join(' ')

t.test('one request in three is followed, and the others are as if nobody listened', async t => {
  const server = await origin(t)
  const test = await edgeOn(t, edgeConfig([{ port: server.port }]), { trace: { every: 3 } })
  for (let i = 0; i < 7; i++) t.equal((await ask(test.port, '/')).status, 200)
  t.same(followed(test), [1, 4, 7])
  t.same(
    test.records.map(({ code }) => code),
    Array.from({ length: 7 }, () => 'ONLY'),
    'a reason code has every request',
  )
})

t.test('null: no request is followed; which ones are can change while the edge runs', async t => {
  const server = await origin(t)
  const test = await edgeOn(t, edgeConfig([{ port: server.port }]), { trace: null })
  t.equal(test.edge.tracing, null)
  await ask(test.port, '/')
  t.same(followed(test), [])
  test.edge.trace({ every: 1 })
  t.same(test.edge.tracing, { every: 1 })
  await ask(test.port, '/')
  await ask(test.port, '/')
  test.edge.trace(null)
  await ask(test.port, '/')
  t.same(followed(test), [2, 3])
})

t.test(
  'a condition: the records are handed out when the request is over, all of them or none',
  async t => {
    const [one, two] = [await origin(t), await origin(t)]
    const config = edgeConfig([
      { port: await refusingPort() },
      { port: two.port },
      { port: one.port },
    ])
    const test = await edgeOn(t, config, { trace: { when: { failedOver: true } } })
    const published: unknown[] = []
    const listener = (record: unknown): unknown => published.push(record)
    channel(traceChannel).subscribe(listener)
    t.teardown(() => channel(traceChannel).unsubscribe(listener))
    await ask(test.port, '/', { headers: session('c2') })
    t.same(test.trace, [])
    await ask(test.port, '/', { headers: session('c1') })
    t.equal(
      kinds(test.trace.filter(({ kind }) => !['compare', 'check', 'skip', 'ids'].includes(kind))),
      'route select transport stream connect fail mark-down stats retry select transport stream stats weights outcome',
    )
    await ask(test.port, '/', { headers: session('c1') })
    t.same(followed(test), [2, 3])
    t.same(published, test.trace)
    t.same(
      test.records.map(({ code }) => code),
      ['AFF', 'AFF>REFUSED>RR', 'AFF>DOWN>RR'],
    )
  },
)

t.test('a condition of the host sees the record of the request and all its decisions', async t => {
  const server = await origin(t, (_, response) => response.writeHead(418).end())
  const seen: string[] = []
  const config = edgeConfig([{ port: server.port }], { uri: '/shop/*' })
  const test = await edgeOn(t, config, {
    trace: {
      when: ({ url, status, code }, records) => {
        seen.push(`${url} ${status} ${code} ${records.at(0)?.kind} ${records.at(-1)?.kind}`)
        return status === 404
      },
    },
  })
  await ask(test.port, '/shop/')
  await ask(test.port, '/other')
  t.same(seen, ['/shop/ 418 ONLY route outcome', '/other 404 DECLINED decline outcome'])
  t.same(followed(test), [2])
})

t.test('a condition that throws selects nothing and harms no request', async t => {
  const server = await origin(t)
  const test = await edgeOn(t, edgeConfig([{ port: server.port }]), {
    trace: {
      when: () => {
        throw new Error('in the condition')
      },
    },
  })
  t.equal((await ask(test.port, '/')).status, 200)
  t.match(test.warnings, [
    { code: 'HOOK_FAILED', message: 'trace.when threw: Error: in the condition' },
  ])
  t.same(test.trace, [])
  t.equal(test.records.length, 1, 'the access record is written all the same')
})

t.test('what any of the options selects is followed, and once only', async t => {
  const server = await origin(t)
  const test = await edgeOn(t, edgeConfig([{ port: server.port }]), {
    trace: { every: 4, when: { uri: '/a*' }, header: {} },
  })
  await ask(test.port, '/a')
  await ask(test.port, '/a')
  await ask(test.port, '/b')
  await ask(test.port, '/b', { headers: asking })
  await ask(test.port, '/a', { headers: asking })
  t.same(followed(test), [1, 2, 4, 5])
  t.equal(test.trace.filter(({ kind }) => kind === 'outcome').length, 4)
})

t.test(
  'the header selects the request; its answer says how it was decided, and no other does',
  async t => {
    const server = await origin(t)
    const config = edgeConfig([{ port: await refusingPort() }, { port: server.port }])
    const test = await edgeOn(t, config, { trace: { header: {} } })
    await ask(test.port, '/', { headers: session('c1') })
    const told = await ask(test.port, '/', { headers: { ...session('c1'), ...asking } })
    t.equal(
      told.headers['x-plugin-decision'],
      'AFF>DOWN>RR; server=m2; cluster=Cluster; exchange=2',
    )
    t.equal(told.body, 'ok')
    const untold = await ask(test.port, '/', { headers: session('c1') })
    t.equal(untold.headers['x-plugin-decision'], undefined)
    t.same(followed(test), [2])
  },
)

t.test(
  'the asking header reaches no server, on no attempt, and without the option it is one like any other',
  async t => {
    const answers = [503, 200]
    const servers = await Promise.all(
      answers.map(status => origin(t, (_, response) => response.writeHead(status).end())),
    )
    const config = edgeConfig(servers.map(({ port }) => ({ port })))
    const test = await edgeOn(t, config, { trace: { header: {} } })
    const headers = { 'x-PLUGIN-trace': 'yes', 'X-Other': '1' }
    const first = await ask(test.port, '/', { headers })
    t.equal(first.headers['x-plugin-decision'], 'RR>503>RR; server=m2; cluster=Cluster; exchange=1')
    for (const { seen } of servers) {
      t.equal(seen.length, 1)
      t.same(fields(seen[0]?.rawHeaders ?? [], 'X-Plugin-Trace'), [])
      t.same(fields(seen[0]?.rawHeaders ?? [], 'X-Other'), ['1'])
    }
    test.edge.trace({ every: 1 })
    const last = await ask(test.port, '/', { headers })
    t.equal(last.headers['x-plugin-decision'], undefined)
    t.same(fields(servers[1]?.seen.at(-1)?.rawHeaders ?? [], 'X-Plugin-Trace'), ['yes'])
  },
)

t.test(
  'from an address that may not ask the header has no effect, and is not passed on either',
  async t => {
    const server = await origin(t)
    const test = await edgeOn(t, edgeConfig([{ port: server.port }]), {
      trace: { header: { from: ['10.0.0.0/8'] } },
      clientForwarded: 'keep',
    })
    const answer = await ask(test.port, '/', {
      headers: { ...asking, 'X-Forwarded-For': '10.1.2.3', Forwarded: 'for=10.1.2.3' },
    })
    t.equal(answer.headers['x-plugin-decision'], undefined)
    t.same(test.trace, [])
    t.same(fields(server.seen[0]?.rawHeaders ?? [], 'X-Plugin-Trace'), [])
  },
)

t.test('header names of the own choice', async t => {
  const server = await origin(t)
  const test = await edgeOn(t, edgeConfig([{ port: server.port }]), {
    trace: { header: { name: 'X-Why', response: 'X-Because', from: ['127.0.0.1'] } },
  })
  const answer = await ask(test.port, '/', { headers: { 'X-Why': '', ...asking } })
  t.same(fields(answer.rawHeaders, 'X-Because'), ['ONLY; server=m1; cluster=Cluster; exchange=1'])
  t.same(fields(server.seen[0]?.rawHeaders ?? [], 'X-Why'), [])
  t.same(fields(server.seen[0]?.rawHeaders ?? [], 'X-Plugin-Trace'), ['1'])
})

t.test('the decision is told without listeners, and then no record is built', async t => {
  const server = await origin(t)
  const config = edgeConfig([{ port: server.port }])
  const edge = await createEdge({ config, trace: { header: {} } })
  t.teardown(() => edge.close())
  const port = await listen(t, http.createServer(edge.handler))
  const answer = await ask(port, '/', { headers: asking })
  t.equal(answer.headers['x-plugin-decision'], 'ONLY; server=m1; cluster=Cluster; exchange=1')
})

t.test('pages of ours tell the decision', async t => {
  const config = edgeConfig([{ port: await refusingPort() }, { port: await refusingPort() }], {
    uri: '/shop/*',
    cluster: { name: 'Köln' },
  })
  const own = { ...config, routes: [{ uriGroup: 'Uris', serverCluster: 'Köln' }] }
  const { port } = await edgeOn(t, own, { trace: { header: {} } })
  const ends: readonly (readonly [string, number, string])[] = [
    ['/shop/', 500, 'RR>REFUSED>FAILED; cluster="K%C3%B6ln"; exchange=1'],
    ['/shop/', 500, 'ALLDOWN; cluster="K%C3%B6ln"; exchange=2'],
    ['/other', 404, 'DECLINED; exchange=3'],
    ['/%zz', 400, 'BADTARGET; exchange=4'],
  ]
  for (const [path, status, decision] of ends) {
    const answer = await ask(port, path, { headers: asking })
    t.equal(answer.status, status)
    t.same(fields(answer.rawHeaders, 'X-Plugin-Decision'), [decision])
  }
})

t.test('a request that is left to the next handler gets no header from us', async t => {
  const edge = await createEdge({
    config: edgeConfig([{ port: 9 }], { uri: '/shop/*' }),
    trace: { header: {} },
  })
  t.teardown(() => edge.close())
  const server = http.createServer((request, response) =>
    edge.handler(request, response, () => response.end('own')),
  )
  const answer = await ask(await listen(t, server), '/own', { headers: asking })
  t.equal(answer.body, 'own')
  t.equal(answer.headers['x-plugin-decision'], undefined)
})

t.test('what a server says under the same name gives way', async t => {
  const server = await origin(t, (_, response) =>
    response.writeHead(200, ['x-plugin-decision', 'ONLY; server=deeper', 'X-Kept', '1']).end(),
  )
  const { port } = await edgeOn(t, edgeConfig([{ port: server.port }]), { trace: { header: {} } })
  const answer = await ask(port, '/', { headers: asking })
  t.same(fields(answer.rawHeaders, 'X-Plugin-Decision'), [
    'ONLY; server=m1; cluster=Cluster; exchange=1',
  ])
  t.same(fields(answer.rawHeaders, 'X-Kept'), ['1'])
  const plain = await ask(port, '/')
  t.same(fields(plain.rawHeaders, 'X-Plugin-Decision'), ['ONLY; server=deeper'])
})

t.test('F11 a 503 that was kept and is passed on in the end tells the decision', async t => {
  const server = await origin(t, (_, response) => response.writeHead(503).end('busy'))
  const config = edgeConfig([{ port: server.port }, { port: await refusingPort() }])
  const { port } = await edgeOn(t, config, { trace: { header: {} } })
  const answer = await ask(port, '/', { headers: asking })
  t.equal(answer.body, 'busy')
  t.equal(
    answer.headers['x-plugin-decision'],
    'RR>503>RR>REFUSED>ALL503; cluster=Cluster; exchange=1',
  )
})

t.test('an upgrade tells the decision in its 101', async t => {
  const port = await rawOrigin(t, socket =>
    onHead(socket, () => {
      socket.write(
        'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n',
      )
    }),
  )
  const test = await edgeOn(t, edgeConfig([{ port }]), { trace: { header: {} } })
  const text = await rawAsk(
    test.port,
    'GET / HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: echo\r\nX-Plugin-Trace: 1\r\n\r\n',
    got => got.includes('\r\n\r\n'),
  )
  t.match(text, /^HTTP\/1\.1 101 /)
  t.match(text, /\r\nX-Plugin-Decision: ONLY; server=m1; cluster=Cluster; exchange=1\r\n/)
  await eventually(() => test.records.length === 1)
  t.equal(test.records[0]?.code, 'ONLY')
})

t.test('listeners to failures hear of every request, whichever are followed', async t => {
  const server = await origin(t)
  const config = edgeConfig([{ port: await refusingPort() }, { port: server.port }])
  const test = await edgeOn(t, config, { trace: null })
  const failures: TraceRecord[] = []
  test.edge.on('failure', record => failures.push(record))
  await ask(test.port, '/')
  await ask(test.port, '/')
  t.equal(kinds(failures), 'fail mark-down retry')
  t.same(test.trace, [])
  test.edge.trace({ every: 1 })
  await ask(test.port, '/')
  t.equal(followed(test).length, 1)
  t.equal(kinds(failures), 'fail mark-down retry')
})
