import type { Socket } from 'node:net'
import t from 'tap'
import { ManualClock } from '../../src/core/clock.ts'
import { blockedPort } from '../support/blocked-port.ts'
import { edgeConfig } from '../support/edge-config.ts'
import {
  ask,
  edgeOn,
  eventually,
  onHead,
  origin,
  rawAsk,
  rawOrigin,
  refusingPort,
  type TestEdge,
} from '../support/loopback.ts'

const ok = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'

const healthOf = ({ edge }: TestEdge) =>
  edge.snapshot().clusters[0]?.servers.map(({ health }) => health)

const failsOf = ({ trace }: TestEdge) =>
  trace.flatMap(record =>
    record.kind === 'fail' && record.row !== undefined
      ? [[record.row, record.server, record.cause]]
      : [],
  )

t.test(
  'F1 a refused connection marks the server down, and the next server gets the request',
  async t => {
    const clock = new ManualClock()
    const second = await origin(t)
    const test = await edgeOn(
      t,
      edgeConfig([{ port: await refusingPort() }, { port: second.port }]),
      {
        clock,
      },
    )
    t.match(await ask(test.port, '/', { method: 'POST', body: 'twice' }), { status: 200 })
    t.strictSame(failsOf(test), [['F1', 'm1', 'refused']])
    t.strictSame(healthOf(test), ['down', 'up'])
    t.match(second.seen, [{ body: 'twice' }])
    t.match(test.records, [{ attempts: 2, server: 'm2', status: 200 }])

    clock.advance(59_999)
    await ask(test.port, '/')
    t.equal(test.records[1]?.attempts, 1, 'R2 it is left alone until the retry interval has passed')
    clock.advance(1)
    await ask(test.port, '/')
    await ask(test.port, '/')
    t.equal(failsOf(test).length, 2, 'R3 then a request finds out that it is still down')
  },
)

t.test('F2 a connection that takes longer than ConnectTimeout marks the server down', async t => {
  const second = await origin(t)
  const test = await edgeOn(
    t,
    edgeConfig([{ port: await blockedPort(t), connectTimeoutMs: 150 }, { port: second.port }]),
  )
  t.equal((await ask(test.port, '/')).status, 200)
  t.strictSame(failsOf(test), [['F2', 'm1', 'connect-timeout']])
  t.strictSame(healthOf(test), ['down', 'up'])
  t.match(
    test.trace.find(({ kind }) => kind === 'connect'),
    { result: 'timeout', connectTimeoutMs: 150 },
  )
})

t.test('T6 each address of a name has its own ConnectTimeout, and the last may answer', async t => {
  const server = await origin(t)
  const test = await edgeOn(
    t,
    edgeConfig([{ port: server.port }], { transport: { hostname: 'two.example' } }),
    // Nothing listens on the first one.
    { lookup: async () => ['127.0.0.77', '127.0.0.1'] },
  )
  t.equal((await ask(test.port, '/')).status, 200)
  t.strictSame(failsOf(test), [], 'one attempt')
})

t.test(
  'F3 without ConnectTimeout the operating system says when connecting has failed',
  async t => {
    const second = await origin(t)
    let giveUp = (_: Error): void => {}
    const test = await edgeOn(
      t,
      edgeConfig(
        [
          { port: 9, connectTimeoutMs: 0, serverIoTimeoutMs: 50 },
          { port: second.port, transports: [] },
        ].map(({ port, ...server }, index) => ({
          ...server,
          transports: [
            {
              hostname: index === 0 ? 'far.example' : '127.0.0.1',
              port,
              protocol: 'http',
              properties: [],
            },
          ],
        })),
      ),
      {
        resolve: 'connect',
        // Where the system waits, here: a name server that does not answer.
        lookup: name =>
          name === 'far.example'
            ? new Promise((_, reject) => {
                giveUp = reject
              })
            : Promise.resolve([name]),
      },
    )
    const answer = ask(test.port, '/')
    await new Promise(resolve => setTimeout(resolve, 200))
    t.strictSame(failsOf(test), [], 'nothing of ours ends the wait')
    giveUp(Object.assign(new Error('gave up'), { code: 'ETIMEDOUT' }))
    t.equal((await answer).status, 200)
    t.strictSame(failsOf(test), [['F3', 'm1', 'connect-failed']])
    t.strictSame(healthOf(test), ['down', 'up'])
  },
)

