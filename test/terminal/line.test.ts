import t from 'tap'
import { paint } from '../../src/terminal/line.ts'

const esc = '\u001b'

t.test('styles become colours where they are wanted, and nothing where not', async t => {
  const line = ['a ', { text: 'b', style: 'bad' }] as const
  t.equal(paint(line, { columns: 80, colours: true }), `a ${esc}[31mb${esc}[0m`)
  t.equal(paint(line, { columns: 80, colours: false }), 'a b')
})

t.test('what could play tricks on a terminal is written as escapes', async t => {
  const line = [`x${esc}[2J\u009b1m\u202e`, { text: '\u0007', style: 'good' }] as const
  t.equal(paint(line, { columns: 80, colours: false }), 'x\\u001b[2J\\u009b1m\\u202e\\u0007')
})

t.test('a line is cut off at its columns, colours not counted', async t => {
  const line = [{ text: 'abc', style: 'title' }, 'def', { text: 'ghi', style: 'bad' }] as const
  t.equal(paint(line, { columns: 5, colours: true }), `${esc}[1mabc${esc}[0md…`)
  t.equal(paint(['漢字漢字'], { columns: 5, colours: false }), '漢字…')
})
