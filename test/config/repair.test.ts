import t from 'tap'
import { Repairs } from '../../src/config/repair.ts'

t.test('without edits the text stays as it is', async t => {
  const { text, toOriginal } = new Repairs().apply('abc')
  t.equal(text, 'abc')
  t.equal(toOriginal(2), 2)
})

t.test('edits in any order, and the way back', async t => {
  const repairs = new Repairs()
  repairs.replace(4, 5, 'EEE')
  repairs.insert(2, '++')
  repairs.remove(0, 1)
  const { text, toOriginal } = repairs.apply('abcdefg')
  t.equal(text, 'b++cdEEEfg')
  t.equal(toOriginal(text.indexOf('b')), 1)
  t.equal(toOriginal(text.indexOf('c')), 2)
  t.equal(toOriginal(text.indexOf('f')), 5)
  t.equal(toOriginal(text.indexOf('g')), 6)
})

t.test('insertions at one place stay in order', async t => {
  const repairs = new Repairs()
  repairs.insert(1, '</a>')
  repairs.insert(1, '</b>')
  t.equal(repairs.apply('xy').text, 'x</a></b>y')
})

t.test('edits inside something that is taken out are dropped', async t => {
  const repairs = new Repairs()
  repairs.insert(2, '!')
  repairs.remove(3, 4)
  repairs.remove(1, 5)
  t.equal(repairs.apply('abcdef').text, 'af')
})