t.test('F4 a failed TLS handshake marks the server down', async t => {
  const plain = await origin(t)
  const second = await origin(t)
  const config = edgeConfig([{ port: plain.port }, { port: second.port }])
  const [cluster] = config.clusters
  const [first] = cluster?.servers ?? []
  const transport = first?.transports[0]
  Object.assign(first ?? {}, { transports: [{ ...transport, protocol: 'https' }] })
  const test = await edgeOn(t, config)
  t.equal((await ask(test.port, '/')).status, 200)
  t.strictSame(failsOf(test), [['F4', 'm1', 'tls']])
  t.strictSame(healthOf(test), ['down', 'up'])
})

t.test('F5 without an answer to the extended handshake the server is marked down', async t => {
  const silent = await rawOrigin(t, socket => onHead(socket, () => socket.destroy()))
  const second = await origin(t)
  const test = await edgeOn(
    t,
    edgeConfig([
      { port: silent, extendedHandshake: true },
      { port: second.port, extendedHandshake: true },
    ]),
  )
  t.equal((await ask(test.port, '/', { method: 'POST', body: 'x' })).status, 200)
  t.strictSame(failsOf(test), [['F5', 'm1', 'handshake']])
  t.strictSame(
    second.seen.map(({ method, url }) => [method, url]),
    [
      ['OPTIONS', '/'],
      ['POST', '/'],
    ],
    'Z9 the probe precedes the request on the new stream',
  )
  await ask(test.port, '/')
  t.equal(second.seen.length, 3, 'Z9 a pooled stream is not probed again')
})

t.test('F5 a handshake that nobody answers in time has failed', async t => {
  const silent = await rawOrigin(t, () => {})
  const second = await origin(t)
  const test = await edgeOn(
    t,
    edgeConfig([
      { port: silent, extendedHandshake: true, serverIoTimeoutMs: 100 },
      { port: second.port },
    ]),
  )
  t.equal((await ask(test.port, '/')).status, 200)
  t.strictSame(failsOf(test), [['F5', 'm1', 'handshake']])
})

t.test(
  'Z9 a server that answers the handshake and closes gets the request on another stream',
  async t => {
    const heads: string[] = []
    const server = await rawOrigin(t, socket =>
      onHead(socket, head => {
        heads.push(head.split(' ')[0] ?? '')
        if (head.startsWith('OPTIONS')) {
          socket.end('HTTP/1.1 405 No\r\nConnection: close\r\nContent-Length: 0\r\n\r\n')
        } else socket.write(ok)
      }),
    )
    const test = await edgeOn(t, edgeConfig([{ port: server, extendedHandshake: true }]))
    t.equal((await ask(test.port, '/')).status, 200)
    t.strictSame(heads, ['OPTIONS', 'GET'])
  },
)

/** Answers the first request of a connection and breaks the connection at the second. */
const breaksAtSecond = (socket: Socket, bodies: string[]): void => {
  let count = 0
  socket.on('data', chunk => {
    bodies.push(chunk.toString('latin1'))
    count++
    if (count === 1) socket.write(ok)
    else socket.resetAndDestroy()
  })
}

t.test(
  'F6 a pooled stream that breaks is replaced once, at the same server, without a mark',
  async t => {
    const bodies: string[] = []
    let connections = 0
    const server = await rawOrigin(t, (socket, number) => {
      connections = number
      breaksAtSecond(socket, bodies)
    })
    const other = await origin(t)
    const test = await edgeOn(t, edgeConfig([{ port: server }, { port: other.port }]))
    const session = { headers: { Cookie: 'JSESSIONID=0000x:c1' } }
    await ask(test.port, '/', session)
    const answer = await ask(test.port, '/', { method: 'POST', body: 'again', ...session })
    t.equal(answer.status, 200)
    t.equal(connections, 2)
    t.equal(bodies.filter(text => text.endsWith('again')).length, 2)
    t.strictSame(failsOf(test), [['F6', 'm1', 'reset']])
    t.strictSame(healthOf(test), ['up', 'up'])
    t.match(
      test.trace.filter(({ kind }) => kind === 'select'),
      [{ why: 'affinity' }, { why: 'affinity' }, { why: 'same-server', attempt: 2 }],
    )
    t.strictSame(
      test.trace.flatMap(record => (record.kind === 'stream' ? [record.from] : [])),
      ['new', 'pooled', 'new'],
    )
    t.equal(other.seen.length, 0)
  },
)

