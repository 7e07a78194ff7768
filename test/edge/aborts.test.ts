import { getEventListeners } from 'node:events'
import http from 'node:http'
import net, { type Socket } from 'node:net'
import t, { type Test } from 'tap'
import { ManualClock } from '../../src/core/clock.ts'
import { blockedPort } from '../support/blocked-port.ts'
import { edgeConfig } from '../support/edge-config.ts'
import {
  ask,
  edgeOn,
  eventually,
  onHead,
  origin,
  rawOrigin,
  refusingPort,
  type TestEdge,
} from '../support/loopback.ts'

const serversOf = ({ edge }: TestEdge) => edge.snapshot().clusters[0]?.servers ?? []

/** Everything that a request holds is free again, and nobody was blamed (F15). */
const isFree = (t: Test, test: TestEdge): void => {
  t.match(
    serversOf(test).map(({ health, pending, failed }) => ({ health, pending, failed })),
    serversOf(test).map(() => ({ health: 'up', pending: 0, failed: 0 })),
  )
  t.equal(test.edge.counters().running, 0)
  t.match(test.records.at(-1), { result: 'client-aborted' })
}

/** A client that sends this and leaves when told. */
const client = (port: number, bytes: string): Socket => {
  const socket = net.connect(port, '127.0.0.1', () => socket.write(bytes))
  socket.on('error', () => {})
  return socket
}

const get = 'GET / HTTP/1.1\r\nHost: h\r\n\r\n'

t.test('F15 a client that leaves while its body is read into memory', async t => {
  const server = await origin(t)
  const test = await edgeOn(t, edgeConfig([{ port: server.port }]))
  const socket = client(test.port, 'POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\n\r\nhalf')
  await eventually(() => test.edge.counters().running === 1)
  socket.destroy()
  await eventually(() => test.records.length === 1)
  isFree(t, test)
  t.equal(server.connections(), 0, 'no server was bothered')
})

t.test('F15 a client that leaves while the server is being reached', async t => {
  const test = await edgeOn(t, edgeConfig([{ port: await blockedPort(t), connectTimeoutMs: 0 }]))
  const socket = client(test.port, get)
  await eventually(() => serversOf(test)[0]?.pending === 1)
  socket.destroy()
  await eventually(() => test.records.length === 1)
  isFree(t, test)
})

t.test('F15 a client that leaves while the server thinks: the server is told', async t => {
  let gone = false
  let reached = false
  const port = await rawOrigin(t, socket => {
    onHead(socket, () => {
      reached = true
    })
    socket.on('close', () => {
      gone = true
    })
  })
  const test = await edgeOn(t, edgeConfig([{ port }]))
  const socket = client(test.port, get)
  await eventually(() => reached)
  socket.destroy()
  await eventually(() => gone)
  await eventually(() => test.records.length === 1)
  isFree(t, test)
  t.equal(test.edge.counters().idleStreams, 0, 'a stream with an unread answer is not used again')
})

