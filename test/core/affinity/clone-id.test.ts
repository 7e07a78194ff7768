import t from 'tap'
import { longestValue, mostIds, splitterFor } from '../../../src/core/affinity/clone-id.ts'

const split = (dialect: Parameters<typeof splitterFor>[0], value: string): string[] =>
  splitterFor(dialect, ':')(value)

const cases: readonly (readonly [
  title: string,
  dialect: Parameters<typeof splitterFor>[0],
  value: string,
  ids: readonly string[],
])[] = [
  ['V2 what precedes the first separator is no id', 'websphere', '0001abc:a:b', ['a', 'b']],
  ['V2 empty parts are left out', 'websphere', '0001abc::a::b:', ['a', 'b']],
  ['a value without a separator names nobody', 'websphere', '0001abc', []],
  ['a single separator at the end names nobody', 'websphere', '0001abc:', []],
  ['nothing but separators names nobody', 'websphere', ':::', []],
  ['V3 only the separator of the cluster counts', 'websphere', '0001abc+a', []],
  ['jvmroute: all after the first dot is one id', 'jvmroute', 'KEY.a.b', ['a.b']],
  ['jvmroute: without a dot there is none', 'jvmroute', 'KEY', []],
  ['jvmroute: a dot at the end names nobody', 'jvmroute', 'KEY.', []],
  ['jvmroute: a dot at the beginning leaves an id', 'jvmroute', '.a', ['a']],
  ['jvmroute-last: all after the last dot', 'jvmroute-last', 'KEY.a.b', ['b']],
  ['jvmroute-last: without a dot there is none', 'jvmroute-last', 'KEY', []],
  ['jvmroute-ranked: a list in its order', 'jvmroute-ranked', 'KEY.a.b', ['a', 'b']],
  ['bang: a list in its order', 'bang', 'KEY!a!b', ['a', 'b']],
]
for (const [title, dialect, value, ids] of cases) {
  t.test(title, async t => {
    t.same(split(dialect, value), ids)
  })
}

t.test('E14 the limits are 64 ids and 8 KiB', async t => {
  t.same([mostIds, longestValue], [64, 8192])
  t.equal(split('websphere', `x${':a'.repeat(65)}`).length, 64)
})
