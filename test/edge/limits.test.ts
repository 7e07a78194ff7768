import http from 'node:http'
import net, { type Socket } from 'node:net'
import t, { type Test } from 'tap'
import { ManualClock } from '../../src/core/clock.ts'
import { createEdge } from '../../src/edge/edge.ts'
import type { EdgeOptions } from '../../src/edge/options.ts'
import { edgeConfig } from '../support/edge-config.ts'
import {
  ask,
  edgeOn,
  eventually,
  fields,
  onHead,
  origin,
  rawAsk,
  rawOrigin,
  type TestEdge,
} from '../support/loopback.ts'

/** A server that answers when it is told to. */
const patient = async (t: Test) => {
  const open: http.ServerResponse[] = []
  const server = await origin(t, (_, response) => open.push(response))
  return { ...server, open, answer: () => open.shift()?.end('ok') }
}

/** Nothing is held any more, and no server is blamed. */
const isFree = (t: Test, { edge }: TestEdge): void => {
  t.match(edge.counters(), { running: 0, waiting: 0, replayBytes: 0 })
  for (const { health, pending, failed } of edge.snapshot().clusters[0]?.servers ?? []) {
    t.strictSame({ health, pending, failed }, { health: 'up', pending: 0, failed: 0 })
  }
}

const wrong: readonly (readonly [limits: unknown, message: RegExp])[] = [
  [7, /^limits is 7; write an object/],
  [{ maxRequest: 5 }, /^limits has "maxRequest", which means nothing; write one of maxRequests, /],
  [{ maxRequests: 0 }, /^limits.maxRequests is 0; write a number from 1, or Infinity for no limit/],
  [{ maxReplayBytes: '1 MB' }, /^limits.maxReplayBytes is "1 MB"; write a number from 0/],
  [{ bodyTimeoutMs: Number.NaN }, /^limits.bodyTimeoutMs is null; write a number from 1/],
  [{ bodyMinBytes: -1 }, /^limits.bodyMinBytes is -1/],
  [{ clientStallMs: 0 }, /^limits.clientStallMs is 0/],
  [{ queue: 100 }, /^limits.queue is 100; write an object such as \{ max: 1000 \}/],
  [{ queue: { length: 1 } }, /^limits.queue has "length"/],
  [{ queue: { max: -1 } }, /^limits.queue.max is -1/],
  [{ queue: { waitMs: 0 } }, /^limits.queue.waitMs is 0/],
]

for (const [limits, message] of wrong) {
  t.test(`limits ${JSON.stringify(limits)} are refused by name`, async t => {
    const options = { config: edgeConfig([{}]), limits } as EdgeOptions
    await t.rejects(createEdge(options), { code: 'OPTION_INVALID', message })
  })
}

t.test('requests beyond maxRequests get 503 and are told to come back', async t => {
  const server = await patient(t)
  const clock = new ManualClock()
  const test = await edgeOn(t, edgeConfig([{ port: server.port }]), {
    clock,
    limits: { maxRequests: 1 },
  })
  const first = ask(test.port, '/')
  await eventually(() => server.open.length === 1)
  for (const body of ['', 'x'.repeat(5000)]) {
    const refused = await ask(test.port, '/more', { method: 'POST', body })
    t.match(refused, { status: 503, headers: { 'retry-after': '1' } })
  }
  t.match(test.records, [
    { code: 'TOOMANY', result: 'fail', reason: 'too-many-requests', status: 503, attempts: 0 },
    { code: 'TOOMANY' },
  ])
  t.match(test.warnings, [{ code: 'LIMIT_REACHED', limit: 'requests', message: /because 1 are/ }])
  t.equal(test.warnings.length, 1, 'one warning a second')
  t.match(test.edge.counters(), { running: 1, limited: { requests: 2 } })
  t.match(test.edge.snapshot().clusters[0]?.servers, [{ pending: 1 }])
  server.answer()
  t.equal((await first).status, 200)
  const next = ask(test.port, '/')
  await eventually(() => server.open.length === 1)
  server.answer()
  t.equal((await next).status, 200)
  clock.advance(1)
  isFree(t, test)
})

t.test('a request that is not ours is not counted and not refused', async t => {
  const server = await patient(t)
  const config = edgeConfig([{ port: server.port }], { uri: '/ours' })
  const test = await edgeOn(t, config, { limits: { maxRequests: 1 } })
  const first = ask(test.port, '/ours')
  await eventually(() => server.open.length === 1)
  t.equal((await ask(test.port, '/theirs')).status, 404)
  server.answer()
  await first
})

