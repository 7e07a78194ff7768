import t from 'tap'
import { Slots } from '../../src/edge/slots.ts'

t.test('a slot that was left is used again before there is a new one', async t => {
  const slots = new Slots<string>()
  const [first, second] = [slots.enter('first'), slots.enter('second')]
  t.not(first, second)
  slots.leave(first)
  t.equal(slots.size, 1)
  t.equal(slots.enter('third'), first)
  t.equal(slots.enter('fourth'), 2)
  t.strictSame(slots.all(), ['third', 'second', 'fourth'])
})

t.test('who leaves while all are gone through is still among them, and nobody twice', async t => {
  const slots = new Slots<string>()
  const first = slots.enter('first')
  const all = slots.all()
  slots.leave(first)
  slots.enter('second')
  t.strictSame(all, ['first'])
  t.strictSame(slots.all(), ['second'])
})
