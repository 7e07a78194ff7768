import net, { type Socket } from 'node:net'
import { edgeConfig } from '../../support/edge-config.ts'
import { eventually } from '../../support/loopback.ts'
import { appServer, bytesAre, last, openStage, request, talk } from '../stage.ts'
import { type Case, probe } from '../suite.ts'
import { statusOf } from '../wire.ts'

/** A connection that stays and says this. */
const lingering = async (port: number, bytes = ''): Promise<Socket> => {
  const socket = net.connect(port, '127.0.0.1')
  socket.on('error', () => {})
  await new Promise(resolve => socket.once('connect', resolve))
  if (bytes !== '') socket.write(bytes, 'latin1')
  return socket
}

/** Writes without end as fast as it is taken, until the connection is gone or has stood still. */
const pour = async (socket: Socket, piece: string, most: number): Promise<number> => {
  const chunk = Buffer.from(piece.repeat(Math.ceil(65_536 / piece.length)), 'latin1')
  let written = 0
  const more = (): void => {
    while (!socket.destroyed && written < most) {
      written += chunk.length
      if (!socket.write(chunk)) return
    }
  }
  socket.on('drain', more)
  more()
  const taken = (): number => socket.bytesWritten - socket.writableLength
  for (let before = -1; before !== taken() && !socket.destroyed; ) {
    before = taken()
    await new Promise(resolve => setTimeout(resolve, 150))
  }
  return taken()
}

const isServed: Case['run'] = async (t, { port }) => {
  const { messages } = await talk(port, request('GET /other', 'Connection: close'))
  t.strictSame(
    messages.map(({ body }) => body),
    ['/other'],
    'another client is served',
  )
}

/** What the kernel holds for one connection at most, both ways, with room to spare. */
const kernelBytes = 32_000_000

