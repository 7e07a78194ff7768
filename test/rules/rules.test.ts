import { readdir, readFile, writeFile } from 'node:fs/promises'
import t from 'tap'
import { renderPage } from './page.ts'
import { idsOf, proofsByRule } from './proofs.ts'
import { readings } from './readings.ts'
import { isStrong, isWeak, ruleGroup } from './rule.ts'
import { groups, rules } from './rules.ts'
import { readTitles, titlesOf } from './titles.ts'

const titles = await readTitles('test')
const proofs = proofsByRule(titles)
const isTested = (id: string): boolean => (proofs.get(id)?.tests.size ?? 0) > 0

t.test('every rule has a number of its own, without gaps', async t => {
  const ids = rules.map(({ id }) => id)
  t.equal(new Set(ids).size, ids.length)
  const last = {
    P: 13,
    M: 9,
    A: 8,
    V: 7,
    C: 8,
    N: 4,
    H: 6,
    W: 21,
    X: 6,
    F: 18,
    B: 8,
    T: 6,
    U: 3,
    R: 14,
    K: 12,
    Y: 6,
    Z: 9,
    '8.4 E': 4,
    Q: 21,
    E: 25,
  }
  for (const [letter, count] of Object.entries(last)) {
    const first = letter === 'P' ? 0 : 1
    const wanted = Array.from({ length: count + 1 - first }, (_, i) => `${letter}${i + first}`)
    const numbered = new RegExp(`^${letter.replace('.', '\\.')}\\d+$`)
    t.same(
      ids.filter(id => numbered.test(id)),
      wanted,
      letter,
    )
  }
  t.equal(ids.filter(id => /^L\d\d$/.test(id)).length, 67)
  for (const table of ['2.4', '3.1', '3.5', '5.1', '9']) t.ok(ids.includes(table), table)
})

t.test('every rule that is documented or seen has a test of the router', async t => {
  for (const rule of rules.filter(isStrong)) t.ok(isTested(rule.id), `${rule.id} ${rule.text}`)
})

t.test('every other rule has one, or says why it has none', async t => {
  for (const { id, untested } of rules) {
    t.ok(isTested(id) !== (untested !== undefined), `${id}: a test, or a reason, and not both`)
  }
})

t.test('every rule that reality may contradict says what to look at', async t => {
  for (const rule of rules.filter(isWeak)) {
    t.ok((rule.observe === undefined) !== (rule.ours === undefined), rule.id)
  }
})

t.test('every number in a title is that of a rule', async t => {
  const known = new Set(rules.map(({ id }) => id))
  for (const { file, title } of titles) {
    for (const id of idsOf(title)) t.ok(known.has(id), `${id} in ${file}: ${title}`)
  }
})

t.test('every title that test/rules/readings.ts explains exists, or its line can go', async t => {
  const existing = new Set(titles.map(({ title }) => title))
  for (const title of readings.keys()) t.ok(existing.has(title), title)
})

t.test('test/README.md is in step (npm run rules rewrites it)', async t => {
  const { scripts } = JSON.parse(await readFile('package.json', 'utf8'))
  const entries = await readdir('test', { withFileTypes: true })
  const folders = entries.filter(entry => entry.isDirectory()).map(({ name }) => name)
  const page = renderPage({ groups, titles, scripts: Object.keys(scripts), folders })
  if (t.writeSnapshot) await writeFile('test/README.md', page)
  t.equal(await readFile('test/README.md', 'utf8').catch(() => ''), page)
})

t.test('the page names every variable that random tests read', async t => {
  const page = await readFile('test/README.md', 'utf8')
  for (const { file } of titles) {
    const text = await readFile(file, 'utf8')
    for (const [, name = ''] of text.matchAll(/process\.env\.((?:AGREEMENT|FUZZ)_\w+)/g)) {
      t.match(page, `\`${name}\``, `${name} in ${file}`)
    }
  }
})

const texts: readonly (readonly [what: string, text: string, titles: readonly string[]])[] = [
  ['a plain title', "t.test('F1 one', async t => {})", ['F1 one']],
  ['one on several lines', "t.test(\n  'F1 one',\n  async t => {},\n)", ['F1 one']],
  ['an inner test', "t.test('a', t => { t.test('b', () => {}) })", ['a', 'b']],
  [
    'a table',
    `const rows = [['F1', 1], ['F2', 2]] as const
for (const [a, b] of rows) t.test(\`\${a} is \${b}\`, f)`,
    ['F1 is 1', 'F2 is 2'],
  ],
  [
    'a table of objects',
    `for (const { id: a } of [{ id: 'F1' }, { id: 'F2' }]) t.test(\`\${a} x\`, f)`,
    ['F1 x', 'F2 x'],
  ],
  [
    'tables in each other',
    `for (const a of ['F1', 'F2']) for (const b of ['x', 'y']) t.test(\`\${a} \${b}\`, f)`,
    ['F1 x', 'F1 y', 'F2 x', 'F2 y'],
  ],
  ['an object as a table', 'for (const [a] of Object.entries({ F1: 1 })) t.test(a, f)', ['F1']],
  ['a part that only a run knows', `t.test(\`F1 \${f()} x\`, f)`, ['F1 … x']],
  ['no test', "t.match('F1', 'F2'); other.test('F3', f)", []],
]

t.test('titles are read from the text of a test file', async t => {
  for (const [what, text, wanted] of texts) t.same(titlesOf(text), wanted, what)
})

const namings: readonly (readonly [title: string, ids: readonly string[]])[] = [
  ['F1 a refused connection', ['F1']],
  ['R12 Q3 all down: 500', ['R12', 'Q3']],
  ['§9 a 503 that was given up', ['9']],
  ['3.5 row 1: A3 B2 C1, first pick A', ['3.5']],
  ['3.5 row 7: A1 B0 C2; W13 weight 0 is passed over', ['3.5', 'W13']],
  ['§3.5 W13 A2 B0 C4 from A', ['3.5', 'W13']],
  ['an endless row of interim answers is no answer (F13)', ['F13']],
  ['a range (F1 to F5) of nothing', []],
  ['8.4 E1 only one gets the last place', ['8.4 E1']],
  ['E7 M10 the query is cut', ['E7', 'format M10']],
  ['format M7 several groups', ['format M7']],
  ['no L31: one differs by 1', ['L31']],
  ['no L04: E22 a Route may come first', ['L04', 'E22']],
  ['X03 50 MB', []],
  ['sessions 1.3 rule 1', []],
  ['A server named B1 is found', []],
  ['50 MB', []],
]

t.test('numbers are taken from the beginning of a title, and nowhere else', async t => {
  for (const [title, wanted] of namings) t.same(idsOf(title), wanted, title)
})

t.test('a page of rules is read line by line', async t => {
  const { rules } = ruleGroup(
    'x',
    'A1 | D I | one\n  and more\n  ? look\n  there\nA2 | R | two\n  - why not\n  = ours',
  )
  t.same(rules, [
    { id: 'A1', evidence: ['D', 'I'], text: 'one and more', observe: 'look there' },
    { id: 'A2', evidence: ['R'], text: 'two', untested: 'why not', ours: 'ours' },
  ])
  t.throws(() => ruleGroup('x', 'A1 | D I\n'), { message: /no rule: A1/ })
})
