import t from 'tap'
import { ManualClock } from '../../src/core/clock.ts'
import { Seldom } from '../../src/edge/seldom.ts'
import type { EdgeWarning } from '../../src/edge/warning.ts'

t.test('one warning of a kind is told per second, with the number left out', async t => {
  const clock = new ManualClock()
  const told: EdgeWarning[] = []
  const seldom = new Seldom(clock, warning => told.push(warning))
  const full = { code: 'LIMIT_REACHED', limit: 'queueFull', message: 'full' } as const
  const dropped = { code: 'HEADERS_DROPPED', message: 'dropped' } as const
  seldom.warn(full)
  for (let i = 0; i < 41; i++) seldom.warn(full)
  seldom.warn({ ...full, limit: 'replay' })
  seldom.warn(dropped)
  t.strictSame(
    told.map(({ code, limit }) => limit ?? code),
    ['queueFull', 'replay', 'HEADERS_DROPPED'],
    'each kind speaks for itself',
  )
  clock.advance(1000)
  seldom.warn(full)
  t.match(told[3], {
    suppressed: 41,
    message: 'full; 41 more like it since the last warning',
  })
  clock.advance(1000)
  seldom.warn(full)
  t.strictSame(told[4], full)
})
