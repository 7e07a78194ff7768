import t from 'tap'
import { failureRow, marksDown, noTransportRow } from '../../src/core/failures.ts'
import type { FailureCause, StreamOrigin } from '../../src/core/step.ts'

const cases: readonly (readonly [
  title: string,
  cause: FailureCause,
  stream: StreamOrigin,
  negative: boolean,
  row: string,
  marks: boolean,
  next: 'another-server' | 'same-server',
])[] = [
  ['F1 refused', 'refused', 'new', false, 'F1', true, 'another-server'],
  ['F1 unreachable', 'unreachable', 'new', false, 'F1', true, 'another-server'],
  ['F2 ConnectTimeout', 'connect-timeout', 'new', false, 'F2', true, 'another-server'],
  ['F3 blocking connect fails', 'connect-failed', 'new', false, 'F3', true, 'another-server'],
  ['F4 TLS', 'tls', 'new', false, 'F4', true, 'another-server'],
  ['F5 extended handshake', 'handshake', 'new', false, 'F5', true, 'another-server'],
  ['F6 broken old stream', 'reset', 'pooled', false, 'F6', false, 'same-server'],
  ['F6 time-out on an old stream', 'read-timeout', 'pooled', false, 'F6', false, 'same-server'],
  ['F6 negative, old stream', 'read-timeout', 'pooled', true, 'F6', false, 'same-server'],
  ['F6 nonsense on an old stream', 'malformed', 'pooled', false, 'F6', false, 'same-server'],
  ['F7 broken new stream', 'reset', 'new', false, 'F7', true, 'another-server'],
  ['F8 positive ServerIOTimeout', 'read-timeout', 'new', false, 'F8', false, 'another-server'],
  ['F9 negative ServerIOTimeout', 'read-timeout', 'new', true, 'F9', true, 'another-server'],
  ['F13 malformed answer', 'malformed', 'new', false, 'F13', true, 'another-server'],
]

for (const [title, cause, stream, negative, row, marks, next] of cases) {
  t.test(`${title} falls under row ${row}`, async t => {
    const found = failureRow(cause, stream, negative, false)
    t.equal(found.row, row)
    t.equal(marksDown(found), marks)
    t.equal(found.next, next)
  })
}

t.test('B7 a lone server gets no second try for a time-out, not even on an old stream', async t => {
  t.equal(failureRow('read-timeout', 'pooled', false, true).row, 'F8')
  t.equal(failureRow('reset', 'pooled', false, true).row, 'F6')
})

t.test(
  'F1 F2 F4 F5 what fails before there is a stream fails alike where a pooled one was meant',
  async t => {
    for (const cause of ['refused', 'connect-timeout', 'tls', 'handshake'] as const) {
      t.equal(failureRow(cause, 'pooled', false, false), failureRow(cause, 'new', false, false))
    }
  },
)

t.test('F9 the sign of ServerIOTimeout says nothing about other failures', async t => {
  for (const [cause, row] of [
    ['refused', 'F1'],
    ['reset', 'F7'],
    ['malformed', 'F13'],
  ] as const) {
    t.equal(failureRow(cause, 'new', true, false).row, row)
  }
})

t.test('the rows of the failure table as a whole: phase, mark and who is next', async t => {
  const row = (...args: Parameters<typeof failureRow>) => {
    const { text: _, ...facts } = failureRow(...args)
    return facts
  }
  const connect = { phase: 'connect', marksDown: 'yes', next: 'another-server' }
  const exchange = { phase: 'exchange', marksDown: 'yes', next: 'another-server' }
  t.same(row('refused', 'new', false, false), { row: 'F1', ...connect })
  t.same(row('unreachable', 'new', false, false), { row: 'F1', ...connect })
  t.same(row('connect-timeout', 'new', false, false), { row: 'F2', ...connect })
  t.same(row('connect-failed', 'new', false, false), { row: 'F3', ...connect })
  t.same(row('tls', 'new', false, false), { row: 'F4', ...connect })
  t.same(row('handshake', 'new', false, false), { row: 'F5', ...connect })
  t.same(row('reset', 'pooled', false, false), {
    row: 'F6',
    phase: 'exchange',
    marksDown: 'no',
    next: 'same-server',
  })
  t.same(row('reset', 'new', false, false), { row: 'F7', ...exchange })
  t.same(row('read-timeout', 'new', false, false), { row: 'F8', ...exchange, marksDown: 'by-sign' })
  t.same(row('read-timeout', 'new', true, false), { row: 'F9', ...exchange, marksDown: 'by-sign' })
  t.same(row('malformed', 'new', false, false), { row: 'F13', ...exchange })
  t.match(noTransportRow, { row: 'F18', ...connect })
  t.equal(marksDown(noTransportRow), true)
})
