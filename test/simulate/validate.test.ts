import t from 'tap'
import { parseJson } from '../../src/simulate/json.ts'
import {
  anything,
  either,
  flag,
  integer,
  list,
  map,
  matching,
  named,
  nothing,
  number,
  object,
  optional,
  type Shape,
  tag,
  text,
  word,
} from '../../src/simulate/shape.ts'
import { validate } from '../../src/simulate/validate.ts'

const check = (shape: Shape<unknown>, json: string): readonly string[] => {
  const parsed = parseJson(json)
  if (!('value' in parsed)) throw new Error(parsed.message)
  return validate(parsed, shape).map(
    ({ line, column, path, message }) => `${line}:${column} ${path}: ${message}`,
  )
}

const person = object({
  name: text('What people call them.'),
  age: optional(integer('', 0, 150)),
  mood: optional(word(['glad', 'sad'])),
  friends: optional(list(text(), '', 1)),
  scores: optional(map(number('', 0))),
  tall: optional(flag()),
  end: optional(nothing()),
  extra: optional(anything()),
})

t.test('what fits has no problems', async t => {
  const full =
    '{"name":"a","age":3,"mood":"sad","friends":["b"],"scores":{"x":1.5},"tall":true,"end":null,"extra":[{}]}'
  t.same(check(person, full), [])
  t.same(check(person, '{"name": "a"}'), [])
})

const cases = [
  ['[]', '1:1 $: found a list, expected an object { }'],
  ['{}', '1:1 $: the key "name" is missing'],
  ['{"name": 5}', '1:10 $.name: found 5, expected a text in double quotes'],
  ['{"name": "a", "age": 1.5}', '1:22 $.age: found 1.5, expected a whole number'],
  ['{"name": "a", "age": -1}', '1:22 $.age: found -1, expected 0 or more'],
  ['{"name": "a", "age": 151}', '1:22 $.age: found 151, expected 150 or less'],
  [
    '{"name": "a", "mood": "gladd"}',
    '1:23 $.mood: found "gladd", expected one of glad, sad; did you mean glad?',
  ],
  ['{"name": "a", "friends": []}', '1:26 $.friends: found 0 entries, expected at least 1'],
  [
    '{"name": "a", "friends": ["b", 2]}',
    '1:32 $.friends[1]: found 2, expected a text in double quotes',
  ],
  ['{"name": "a", "scores": {"x": "1"}}', '1:31 $.scores.x: found "1", expected a number'],
  ['{"name": "a", "tall": "yes"}', '1:23 $.tall: found "yes", expected true or false'],
  ['{"name": "a", "end": 0}', '1:22 $.end: found 0, expected null'],
  ['{"name": "a", "friend": ["b"]}', '1:15 $.friend: unknown key "friend"; did you mean friends?'],
  [
    '{"name": "a", "zzz": 1}',
    '1:15 $.zzz: unknown key "zzz"; possible here: name, age, mood, friends, scores, tall, end, extra',
  ],
] as const

for (const [json, problem] of cases) {
  t.test(`${json} is told what is wrong`, async t => {
    t.same(check(person, json), [problem])
  })
}

t.test('all problems are found, in the order of the text', async t => {
  t.same(check(person, '{"age": -1,\n "name": 5,\n "x": 1}'), [
    '1:9 $.age: found -1, expected 0 or more',
    '2:10 $.name: found 5, expected a text in double quotes',
    '3:2 $.x: unknown key "x"; possible here: name, age, mood, friends, scores, tall, end, extra',
  ])
})

t.test('a long text is cut in a message', async t => {
  const [problem = ''] = check(integer(), JSON.stringify('x'.repeat(1000)))
  t.ok(problem.length < 140, problem)
})

const shapes = either([
  object({ kind: tag('circle'), radius: number() }),
  object({ kind: tag('square'), side: number() }),
])

t.test('objects of a union are told apart by their tag', async t => {
  t.same(check(shapes, '{"kind": "circle", "radius": 1}'), [])
  t.same(check(shapes, '{"kind": "square", "radius": 1}'), [
    '1:1 $: the key "side" is missing',
    '1:20 $.radius: unknown key "radius"; possible here: kind, side',
  ])
  t.same(check(shapes, '{"kind": "sqare", "side": 1}'), [
    '1:1 $: kind is "sqare", expected one of circle, square; did you mean square?',
  ])
  t.same(check(shapes, '{"side": 1}'), ['1:1 $: the key "kind" is missing; one of circle, square'])
  t.same(check(shapes, '{"kind": null}'), ['1:1 $: kind is null, expected one of circle, square'])
  t.same(check(shapes, '7'), ['1:1 $: found 7, expected an object { }'])
})

const verbs = either([
  object({ wait: number(), note: optional(text()) }),
  object({ request: text(), note: optional(text()) }),
])

t.test('objects of a union are told apart by their first required key', async t => {
  t.same(check(verbs, '{"note": "x", "wait": 1}'), [])
  t.same(check(verbs, '{"wait": 1, "request": "x"}'), [
    '1:13 $.request: unknown key "request"; possible here: wait, note',
  ])
  t.same(check(verbs, '{}'), ['1:1 $: found an empty object with none of the keys wait, request'])
  t.same(check(verbs, '{"xyz": 1}'), ['1:1 $: found an object with none of the keys wait, request'])
})

t.test('a misspelled key that tells objects apart is pointed at itself', async t => {
  t.same(check(verbs, '{"requst": "x"}'), [
    '1:2 $.requst: unknown key "requst"; did you mean request?',
  ])
  // `expect` is a step of its own and a member of others: it must not hide the key that was meant.
  const steps = either([
    object({ request: text(), expect: optional(text()) }),
    object({ expect: map(text()) }),
  ])
  t.same(check(steps, '{"reqest": "x", "expect": "y"}'), [
    '1:2 $.reqest: unknown key "reqest"; did you mean request?',
  ])
})

t.test('a number may have an upper bound, included or not', async t => {
  const chance = number('', 0, { below: 1 })
  t.same(check(chance, '0.999'), [])
  t.same(check(chance, '1'), ['1:1 $: found 1, expected less than 1'])
  t.same(check(number('', 0, { maximum: 10 }), '11'), ['1:1 $: found 11, expected 10 or less'])
})

t.test('a text of a certain form is refused with an example', async t => {
  const method = matching('^[A-Z]+$', 'POST')
  t.same(check(method, '"GET"'), [])
  t.same(check(method, '"g t"'), ['1:1 $: found "g t", expected something like POST'])
})

t.test('words of several alternatives are read as one set, free text allows the rest', async t => {
  t.same(check(either([word(['up']), word(['down']), integer()]), '"sideways"'), [
    '1:1 $: found "sideways", expected one of up, down',
  ])
  t.same(check(either([word(['up']), text()]), '"sideways"'), [])
  t.same(check(either([tag('up'), list(text())]), '"up"'), [])
})

t.test('a named shape is published once and followed wherever it is used', async t => {
  const point = named('point', object({ x: number() }))
  const line = object({ from: point, to: either([point, nothing()]) })
  t.same(line.schema.properties?.from, { $ref: '#/$defs/point' })
  t.same(Object.keys(line.definitions), ['point'])
  t.same(check(line, '{"from": {"x": 1}, "to": null}'), [])
  t.same(check(line, '{"from": {"x": "1"}, "to": {"y": 1}}'), [
    '1:16 $.from.x: found "1", expected a number',
    '1:28 $.to: the key "x" is missing',
    '1:29 $.to.y: unknown key "y"; did you mean x?',
  ])
})
