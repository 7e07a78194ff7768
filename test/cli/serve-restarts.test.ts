import t from 'tap'
import { restartAfter, soonMs } from '../../src/cli/serve-restarts.ts'

t.test('the first worker that dies is replaced immediately', async t => {
  t.same(restartAfter(0, 0), { inARow: 1, delayMs: 0 })
  t.same(restartAfter(0, soonMs - 1), { inARow: 1, delayMs: 0 })
})

t.test(
  'workers that die at once, one after the other, are replaced at growing distances',
  async t => {
    const delays = [0, 1, 2, 3, 4, 8, 9, 10, 50].map(before => restartAfter(before, 0).delayMs)
    t.same(delays, [0, 100, 200, 400, 800, 12_800, 25_600, 30_000, 30_000])
  },
)

t.test('a worker that has served for a while ends the row', async t => {
  t.same(restartAfter(4, soonMs - 1), { inARow: 5, delayMs: 800 })
  t.same(restartAfter(4, soonMs), { inARow: 1, delayMs: 0 })
})
