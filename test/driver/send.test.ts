import type { Socket } from 'node:net'
import t from 'tap'
import { fieldLines } from '../../src/driver/field-lines.ts'
import { bench, type Running } from '../support/attempts.ts'
import { eventually, onHead, rawOrigin } from '../support/loopback.ts'

const ok = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'

/** A server that answers everything and notes what came on which connection. */
const notes = async (t: Parameters<typeof rawOrigin>[0]) => {
  const seen: [connection: number, path: string][] = []
  const sockets: Socket[] = []
  const port = await rawOrigin(t, (socket, number) => {
    sockets.push(socket)
    onHead(socket, head => {
      seen.push([number, head.split(' ')[1] ?? ''])
      socket.write(ok)
    })
  })
  return { port, seen, sockets }
}

t.test('Z1 a stream is used again, and says that it was pooled', async t => {
  const { port, seen } = await notes(t)
  const { attempt } = bench(t, port)
  for (const origin of ['new', 'pooled', 'pooled']) {
    const running = attempt()
    running.attempt.start()
    t.match(await running.over, { how: 'ended', status: 200, body: 'ok', origin })
    await new Promise(setImmediate)
  }
  t.strictSame(
    seen.map(([connection]) => connection),
    [1, 1, 1],
  )
})

t.test("stream 'new' opens a connection although one is idle, and both are kept", async t => {
  const { port, seen } = await notes(t)
  const { attempt, streams } = bench(t, port)
  for (const stream of ['any', 'new'] as const) {
    const running = attempt({ stream })
    running.attempt.start()
    t.match(await running.over, { origin: 'new' })
    await new Promise(setImmediate)
  }
  t.strictSame(
    seen.map(([connection]) => connection),
    [1, 2],
  )
  t.equal(streams.idle, 2)
})

t.test('Z3 a stream as old as ConnectionTTL is closed instead of being used', async t => {
  const { port, seen, sockets } = await notes(t)
  const { attempt, clock } = bench(t, port)
  const once = async (): Promise<unknown> => {
    const running = attempt({ connectionTtlMs: 5000 })
    running.attempt.start()
    const result = await running.over
    await new Promise(setImmediate)
    return result
  }
  t.match(await once(), { origin: 'new' })
  clock.advance(4999)
  t.match(await once(), { origin: 'pooled' })
  clock.advance(5000)
  t.match(await once(), { origin: 'new' })
  await eventually(() => sockets[0]?.destroyed === true)
  t.strictSame(
    seen.map(([connection]) => connection),
    [1, 1, 2],
  )
})

t.test('Z3 ConnectionTTL 0 uses a stream of any age', async t => {
  const { port } = await notes(t)
  const { attempt, clock } = bench(t, port)
  for (const origin of ['new', 'pooled']) {
    const running = attempt({ connectionTtlMs: 0 })
    running.attempt.start()
    t.match(await running.over, { origin })
    await new Promise(setImmediate)
    clock.advance(10_000_000)
  }
})

t.test('Z6 of several idle streams the most recently used is taken', async t => {
  const { port, seen } = await notes(t)
  const { attempt } = bench(t, port)
  const three = [attempt(), attempt(), attempt()]
  for (const { attempt } of three) attempt.start()
  await Promise.all(three.map(({ over }) => over))
  await new Promise(setImmediate)
  const last = seen.at(-1)?.[0]
  for (let i = 0; i < 3; i++) {
    const running = attempt()
    running.attempt.start()
    t.match(await running.over, { origin: 'pooled' })
    await new Promise(setImmediate)
    t.equal(seen.at(-1)?.[0], last)
  }
})

t.test('Z4 a stream is closed after an answer that is not kept alive', async t => {
  const port = await rawOrigin(t, socket =>
    onHead(socket, () =>
      socket.write('HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok'),
    ),
  )
  const { attempt, streams } = bench(t, port)
  for (let i = 0; i < 2; i++) {
    const running = attempt()
    running.attempt.start()
    t.match(await running.over, { origin: 'new', status: 200 })
    await eventually(() => streams.idle === 0)
  }
})