t.test('F15 a client that leaves in the middle of the answer', async t => {
  let gone = false
  const port = await rawOrigin(t, socket => {
    onHead(socket, () => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\nbeginning'))
    socket.on('close', () => {
      gone = true
    })
  })
  const test = await edgeOn(t, edgeConfig([{ port }]))
  const socket = client(test.port, get)
  await new Promise(resolve => socket.once('data', resolve))
  socket.destroy()
  await eventually(() => gone && test.records.length === 1)
  isFree(t, test)
})

t.test('F15 a client that leaves while it is too slow for the answer', async t => {
  let gone = false
  const port = await rawOrigin(t, socket => {
    onHead(socket, () => {
      socket.write('HTTP/1.1 200 OK\r\nContent-Length: 100000000\r\n\r\n')
      const chunk = Buffer.alloc(100_000)
      const more = (): void => {
        while (socket.write(chunk)) {}
        socket.once('drain', more)
      }
      more()
    })
    socket.on('close', () => {
      gone = true
    })
  })
  const test = await edgeOn(t, edgeConfig([{ port }]))
  const socket = client(test.port, get)
  await new Promise(resolve => socket.once('readable', resolve))
  await new Promise(resolve => setTimeout(resolve, 100))
  socket.destroy()
  await eventually(() => gone && test.records.length === 1)
  isFree(t, test)
})

t.test('F15 a client that leaves in the middle of its upload', async t => {
  let gone = false
  let got = 0
  const port = await rawOrigin(t, socket => {
    socket.on('data', chunk => {
      got += chunk.length
    })
    socket.on('close', () => {
      gone = true
    })
  })
  const test = await edgeOn(t, edgeConfig([{ port }], { cluster: { postBufferSizeBytes: 0 } }))
  const socket = client(
    test.port,
    `POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1000000\r\n\r\n${'x'.repeat(1000)}`,
  )
  await eventually(() => got > 1000)
  socket.destroy()
  await eventually(() => gone && test.records.length === 1)
  isFree(t, test)
})

t.test('F15 a client whose body is not HTTP: the server is freed', async t => {
  let gone = false
  const port = await rawOrigin(t, socket => {
    socket.resume()
    socket.on('close', () => {
      gone = true
    })
  })
  const test = await edgeOn(t, edgeConfig([{ port }], { cluster: { postBufferSizeBytes: 0 } }))
  client(
    test.port,
    'POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n4\r\ngood\r\nnot a chunk\r\n',
  )
  await eventually(() => test.records.length === 1)
  t.equal(test.edge.counters().running, 0)
  t.match(serversOf(test), [{ health: 'up', pending: 0, failed: 0 }])
  await eventually(() => gone)
})

t.test('F15 a client that leaves while another server is asked after a 503', async t => {
  let asked = false
  const first = await origin(t, (_, response) => response.writeHead(503).end('no'))
  const second = await rawOrigin(t, socket =>
    onHead(socket, () => {
      asked = true
    }),
  )
  const test = await edgeOn(t, edgeConfig([{ port: first.port }, { port: second }]))
  const socket = client(test.port, get)
  await eventually(() => asked)
  socket.destroy()
  await eventually(() => test.records.length === 1)
  isFree(t, test)
})

t.test('F15 a client that leaves while a kept 503 is awaited', async t => {
  const first = await rawOrigin(t, socket =>
    onHead(socket, () => socket.write('HTTP/1.1 503 No\r\nContent-Length: 9\r\n\r\nhalf')),
  )
  const test = await edgeOn(t, edgeConfig([{ port: first }, { port: await refusingPort() }]))
  const socket = client(test.port, get)
  await eventually(() => serversOf(test)[1]?.failed === 1)
  socket.destroy()
  await eventually(() => test.records.length === 1)
  t.equal(test.edge.counters().running, 0)
  t.match(serversOf(test), [{ pending: 0 }, { pending: 0 }])
})

t.test('E3 a client that leaves during a probe leaves the mark and frees the probe', async t => {
  const clock = new ManualClock()
  let mode: 'refuse' | 'silent' | 'answer' = 'refuse'
  let reached = 0
  const port = await rawOrigin(t, socket =>
    onHead(socket, () => {
      reached++
      if (mode === 'refuse') socket.destroy()
      if (mode === 'answer') socket.write('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n')
    }),
  )
  const other = await origin(t)
  const test = await edgeOn(t, edgeConfig([{ port }, { port: other.port }]), { clock })
  await ask(test.port, '/')
  t.equal(serversOf(test)[0]?.health, 'down')
  clock.advance(60_000)
  mode = 'silent'
  const session = 'GET / HTTP/1.1\r\nHost: h\r\nCookie: JSESSIONID=0000x:c1\r\n\r\n'
  const socket = client(test.port, session)
  await eventually(() => reached === 2)
  t.equal(serversOf(test)[0]?.health, 'probing')
  socket.destroy()
  await eventually(() => test.records.length === 2)
  t.match(serversOf(test)[0], { health: 'down', pending: 0, retryInMs: 0 })
  mode = 'answer'
  await ask(test.port, '/', { headers: { Cookie: 'JSESSIONID=0000x:c1' } })
  t.equal(serversOf(test)[0]?.health, 'up')
})

t.test(
  'at every byte of the exchange a client may leave, and no answer reaches another',
  async t => {
    const server = await origin(t, (request, response) => {
      // An answer in two pieces, with the marker of its client in both.
      response.write(`${request.url} `)
      setImmediate(() => response.end(request.url))
    })
    const test = await edgeOn(
      t,
      edgeConfig([{ port: server.port }], { cluster: { postBufferSizeBytes: 4 } }),
    )
    let mixed = 0
    const one = async (marker: number): Promise<void> => {
      const path = `/client-${marker}`
      if (marker % 3 === 0) {
        const bytes = `POST ${path} HTTP/1.1\r\nHost: h\r\nContent-Length: 8\r\n\r\n12345678`
        const socket = client(test.port, bytes.slice(0, 1 + (marker % bytes.length)))
        await new Promise(resolve => setTimeout(resolve, marker % 7))
        socket.destroy()
      } else {
        const { body } = await ask(test.port, path)
        if (body !== `${path} ${path}`) mixed++
      }
    }
    for (let round = 0; round < 10; round++) {
      await Promise.all(Array.from({ length: 50 }, (_, i) => one(round * 50 + i)))
    }
    t.equal(mixed, 0)
    await eventually(() => test.edge.counters().running === 0)
    t.match(serversOf(test), [{ pending: 0, health: 'up' }])
  },
)

t.test('requests leave no listener on a kept-alive client connection', async t => {
  const server = await origin(t)
  const test = await edgeOn(t, edgeConfig([{ port: server.port }]))
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 })
  t.teardown(() => agent.destroy())
  const counts: number[] = []
  test.server.on('request', request =>
    counts.push(
      ['close', 'drain', 'error', 'data', 'end', 'timeout'].reduce(
        (sum, event) => sum + getEventListeners(request.socket, event).length,
        0,
      ),
    ),
  )
  for (let i = 0; i < 20; i++) {
    await ask(test.port, '/', { agent, method: 'POST', body: `number ${i}` })
  }
  t.equal(new Set(counts).size, 1, `always ${counts[0]}`)
})

