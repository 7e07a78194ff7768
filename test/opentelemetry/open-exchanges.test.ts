import t from 'tap'
import type { TraceKind, TraceRecord } from '../../src/core/trace.ts'
import { OpenExchanges } from '../../src/opentelemetry/open-exchanges.ts'

const record = (kind: TraceKind, exchange: number, time = 0): TraceRecord =>
  ({ kind, exchange, time }) as TraceRecord

const kinds = (records: readonly TraceRecord[] | undefined): string | undefined =>
  records?.map(({ kind }) => kind).join(' ')

t.test('records of exchanges under way are kept apart by number', async t => {
  const open = new OpenExchanges(10, 10)
  open.add(record('route', 1))
  open.add(record('route', 2))
  open.add(record('select', 1))
  t.equal(open.size, 2)
  t.equal(kinds(open.take(1)?.records), 'route select')
  t.equal(open.take(1), undefined)
  t.equal(open.size, 1)
})

t.test('exchanges that never end are dropped, the oldest first', async t => {
  const open = new OpenExchanges(10, 100)
  for (let exchange = 1; exchange <= 10_000; exchange++) open.add(record('route', exchange))
  t.equal(open.size, 100)
  t.equal(open.take(9900), undefined)
  t.equal(kinds(open.take(9901)?.records), 'route')
})

t.test('of too many records the first stay, and the last', async t => {
  const open = new OpenExchanges(4, 10)
  open.add(record('route', 1))
  for (let i = 0; i < 20; i++) open.add(record('check', 1))
  open.add(record('outcome', 1))
  const group = open.take(1)
  t.equal(kinds(group?.records), 'route check check outcome')
  t.equal(group?.dropped, 18)
})
