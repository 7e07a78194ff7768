import { once } from 'node:events'
import type { Socket } from 'node:net'
import t, { type Test } from 'tap'
import { ReadMemory } from '../../src/driver/read-memory.ts'
import { connectToServer } from '../../src/driver/server-reads.ts'
import { eventually, rawOrigin } from '../support/loopback.ts'

/** A connection and its other end. */
const pair = async (t: Test, memory: ReadMemory): Promise<[near: Socket, far: Socket]> => {
  let far: Socket | undefined
  const port = await rawOrigin(t, socket => {
    far = socket
  })
  const near = connectToServer({ host: '127.0.0.1', port }, memory)
  t.teardown(() => near.destroy())
  await once(near, 'connect')
  await eventually(() => far !== undefined)
  return [near, far as Socket]
}

/** Takes all that comes, as undici does. */
const takeAll = (socket: Socket): Buffer[] => {
  const taken: Buffer[] = []
  socket.on('readable', () => {
    for (;;) {
      const chunk: Buffer | null = socket.read()
      if (chunk === null) return
      taken.push(chunk)
    }
  })
  return taken
}

const textOf = (chunks: readonly Buffer[]): string => Buffer.concat(chunks).toString('latin1')
const bytesOf = (chunks: readonly Buffer[]): number =>
  chunks.reduce((sum, { length }) => sum + length, 0)

t.test('what was read stays as it was while other connections read', async t => {
  const memory = new ReadMemory(65_536)
  const pairs = await Promise.all(['a', 'b', 'c'].map(() => pair(t, memory)))
  const taken = pairs.map(([near]) => takeAll(near))
  for (let round = 0; round < 200; round++) {
    pairs.forEach(([, far], i) => {
      far.write('abc'.charAt(i).repeat(700))
    })
    await eventually(() => taken.every(chunks => bytesOf(chunks) === (round + 1) * 700))
  }
  t.strictSame(
    taken.map(textOf),
    ['a', 'b', 'c'].map(letter => letter.repeat(140_000)),
    'more than one block was filled',
  )
})

t.test('large answers come whole, and stay as they were while others come', async t => {
  const memory = new ReadMemory(65_536)
  const [near, far] = await pair(t, memory)
  const taken = takeAll(near)
  const sent = Buffer.alloc(3_000_000)
  for (let i = 0; i < sent.length; i++) sent[i] = (i * 31) % 251
  far.write(sent)
  await eventually(() => bytesOf(taken) === sent.length)
  t.ok(Buffer.concat(taken).equals(sent))
  t.ok(taken.every(({ length }) => length <= 65_536))

  let bytes = sent.length
  for (let i = 0; i < 6; i++) {
    far.write('small')
    bytes += 5
    await eventually(() => bytesOf(taken) === bytes)
  }
  t.equal(textOf(taken.slice(-6)), 'small'.repeat(6))
  t.ok(Buffer.concat(taken.slice(0, -6)).equals(sent), 'what came before is untouched')
})

t.test('ResponseChunkSize bounds every read, and is bounded itself', async t => {
  t.equal(new ReadMemory(2 ** 31).size, 1_048_576)
  const memory = new ReadMemory(1024)
  const [near, far] = await pair(t, memory)
  const taken = takeAll(near)
  far.write(Buffer.alloc(100_000, 'y'))
  await eventually(() => bytesOf(taken) === 100_000)
  t.ok(taken.every(({ length }) => length <= 1024))
  t.equal(textOf(taken), 'y'.repeat(100_000))
})

t.test('what comes before anybody listens is not lost', async t => {
  const [near, far] = await pair(t, new ReadMemory(65_536))
  far.write('early')
  await eventually(() => near.readableLength === 5)
  const taken = takeAll(near)
  await eventually(() => textOf(taken) === 'early')
  far.end(', late')
  await once(near, 'end')
  t.equal(textOf(taken), 'early, late')
})

t.test('a reader that does not take holds the server back, and misses nothing', async t => {
  const [near, far] = await pair(t, new ReadMemory(65_536))
  let holds = true
  const taken: Buffer[] = []
  const take = (): void => {
    while (!holds) {
      const chunk: Buffer | null = near.read()
      if (chunk === null) return
      taken.push(chunk)
    }
  }
  near.on('readable', take)
  const sent = Buffer.alloc(20_000_000, 'z')
  far.write(sent)
  await eventually(() => near.readableLength >= 65_536)
  // Nothing more is read: what is on its way waits with the kernel and the sender.
  for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate)
  t.ok(near.readableLength <= 3 * 65_536, `${near.readableLength} bytes are held`)
  t.ok(far.writableLength > 0)
  holds = false
  take()
  await eventually(() => bytesOf(taken) === sent.length)
  t.ok(Buffer.concat(taken).equals(sent))
})

t.test('what a reader puts back comes again, before what follows', async t => {
  const [near, far] = await pair(t, new ReadMemory(65_536))
  const taken: string[] = []
  let puts = 1
  near.on('readable', () => {
    for (;;) {
      const chunk: Buffer | null = near.read()
      if (chunk === null) return
      if (puts-- > 0) {
        taken.push(chunk.toString('latin1', 0, 2))
        near.unshift(chunk.subarray(2))
        return
      }
      taken.push(chunk.toString('latin1'))
    }
  })
  far.write('abcdef')
  await eventually(() => taken.join('') === 'abcdef')
  far.write('ghi')
  await eventually(() => taken.join('') === 'abcdefghi')
  t.pass('in order')
})

t.test('a connection that flows does so too, as a tunnel does', async t => {
  const [near, far] = await pair(t, new ReadMemory(65_536))
  let text = ''
  near.on('data', (chunk: Buffer) => {
    text += chunk.toString('latin1')
    if (text.length === 3) {
      near.pause()
      far.write('def')
      setImmediate(() => near.resume())
    }
  })
  far.write('abc')
  await eventually(() => text === 'abcdef')
  far.end()
  await once(near, 'end')
  t.equal(text, 'abcdef')
})

t.test('a few bytes that a reader puts back do not keep the rest of their memory', async t => {
  const memory = new ReadMemory(65_536)
  const [near, far] = await pair(t, memory)
  const client = { writableLength: 0 }
  const memories: ArrayBufferLike[] = []
  const rests: Buffer[] = []
  let taking: 'body' | 'rest' = 'body'
  near.on('readable', () => {
    if (taking === 'rest') return
    const chunk: Buffer | null = near.read()
    if (chunk === null) return
    const end = chunk.length - 2
    memories.push(chunk.buffer)
    const body = chunk.subarray(0, end)
    const piece = memory.pieceOf(body)
    piece?.claim()
    piece?.passedTo(client)
    taking = 'rest'
    near.unshift(chunk.subarray(end))
  })
  for (const letter of 'abc') {
    taking = 'body'
    far.write(letter.repeat(40_000))
    await eventually(() => taking === 'rest')
    // As undici does when it goes on.
    rests.push(near.read() as Buffer)
  }
  t.strictSame(rests.map(String), ['aa', 'bb', 'cc'])
  t.equal(new Set(memories).size, 1)
})
