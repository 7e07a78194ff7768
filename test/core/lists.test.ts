import t from 'tap'
import { cluster, only, server } from '../support/configs.ts'
import { lab } from '../support/lab.ts'

/** The list of every server, in document order. */
const lists = (names: readonly string[], over = {}): string[] =>
  lab(
    only(
      cluster(
        names.map(name => server(name)),
        over,
      ),
    ),
  )
    .router.snapshot()
    .clusters.flatMap(({ servers }) => servers.map(({ name, list }) => `${name} ${list}`))

t.test('§1.3 Q5 without lists every server is a primary', async t => {
  t.same(lists(['A', 'B']), ['A primary', 'B primary'])
})

t.test('§1.3 Q5 nor does a backup list alone take anyone out of the primaries', async t => {
  t.same(lists(['A', 'B'], { backupServers: ['B'] }), ['A primary', 'B primary'])
})

t.test('K10 who is in both lists is a primary, who is in none is in none', async t => {
  const over = { primaryServers: ['A', 'B'], backupServers: ['B', 'C'] }
  t.same(lists(['A', 'B', 'C', 'D'], over), ['A primary', 'B primary', 'C backup', 'D none'])
})

t.test('§1.3 a list that names nobody counts as absent', async t => {
  t.same(lists(['A', 'B'], { primaryServers: ['X'] }), ['A primary', 'B primary'])
})

t.test('of two servers with one name a list means the first', async t => {
  t.same(lists(['A', 'B', 'A'], { primaryServers: ['A', 'B'] }), [
    'A primary',
    'B primary',
    'A none',
  ])
})

t.test('K1 a name that a list repeats stands where it came first', async t => {
  const l = lab(
    only(
      cluster(
        ['A', 'B', 'C'].map(name => server(name)),
        { primaryServers: ['C', 'A', 'B', 'C'] },
      ),
    ),
  )
  t.equal(l.run(3), 'CAB')
})

t.test('K1 backups are taken in the order of their list, not of the file', async t => {
  const over = { primaryServers: ['A'], backupServers: ['Y', 'X'] }
  const l = lab(only(cluster([server('A', { transports: [] }), server('X'), server('Y')], over)))
  t.match(l.request().step, { server: 'Y', why: 'backup' })
})
