import http from 'node:http'
import { connect } from 'node:net'
import t from 'tap'
import { ManualClock } from '../../src/core/clock.ts'
import type { ExchangeRecord } from '../../src/edge/context.ts'
import { createEdge } from '../../src/edge/edge.ts'
import { edgeConfig } from '../support/edge-config.ts'
import {
  ask,
  edgeOn,
  eventually,
  listen,
  origin,
  refusingPort,
  type TestEdge,
} from '../support/loopback.ts'

const session = (cloneId: string) => ({ Cookie: `JSESSIONID=0000x:${cloneId}` })

const codes = ({ records }: TestEdge): string[] => records.map(({ code }) => code)

t.test('listeners to exchanges get what onExchange gets, declined requests included', async t => {
  const server = await origin(t)
  const config = edgeConfig([{ port: server.port }], { uri: '/shop/*' })
  const test = await edgeOn(t, config)
  const heard: ExchangeRecord[] = []
  test.edge.on('exchange', record => heard.push(record))
  await ask(test.port, '/shop/')
  await ask(test.port, '/other')
  await ask(test.port, '/shop/')
  t.equal(heard.length, 3)
  t.ok(heard.every((record, i) => record === test.records[i]))
  t.match(heard, [
    { exchange: 1, code: 'ONLY', status: 200 },
    { exchange: 2, code: 'DECLINED', status: 404, result: 'decline', serverMs: 0, durationMs: 0 },
    { exchange: 3, code: 'ONLY', status: 200 },
  ])
})

t.test('a listener that comes later hears of the requests that begin from then on', async t => {
  const waiting: http.ServerResponse[] = []
  const server = await origin(t, (_, response) => {
    waiting.push(response)
  })
  const edge = await createEdge({ config: edgeConfig([{ port: server.port }]) })
  t.teardown(() => edge.close())
  const port = await listen(t, http.createServer(edge.handler))
  const early = ask(port, '/early')
  await eventually(() => waiting.length === 1)
  const heard: string[] = []
  const listener = ({ url }: ExchangeRecord): unknown => heard.push(url)
  edge.on('exchange', listener)
  const late = ask(port, '/late')
  await eventually(() => waiting.length === 2)
  for (const response of waiting) response.end()
  await Promise.all([early, late])
  t.same(heard, ['/late'])
  edge.off('exchange', listener)
  const unheard = ask(port, '/unheard')
  await eventually(() => waiting.length === 3)
  waiting[2]?.end()
  await unheard
  t.same(heard, ['/late'])
})

t.test('a listener to exchanges that throws harms no request', async t => {
  const server = await origin(t)
  const test = await edgeOn(t, edgeConfig([{ port: server.port }]))
  test.edge.on('exchange', () => {
    throw new Error('in the listener')
  })
  t.equal((await ask(test.port, '/')).status, 200)
  t.match(test.warnings, [
    { code: 'HOOK_FAILED', message: "a listener of 'exchange' threw: Error: in the listener" },
  ])
})

t.test('every request has its reason code, traced or not', async t => {
  const server = await origin(t)
  const test = await edgeOn(
    t,
    edgeConfig([{ port: await refusingPort() }, { port: server.port }], { uri: '/shop/*' }),
    { trace: null },
  )
  await ask(test.port, '/shop/', { headers: session('c2') })
  await ask(test.port, '/shop/', { headers: session('c1') })
  await ask(test.port, '/shop/', { headers: session('c1') })
  await ask(test.port, '/other')
  await ask(test.port, '/shop/%zz')
  t.same(codes(test), ['AFF', 'AFF>REFUSED>RR', 'AFF>DOWN>RR', 'DECLINED', 'BADTARGET'])
})

t.test('CLOSING: the edge takes no more requests, and has asked no router', async t => {
  const test = await edgeOn(t, edgeConfig([{ port: 9 }]))
  await test.edge.close()
  t.equal((await ask(test.port, '/')).status, 503)
  t.match(test.records, [{ exchange: 0, code: 'CLOSING', result: 'decline', status: 503 }])
})

t.test('CONSUMED: somebody has read the body before', async t => {
  const server = await origin(t)
  const test = await edgeOn(t, edgeConfig([{ port: server.port }]))
  const front = http.createServer((request, response) => {
    request.resume()
    request.on('end', () => test.edge.handler(request, response))
  })
  await ask(await listen(t, front), '/', { method: 'POST', body: 'gone' })
  t.match(test.records, [{ code: 'CONSUMED', status: 500, reason: 'internal', attempts: 0 }])
})

