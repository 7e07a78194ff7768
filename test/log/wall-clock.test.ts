import t from 'tap'
import { wallClock } from '../../src/log/wall-clock.ts'

t.test('10.1 the time of day has fractions and stays near the clock of the machine', async t => {
  const now = wallClock()
  const before = Date.now()
  const time = now()
  t.ok(time > before - 2 && time < Date.now() + 2, 'near')
})

t.test('10.1 the time of day follows when the clock of the machine is set', async t => {
  const now = wallClock()
  now()
  const { now: real } = Date
  t.teardown(() => {
    Date.now = real
  })
  Date.now = () => real() + 3_600_000
  const ahead = now()
  t.ok(Math.abs(ahead - Date.now()) < 1000, 'an hour later')
  t.ok(Math.abs(now() - Date.now()) < 1000, 'and goes on from there')
})
