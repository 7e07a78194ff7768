import t from 'tap'
import { limitLabels } from '../../src/metrics/limited-labels.ts'

t.test('label sets pass as they are until there are too many', async t => {
  const limit = limitLabels(2, ['reason'], ['server', 'reason'])
  t.strictSame(limit({ server: 'a', reason: 'RR' }), { server: 'a', reason: 'RR' })
  t.strictSame(limit({ server: 'a', reason: 'AFF' }), { server: 'a', reason: 'AFF' })
  t.strictSame(limit({ server: 'a', reason: 'BACKUP' }), { server: 'a', reason: 'other' })
})

t.test('a label set that was seen before the limit keeps its detail after it', async t => {
  const limit = limitLabels<'server' | 'reason'>(1, ['reason'])
  limit({ server: 'a', reason: 'RR' })
  limit({ server: 'a', reason: 'AFF' })
  t.strictSame(limit({ server: 'a', reason: 'RR' }), { server: 'a', reason: 'RR' })
})

t.test('however many label sets come, few are left', async t => {
  const limit = limitLabels(10, ['reason'], ['server', 'reason'])
  const left = new Set<string>()
  for (let i = 0; i < 10_000; i++) {
    left.add(JSON.stringify(limit({ server: `s${i % 500}`, reason: `r${i}` })))
  }
  t.equal(left.size, 10 + 10 + 1)
  t.ok(left.has('{"server":"other","reason":"other"}'))
})

t.test('values that run into each other are not taken for one', async t => {
  const limit = limitLabels(10, ['a', 'b'])
  t.not(limit({ a: 'x', b: 'y z' }), limit({ a: 'x y', b: 'z' }))
})
