import t from 'tap'
import { ManualClock } from '../../src/core/clock.ts'
import { type Waiter, WaitingLine } from '../../src/edge/waiting-line.ts'

const generation = {}
const limits = { max: 3, waitMs: 1000 }

/** Waiters that note what happens to them, with servers that have so much room. */
const lineWith = (clock = new ManualClock()) => {
  const line = new WaitingLine(clock, limits)
  const notes: string[] = []
  const room = { left: 0 }
  const waiter = (name: string, cluster = 'A', of: object = generation): Waiter => {
    const one: Waiter = {
      tryAgain() {
        if (room.left === 0) return false
        room.left--
        notes.push(`${name} served`)
        line.leave(one, of, cluster)
        return true
      },
      waitedTooLong() {
        notes.push(`${name} late`)
        line.leave(one, of, cluster)
      },
    }
    return one
  }
  return { clock, line, notes, room, waiter }
}

t.test('those who wait are served in the order in which they came, one for each place', async t => {
  const { line, notes, room, waiter } = lineWith()
  for (const name of ['one', 'two', 'three']) {
    t.ok(line.enter(waiter(name), generation, 'A'))
  }
  t.notOk(line.enter(waiter('four'), generation, 'A'), 'there is no room for a fourth')
  room.left = 1
  line.freed(generation, 'A')
  await null
  t.strictSame(notes, ['one served'])
  line.freed(generation, 'A')
  await null
  t.strictSame(notes, ['one served'], 'it was not free after all')
  room.left = 1
  line.freed(generation, 'A')
  await null
  t.strictSame(notes, ['one served', 'two served'])
  t.equal(line.size, 1)
})

t.test('a place is free for the cluster and the configuration in which it was left', async t => {
  const { line, notes, room, waiter } = lineWith()
  const later = {}
  line.enter(waiter('b', 'B'), generation, 'B')
  line.enter(waiter('later', 'A', later), later, 'A')
  room.left = 9
  line.freed(generation, 'A')
  await null
  t.strictSame(notes, [])
  line.freed(later, 'A')
  await null
  t.strictSame(notes, ['later served'])
})

t.test('whoever has left does not hold up those behind', async t => {
  const { line, notes, room, waiter } = lineWith()
  const first = waiter('first')
  line.enter(first, generation, 'A')
  line.enter(waiter('second'), generation, 'A')
  line.leave(first, generation, 'A')
  line.leave(first, generation, 'A')
  t.equal(line.size, 1)
  room.left = 1
  line.freed(generation, 'A')
  await null
  t.strictSame(notes, ['second served'])
})

t.test('who has waited long enough is sent away, and only those', async t => {
  const { clock, line, notes, waiter } = lineWith()
  line.enter(waiter('old'), generation, 'A')
  clock.advance(600)
  line.enter(waiter('young'), generation, 'A')
  clock.advance(400)
  t.equal(line.look(), true)
  t.strictSame(notes, ['old late'])
  clock.advance(600)
  t.equal(line.look(), false)
  t.strictSame(notes, ['old late', 'young late'])
})

t.test('a look serves all for whom there is room without anybody having left', async t => {
  const { line, notes, room, waiter } = lineWith()
  for (const name of ['one', 'two', 'three']) line.enter(waiter(name), generation, 'A')
  room.left = 2
  line.look()
  t.strictSame(notes, ['one served', 'two served'])
})
