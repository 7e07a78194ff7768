import { once } from 'node:events'
import net from 'node:net'
import t, { type Test } from 'tap'
import WebSocket, { type PerMessageDeflateOptions, type ServerOptions, WebSocketServer } from 'ws'
import { edgeConfig } from '../support/edge-config.ts'
import { edgeOn, eventually } from '../support/loopback.ts'

// RFC 6455 and 7692 from end to end through the edge, with `ws` at both ends: behind the 101 the edge must be a wire.

interface Line {
  readonly client: WebSocket
  readonly server: WebSocket
}

/** A server that says nothing by itself, an edge before it, and a client that has come through. */
const lineOf = async (
  t: Test,
  server: ServerOptions = {},
  client: WebSocket.ClientOptions = {},
): Promise<Line> => {
  const far = new WebSocketServer({ port: 0, host: '127.0.0.1', ...server })
  await once(far, 'listening')
  t.teardown(() => far.close())
  const { port } = far.address() as net.AddressInfo
  const edge = await edgeOn(t, edgeConfig([{ port }]))
  const near = new WebSocket(`ws://127.0.0.1:${edge.port}/chat`, client)
  t.teardown(() => near.terminate())
  const [[socket]] = await Promise.all([once(far, 'connection'), once(near, 'open')])
  t.teardown(() => socket.terminate())
  return { client: near, server: socket }
}

/** What a side gets next as a message: whether it is binary, and its bytes. */
const next = async (socket: WebSocket): Promise<readonly [binary: boolean, data: Buffer]> => {
  const [data, binary] = await once(socket, 'message')
  return [binary, data]
}

const text = 'Grüße, κόσμε, 世界, 🌍'

const bothWays = async (
  line: Line,
  work: (from: WebSocket, to: WebSocket, direction: string) => Promise<void>,
): Promise<void> => {
  await work(line.client, line.server, 'client to server')
  await work(line.server, line.client, 'server to client')
}

t.test('text and binary messages of every length form arrive as they were sent', async t => {
  await bothWays(await lineOf(t), async (from, to, direction) => {
    for (const size of [0, 1, 125, 126, 127, 65_535, 65_536, 1_048_576]) {
      const bytes = Buffer.alloc(size, 'x')
      from.send(bytes, { binary: true })
      t.strictSame(await next(to), [true, bytes], `${direction}: ${size} bytes`)
      from.send(bytes.toString())
      t.strictSame(await next(to), [false, bytes], `${direction}: text of ${size} bytes`)
    }
    from.send(text)
    t.equal((await next(to))[1].toString(), text)
  })
})

t.test('a message in fragments is one message, with a ping between them', async t => {
  await bothWays(await lineOf(t), async (from, to, direction) => {
    const pinged = once(to, 'ping')
    const message = next(to)
    // Cut within a character of four bytes.
    const bytes = Buffer.from(text)
    from.send(bytes.subarray(0, bytes.length - 2), { fin: false, binary: false })
    from.ping('between')
    from.send(bytes.subarray(bytes.length - 2), { fin: true })
    t.equal(String((await pinged)[0]), 'between', direction)
    t.equal((await message)[1].toString(), text, direction)
  })
})

t.test('a thousand fragments are one message', async t => {
  await bothWays(await lineOf(t), async (from, to, direction) => {
    const message = next(to)
    for (let i = 0; i < 1000; i++) from.send(Buffer.alloc(64, i), { fin: i === 999, binary: true })
    t.equal((await message)[1].length, 64_000, direction)
  })
})

t.test('pings are answered by the other side, with what they carry', async t => {
  await bothWays(await lineOf(t), async (from, to, direction) => {
    for (const payload of [Buffer.alloc(0), Buffer.alloc(125, 0xfe)]) {
      const ponged = once(from, 'pong')
      from.ping(payload)
      t.strictSame((await ponged)[0], payload, direction)
    }
    const unasked = once(to, 'pong')
    from.pong('unasked')
    t.equal(String((await unasked)[0]), 'unasked', direction)
  })
})

for (const code of [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 3000, 4999]) {
  t.test(`a close with ${code} and a reason reaches the other side, and is answered`, async t => {
    for (const side of ['client', 'server'] as const) {
      const line = await lineOf(t)
      const other = line[side === 'client' ? 'server' : 'client']
      const ends = Promise.all([once(other, 'close'), once(line[side], 'close')])
      line[side].close(code, 'ça suffit')
      for (const [seen, reason] of await ends) {
        t.strictSame([seen, String(reason)], [code, 'ça suffit'], `from the ${side}`)
      }
    }
  })
}

t.test('a close without a code is a close without a code', async t => {
  const { client, server } = await lineOf(t)
  const ends = Promise.all([once(client, 'close'), once(server, 'close')])
  client.close()
  for (const [seen] of await ends) t.equal(seen, 1005)
})

