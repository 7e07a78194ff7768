import t from 'tap'
import { playSections, sections } from './sections.ts'

t.test('a hostile client', async t => playSections(t, 'client'))

t.test('every subject of security.md has its cases, each with a title of its own', async t => {
  let sum = 0
  for (const { subject, cases } of sections) {
    sum += cases.length
    t.comment(`${subject}: ${cases.length} cases`)
    t.ok(cases.length > 0, subject)
    t.equal(new Set(cases.map(({ title }) => title)).size, cases.length, subject)
  }
  t.comment(`${sum} cases`)
})
