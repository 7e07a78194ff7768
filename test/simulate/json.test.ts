import t from 'tap'
import { member, parseJson } from '../../src/simulate/json.ts'

t.test('a JSON text is read as JSON.parse reads it', async t => {
  const texts = [
    '{}',
    '[]',
    ' { "a" : [ 1 , -2.5e3 , true , false , null , "x\\n\\u00e9\\"" ] } ',
    '"text"',
    '0',
    '{"__proto__": 1, "constructor": [ ]}',
    '[[[]], {"a": {"b": {}}}]',
  ]
  for (const text of texts) {
    const parsed = parseJson(text)
    t.ok('value' in parsed, text)
    if ('value' in parsed) t.equal(JSON.stringify(parsed.value), JSON.stringify(JSON.parse(text)))
  }
})

t.test('a byte order mark before the text is ignored', async t => {
  const parsed = parseJson('\ufeff{"a": 1}')
  t.ok('value' in parsed)
  if ('value' in parsed) t.same(parsed.at('$.a'), { line: 1, column: 8 })
})

t.test('values and keys know their line and column', async t => {
  const parsed = parseJson('{\n  "steps": [\n    { "wait": 5 }\n  ]\n}')
  if (!('value' in parsed)) return t.fail('not parsed')
  t.same(parsed.at('$'), { line: 1, column: 1 })
  t.same(parsed.at('$.steps[0].wait'), { line: 3, column: 15 })
  t.same(parsed.keyAt('$.steps[0].wait'), { line: 3, column: 7 })
  t.same(parsed.at('$.nowhere'), { line: 1, column: 1 })
  t.same(parsed.at('$.steps[0].expect["a.b"][3]'), { line: 3, column: 5 }, 'what encloses it')
})

t.test('a path quotes keys that are no plain names', async t => {
  t.equal(member('$', 'servedBy'), '$.servedBy')
  t.equal(member('$', 'mark-down'), '$.mark-down')
  t.equal(member('$', 'a b'), '$["a b"]')
  t.equal(member('$', '1'), '$["1"]')
})

const broken = [
  ['{"a": 1e400}', 1, 7, 'a number that is too large'],
  ['', 1, 1, 'the end of the text where a value should be'],
  ['{', 1, 2, 'the end of the text where a key in double quotes should be'],
  ["{'a': 1}", 1, 2, '"\'" where a key in double quotes should be'],
  ['{"a" 1}', 1, 6, '"1" where : should be'],
  ['{"a": 1,}', 1, 9, '"}" where a key in double quotes should be'],
  ['{"a": 1 "b": 2}', 1, 9, '"\\"" where , or } should be'],
  ['[1, 2', 1, 6, 'the end of the text where , or ] should be'],
  ['[1,\n 2\n x]', 3, 2, '"x" where , or ] should be'],
  ['{"a": 1} x', 1, 10, '"x" after the end of the document'],
  ['{"a": 1,\n "a": 2}', 2, 2, 'the key "a" is given twice'],
  ['"abc', 1, 1, 'a string that does not end on its line'],
  ['["a\nb"]', 1, 2, 'a string that does not end on its line'],
  ['"\\x"', 1, 1, 'an unknown escape or a control character in the string "\\x"'],
  ['[tru]', 1, 2, '"t" where a value should be'],
  ['[01]', 1, 3, '"1" where , or ] should be'],
] as const

for (const [text, line, column, message] of broken) {
  t.test(`${JSON.stringify(text)} is refused with its place`, async t => {
    t.same(parseJson(text), { line, column, message })
  })
}

t.test('nesting without end is refused, not followed', async t => {
  const parsed = parseJson('['.repeat(100_000))
  t.match(parsed, { line: 1, column: 102, message: 'more than 100 levels of nesting' })
})

t.test('a long string is read without trouble', async t => {
  const long = JSON.stringify('x\\"'.repeat(500_000))
  const parsed = parseJson(long)
  t.ok('value' in parsed)
})
