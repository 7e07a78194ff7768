import t from 'tap'
import type { TraceRecord } from '../../src/core/trace.ts'
import { describeRecord } from '../../src/debug/sentences.ts'
import { renderEntry, renderVisit, renderWorld } from '../../src/demo/tell.ts'
import type { World } from '../../src/demo/world.ts'

const base = {
  exchange: 7,
  time: 0,
  step: 'P13',
  component: 'ws_common',
  fn: 'websphereEndRequest',
} as const
const outcome: TraceRecord = {
  ...base,
  kind: 'outcome',
  result: 'served',
  server: 'M1',
  status: 200,
  attempts: 1,
}

t.test('an entry shows its number, its facts and its records', async t => {
  const entry = {
    number: 6,
    title: 'The title',
    notes: ['> GET /snoop'],
    records: [outcome],
    missing: null,
  }
  t.equal(
    renderEntry(entry, 100),
    `  6  The title
       > GET /snoop
       ${describeRecord(outcome)} [websphereEndRequest]
`,
  )
})

t.test('an entry that did not happen says what is missing, and long lines are broken', async t => {
  const entry = {
    number: null,
    title: 'one two three four',
    notes: [],
    records: [],
    missing: 'five six seven',
  }
  t.equal(
    renderEntry(entry, 22),
    `  -  one two three
     four
  MISSING: five six
           seven
`,
  )
})

t.test('the world is introduced with its addresses and what was changed', async t => {
  const world = {
    members: [
      { name: 'One', cloneId: 'a', url: 'http://127.0.0.1:1' },
      { name: 'Three', cloneId: 'b', url: 'http://127.0.0.1:2' },
    ],
    url: 'http://127.0.0.1:3',
    source: 'some.xml',
    changes: ['Ports differ.'],
  } as unknown as World
  t.equal(
    renderWorld(world, 100),
    `
  One    CloneID a  http://127.0.0.1:1
  Three  CloneID b  http://127.0.0.1:2
  edge   http://127.0.0.1:3, configured by some.xml
         Ports differ.
`,
  )
})

t.test('a visit is one line, and only its end is told', async t => {
  t.equal(renderVisit(outcome), `  #7  ${describeRecord(outcome)}\n`)
  t.equal(renderVisit({ ...base, kind: 'stream', server: 'M1', from: 'new' }), null)
})