/** Exhaustion (security.md 1). */
export const exhaustion: readonly Case[] = [
  ...[
    ['idle', ''],
    ['with half a request line', 'GET /a'],
    ['with half a head', 'GET /a HTTP/1.1\r\nHost: edge.example\r\nX: '],
    ['with a head and no body', request('POST /a', 'Content-Length: 1000')],
    ['with half a chunk', `${request('POST /a', 'Transfer-Encoding: chunked')}ff\r\nhalf`],
    ['with half a chunk size', `${request('POST /a', 'Transfer-Encoding: chunked')}f`],
  ].map(([title, bytes]) =>
    probe(`300 connections ${title} hold up nobody and reach no server`, async (t, stage) => {
      const { port, app, edge } = stage
      const sockets = await Promise.all(Array.from({ length: 300 }, () => lingering(port, bytes)))
      await isServed(t, stage)
      t.equal(app.messages().length, 1)
      for (const socket of sockets) socket.destroy()
      await eventually(() => edge.counters().running === 0)
      t.match(edge.snapshot().clusters[0]?.servers, [{ pending: 0, health: 'up' }])
    }),
  ),
  probe(
    'slowloris: a head that comes a byte at a time reaches nobody until it is whole',
    async (t, stage) => {
      const { port, app, edge } = stage
      const socket = await lingering(port)
      for (const byte of request('GET /slow').slice(0, -2)) {
        socket.write(byte)
        await new Promise(resolve => setImmediate(resolve))
      }
      t.strictSame([edge.counters().running, app.messages().length], [0, 0])
      await isServed(t, stage)
      socket.write('\r\n')
      await eventually(() => app.messages().length === 2)
      socket.destroy()
    },
  ),
  ...[
    ['a request line', 'GET /', 'a'],
    ['a header value', 'GET /a HTTP/1.1\r\nHost: edge.example\r\nX: ', 'a'],
    ['a header name', 'GET /a HTTP/1.1\r\nHost: edge.example\r\n', 'a'],
    ['header fields', 'GET /a HTTP/1.1\r\nHost: edge.example\r\n', 'X: y\r\n'],
    ['empty header fields', 'GET /a HTTP/1.1\r\nHost: edge.example\r\n', 'X:\r\n'],
    ['$WS fields', 'GET /a HTTP/1.1\r\nHost: edge.example\r\n', '$WSRA: 6.6.6.6\r\n'],
    ['a chunk extension', `${request('POST /a', 'Transfer-Encoding: chunked')}2;`, 'x'],
    ['trailers', `${request('POST /a', 'Transfer-Encoding: chunked')}0\r\n`, 'X: y\r\n'],
  ].map(([title, head = '', piece = '']) =>
    probe(`${title} without end: the connection ends`, async (t, stage) => {
      const socket = await lingering(stage.port, head)
      let text = ''
      socket.on('data', chunk => {
        text += chunk
      })
      await pour(socket, piece, 4_000_000)
      await eventually(() => socket.destroyed || /^HTTP/.test(text))
      t.notMatch(text, /^HTTP\/1\.1 [123]/)
      t.strictSame(stage.app.messages(), [])
      socket.destroy()
      await isServed(t, stage)
      await eventually(() => stage.edge.counters().running === 0)
    }),
  ),
  probe('an endless body to a route that is not ours gets its 404 at once', async t => {
    const stage = await openStage(t, { config: port => edgeConfig([{ port }], { uri: '/other' }) })
    for (const framing of ['Content-Length: 999999999999', 'Transfer-Encoding: chunked']) {
      const socket = await lingering(stage.port, request('POST /a', framing))
      let text = ''
      socket.on('data', chunk => {
        text += chunk
      })
      await eventually(() => text.includes('\r\n\r\n'))
      t.match(text, /^HTTP\/1\.1 404 /)
      await pour(socket, framing.startsWith('C') ? 'x' : '1\r\nx\r\n', 4_000_000)
      t.equal(stage.app.text(), '')
      socket.destroy()
      await isServed(t, stage)
      stage.app.forget()
    }
  }),
  probe('PostSizeLimit: an endless body gets a 413, and no server hears its end', async t => {
    const stage = await openStage(t, {
      config: port => edgeConfig([{ port }], { cluster: { postSizeLimitBytes: 100_000 } }),
    })
    for (const framing of ['Content-Length: 999999999999', 'Transfer-Encoding: chunked']) {
      const socket = await lingering(stage.port, request('POST /a', framing))
      let text = ''
      socket.on('data', chunk => {
        text += chunk
      })
      socket.write(
        framing.startsWith('C') ? 'x'.repeat(200_000) : `30d40\r\n${'x'.repeat(200_000)}\r\n`,
      )
      await eventually(() => text.includes('\r\n\r\n') || socket.destroyed)
      t.match(text, /^HTTP\/1\.1 413 /)
      socket.destroy()
      t.strictSame(stage.app.messages(), [])
      await isServed(t, stage)
      stage.app.forget()
    }
    await eventually(() => stage.edge.counters().running === 0)
  }),
  probe('a body that a server does not read is not read by the edge either', async t => {
    const stage = await openStage(t, { connected: socket => socket.pause() })
    const { port, app, edge } = stage
    const socket = await lingering(port, request('POST /a', 'Content-Length: 999999999999'))
    const taken = await pour(socket, 'x', 200_000_000)
    t.ok(taken < kernelBytes, `${taken} bytes`)
    socket.destroy()
    for (const each of app.sockets) each.destroy()
    await eventually(() => edge.counters().running === 0)
  }),
  probe('an answer that a client does not read is not read by the edge either', async t => {
    const { port, app, edge } = await openStage(t)
    let poured = Promise.resolve(0)
    app.answer = (_, socket) => {
      socket.write('HTTP/1.1 200 OK\r\nContent-Length: 999999999999\r\n\r\n')
      poured = pour(socket, 'x', 200_000_000)
    }
    const socket = await lingering(port, request('GET /a'))
    socket.pause()
    await eventually(() => app.messages().length === 1)
    const taken = await poured
    t.ok(taken < kernelBytes, `${taken} bytes`)
    socket.destroy()
    await eventually(() => edge.counters().running === 0)
  }),
  probe('a 503 without end is not kept for later', async t => {
    const bad = await appServer(t)
    bad.answer = (_, socket) => {
      socket.write('HTTP/1.1 503 Busy\r\nContent-Length: 999999999999\r\n\r\n')
      void pour(socket, 'x', 200_000_000)
    }
    const { port, app, edge } = await openStage(t, {
      config: good => edgeConfig([{ port: bad.port }, { port: good }]),
    })
    const { messages } = await talk(port, request('GET /a', 'Connection: close'))
    t.strictSame(
      messages.map(({ body }) => body),
      ['/a'],
    )
    t.equal(app.messages().length, 1)
    await eventually(
      () => edge.counters().running === 0 && bad.sockets.every(({ destroyed }) => destroyed),
    )
  }),
  ...[
    ['an endless head', 'HTTP/1.1 200 OK\r\n', 'X: y\r\n'],
    ['an endless status line', 'HTTP/1.1 200 ', 'x'],
    ['endless 100s', '', 'HTTP/1.1 100 Continue\r\n\r\n'],
    ['endless 103s', '', 'HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n'],
    ['one endless 103', 'HTTP/1.1 103 Early Hints\r\n', 'X: y\r\n'],
  ].map(([title, head = '', piece = '']) =>
    probe(`${title} of a server: the client gets a page, and the connection ends`, async t => {
      const { port, app, edge } = await openStage(t)
      app.answer = (_, socket) => {
        socket.write(head)
        void pour(socket, piece, 50_000_000)
      }
      const { messages } = await talk(port, request('GET /a', 'Connection: close'))
      t.equal(
        statusOf(
          messages.at(-1) ?? { start: '', fields: [], body: '', trailers: [], framing: 'none' },
        ),
        500,
      )
      await eventually(
        () => edge.counters().running === 0 && app.sockets.every(({ destroyed }) => destroyed),
      )
    }),
  ),
  probe('trailers of a server without end: the client is cut off', async t => {
    const { port, app, edge } = await openStage(t)
    app.answer = (_, socket) => {
      socket.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n')
      void pour(socket, 'X: y\r\n', 50_000_000)
    }
    const { messages } = await talk(port, request('GET /a', 'Connection: close'))
    t.notOk(messages.some(({ framing }) => framing === 'chunked'))
    await eventually(
      () => edge.counters().running === 0 && app.sockets.every(({ destroyed }) => destroyed),
    )
  }),
  // As lasting as a body without end, which is a server's right: nothing is kept, and the client may leave.
  probe(
    'a chunk extension of a server without end: nothing of it is passed on, and the client may leave',
    async t => {
      const { port, app, edge } = await openStage(t)
      let poured = Promise.resolve(0)
      app.answer = (_, socket) => {
        socket.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n2;')
        poured = pour(socket, 'x', 2_000_000)
      }
      const socket = await lingering(port, request('GET /a'))
      let text = ''
      socket.on('data', chunk => {
        text += chunk
      })
      await eventually(() => text.includes('hi'))
      await poured
      t.notMatch(text, /;|xx/)
      socket.destroy()
      await eventually(
        () => edge.counters().running === 0 && app.sockets.every(({ destroyed }) => destroyed),
      )
    },
  ),
  probe('200 requests in one segment are answered one by one', async (t, stage) => {
    const { port, app } = stage
    const { messages } = await talk(port, request('GET /a').repeat(200) + last)
    t.equal(messages.length, 201)
    t.equal(app.messages().length, 200)
  }),
  probe('100 clients that leave a silent server leave nothing behind', async t => {
    const { port, app, edge } = await openStage(t)
    app.answer = () => {}
    const sockets = await Promise.all(
      Array.from({ length: 100 }, () => lingering(port, request('GET /a'))),
    )
    await eventually(() => app.messages().length === 100)
    for (const socket of sockets) socket.destroy()
    await eventually(
      () => edge.counters().running === 0 && app.sockets.every(({ destroyed }) => destroyed),
    )
    t.match(edge.snapshot().clusters[0]?.servers, [{ pending: 0, health: 'up', failed: 0 }])
    t.equal(edge.counters().idleStreams, 0)
  }),
  probe(
    'MaxConnections: more clients than a server takes get a status, and none waits in a queue',
    async t => {
      const { port, app, edge } = await openStage(t, {
        config: port => edgeConfig([{ port, maxConnections: 5 }]),
      })
      app.answer = () => {}
      const sockets = await Promise.all(
        Array.from({ length: 5 }, () => lingering(port, request('GET /a'))),
      )
      await eventually(() => app.messages().length === 5)
      const seen = await Promise.all(
        Array.from({ length: 20 }, () => talk(port, request('GET /more', 'Connection: close'))),
      )
      for (const { messages } of seen) t.strictSame(messages.map(statusOf), [503])
      t.equal(app.messages().length, 5)
      for (const socket of sockets) socket.destroy()
      await eventually(() => edge.counters().running === 0)
      app.answer = bytesAre('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi')
      const { messages } = await talk(port, request('GET /after', 'Connection: close'))
      t.strictSame(messages.map(statusOf), [200])
    },
  ),
]