t.test('INTERNAL: something of ours broke', async t => {
  const server = await origin(t)
  const test = await edgeOn(t, edgeConfig([{ port: server.port }]))
  const front = http.createServer((request, response) => {
    response.writeHead = () => {
      throw new Error('broken middleware')
    }
    test.edge.handler(request, response)
  })
  const port = await listen(t, front)
  await t.rejects(ask(port, '/'))
  await eventually(() => test.records.length === 1)
  t.match(test.records, [{ code: 'INTERNAL', reason: 'internal' }])
})

t.test(
  'ABORT: the client leaves while a server is asked, and while a kept 503 is awaited',
  async t => {
    const silent = await origin(t, () => {})
    const slow = await origin(t, (_, response) => {
      response.writeHead(503).write('not whole')
    })
    const config = edgeConfig([{ port: slow.port }, { port: silent.port }])
    const test = await edgeOn(t, config)
    const leave = async (when: () => boolean): Promise<void> => {
      const before = test.records.length
      const socket = connect(test.port, '127.0.0.1')
      socket.write('GET / HTTP/1.1\r\nHost: h\r\n\r\n')
      await eventually(when)
      socket.destroy()
      await eventually(() => test.records.length > before)
    }
    await leave(() => silent.seen.length === 1)
    const alone = await edgeOn(t, edgeConfig([{ port: slow.port }, { port: await refusingPort() }]))
    const socket = connect(alone.port, '127.0.0.1')
    socket.write('GET / HTTP/1.1\r\nHost: h\r\n\r\n')
    await eventually(() => alone.trace.some(({ kind }) => kind === 'outcome'))
    socket.destroy()
    await eventually(() => alone.records.length === 1)
    t.match(test.records, [{ code: 'RR>503>RR>ABORT', result: 'client-aborted' }])
    t.match(alone.records, [{ code: 'RR>503>RR>REFUSED>ABORT', result: 'client-aborted' }])
  },
)

t.test('serverMs counts the attempts and not the wait for the client', async t => {
  const clock = new ManualClock(1_000_000)
  const busy = await origin(t, (_, response) => {
    clock.advance(20)
    response.writeHead(503).end()
  })
  const server = await origin(t, (_, response) => {
    clock.advance(30)
    response.write('first')
    setImmediate(() => {
      clock.advance(7)
      response.end('second')
    })
  })
  const test = await edgeOn(t, edgeConfig([{ port: busy.port }, { port: server.port }]), { clock })
  const answered = new Promise<void>((resolve, reject) => {
    const request = http.request(
      { port: test.port, host: '127.0.0.1', method: 'POST', headers: { 'Content-Length': 2 } },
      response => response.resume().on('end', resolve),
    )
    request.on('error', reject)
    request.write('a')
    void eventually(() => test.edge.counters().running === 1).then(() => {
      clock.advance(100)
      request.end('b')
    })
  })
  await answered
  t.match(test.records, [{ code: 'RR>503>RR', durationMs: 157, serverMs: 57, attempts: 2 }])
})

t.test('serverMs of an attempt ends with its failure', async t => {
  const clock = new ManualClock(1_000_000)
  const dropping = await origin(t, request => {
    clock.advance(40)
    request.socket.destroy()
  })
  const test = await edgeOn(t, edgeConfig([{ port: dropping.port }]), { clock })
  t.equal((await ask(test.port, '/')).status, 500)
  t.match(test.records, [{ code: 'ONLY>RESET>FAILED', durationMs: 40, serverMs: 40 }])
})

t.test('serverMs of an attempt ends when its client goes away', async t => {
  const clock = new ManualClock(1_000_000)
  const silent = await origin(t, () => clock.advance(15))
  const test = await edgeOn(t, edgeConfig([{ port: silent.port }]), { clock })
  const socket = connect(test.port, '127.0.0.1')
  socket.write('GET / HTTP/1.1\r\nHost: h\r\n\r\n')
  await eventually(() => silent.seen.length === 1)
  socket.destroy()
  await eventually(() => test.records.length === 1)
  t.match(test.records, [{ result: 'client-aborted', durationMs: 15, serverMs: 15 }])
})
