import t from 'tap'
import { quoted, safe } from '../../src/log/escape.ts'

const texts: readonly (readonly [title: string, text: string, shown: string])[] = [
  ['a line end', 'a\r\nb', 'a\\u000d\\u000ab'],
  ['a line end of Unicode', 'a\u2028b\u2029c\u0085d', 'a\\u2028b\\u2029c\\u0085d'],
  ['an escape sequence of a terminal', '\u001b[2J', '\\u001b[2J'],
  ['text that is turned around', 'a\u202eb', 'a\\u202eb'],
  ['half a character', 'a\ud800b', 'a\\ud800b'],
  ['an invisible character outside the first plane', 'a\u{e0041}b', 'a\\udb40\\udc41b'],
  [
    'the beginning of another record',
    'x [Wed Dec 03 15:40:28 2014] 00000dbc 00000e78 - ERROR: ',
    'x [Wed Dec 03 15:40:28 2014\\u005d 00000dbc 00000e78 - ERROR: ',
  ],
]
for (const [title, text, shown] of texts) {
  t.test(`10.1 ${title} is escaped`, async t => {
    t.equal(safe(text), shown)
  })
}

t.test('10.1 harmless text stays as it is', async t => {
  for (const text of ['', '/snoop?a=[1]&b=2', '[::1]:9080', 'Ünïcode 😀']) t.equal(safe(text), text)
})

t.test('10.1 a quoted value cannot close its apostrophes', async t => {
  t.equal(quoted("/x'; host='y"), "'/x\\u0027; host=\\u0027y'")
})