t.test('B3 bodies beyond maxReplayBytes are streamed, whole, and not sent again', async t => {
  let fails = false
  const server = await origin(t, (request, response, seen) => {
    if (fails) request.socket.destroy()
    else if (seen.url !== '/first') response.end('ok')
    else finish = () => response.end('ok')
  })
  let finish = (): void => {}
  const test = await edgeOn(t, edgeConfig([{ port: server.port }, { port: server.port }]), {
    limits: { maxReplayBytes: 1000 },
  })
  const body = 'x'.repeat(600)
  const first = ask(test.port, '/first', { method: 'POST', body })
  await eventually(() => server.seen.length === 1)
  t.equal(test.edge.counters().replayBytes, 600)
  t.equal((await ask(test.port, '/second', { method: 'POST', body })).status, 200)
  t.equal(server.seen[1]?.body, body)
  t.match(test.edge.counters(), { replayBytes: 600, limited: { replay: 1 } })
  fails = true
  const failed = await ask(test.port, '/third', { method: 'POST', body })
  t.equal(failed.status, 500)
  t.equal(server.seen.length, 3, 'executed once')
  t.match(test.records.at(-1), { reason: 'not-replayable', attempts: 1 })
  fails = false
  finish()
  await first
  t.equal(test.edge.counters().replayBytes, 0)
})

t.test('B2 without memory left a body is streamed from its first byte', async t => {
  const server = await origin(t)
  const test = await edgeOn(t, edgeConfig([{ port: server.port }]), {
    limits: { maxReplayBytes: 0 },
  })
  for (const chunked of [true, false]) {
    await ask(test.port, '/', { method: 'POST', body: 'hello', chunked })
  }
  t.match(server.seen, [{ body: 'hello' }, { body: 'hello' }])
  t.match(test.edge.counters().limited, { replay: 2 })
  isFree(t, test)
})

t.test('an answer frees what was kept of the body for another attempt', async t => {
  let finish = (): void => {}
  const server = await origin(t, (_, response) => {
    response.write('beginning')
    finish = () => response.end()
  })
  const test = await edgeOn(t, edgeConfig([{ port: server.port }]))
  const answer = new Promise<http.IncomingMessage>(resolve =>
    http.request({ port: test.port, method: 'POST', agent: false }, resolve).end('x'.repeat(900)),
  )
  const response = await answer
  t.equal(test.edge.counters().replayBytes, 0)
  finish()
  response.resume()
  await new Promise(resolve => response.on('end', resolve))
})

t.test('F11 a 503 for which there is no memory is replaced by our own page', async t => {
  const server = await origin(t, (_, response) => {
    response.statusCode = 503
    response.end('x'.repeat(500))
  })
  const servers = [{ port: server.port }, { port: server.port }]
  const kept = await edgeOn(t, edgeConfig(servers))
  const own = await edgeOn(t, edgeConfig(servers), { limits: { maxReplayBytes: 100 } })
  // The last of the two is passed on in any case; the first is what is kept meanwhile.
  for (const test of [kept, own]) {
    t.equal((await ask(test.port, '/')).status, 503)
    await eventually(() => test.edge.counters().running === 0)
    t.equal(test.edge.counters().replayBytes, 0)
  }
  t.equal(kept.edge.counters().limited.replay, 0)
  t.equal(own.edge.counters().limited.replay, 1)
})

const halfPost = 'POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\n\r\nhalf'

for (const [where, postBufferSizeBytes, code] of [
  ['before a server is chosen', 65_536, 'BODYTIME'],
  ['while it is streamed', 0, 'RR>BODYTIME'],
] as const) {
  t.test(`a body that does not come in time gets 408, ${where}`, async t => {
    let closed = 0
    const port = await rawOrigin(t, socket => {
      socket.resume()
      socket.on('close', () => closed++)
    })
    const test = await edgeOn(
      t,
      edgeConfig([{ port }, { port }], { cluster: { postBufferSizeBytes } }),
      { limits: { bodyTimeoutMs: 50 } },
    )
    const text = await rawAsk(test.port, halfPost)
    t.match(text, /^HTTP\/1.1 408 Request Timeout\r\n/)
    t.match(text, /\r\nConnection: close\r\n/)
    t.match(test.records, [{ code, reason: 'body-timeout', result: 'fail', status: 408 }])
    t.match(test.warnings, [{ code: 'LIMIT_REACHED', limit: 'bodyTimeout' }])
    t.equal(test.edge.counters().limited.bodyTimeout, 1)
    if (postBufferSizeBytes === 0) await eventually(() => closed === 1)
    isFree(t, test)
  })
}

