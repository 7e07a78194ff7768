import t from 'tap'
import { createLocator } from '../../src/config/lines.ts'

t.test('lines end with LF, CRLF or CR', async t => {
  const text = 'a\nbc\r\nd\re'
  const locate = createLocator(text)
  const at = (piece: string) => locate(text.indexOf(piece))
  t.same(at('a'), { line: 1, column: 1 })
  t.same(at('c'), { line: 2, column: 2 })
  t.same(at('d'), { line: 3, column: 1 })
  t.same(at('e'), { line: 4, column: 1 })
  t.same(locate(text.length), { line: 4, column: 2 })
})

t.test('the first place of an empty text', async t => {
  t.same(createLocator('')(0), { line: 1, column: 1 })
})

t.test('a tab counts as one column', async t => {
  t.same(createLocator('\t\tx')(2), { line: 1, column: 3 })
})

t.test('more lines than the first table holds', async t => {
  const locate = createLocator('x\n'.repeat(5000))
  t.same(locate(2 * 4999), { line: 5000, column: 1 })
})
