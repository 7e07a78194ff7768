import t from 'tap'
import { beats, entryOf, UriTable } from '../../../src/core/routing/uri-table.ts'

const entry = (pattern: string, order = 0) =>
  entryOf(
    order,
    order,
    { name: pattern, affinityCookie: 'JSESSIONID', affinityUrlIdentifier: 'jsessionid' },
    undefined,
  )

/** The pattern that a path finds among these, which stand in the file in this order. */
const among = (patterns: readonly string[], path: string): string | undefined => {
  const table = new UriTable()
  for (const [i, pattern] of patterns.entries()) table.add(entry(pattern, i))
  const found = table.match(path, path.length)?.uri?.name
  // What follows the path does not count.
  for (const rest of ['?', '/', 'x', '?/a/b']) {
    if (table.match(path + rest, path.length)?.uri?.name !== found) return `another with ${rest}`
  }
  return found
}

const found: readonly (readonly [
  title: string,
  patterns: readonly string[],
  path: string,
  winner: string | undefined,
])[] = [
  ['an exact pattern is the whole path', ['/a'], '/a', '/a'],
  ['and not its beginning', ['/a'], '/ab', undefined],
  ['an exact pattern that ends in a slash is no folder', ['/a/'], '/a/b', undefined],
  ['a folder is found by its last slash', ['/*', '/a/*', '/a/b/*'], '/a/b/c', '/a/b/*'],
  ['a shorter folder where the longer does not fit', ['/a/*', '/a/b/*'], '/a/c/b/', '/a/*'],
  ['the root is a folder', ['/*'], '/a', '/*'],
  ['the root itself is in it', ['/*'], '/', '/*'],
  ['a folder takes its name without the slash', ['/a/*'], '/a', '/a/*'],
  ['but no longer name', ['/a/*'], '/ab', undefined],
  ['a folder longer than the path', ['/a/bcdefgh/*'], '/a/b', undefined],
  ['a prefix may end inside a name', ['/app*'], '/application', '/app*'],
  ['a prefix is also the whole path', ['/app*'], '/app', '/app*'],
  ['a prefix is found at the beginning only', ['/app*'], '/x/app', undefined],
  ['the longest prefix wins, whatever the order', ['/a*', '/abc*', '/ab*'], '/abcd', '/abc*'],
  ['a longer prefix does not hide a shorter', ['/a*', '/abc*'], '/ab', '/a*'],
  ['neither is found in another path', ['/a*', '/abc*'], '/b', undefined],
  ['an extension is found at the end', ['*.jsp'], '/a/b.jsp', '*.jsp'],
  ['an extension is found at the end only', ['*.jsp'], '/a.jsp/b', undefined],
  ['the longest extension wins', ['*p', '*.jsp', '*sp'], '/a.jsp', '*.jsp'],
  ['a longer extension does not hide a shorter', ['*p', '*.jsp'], '/a.php', '*p'],
  ['an extension may be the whole path', ['*/a.b', '*.b'], '/a.b', '*/a.b'],
  ['an extension longer than the path', ['*/x/a.b', '*/a.b', '*.b'], '/a.b', '*/a.b'],
  ['two inner stars behind one beginning', ['/a/*.x', '/a/*.y'], '/a/b.y', '/a/*.y'],
  ['the first of them too', ['/a/*.x', '/a/*.y'], '/a/b.x', '/a/*.x'],
  ['inner stars behind beginnings of one length', ['/a/*.x', '/b/*.x'], '/b/c.x', '/b/*.x'],
  ['an inner star behind a beginning longer than the path', ['/a/b/*.x'], '/a/', undefined],
  ['an inner star that nothing precedes', ['*/a/*'], '/b/a/c', '*/a/*'],
  ['E1 exact beats an inner star of fewer characters', ['/a/*c', '/a/b/c'], '/a/b/c', '/a/b/c'],
  ['E1 and so does a folder', ['/a/*c', '/a/b/*'], '/a/b/c', '/a/b/*'],
  ['E1 an inner star of more characters beats a folder', ['/a/*', '/a/*bc'], '/a/xbc', '/a/*bc'],
  ['E1 exact beats a prefix of as many characters', ['/ab*', '/ab'], '/ab', '/ab'],
  ['E1 whichever comes first', ['/ab', '/ab*'], '/ab', '/ab'],
  ['E1 a folder has a character more than its bare name', ['/ab', '/ab/*'], '/ab', '/ab/*'],
  ['M5 of two prefixes alike the earlier', ['*/ab', '/ab*'], '/ab', '*/ab'],
  ['M5 the other way round', ['/ab*', '*/ab'], '/ab', '/ab*'],
  ['everything matches a star', ['*'], '/a', '*'],
  ['and everything is better than a star', ['*', '/*'], '/a', '/*'],
  ['an empty table knows no path', [], '/a', undefined],
]
for (const [title, patterns, path, winner] of found) {
  t.test(`E19 ${title}: ${path} among ${patterns.join(' ')}`, async t => {
    t.equal(among(patterns, path), winner)
  })
}

t.test(
  'M5 of two patterns alike the one that is earlier in the file wins, whenever added',
  async t => {
    const table = new UriTable()
    for (const order of [5, 3, 4]) table.add(entry('/a/*', order))
    for (const order of [5, 3, 4]) table.add(entry('*', order))
    t.equal(table.match('/a/b', 4)?.order, 3)
    t.equal(table.match('/b', 2)?.order, 3)
  },
)

t.test('E1 more characters, then no wildcard, then the earlier', async t => {
  const order: readonly (readonly [better: string, place: number, worse: string, place: number])[] =
    [
      ['/abc*', 1, '/ab', 0],
      ['/ab', 1, '/ab*', 0],
      ['/ab*', 0, '*/ab', 1],
      ['/ab', 0, '/cd', 1],
    ]
  for (const [better, i, worse, j] of order) {
    t.equal(beats(entry(better, i), entry(worse, j)), true, `${better} beats ${worse}`)
    t.equal(beats(entry(worse, j), entry(better, i)), false, `${worse} does not beat ${better}`)
  }
})

t.test('M2 an entry without a Uri takes every path', async t => {
  const any = entryOf(2, 7, null, undefined)
  t.match(any, { route: 2, order: 7, uri: null, target: null, score: 0, exact: false })
  const table = new UriTable()
  table.add(any)
  t.equal(table.match('/whatever', 9)?.order, 7)
})

t.test('a path of 20,000 slashes asks for no longer prefix than the file has', async t => {
  t.equal(among(['/a/*', '/a/b/*'], `/a${'/'.repeat(20_000)}`), '/a/*')
  t.equal(among(['/a/b/*'], '/a'.repeat(10_000)), undefined)
})