t.test('a body that comes in pieces, each in time, is forwarded whole', async t => {
  const server = await origin(t)
  const test = await edgeOn(t, edgeConfig([{ port: server.port }]), {
    limits: { bodyTimeoutMs: 5000, bodyMinBytes: 2 },
  })
  const request = http.request({ port: test.port, method: 'POST', agent: false })
  const answer = new Promise<http.IncomingMessage>(resolve => request.on('response', resolve))
  for (const piece of ['one ', 'two ', 'three']) {
    request.write(piece)
    await new Promise(setImmediate)
  }
  request.end()
  t.equal((await answer).statusCode, 200)
  t.match(server.seen, [{ body: 'one two three' }])
})

t.test('a client that takes nothing of its answer is cut off, and the server is free', async t => {
  const sockets: Socket[] = []
  const port = await rawOrigin(t, socket => {
    sockets.push(socket)
    onHead(socket, () => {
      socket.write('HTTP/1.1 200 OK\r\nContent-Length: 1000000000000\r\n\r\n')
      const more = (): void => {
        while (socket.write(Buffer.alloc(65_536)));
      }
      socket.on('drain', more)
      more()
    })
  })
  const test = await edgeOn(t, edgeConfig([{ port }, { port }]), { limits: { clientStallMs: 50 } })
  const client = net.connect(test.port, '127.0.0.1')
  client.on('error', () => {})
  t.teardown(() => client.destroy())
  client.pause()
  client.write('GET / HTTP/1.1\r\nHost: h\r\n\r\n')
  await eventually(() => test.records.length === 1)
  t.match(test.records, [
    { code: 'RR>STALLED', reason: 'client-stalled', result: 'client-aborted', status: 200 },
  ])
  t.equal(test.edge.counters().limited.clientStall, 1)
  await eventually(() => sockets[0]?.destroyed === true)
  isFree(t, test)
})

t.test('without a queue, a request that finds all servers busy gets 503 at once (8.3)', async t => {
  const server = await patient(t)
  const test = await edgeOn(t, edgeConfig([{ port: server.port, maxConnections: 1 }]))
  const first = ask(test.port, '/')
  await eventually(() => server.open.length === 1)
  t.equal((await ask(test.port, '/')).status, 503)
  t.match(test.records, [{ reason: 'all-busy', code: 'ALLBUSY' }])
  server.answer()
  await first
})

const oneAtATime = (port: number) => edgeConfig([{ port, maxConnections: 1 }])

t.test('with a queue, requests wait for a server and get it in turn', async t => {
  const server = await patient(t)
  const test = await edgeOn(t, oneAtATime(server.port), {
    limits: { queue: { max: 2, waitMs: 60_000 } },
  })
  const first = ask(test.port, '/1')
  await eventually(() => server.open.length === 1)
  const second = ask(test.port, '/2', { method: 'POST', body: 'the second' })
  await eventually(() => test.edge.counters().waiting === 1)
  const third = ask(test.port, '/3')
  await eventually(() => test.edge.counters().waiting === 2)
  t.match(await ask(test.port, '/4'), { status: 503, headers: { 'retry-after': '1' } })
  t.match(test.records, [{ url: '/4', reason: 'queue-full', code: 'QUEUEFULL' }])
  for (const answer of [first, second, third]) {
    await eventually(() => server.open.length === 1)
    server.answer()
    t.equal((await answer).body, 'ok')
  }
  t.match(server.seen, [{ url: '/1' }, { url: '/2', body: 'the second' }, { url: '/3' }])
  t.match(
    test.records.slice(1).map(({ url, code, attempts }) => ({ url, code, attempts })),
    [
      { url: '/1', code: 'ONLY', attempts: 1 },
      { url: '/2', code: 'ONLY', attempts: 1 },
      { url: '/3', code: 'ONLY', attempts: 1 },
    ],
  )
  isFree(t, test)
})

t.test('a body that is streamed waits with its request', async t => {
  const server = await patient(t)
  const test = await edgeOn(
    t,
    edgeConfig([{ port: server.port, maxConnections: 1 }], { cluster: { postBufferSizeBytes: 4 } }),
    { limits: { queue: { max: 1 } } },
  )
  const first = ask(test.port, '/1')
  await eventually(() => server.open.length === 1)
  const body = 'x'.repeat(200_000)
  const second = ask(test.port, '/2', { method: 'POST', body, chunked: true })
  await eventually(() => test.edge.counters().waiting === 1)
  server.answer()
  await first
  await eventually(() => server.open.length === 1)
  server.answer()
  t.equal((await second).status, 200)
  t.equal(server.seen[1]?.body, body)
})

