import t from 'tap'
import type { TraceRecord } from '../../src/core/trace.ts'
import { createRecorder } from '../../src/debug/index.ts'

const record = (exchange: number, time: number) =>
  ({ kind: 'decline', exchange, time }) as unknown as TraceRecord

t.test('a recorder keeps what it is given, in order', async t => {
  const recorder = createRecorder()
  for (let time = 0; time < 5; time++) recorder.record(record(time % 2, time))
  t.same(
    recorder.records().map(each => each.time),
    [0, 1, 2, 3, 4],
  )
  t.same(
    recorder.ofExchange(1).map(each => each.time),
    [1, 3],
  )
  t.equal(recorder.dropped, 0)
})

t.test('beyond its limit the oldest records make room', async t => {
  const recorder = createRecorder(3)
  for (let time = 0; time < 10; time++) {
    recorder.record(record(1, time))
    t.ok(recorder.records().length <= 3)
    t.equal(recorder.records().at(-1)?.time, time)
  }
  t.same(
    recorder.records().map(each => each.time),
    [7, 8, 9],
  )
  t.equal(recorder.dropped, 7)
})

t.test('a recorder can be emptied', async t => {
  const recorder = createRecorder(2)
  for (let time = 0; time < 5; time++) recorder.record(record(1, time))
  recorder.clear()
  t.same(recorder.records(), [])
  t.equal(recorder.dropped, 0)
  recorder.record(record(1, 9))
  t.same(
    recorder.records().map(each => each.time),
    [9],
  )
})

t.test('a limit that is none is refused', async t => {
  for (const limit of [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY]) {
    t.throws(() => createRecorder(limit), { code: 'OPTION_INVALID', message: /^limit is/ })
  }
})