t.test(
  'a hint of the server to close soon is heeded, but does not prolong ConnectionTTL',
  async t => {
    const port = await rawOrigin(t, socket =>
      onHead(socket, head =>
        socket.write(
          `HTTP/1.1 200 OK\r\nKeep-Alive: timeout=${head.includes('/short') ? 1 : 900}\r\nContent-Length: 2\r\n\r\nok`,
        ),
      ),
    )
    const { attempt, streams, clock } = bench(t, port)
    const short = attempt({}, { path: '/short' })
    short.attempt.start()
    await short.over
    await eventually(() => streams.idle === 0)
    t.pass('closed at once')
    const long = attempt({ connectionTtlMs: 5000 }, { path: '/long' })
    long.attempt.start()
    await long.over
    clock.advance(5000)
    const next = attempt({ connectionTtlMs: 5000 })
    next.attempt.start()
    t.match(await next.over, { origin: 'new' })
  },
)

t.test('Z2 an idle stream that dies before a byte was written is replaced in silence', async t => {
  const heads: string[] = []
  const sockets: Socket[] = []
  const port = await rawOrigin(t, socket => {
    sockets.push(socket)
    onHead(socket, head => {
      heads.push(head)
      socket.write(ok)
    })
  })
  const { attempt } = bench(t, port)
  const first = attempt()
  first.attempt.start()
  await first.over
  await new Promise(setImmediate)
  sockets[0]?.resetAndDestroy()
  // In this very turn the reset has not been noticed yet, and the stream is taken.
  const second = attempt({}, { method: 'POST', path: '/second' })
  second.attempt.start()
  t.match(await second.over, { how: 'ended', origin: 'new' })
  t.equal(heads.filter(head => head.includes('/second')).length, 1)
})

t.test(
  'F6 a pooled stream that breaks after the request was written is reported as pooled',
  async t => {
    let count = 0
    const port = await rawOrigin(t, socket =>
      onHead(socket, () => {
        if (++count === 1) socket.write(ok)
        else socket.destroy()
      }),
    )
    const { attempt } = bench(t, port)
    const first = attempt()
    first.attempt.start()
    await first.over
    await new Promise(setImmediate)
    const second = attempt()
    second.attempt.start()
    t.match(await second.over, {
      how: 'failed',
      outcome: { kind: 'failed', cause: 'reset', stream: 'pooled', bodySent: false },
    })
    t.equal(count, 2, 'undici sends nothing a second time')
  },
)

t.test(
  'an attempt that is given up at once writes nothing, on a pooled stream as on a new one',
  async t => {
    const { port, seen } = await notes(t)
    const { attempt } = bench(t, port)
    const fresh = attempt({}, { path: '/never' })
    fresh.attempt.start()
    fresh.attempt.cancel()
    const first = attempt({}, { path: '/first' })
    first.attempt.start()
    await first.over
    await new Promise(setImmediate)
    const pooled = attempt({}, { path: '/never' })
    pooled.attempt.start()
    pooled.attempt.cancel()
    const last = attempt({}, { path: '/last' })
    last.attempt.start()
    await last.over
    t.strictSame(
      seen.map(([, path]) => path),
      ['/first', '/last'],
    )
    t.strictSame([fresh.told, pooled.told], [[], []])
  },
)

t.test('a transport that could not be used when loaded fails like an unreachable one', async t => {
  const { attempt } = bench(t, 1)
  const running = attempt({
    transport: { hostname: 'other', port: 1, protocol: 'http', properties: [] },
  })
  running.attempt.start()
  t.match(await running.over, { outcome: { cause: 'unreachable' } })
})

t.test('what cannot be sent is nobody’s failure', async t => {
  const { port, seen } = await notes(t)
  const { attempt } = bench(t, port)
  const running = attempt(
    {},
    { fields: () => ({ known: [], lines: fieldLines(['Bad Name', 'x']) }) },
  )
  running.attempt.start()
  t.match(await running.over, { outcome: { kind: 'client-failed' } })
  t.strictSame(seen, [])
})

