import { PassThrough } from 'node:stream'
import t from 'tap'
import { ManualClock } from '../../src/core/clock.ts'
import { RequestBody } from '../../src/edge/body.ts'
import { ReplayMemory } from '../../src/edge/replay-memory.ts'
import { noSlot } from '../../src/edge/slots.ts'
import { SlowClients } from '../../src/edge/slow-clients.ts'

const clientOf = (progress: number | null) => ({
  watchSlot: noSlot,
  progress,
  cut: 0,
  stalled() {
    this.cut++
  },
})

/** Found out after a second. */
const beginning = (least = 1) => {
  const clock = new ManualClock()
  return { clock, slow: new SlowClients(clock, 1000, least) }
}

t.test('a client that does nothing for the limit is found out, once', async t => {
  const { clock, slow } = beginning()
  const client = clientOf(5)
  slow.watch(client)
  slow.look()
  clock.advance(999)
  slow.look()
  t.equal(client.cut, 0)
  clock.advance(1)
  t.equal(slow.look(), false, 'nobody is left')
  t.equal(client.cut, 1)
  clock.advance(5000)
  slow.look()
  t.equal(client.cut, 1)
})

t.test('what counts as progress starts the time anew, less does not', async t => {
  const { clock, slow } = beginning(10)
  const client = clientOf(0)
  slow.watch(client)
  slow.look()
  clock.advance(900)
  client.progress = 10
  slow.look()
  clock.advance(900)
  client.progress = 19
  slow.look()
  t.equal(client.cut, 0)
  clock.advance(100)
  slow.look()
  t.equal(client.cut, 1, '9 bytes in a second are too few')
})

t.test('the time in which it is not the turn of the client does not count', async t => {
  const { clock, slow } = beginning()
  const client = clientOf(0)
  slow.watch(client)
  slow.look()
  client.progress = null
  clock.advance(5000)
  slow.look()
  client.progress = 0
  slow.look()
  clock.advance(999)
  slow.look()
  t.equal(client.cut, 0)
})

t.test('nobody is watched without a limit, or any more after being let go', async t => {
  const none = new SlowClients(new ManualClock(), Number.POSITIVE_INFINITY, 1)
  none.watch(clientOf(0))
  t.equal(none.size, 0)
  const { slow } = beginning()
  const client = clientOf(0)
  slow.watch(client)
  slow.unwatch(client)
  t.equal(slow.size, 0)
})

t.test('to let go of one twice does not let go of another', async t => {
  const { slow } = beginning()
  const [first, second] = [clientOf(0), clientOf(0)]
  slow.watch(first)
  slow.unwatch(first)
  slow.watch(second)
  slow.unwatch(first)
  t.equal(slow.size, 1)
  slow.unwatch(second)
  t.equal(slow.size, 0)
})

t.test(
  'to watch one again begins its time anew, and what was seen of others is no matter',
  async t => {
    const { clock, slow } = beginning()
    const [first, second] = [clientOf(0), clientOf(0)]
    slow.watch(first)
    slow.look()
    clock.advance(900)
    slow.watch(first)
    t.equal(slow.size, 1, 'once')
    slow.look()
    clock.advance(900)
    slow.look()
    t.equal(first.cut, 0)
    slow.unwatch(first)
    slow.watch(second)
    clock.advance(100)
    slow.look()
    t.equal(second.cut, 0, 'its own time has just begun')
  },
)

t.test('one that leaves because another is found out is not found out', async t => {
  const { clock, slow } = beginning()
  const second = clientOf(0)
  const first = {
    ...clientOf(0),
    stalled() {
      this.cut++
      slow.unwatch(second)
    },
  }
  slow.watch(first)
  slow.watch(second)
  slow.look()
  clock.advance(1000)
  t.equal(slow.look(), false)
  t.strictSame([first.cut, second.cut], [1, 0])
})

t.test('a body that its server does not take is not held against the client', async t => {
  const uploads = new SlowClients(new ManualClock(), 1000, 1)
  const replay = new ReplayMemory(1_000_000, () => {})
  const source = new PassThrough()
  const owner = { bodyFailed() {}, bodyTooLarge() {}, bodyStalled() {}, bodyWanted() {} }
  const body = new RequestBody(source, 'unknown', owner, { replay, uploads })
  const live = body.open()
  t.ok(live !== null && !Buffer.isBuffer(live))
  if (live === null || Buffer.isBuffer(live)) return
  live.read(0)
  t.equal(body.progress, 0, 'we wait for the client')
  t.equal(uploads.size, 1)
  while (!source.isPaused()) {
    source.write(Buffer.alloc(65_536))
    await new Promise(setImmediate)
  }
  t.equal(body.progress, null, 'we wait for the server')
  body.answered()
  t.equal(uploads.size, 0, 'the client may take its time once there is an answer')
})
