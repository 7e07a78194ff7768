import t from 'tap'
import { otherCodes, rules } from '../../../src/config/lint/rules.ts'
import { codes, sound } from '../support.ts'

const all = [...rules, ...otherCodes].map(({ code }) => code)

t.test('every code from L01 to L67 is in the tables exactly once', async t => {
  const expected = Array.from(
    { length: 67 },
    (_, index) => `L${String(index + 1).padStart(2, '0')}`,
  )
  t.same(all.filter(code => code.startsWith('L')).toSorted(), expected)
})

t.test('no code has two entries', async t => {
  t.equal(new Set(all).size, all.length)
})

t.test('what the file alone cannot tell says why', async t => {
  for (const code of [
    'L07',
    'L08',
    'L22',
    'L36',
    'L40',
    'L44',
    'L46',
    'L48',
    'L49',
    'L50',
    'L51',
    'L53',
    'L60',
    'L62',
  ]) {
    const other = otherCodes.find(entry => entry.code === code)
    t.match(other?.by, /^(?:reported when|not from the file alone: |concerns merging)/, code)
  }
})

t.test('there is nothing to say about the sound file', async t => {
  t.same(codes(sound), [])
})
