import t from 'tap'
import { edgeConfig } from '../support/edge-config.ts'
import { ask, edgeOn, fields, origin, refusingPort } from '../support/loopback.ts'

const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'
const tracestate = ['rojo=00f067aa0ba902b7,congo=t61rcWkgMzE', 'third= keeps  its spaces']

const traced = (raw: readonly string[] = []): readonly string[] => [
  ...fields(raw, 'traceparent'),
  ...fields(raw, 'tracestate'),
]

t.test('W3C trace context reaches the server unchanged, traced or not', async t => {
  const server = await origin(t)
  const test = await edgeOn(t, edgeConfig([{ port: server.port }]))
  const headers = { traceparent, tracestate, Connection: 'traceparent, close' }
  await ask(test.port, '/', { headers })
  test.edge.trace(null)
  await ask(test.port, '/', { headers })
  for (const { rawHeaders } of server.seen) {
    t.same(traced(rawHeaders), [traceparent, ...tracestate])
  }
})

t.test('W3C trace context is the same on every attempt', async t => {
  const busy = await origin(t, (_, response) => response.writeHead(503).end())
  const dropping = await origin(t, request => request.socket.destroy())
  const last = await origin(t)
  const config = edgeConfig(
    [await refusingPort(), busy.port, dropping.port, last.port].map(port => ({ port })),
  )
  const test = await edgeOn(t, config)
  const answer = await ask(test.port, '/', {
    method: 'POST',
    body: 'x',
    headers: { traceparent, tracestate },
  })
  t.equal(answer.status, 200)
  t.equal(test.records[0]?.code, 'RR>REFUSED>RR>503>RR>RESET>RR')
  for (const { seen } of [busy, dropping, last]) {
    t.same(
      seen.map(({ rawHeaders }) => traced(rawHeaders)),
      [[traceparent, ...tracestate]],
    )
  }
})

t.test('an edge begins no trace context of its own', async t => {
  const server = await origin(t)
  const test = await edgeOn(t, edgeConfig([{ port: server.port }]))
  await ask(test.port, '/')
  t.same(traced(server.seen[0]?.rawHeaders), [])
})