t.test('F15 a client that leaves while it waits leaves the queue', async t => {
  const server = await patient(t)
  const test = await edgeOn(t, oneAtATime(server.port), { limits: { queue: { max: 2 } } })
  const first = ask(test.port, '/1')
  await eventually(() => server.open.length === 1)
  const leaver = net.connect(test.port, '127.0.0.1')
  leaver.write('GET /2 HTTP/1.1\r\nHost: h\r\n\r\n')
  await eventually(() => test.edge.counters().waiting === 1)
  const third = ask(test.port, '/3')
  await eventually(() => test.edge.counters().waiting === 2)
  leaver.destroy()
  await eventually(() => test.edge.counters().waiting === 1)
  t.match(test.records, [{ url: '/2', result: 'client-aborted', code: 'ABORT' }])
  server.answer()
  await first
  await eventually(() => server.open.length === 1)
  server.answer()
  t.equal((await third).status, 200)
  t.match(server.seen, [{ url: '/1' }, { url: '/3' }])
  isFree(t, test)
})

t.test('a request that has waited long enough gets 503', async t => {
  const server = await patient(t)
  const test = await edgeOn(t, oneAtATime(server.port), {
    limits: { queue: { max: 2, waitMs: 50 } },
  })
  const first = ask(test.port, '/1')
  await eventually(() => server.open.length === 1)
  t.match(await ask(test.port, '/2'), { status: 503, headers: { 'retry-after': '1' } })
  t.match(test.records, [{ reason: 'queue-timeout', code: 'QUEUETIME' }])
  t.match(test.edge.counters(), { waiting: 0, limited: { queueTimeout: 1 } })
  server.answer()
  await first
  isFree(t, test)
})

t.test('requests that waited are recorded and traced as they were served', async t => {
  const server = await patient(t)
  const test = await edgeOn(t, oneAtATime(server.port), {
    recordings: 5,
    limits: { queue: { max: 1 } },
  })
  const first = ask(test.port, '/1')
  await eventually(() => server.open.length === 1)
  const second = ask(test.port, '/2', { method: 'POST', body: 'two' })
  await eventually(() => test.edge.counters().waiting === 1)
  server.answer()
  await first
  await eventually(() => server.open.length === 1)
  server.answer()
  await second
  const [, recording] = test.edge.recordings()
  t.match(recording, { status: 200, code: 'ONLY' })
  t.strictSame(
    recording?.inputs.map(({ outcome }) => outcome?.kind ?? null),
    [null, 'buffered', 'answered', 'relayed'],
  )
  t.equal(test.records[1]?.exchange, recording?.exchange)
})

t.test('headers beyond HTTPMaxHeaders warn once a second (E12)', async t => {
  const server = await origin(t)
  const test = await edgeOn(
    t,
    edgeConfig([{ port: server.port }], { settings: { httpMaxHeaders: 1 } }),
    { clock: new ManualClock() },
  )
  for (let i = 0; i < 3; i++) await ask(test.port, '/', { headers: { 'X-A': '1', 'X-B': '2' } })
  t.equal(test.warnings.length, 1)
  t.equal(fields(server.seen[0]?.rawHeaders ?? [], 'x-b').length, 0)
})

t.test('a request to leave HTTP waits like any other', async t => {
  const server: { answer?: () => unknown } = {}
  const port = await rawOrigin(t, socket =>
    onHead(socket, head => {
      if (head.includes('pgrade')) {
        socket.write('HTTP/1.1 101 Go\r\nConnection: Upgrade\r\nUpgrade: chat\r\n\r\nhello')
      } else server.answer = () => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n')
    }),
  )
  const test = await edgeOn(t, oneAtATime(port), { limits: { queue: { max: 2 } } })
  const first = ask(test.port, '/')
  await eventually(() => server.answer !== undefined)
  const upgrade = 'GET /ws HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: chat\r\n\r\n'
  const leaver = net.connect(test.port, '127.0.0.1', () => leaver.write(upgrade))
  leaver.on('error', () => {})
  await eventually(() => test.edge.counters().waiting === 1)
  const tunnel = rawAsk(test.port, upgrade, text => text.endsWith('hello'))
  await eventually(() => test.edge.counters().waiting === 2)
  leaver.destroy()
  await eventually(() => test.edge.counters().waiting === 1)
  t.equal(test.edge.counters().running, 2)
  server.answer?.()
  t.equal((await first).status, 200)
  t.match(await tunnel, /^HTTP\/1.1 101 /)
  await eventually(() => test.edge.counters().running === 0)
  isFree(t, test)
})
