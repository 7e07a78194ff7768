import t from 'tap'
import {
  cloneIdsOf,
  longestValue,
  mostIds,
  splitterFor,
} from '../../../src/core/affinity/clone-id.ts'
import { ServerState } from '../../../src/core/server.ts'
import { anonymous, server } from '../../support/configs.ts'

const split = (
  dialect: Parameters<typeof splitterFor>[0],
  value: string,
  further = '',
): string[] => {
  // A value is a piece of a line, and what surrounds it does not count.
  const [before, after] = [':x!y', `..:x.y!${further}`]
  const ids = splitterFor(dialect, ':', new Map())
  const line = `${before}${value}${after}`
  return ids(line, before.length, before.length + value.length).map(id => id.text)
}

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
  ['jvmroute-last: a dot at the beginning leaves an id', 'jvmroute-last', '.a', ['a']],
  ['jvmroute-ranked: a list in its order', 'jvmroute-ranked', 'KEY.a.b', ['a', 'b']],
  ['bang: a list in its order', 'bang', 'KEY!a!b', ['a', 'b']],
]
for (const [title, dialect, value, ids] of cases) {
  t.test(title, async t => {
    t.same(split(dialect, value), ids)
    t.same(split(dialect, value, '; z=z'.repeat(1000)), ids, 'far from the end of its line')
    t.same(split(dialect, value, '; z=:.!'.repeat(1000)), ids, 'with marks up to its end')
  })
}

t.test('E14 the limits are 64 ids and 8 KiB', async t => {
  t.same([mostIds, longestValue], [64, 8192])
  t.equal(split('websphere', `x${':a'.repeat(65)}`).length, 64)
})

t.test(
  'A5 a cluster knows the clone IDs of all its servers, and finds those of its lists',
  async t => {
    const state = (name: string, cloneId: string) =>
      new ServerState(server(name, { cloneId }), 'primary', { http: null, https: null }, 1)
    const [a, b, c] = [state('A', 'x'), state('B', 'x'), state('C', 'y')]
    const none = new ServerState(anonymous('D'), 'primary', { http: null, https: null }, 1)
    const known = cloneIdsOf([a, b, c, none], [b, a, none])
    t.same([...known.keys()], ['x', 'y'])
    const named = (text: string) => known.get(text)?.servers.map(({ name }) => name)
    t.same(named('x'), ['B', 'A'], 'in the order in which affinity looks')
    t.same(named('y'), [], 'C is in no list')

    const split = splitterFor('websphere', ':', known)
    const facts = (value: string) =>
      split(value, 0, value.length).map(id => [id.text, id.known, id.servers.length])
    t.same(facts('k:x'), [['x', true, 2]])
    t.same(facts('k:z'), [['z', false, 0]])
    t.same(facts('k:y:z:x'), [
      ['y', true, 0],
      ['z', false, 0],
      ['x', true, 2],
    ])
    t.equal(split('k:x', 0, 3), split('other:x', 0, 7), 'an id alone needs no list of its own')
  },
)
