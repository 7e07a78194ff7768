import t from 'tap'
import { scanResponse } from '../../src/driver/headers.ts'
import { RepeatedFields } from '../../src/driver/repeated-fields.ts'

const raw = (...fields: string[]): Buffer[] => fields.map(text => Buffer.from(text, 'latin1'))

t.test('an answer reads the same whatever came before it', async t => {
  let seed = 11
  const chance = (of: number): number => {
    seed = (seed * 48_271) % 2_147_483_647
    return seed % of
  }
  const pick = <T>(list: readonly T[]): T => list[chance(list.length)] as T
  const names = [
    'Date',
    'date',
    'Content-Length',
    'Set-Cookie',
    'Connection',
    'X-A',
    'X-B',
    '$WSIS',
  ]
  const values = ['', '1', '2', 'x-a', 'close', '\xe4\xf6\xfc', '\xe4\xf6\xfd', 'v'.repeat(64)]
  const long = ['w'.repeat(64), 'v'.repeat(65), `${'v'.repeat(64)}w`, 'v'.repeat(5000)]
  const repeated = new RepeatedFields()
  let fields: string[] = []
  for (let answer = 0; answer < 3000; answer++) {
    // Mostly the same as before, with a change or two; now and then another one altogether, or a very long one.
    if (chance(20) === 0) fields = []
    if (chance(100) === 0) for (let i = 0; i < 80; i++) fields.push(pick(names), pick(values))
    for (let changes = chance(4); changes > 0; changes--) {
      const at = chance(fields.length / 2 + 1) * 2
      const kept = chance(3) === 0 ? 0 : 2
      fields.splice(at, kept, pick(names), chance(5) === 0 ? pick(long) : pick(values))
    }
    const list = raw(...fields)
    const read = scanResponse(list, 50, repeated)
    const alone = scanResponse(list, 50)
    if (JSON.stringify(read) !== JSON.stringify(alone)) t.strictSame(read, alone)
    if (String(read.named?.size) !== String(alone.named?.size)) t.fail('named by Connection')
  }
  t.pass('3,000 answers')
})

t.test('what was read of an answer does not change with the next one', async t => {
  const repeated = new RepeatedFields()
  const first = scanResponse(raw('A', '1', 'Content-Length', '5'), 50, repeated)
  const second = scanResponse(raw('B', '2', 'Content-Length', '6'), 50, repeated)
  t.strictSame(first.headers, ['A', '1', 'Content-Length', '5'])
  t.strictSame(second.headers, ['B', '2', 'Content-Length', '6'])
  t.equal(first.contentLength, '5')
})

t.test('a text that is the same is the same text', async t => {
  const repeated = new RepeatedFields()
  const name = () => repeated.at(raw('Server', 'WebSphere'), 0)
  const { name: before, value, kind } = name()
  t.match(name(), { name: before, value, kind })
  let made = 0
  const bytes = raw('Server', 'WebSphere')
  for (const text of bytes) {
    Object.assign(text, {
      toString: () => {
        made++
        return ''
      },
    })
  }
  repeated.at(bytes, 0)
  t.equal(made, 0, 'nothing is made anew')
})

t.test('no more than 64 fields are remembered', async t => {
  const repeated = new RepeatedFields()
  const list = raw(...Array.from({ length: 70 }, (_, i) => [`N${i}`, `v${i}`]).flat())
  for (let i = 0; i < 70; i++) t.equal(repeated.at(list, i).name, `N${i}`)
  t.equal(repeated.at(list, 10), repeated.at(list, 10))
  t.not(repeated.at(list, 69), repeated.at(list, 69))
})