t.test('a stream that is in use when the streams are closed ends with its answer', async t => {
  let used: Socket | undefined
  const port = await rawOrigin(t, socket =>
    onHead(socket, () => {
      used = socket
    }),
  )
  const { attempt, streams } = bench(t, port)
  const running = attempt()
  running.attempt.start()
  await eventually(() => used !== undefined)
  streams.close()
  used?.write(ok)
  t.match(await running.over, { how: 'ended', body: 'ok' })
  await eventually(() => used?.destroyed === true)
  t.equal(streams.idle, 0)
})

/** Takes what comes, and never more than one chunk. */
const holdingBack = ({ attempt }: Running): { readonly chunks: number } => {
  const { sink } = attempt
  const taken = { chunks: 0 }
  attempt.sink = {
    ...sink,
    data: (chunk, piece) => {
      sink.data(chunk, piece)
      // undici's parser says with an empty one that it goes on.
      if (chunk.length > 0) taken.chunks++
      return chunk.length === 0
    },
  }
  return taken
}

t.test('an answer may be asked to go on in the middle of another one', async t => {
  const port = await rawOrigin(t, socket =>
    onHead(socket, async () => {
      socket.write('HTTP/1.1 200 OK\r\nContent-Length: 12\r\n\r\nfirst, ')
      await new Promise(resolve => setTimeout(resolve, 20))
      socket.write('last.')
    }),
  )
  const { attempt } = bench(t, port)
  const [held, other] = [attempt(), attempt()]
  const taken = holdingBack(held)
  const { sink } = other.attempt
  other.attempt.sink = {
    ...sink,
    data: (chunk, piece) => {
      held.attempt.resume()
      // Nothing of it is read before this one returns, however often it is asked.
      held.attempt.resume()
      return sink.data(chunk, piece)
    },
  }
  held.attempt.start()
  await eventually(() => taken.chunks === 1)
  other.attempt.start()
  t.match(await other.over, { how: 'ended', body: 'first, last.' })
  await eventually(() => taken.chunks === 2)
  held.attempt.resume()
  t.match(await held.over, { how: 'ended', body: 'first, last.' })
})

for (const waitForContinue of [false, true]) {
  const title = waitForContinue ? ', with WaitForContinue' : ''
  t.test(
    `a server that closes while nobody takes its answer has given all of it${title}`,
    async t => {
      const port = await rawOrigin(t, socket =>
        onHead(socket, async () => {
          socket.write('HTTP/1.1 200 OK\r\n\r\nfirst')
          await new Promise(resolve => setTimeout(resolve, 20))
          socket.end(', last')
        }),
      )
      const running = bench(t, port).attempt({ waitForContinue })
      const taken = holdingBack(running)
      running.attempt.start()
      await eventually(() => taken.chunks === 1)
      running.attempt.resume()
      await eventually(() => taken.chunks === 2)
      // The end has come long since when the client takes what was last.
      await new Promise(resolve => setTimeout(resolve, 50))
      t.notOk(running.told.includes('ended'))
      running.attempt.resume()
      t.match(await running.over, { how: 'ended', status: 200, body: 'first, last' })
    },
  )

  t.test(`a connection whose end waits is not used again${title}`, async t => {
    let connections = 0
    const port = await rawOrigin(t, (socket, number) => {
      connections = number
      onHead(socket, () => {
        const answer = 'HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nbody'
        if (number === 1) socket.end(answer)
        else socket.write(answer)
      })
    })
    const { attempt } = bench(t, port)
    const running = attempt({ waitForContinue })
    const taken = holdingBack(running)
    const { sink } = running.attempt
    running.attempt.sink = {
      ...sink,
      ended: trailers => {
        sink.ended(trailers)
        // At once, as a queue of requests would.
        next.attempt.start()
      },
    }
    const next = attempt({ waitForContinue })
    running.attempt.start()
    await eventually(() => taken.chunks === 1)
    await new Promise(resolve => setTimeout(resolve, 50))
    running.attempt.resume()
    t.match(await running.over, { how: 'ended', body: 'body' })
    t.match(await next.over, { how: 'ended', body: 'body', origin: 'new' })
    t.equal(connections, 2)
  })
}