t.test('Z2 a pooled stream that the server has closed is not used and not counted', async t => {
  let open: Socket | undefined
  const server = await rawOrigin(t, socket => {
    open = socket
    onHead(socket, () => socket.write(ok))
  })
  const test = await edgeOn(t, edgeConfig([{ port: server }]))
  await ask(test.port, '/')
  t.equal(test.edge.counters().idleStreams, 1)
  open?.end()
  await eventually(() => test.edge.counters().idleStreams === 0)
  t.equal((await ask(test.port, '/')).status, 200)
  t.strictSame(failsOf(test), [])
})

t.test('a second answer that nobody asked for never reaches the next client', async t => {
  const server = await rawOrigin(t, (socket, number) =>
    onHead(socket, () => {
      socket.write(ok)
      if (number === 1) {
        setImmediate(() => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\npoison'))
      }
    }),
  )
  const test = await edgeOn(t, edgeConfig([{ port: server }]))
  await ask(test.port, '/')
  for (let i = 0; i < 5; i++) t.equal((await ask(test.port, '/')).body, 'ok')
})

t.test('F7 a new stream that breaks before a status line marks the server down', async t => {
  const server = await rawOrigin(t, socket => onHead(socket, () => socket.destroy()))
  const second = await origin(t)
  const test = await edgeOn(t, edgeConfig([{ port: server }, { port: second.port }]))
  t.equal((await ask(test.port, '/', { method: 'POST', body: 'small' })).status, 200)
  t.strictSame(failsOf(test), [['F7', 'm1', 'reset']])
  t.strictSame(healthOf(test), ['down', 'up'])
  t.match(second.seen, [{ body: 'small' }])
})

t.test('B4 a body that is not kept is not sent twice: 500, and the mark of the row', async t => {
  const server = await rawOrigin(t, socket => {
    let bytes = 0
    socket.on('data', chunk => {
      bytes += chunk.length
      if (bytes > 100_000) socket.resetAndDestroy()
    })
  })
  const second = await origin(t)
  for (const postBufferSizeBytes of [0, 65_536]) {
    const test = await edgeOn(
      t,
      edgeConfig([{ port: server }, { port: second.port }], { cluster: { postBufferSizeBytes } }),
    )
    const answer = await ask(test.port, '/', { method: 'POST', body: 'x'.repeat(300_000) })
    t.equal(answer.status, 500)
    t.match(test.records, [{ reason: 'not-replayable', attempts: 1 }])
    t.strictSame(healthOf(test), ['down', 'up'])
    t.equal(second.seen.length, 0)
  }
})

t.test('B3 a body that is not kept still moves on when no byte of it was written', async t => {
  const second = await origin(t)
  const test = await edgeOn(
    t,
    edgeConfig([{ port: await refusingPort() }, { port: second.port }], {
      cluster: { postBufferSizeBytes: 0 },
    }),
  )
  const body = 'y'.repeat(200_000)
  t.equal((await ask(test.port, '/', { method: 'POST', body })).status, 200)
  t.equal(second.seen[0]?.body, body)
})

for (const [row, marksDown, health] of [
  ['F8', false, 'up'],
  ['F9', true, 'down'],
] as const) {
  t.test(`${row} ServerIOTimeout ${marksDown ? '< 0' : '> 0'}: ${health} afterwards`, async t => {
    const silent = await rawOrigin(t, () => {})
    const second = await origin(t)
    const test = await edgeOn(
      t,
      edgeConfig([
        { port: silent, serverIoTimeoutMs: 150, serverIoTimeoutMarksDown: marksDown },
        { port: second.port },
      ]),
    )
    t.match(await ask(test.port, '/', { method: 'POST', body: 'b' }), { status: 200 })
    t.strictSame(failsOf(test), [[row, 'm1', 'read-timeout']])
    t.strictSame(healthOf(test), [health, 'up'])
  })
}

t.test('ServerIOTimeout limits each read, not the whole answer', async t => {
  const server = await rawOrigin(t, socket =>
    onHead(socket, () => {
      const pieces = ['HTTP/1.1 200', ' OK\r\nContent-Le', 'ngth: 6\r\n\r\n', 'ab', 'cd', 'ef']
      const next = (): void => {
        const piece = pieces.shift()
        if (piece === undefined) return
        socket.write(piece)
        setTimeout(next, 60)
      }
      next()
    }),
  )
  const test = await edgeOn(t, edgeConfig([{ port: server, serverIoTimeoutMs: 150 }]))
  t.match(await ask(test.port, '/'), { status: 200, body: 'abcdef' })
})

t.test('ServerIOTimeout limits a write that the server does not take', async t => {
  const server = await rawOrigin(t, socket => socket.pause())
  const test = await edgeOn(
    t,
    edgeConfig([{ port: server, serverIoTimeoutMs: 150 }], { cluster: { postBufferSizeBytes: 0 } }),
  )
  const answer = await ask(test.port, '/', { method: 'POST', body: Buffer.alloc(30_000_000) })
  t.equal(answer.status, 500)
  t.strictSame(failsOf(test), [['F8', 'm1', 'read-timeout']])
})

t.test('ServerIOTimeout does not count the time that the client takes', async t => {
  const server = await origin(t)
  const test = await edgeOn(
    t,
    edgeConfig([{ port: server.port, serverIoTimeoutMs: 100 }], {
      cluster: { postBufferSizeBytes: 0 },
    }),
  )
  const text = await new Promise<string>(resolve => {
    import('node:net').then(({ connect }) => {
      const socket = connect(test.port, '127.0.0.1')
      let got = ''
      socket.write('POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\na')
      setTimeout(() => socket.write('b'), 300)
      setTimeout(() => socket.write('c'), 600)
      socket.on('data', chunk => {
        got += chunk
        socket.destroy()
        resolve(got)
      })
    })
  })
  t.match(text, /^HTTP\/1.1 200/)
  t.equal(server.seen[0]?.body, 'abc')
})

t.test('ServerIOTimeout cuts an answer that stops in the middle', async t => {
  const server = await rawOrigin(t, socket =>
    onHead(socket, () => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf')),
  )
  const test = await edgeOn(t, edgeConfig([{ port: server, serverIoTimeoutMs: 150 }]))
  await t.rejects(ask(test.port, '/'))
  t.match(test.records, [{ result: 'response-broken', status: 200 }])
})

t.test('F10 without ServerIOTimeout a silent server is waited for until TCP breaks', async t => {
  const held: Socket[] = []
  const server = await rawOrigin(t, socket => onHead(socket, () => held.push(socket)))
  const second = await origin(t)
  const test = await edgeOn(t, edgeConfig([{ port: server }, { port: second.port }]))
  const answer = ask(test.port, '/', { method: 'POST', body: 'p' })
  await eventually(() => held.length === 1)
  await new Promise(resolve => setTimeout(resolve, 300))
  t.strictSame(failsOf(test), [])
  held[0]?.resetAndDestroy()
  t.equal((await answer).status, 200)
  t.strictSame(failsOf(test), [['F7', 'm1', 'reset']])
  t.strictSame(healthOf(test), ['down', 'up'])
})

t.test('F11 a 503 goes to another server and marks nobody', async t => {
  const first = await origin(t, (_, response) => response.writeHead(503).end('not me'))
  const second = await origin(t)
  const test = await edgeOn(t, edgeConfig([{ port: first.port }, { port: second.port }]))
  t.match(await ask(test.port, '/', { method: 'POST', body: 'p' }), { status: 200, body: 'ok' })
  t.strictSame(healthOf(test), ['up', 'up'])
  t.match(second.seen, [{ body: 'p' }])
})

t.test('F11 the last 503 is passed on when every server says so', async t => {
  const first = await origin(t, (_, response) => response.writeHead(503).end('first'))
  const second = await origin(t, (_, response) =>
    response.writeHead(503, 'Try Later', { 'Retry-After': '9' }).end('second'),
  )
  const test = await edgeOn(t, edgeConfig([{ port: first.port }, { port: second.port }]))
  t.match(await ask(test.port, '/'), {
    status: 503,
    reason: 'Try Later',
    body: 'second',
    headers: { 'retry-after': '9' },
  })
})

t.test('F11 a 503 that was kept is passed on when nobody else can be reached', async t => {
  let finish = (): void => {}
  const first = await rawOrigin(t, socket =>
    onHead(socket, () => {
      socket.write('HTTP/1.1 503 Wait A Bit\r\nRetry-After: 3\r\nContent-Length: 8\r\n\r\nhalf')
      // The second half comes long after the other server has refused.
      finish = () => socket.write('-and')
    }),
  )
  const test = await edgeOn(t, edgeConfig([{ port: first }, { port: await refusingPort() }]))
  const answer = ask(test.port, '/')
  await eventually(() => failsOf(test).length >= 2)
  finish()
  t.match(await answer, {
    status: 503,
    reason: 'Wait A Bit',
    body: 'half-and',
    headers: { 'retry-after': '3' },
  })
  t.match(test.records, [{ status: 503, result: 'fail', reason: 'server-503', attempts: 2 }])
})

for (const [title, first] of [
  ['breaks off', 'HTTP/1.1 503 No\r\nContent-Length: 100\r\n\r\nhalf'],
  [
    'is longer than 64 KiB',
    `HTTP/1.1 503 No\r\nContent-Length: 70000\r\n\r\n${'x'.repeat(70_000)}`,
  ],
] as const) {
  t.test(`F11 a kept 503 that ${title} is replaced by our own page`, async t => {
    const port = await rawOrigin(t, socket => onHead(socket, () => socket.end(first)))
    const test = await edgeOn(t, edgeConfig([{ port }, { port: await refusingPort() }]))
    t.match(await ask(test.port, '/'), { status: 503, body: /Service Unavailable/ })
  })
}

for (const status of [500, 502, 504, 404]) {
  t.test(`F12 a ${status} is passed on unchanged`, async t => {
    const first = await origin(t, (_, response) => response.writeHead(status).end(`my ${status}`))
    const second = await origin(t)
    const test = await edgeOn(t, edgeConfig([{ port: first.port }, { port: second.port }]))
    t.match(await ask(test.port, '/'), { status, body: `my ${status}` })
    t.strictSame(healthOf(test), ['up', 'up'])
    t.equal(second.seen.length, 0)
  })
}

for (const [title, answer] of [
  ['a status line that is none', 'SSH-2.0-OpenSSH_9.2\r\n\r\n'],
  ['a carriage return in a header', 'HTTP/1.1 200 OK\r\nX-A: a\rb\r\nContent-Length: 0\r\n\r\n'],
  ['a header without a name', 'HTTP/1.1 200 OK\r\n: x\r\nContent-Length: 0\r\n\r\n'],
  ['a space in a header name', 'HTTP/1.1 200 OK\r\nX A: x\r\nContent-Length: 0\r\n\r\n'],
  ['a NUL in a header', 'HTTP/1.1 200 OK\r\nX-A: a\0b\r\nContent-Length: 0\r\n\r\n'],
  ['two lengths', 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nok!'],
  [
    'a length and chunks',
    'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n',
  ],
  [
    'endless headers',
    `HTTP/1.1 200 OK\r\n${'X-Filler: aaaaaaaaaaaaaaaaaaaaaaaaaa\r\n'.repeat(3000)}`,
  ],
  ['a status below 100', 'HTTP/1.1 042 What\r\nContent-Length: 0\r\n\r\n'],
] as const) {
  t.test(`F13 ${title} counts as a broken connection`, async t => {
    const server = await rawOrigin(t, socket =>
      onHead(socket, () => socket.write(answer, 'latin1')),
    )
    const second = await origin(t)
    const test = await edgeOn(t, edgeConfig([{ port: server }, { port: second.port }]))
    t.match(await ask(test.port, '/'), { status: 200, body: 'ok' })
    t.strictSame(failsOf(test), [['F13', 'm1', 'malformed']])
    t.strictSame(healthOf(test), ['down', 'up'])
  })
}

t.test(
  'an answer that undici accepts and Node would not send ends in a page, not in a crash',
  async t => {
    const server = await rawOrigin(t, socket =>
      onHead(socket, () =>
        socket.write(
          'HTTP/1.1 200 Gr\u00fc\u00dfe \u0001\r\nContent-Length: 2\r\n\r\nok',
          'latin1',
        ),
      ),
    )
    const test = await edgeOn(t, edgeConfig([{ port: server }]))
    const answer = await ask(test.port, '/')
    t.ok(answer.status === 200 || answer.status === 500, `status ${answer.status}`)
  },
)

t.test('a reason phrase without an end is replaced by the usual one', async t => {
  const server = await rawOrigin(t, socket =>
    onHead(socket, () =>
      socket.write(`HTTP/1.1 200 ${'so '.repeat(10_000)}\r\nContent-Length: 2\r\n\r\nok`),
    ),
  )
  const test = await edgeOn(t, edgeConfig([{ port: server }]))
  t.match(await ask(test.port, '/'), { status: 200, reason: 'OK', body: 'ok' })
})

t.test('a reason phrase that is not ASCII is left out rather than garbled', async t => {
  const server = await rawOrigin(t, socket =>
    onHead(socket, () =>
      socket.write('HTTP/1.1 200 Gr\xfc\xdfe\r\nContent-Length: 2\r\n\r\nok', 'latin1'),
    ),
  )
  const test = await edgeOn(t, edgeConfig([{ port: server }]))
  t.match(await ask(test.port, '/'), { status: 200, reason: 'OK', body: 'ok' })
})

for (const [title, answer] of [
  ['Content-Length', 'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nbeginning'],
  ['chunks', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nbeginning\r\n'],
] as const) {
  t.test(
    `F14 an answer in ${title} that breaks off cuts the client off and marks nobody`,
    async t => {
      const server = await rawOrigin(t, socket => onHead(socket, () => socket.end(answer)))
      const second = await origin(t)
      const test = await edgeOn(t, edgeConfig([{ port: server }, { port: second.port }]))
      const text = await rawAsk(test.port, 'GET / HTTP/1.1\r\nHost: h\r\n\r\n')
      t.match(text, /beginning/)
      t.notMatch(text, /\r\n0\r\n\r\n$/, 'it does not look complete')
      t.match(test.records, [{ result: 'response-broken', server: 'm1', status: 200 }])
      t.strictSame(healthOf(test), ['up', 'up'])
      t.equal(second.seen.length, 0)
    },
  )
}

t.test('F16 a server at MaxConnections is skipped; when all are, the client gets 503', async t => {
  const waiting: (() => void)[] = []
  const busy = await origin(t, (_, response) => {
    waiting.push(() => response.end('at last'))
  })
  const test = await edgeOn(t, edgeConfig([{ port: busy.port, maxConnections: 1 }]))
  const first = ask(test.port, '/')
  await eventually(() => waiting.length === 1)
  t.match(await ask(test.port, '/'), { status: 503, body: /Service Unavailable/ })
  t.match(test.records, [{ reason: 'all-busy', attempts: 0 }])
  waiting[0]?.()
  t.equal((await first).body, 'at last')
})

t.test('all servers down: 500, and no connection is tried', async t => {
  const test = await edgeOn(
    t,
    edgeConfig([{ port: await refusingPort() }, { port: await refusingPort() }]),
  )
  t.equal((await ask(test.port, '/')).status, 500)
  t.equal((await ask(test.port, '/')).status, 500)
  t.match(test.records, [
    { attempts: 2, reason: 'attempts-failed' },
    { attempts: 0, reason: 'all-down' },
  ])
})

t.test('B8 the next server is told of the failover, and only the next', async t => {
  const second = await origin(t)
  const test = await edgeOn(t, edgeConfig([{ port: await refusingPort() }, { port: second.port }]))
  await ask(test.port, '/')
  await ask(test.port, '/')
  const flags = second.seen.map(({ rawHeaders }) => rawHeaders.indexOf('$WSFO'))
  t.ok((flags[0] ?? -1) >= 0)
  t.equal(second.seen[0]?.rawHeaders[(flags[0] ?? 0) + 1], 'true')
  t.equal(flags[1], -1)
})
