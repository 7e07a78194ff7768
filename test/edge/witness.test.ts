import t from 'tap'
import { ManualClock } from '../../src/core/clock.ts'
import { Witness } from '../../src/edge/witness.ts'

t.test('time and chance go through while nobody observes', async t => {
  const clock = new ManualClock(5)
  const witness = new Witness(clock, () => 0.5)
  t.equal(witness.now(), 5)
  clock.advance(1)
  t.equal(witness.now(), 6)
  t.equal(witness.random(), 0.5)
})

t.test('time stands still and draws are noted while somebody observes', async t => {
  const clock = new ManualClock(5)
  let next = 0
  const witness = new Witness(clock, () => next++)
  const observed = witness.observe(at => {
    clock.advance(10)
    witness.random()
    const inner = witness.observe(() => {
      witness.random()
      return witness.now()
    })
    witness.random()
    return [at, witness.now(), inner]
  })
  t.same(observed, {
    result: [5, 5, { result: 5, at: 5, draws: [1] }],
    at: 5,
    draws: [0, 2],
  })
  t.equal(witness.now(), 15)
})

t.test('what throws ends the observation', async t => {
  const clock = new ManualClock(5)
  const witness = new Witness(clock, () => 0)
  t.throws(() =>
    witness.observe(() => {
      throw new Error('no')
    }),
  )
  clock.advance(1)
  t.equal(witness.now(), 6)
})
