import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import t from 'tap'
import { type Delivered, type Piece, ReadMemory } from '../../src/driver/read-memory.ts'

const size = 65_536
const whole: Delivered = { more: true, fate: 'taken' }

/** Bytes as the kernel would have put them into the landing buffer, handed on. */
const arrive = (
  memory: ReadMemory,
  bytes: number,
  reader: (chunk: Buffer) => unknown,
  delivered = whole,
): Buffer => {
  let given: Buffer | undefined
  memory.landing.fill('x', 0, bytes)
  memory.deliver(bytes, chunk => {
    given = chunk
    reader(chunk)
    return delivered
  })
  return given as Buffer
}

/** A client's socket. */
const client = (): { writableLength: number } => ({ writableLength: 0 })

/** A reader that takes all of it and passes it to a client. */
const passingOn =
  (memory: ReadMemory, to: { writableLength: number }) =>
  (chunk: Buffer): void => {
    const piece = memory.pieceOf(chunk) as Piece
    piece.claim()
    piece.passedTo(to)
  }

/** A part of a thousand bytes for each client, and the rest for the last one. */
const sharedOut = (
  memory: ReadMemory,
  chunk: Buffer,
  clients: readonly { writableLength: number }[],
): void =>
  clients.forEach((to, i) => {
    const end = i === clients.length - 1 ? chunk.length : (i + 1) * 1000
    passingOn(memory, to)(chunk.subarray(i * 1000, end))
  })

const memoryOf = (chunk: Buffer): ArrayBufferLike => chunk.buffer

t.test('memory whose bytes have left for the client is used for the next read', t => {
  const memory = new ReadMemory(size)
  const first = arrive(memory, 50_000, passingOn(memory, client()))
  const second = arrive(memory, 60_000, passingOn(memory, client()))
  t.equal(memoryOf(second), memoryOf(first))
  t.equal(second.length, 60_000)
  const third = arrive(memory, 5000, passingOn(memory, client()))
  t.equal(memoryOf(third), memoryOf(first), 'whatever the size of what comes next')
  t.end()
})

t.test('it is not used while the client has bytes to take, and is afterwards', t => {
  const memory = new ReadMemory(size)
  const slow = client()
  slow.writableLength = 1
  const first = arrive(memory, 50_000, passingOn(memory, slow))
  const second = arrive(memory, 50_000, () => {})
  t.not(memoryOf(second), memoryOf(first))
  slow.writableLength = 0
  t.equal(memoryOf(arrive(memory, 50_000, () => {})), memoryOf(first))
  t.end()
})

t.test('a piece that was held back is used again when it has been passed on', t => {
  const memory = new ReadMemory(size)
  let held: Piece | null = null
  const first = arrive(memory, 50_000, chunk => {
    held = memory.pieceOf(chunk)
    held?.claim()
  })
  t.not(memoryOf(arrive(memory, 50_000, () => {})), memoryOf(first))
  ;(held as Piece | null)?.passedTo(client())
  t.equal(memoryOf(arrive(memory, 50_000, () => {})), memoryOf(first))
  t.end()
})

t.test('memory is never used again', async t => {
  const cases: ReadonlyArray<
    [when: string, reader: (memory: ReadMemory, chunk: Buffer) => void, delivered?: Delivered]
  > = [
    ['when its reader does not claim it', (memory, chunk) => void memory.pieceOf(chunk)],
    ['when nobody asks whose it is', () => {}],
    [
      'when one of two readers does not claim its part',
      (memory, chunk) => {
        passingOn(memory, client())(chunk.subarray(0, 1000))
        memory.pieceOf(chunk.subarray(1000))
      },
    ],
    [
      'when one of two parts has not been passed on',
      (memory, chunk) => {
        memory.pieceOf(chunk.subarray(0, 1000))?.claim()
        passingOn(memory, client())(chunk.subarray(1000))
      },
    ],
    [
      'when its parts went to two clients',
      (memory, chunk) => {
        sharedOut(memory, chunk, [client(), client()])
      },
    ],
    [
      'when its parts went to two clients, and the last one to the first of them',
      (memory, chunk) => {
        const [one, other] = [client(), client()]
        sharedOut(memory, chunk, [one, other, one])
      },
    ],
    [
      'when so much follows the body that a trailer may have begun',
      (memory, chunk) => passingOn(memory, client())(chunk.subarray(0, -6)),
    ],
    [
      'when a trailer may be complete',
      (memory, chunk) => passingOn(memory, client())(chunk.subarray(0, -7)),
    ],
    [
      'when its parts went to two clients, and the last ones to one of them',
      (memory, chunk) => {
        const [one, other] = [client(), client()]
        sharedOut(memory, chunk, [one, other, other])
      },
    ],
    [
      'when it ends with an empty part',
      (memory, chunk) => {
        passingOn(memory, client())(chunk.subarray(0, 1000))
        passingOn(memory, client())(chunk.subarray(1000, 1000))
      },
    ],
    [
      'when the reader has put a part of it back and never takes it',
      (memory, chunk) => passingOn(memory, client())(chunk.subarray(0, 1000)),
      { more: true, fate: 'waiting' },
    ],
    [
      'when it goes another way, as the bytes of a tunnel do',
      (memory, chunk) => passingOn(memory, client())(chunk),
      { more: true, fate: 'elsewhere' },
    ],
    [
      'when the reader passes a copy on',
      (memory, chunk) => {
        const copy = Buffer.from(chunk)
        t.equal(memory.pieceOf(copy), null)
      },
    ],
  ]
  for (const [when, reader, delivered] of cases) {
    const memory = new ReadMemory(size)
    const first = arrive(memory, 50_000, chunk => reader(memory, chunk), delivered)
    for (let i = 0; i < 300; i++) {
      const next = arrive(memory, 50_000, chunk => reader(memory, chunk), delivered)
      if (memoryOf(next) === memoryOf(first)) t.fail(when)
    }
    t.pass(when)
  }
})

