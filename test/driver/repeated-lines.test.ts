import t from 'tap'
import { seededRandom } from '../../src/core/router.ts'
import { fieldLines } from '../../src/driver/field-lines.ts'
import { fieldUnsendable } from '../../src/driver/outcome.ts'
import { RepeatedLines } from '../../src/driver/repeated-lines.ts'

t.test('what a connection repeats gives the same lines, whatever came before', async t => {
  // Seldom anything else than the last time; sometimes longer, or more, than is remembered.
  const random = seededRandom(7)
  const oneOf = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T
  const repeated = new RepeatedLines()
  let list: string[] = []
  const seen = { same: 0, other: 0 }
  for (let step = 0; step < 5000; step++) {
    if (random() < 0.5) {
      const at = Math.floor(random() * (list.length / 2 + 1)) * 2
      const value = oneOf(['1', '2', 'ü', '', 'x'.repeat(oneOf([1000, 1100, 5000]))])
      if (random() < 0.3) list = list.toSpliced(at, 2)
      else list = list.toSpliced(at, oneOf([0, 2]), oneOf(['A', 'B', 'a']), value)
      if (list.length > 80) list = list.slice(oneOf([0, 40, 70]))
      seen.other++
    } else seen.same++
    if (repeated.of([...list]) !== fieldLines(list)) t.fail(`step ${step}`, { list })
  }
  t.ok(seen.same > 2000 && seen.other > 2000, JSON.stringify(seen))
})

t.test(
  'a field that cannot be sent is refused as often as it comes, and spoils no other',
  async t => {
    const repeated = new RepeatedLines()
    repeated.of(['A', '1', 'B', '2'])
    for (let i = 0; i < 3; i++) {
      const bad = { code: fieldUnsendable, message: 'the header field "B" cannot be sent' }
      t.throws(() => repeated.of(['A', '2', 'B', '1\r\nC: 3']), bad)
      t.throws(() => repeated.of(['A', '1', 'B', '2', 'a:b', '']), { code: fieldUnsendable })
      t.equal(repeated.of(['A', '1', 'B', '2']), 'A: 1\r\nB: 2\r\n')
    }
  },
)