t.test('a side that vanishes leaves the other with 1006', async t => {
  for (const side of ['client', 'server'] as const) {
    const line = await lineOf(t)
    const end = once(line[side === 'client' ? 'server' : 'client'], 'close')
    line[side].terminate()
    t.equal((await end)[0], 1006, side)
  }
})

const deflations: readonly (readonly [string, boolean | PerMessageDeflateOptions])[] = [
  ['with its defaults', true],
  ['without context takeover', { serverNoContextTakeover: true, clientNoContextTakeover: true }],
  ['with small windows', { serverMaxWindowBits: 9, clientMaxWindowBits: 9 }],
]

for (const [how, options] of deflations) {
  t.test(`permessage-deflate ${how} is agreed on and used`, async t => {
    const perMessageDeflate = options === true ? { threshold: 0 } : { ...options, threshold: 0 }
    const line = await lineOf(t, { perMessageDeflate }, { perMessageDeflate })
    t.match(line.client.extensions, /permessage-deflate/)
    t.equal(line.server.extensions, line.client.extensions)
    await bothWays(line, async (from, to, direction) => {
      for (const message of ['', text, text, 'x'.repeat(1_048_576)]) {
        from.send(message)
        t.equal((await next(to))[1].toString(), message, direction)
      }
    })
  })
}

t.test('permessage-deflate that the server does not want is not used', async t => {
  const { client, server } = await lineOf(t, { perMessageDeflate: false })
  t.equal(client.extensions, '')
  client.send(text)
  t.equal((await next(server))[1].toString(), text)
})

t.test('the subprotocol is the one that the server chooses', async t => {
  const far = new WebSocketServer({ port: 0, host: '127.0.0.1', handleProtocols: () => 'second' })
  await once(far, 'listening')
  t.teardown(() => far.close())
  const edge = await edgeOn(t, edgeConfig([{ port: (far.address() as net.AddressInfo).port }]))
  const client = new WebSocket(`ws://127.0.0.1:${edge.port}/`, ['first', 'second'])
  t.teardown(() => client.terminate())
  await once(client, 'open')
  t.equal(client.protocol, 'second')
})

/** Frames that break RFC 6455, by what the server closes with: the edge neither mends nor stops them. */
const broken: readonly (readonly [title: string, frame: readonly number[], code: number])[] = [
  ['a frame of a client without a mask', [0x81, 0x02, 0x68, 0x69], 1002],
  ['a reserved bit', [0xc1, 0x80, 0, 0, 0, 0], 1002],
  ['a reserved opcode', [0x83, 0x80, 0, 0, 0, 0], 1002],
  ['a reserved control opcode', [0x8b, 0x80, 0, 0, 0, 0], 1002],
  ['a ping in fragments', [0x09, 0x80, 0, 0, 0, 0], 1002],
  ['a ping of 126 bytes', [0x89, 0xfe, 0, 126, 0, 0, 0, 0], 1002],
  ['a continuation of nothing', [0x80, 0x80, 0, 0, 0, 0], 1002],
  ['text that is not UTF-8', [0x81, 0x81, 0, 0, 0, 0, 0xff], 1007],
  ['a close with one byte', [0x88, 0x81, 0, 0, 0, 0, 3], 1002],
  ['a close with a code that may not be sent', [0x88, 0x82, 0, 0, 0, 0, 0x03, 0xed], 1002],
  ['a length of 2^63', [0x82, 0xff, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], 1009],
]

for (const [title, frame, code] of broken) {
  t.test(`${title}: the server closes with ${code}, and the client gets to know`, async t => {
    const far = new WebSocketServer({ port: 0, host: '127.0.0.1' })
    await once(far, 'listening')
    t.teardown(() => far.close())
    far.on('connection', socket => socket.on('error', () => {}))
    const edge = await edgeOn(t, edgeConfig([{ port: (far.address() as net.AddressInfo).port }]))
    const socket = net.connect(edge.port, '127.0.0.1')
    t.teardown(() => socket.destroy())
    let got = Buffer.alloc(0)
    socket.on('data', chunk => {
      got = Buffer.concat([got, chunk])
    })
    socket.write(
      'GET / HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n' +
        'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
    )
    await eventually(() => got.includes('\r\n\r\n'))
    const head = got.indexOf('\r\n\r\n') + 4
    t.match(got.toString('latin1'), /\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK\+xOo=\r\n/i)
    socket.write(Buffer.from(frame))
    await eventually(() => got.length >= head + 4)
    t.strictSame([...got.subarray(head, head + 4)], [0x88, 2, code >> 8, code & 0xff])
    await eventually(() => isFree(edge))
  })
}

/** The tunnel has been taken down once both sides were done. */
const isFree = ({ edge }: Awaited<ReturnType<typeof edgeOn>>): boolean =>
  edge.counters().running === 0