t.test('a pipelined request ends with its connection, before it has its turn', async t => {
  const server = await origin(t, ({ url }, response) => {
    // The first one is never answered; the answer of the second is more than anybody holds in memory.
    if (url === '/second') response.end('x'.repeat(5_000_000))
  })
  const test = await edgeOn(t, edgeConfig([{ port: server.port }]))
  const socket = net.connect(test.port, '127.0.0.1')
  const ask = (path: string): string => `GET ${path} HTTP/1.1\r\nHost: h\r\n\r\n`
  socket.write(ask('/first') + ask('/second'))
  await eventually(() => server.seen.length === 2)
  socket.destroy()
  await eventually(() => test.edge.counters().running === 0)
  t.same(test.records.map(({ url }) => url).sort(), ['/first', '/second'])
  t.match(serversOf(test), [{ pending: 0, health: 'up' }])
})

t.test('a client may have many requests in line, and Node takes that for no mistake', async t => {
  const warnings: Error[] = []
  const note = (warning: Error): void => {
    warnings.push(warning)
  }
  process.on('warning', note)
  t.teardown(() => process.off('warning', note))
  const server = await origin(t, ({ url }, response) => {
    if (url !== '/0') response.end()
  })
  const test = await edgeOn(t, edgeConfig([{ port: server.port }]))
  const socket = net.connect(test.port, '127.0.0.1')
  const paths = Array.from({ length: 40 }, (_, i) => `/${i}`)
  socket.write(paths.map(path => `GET ${path} HTTP/1.1\r\nHost: h\r\n\r\n`).join(''))
  await eventually(() => server.seen.length === paths.length)
  socket.destroy()
  await eventually(() => test.edge.counters().running === 0)
  await new Promise(setImmediate)
  t.strictSame(warnings, [])
})
