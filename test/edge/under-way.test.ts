import t from 'tap'
import { UnderWay } from '../../src/edge/under-way.ts'

t.test('slots are used again, and all that are under way can be cut', async t => {
  const underWay = new UnderWay()
  const cut: string[] = []
  const enter = (name: string) => {
    const slot: number = underWay.enter({
      cut() {
        cut.push(name)
        underWay.leave(slot)
      },
    })
    return slot
  }
  const first = enter('first')
  enter('second')
  underWay.leave(first)
  t.equal(underWay.size, 1)
  t.equal(enter('third'), first)
  t.equal(underWay.cutAll(), 2)
  t.strictSame(cut, ['third', 'second'])
  t.equal(underWay.size, 0)
  t.equal(underWay.cutAll(), 0)
})
