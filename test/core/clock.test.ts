import t from 'tap'
import { ManualClock } from '../../src/core/clock.ts'

t.test('a manual clock stands still until it is told to move', async t => {
  const clock = new ManualClock()
  t.equal(clock.now(), 0)
  clock.advance(1500)
  clock.advance(1)
  t.equal(clock.now(), 1501)
  clock.set(70)
  t.equal(clock.now(), 70)
  t.equal(new ManualClock(12).now(), 12)
})