t.test('the end of a chunk may follow the body, and the end of all chunks', t => {
  for (const end of ['', '\r\n', '\r\n0\r\n', '\r\n0\r\n\r\n']) {
    const memory = new ReadMemory(size)
    const first = arrive(memory, 50_000, chunk => {
      chunk.write(end, chunk.length - end.length)
      passingOn(memory, client())(chunk.subarray(0, chunk.length - end.length))
    })
    t.equal(memoryOf(arrive(memory, 50_000, () => {})), memoryOf(first), JSON.stringify(end))
  }
  t.end()
})

t.test('several parts of one read come back together', t => {
  const memory = new ReadMemory(size)
  const to = client()
  const first = arrive(memory, 50_000, chunk => {
    passingOn(memory, to)(chunk.subarray(0, 1000))
    passingOn(memory, to)(chunk.subarray(1010, 30_000))
    passingOn(memory, to)(chunk.subarray(30_010))
  })
  t.equal(memoryOf(arrive(memory, 50_000, () => {})), memoryOf(first))
  t.end()
})

t.test('what its reader has put back and takes later comes back with it', t => {
  const memory = new ReadMemory(size)
  const to = client()
  const some: Delivered = { more: true, fate: 'waiting' }
  const first = arrive(
    memory,
    50_000,
    chunk => passingOn(memory, to)(chunk.subarray(0, 1000)),
    some,
  )
  const unread = (): boolean => memoryOf(arrive(memory, 50_000, () => {})) !== memoryOf(first)
  t.ok(unread())
  passingOn(memory, to)(first.subarray(1000, 20_000))
  t.ok(unread(), 'a part is still missing')
  const last = memory.pieceOf(first.subarray(20_000))
  t.ok(unread(), 'the last part is not claimed')
  last?.claim()
  t.ok(unread(), 'nor passed on')
  last?.passedTo(to)
  t.notOk(unread())
  t.end()
})

t.test('what waits in the stream because nobody reads may come back as well', t => {
  const memory = new ReadMemory(size)
  const first = arrive(memory, 50_000, () => {}, { more: false, fate: 'waiting' })
  t.not(memoryOf(arrive(memory, 50_000, () => {})), memoryOf(first))
  passingOn(memory, client())(first)
  t.equal(memoryOf(arrive(memory, 50_000, () => {})), memoryOf(first))
  t.end()
})

t.test('who listens to what undici publishes may keep it', t => {
  const listener = (): void => {}
  for (const what of ['headers', 'bodyChunkReceived', 'trailers']) {
    const memory = new ReadMemory(size)
    subscribe(`undici:request:${what}`, listener)
    let piece: Piece | null | undefined
    const seen = arrive(memory, 50_000, chunk => {
      piece = memory.pieceOf(chunk)
    })
    t.equal(piece, null, what)
    const left = arrive(memory, 50_000, chunk => {
      // He has seen the head, and does not listen any more when the body comes.
      unsubscribe(`undici:request:${what}`, listener)
      passingOn(memory, client())(chunk)
    })
    const next = memoryOf(arrive(memory, 50_000, () => {}))
    t.not(next, memoryOf(seen))
    t.not(next, memoryOf(left))
    const mine = arrive(memory, 50_000, passingOn(memory, client()))
    t.equal(memoryOf(arrive(memory, 50_000, () => {})), memoryOf(mine), 'nobody listens')
  }
  t.end()
})

t.test('nothing is remembered of what is used again and goes another way then', t => {
  const memory = new ReadMemory(size)
  const some: Delivered = { more: true, fate: 'waiting' }
  const first = arrive(memory, 50_000, () => {}, some)
  passingOn(memory, client())(first)
  const again = arrive(memory, 50_000, () => {}, { more: true, fate: 'elsewhere' })
  t.equal(memoryOf(again), memoryOf(first))
  t.equal(memory.pieceOf(again), null)
  // A reader that has put nothing back but the end of a chunk has had all of it.
  const ended = arrive(
    memory,
    50_000,
    chunk => passingOn(memory, client())(chunk.subarray(0, -2)),
    some,
  )
  t.equal(memory.pieceOf(ended), null)
  t.end()
})

t.test('a chunk belongs to no piece when its read is over', t => {
  const memory = new ReadMemory(size)
  const chunk = arrive(memory, 50_000, () => {})
  t.equal(memory.pieceOf(chunk), null)
  t.end()
})

t.test('small pieces are their readers’ own, and so are those too small for what is kept', t => {
  const memory = new ReadMemory(size)
  arrive(memory, 4096, chunk => t.equal(memory.pieceOf(chunk), null))
  const small = arrive(memory, 10_000, passingOn(memory, client()))
  t.equal(memoryOf(small).byteLength, 10_000, 'no more than needed')
  t.not(memoryOf(arrive(memory, 10_000, () => {})), memoryOf(small))
  t.end()
})

t.test('what has not come back is forgotten when there is too much of it', t => {
  const memory = new ReadMemory(size)
  const most = 8_388_608 / size
  const stuck = { writableLength: 1 }
  const forgotten = arrive(memory, 50_000, passingOn(memory, stuck))
  for (let i = 0; i < most; i++) arrive(memory, 50_000, passingOn(memory, stuck))
  stuck.writableLength = 0
  const seen = new Set<ArrayBufferLike>()
  for (let i = 0; i < most + 1; i++) seen.add(memoryOf(arrive(memory, 50_000, () => {})))
  t.equal(seen.size, most + 1)
  t.notOk(seen.has(memoryOf(forgotten)))
  t.end()
})
