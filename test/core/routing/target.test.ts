import fc from 'fast-check'
import t from 'tap'
import {
  authorityOf,
  badTarget,
  foldPath,
  noPath,
  plainPathEnd,
} from '../../../src/core/routing/target.ts'

const folded: readonly (readonly [string, string, ReturnType<typeof foldPath>])[] = [
  ['a plain path is taken as it is', '/app/x', '/app/x'],
  ['M10 the query is cut', '/app/x?a=/b/../c', '/app/x'],
  ['M10 parameters are cut from every segment', '/a;v=1/b;jsessionid=x:c', '/a/b'],
  ['escapes are decoded once', '/%61pp/%2561', '/app/%61'],
  ['UTF-8 escapes are decoded', '/caf%C3%A9', '/café'],
  ['bytes that are not UTF-8 are ISO-8859-1', '/caf%E9', '/café'],
  ['dot segments are resolved', '/a/./b/../c', '/a/c'],
  ['a trailing dot segment keeps the slash', '/a/b/..', '/a/'],
  ['a trailing single dot keeps the slash', '/a/.', '/a/'],
  ['encoded dots are dots', '/a/%2e%2E/b', '/b'],
  ['parameters hide no dots', '/a/..;x=1/b', '/b'],
  ['an encoded semicolon is no parameter', '/a%3Bb', '/a;b'],
  ['double slashes stay', '//a//b', '//a//b'],
  ['dots inside a name stay', '/a/.hidden/x.y', '/a/.hidden/x.y'],
  ['an absolute target is matched by its path', 'http://h.example/a?b', '/a'],
  ['an absolute target without a path means /', 'HTTPS://h.example', '/'],
  ['an absolute target with only a query means /', 'http://h.example?q', '/'],
  ['* is no path', '*', noPath],
  ['the authority of CONNECT is no path', 'h.example:443', noPath],
  ['a path that climbs above the root', '/../a', badTarget],
  ['the same behind parameters', '/..;/a', badTarget],
  ['the same encoded', '/%2e%2e/a', badTarget],
  ['a broken escape', '/a%zz', badTarget],
  ['a cut-off escape', '/a%2', badTarget],
  ['an encoded NUL', '/a%00', badTarget],
  ['an encoded NUL in a parameter', '/a;v=%00/b', badTarget],
  ['a broken escape in a parameter', '/a;v=%zz', badTarget],
  ['a broken escape in the query is none of our business', '/a?q=100%', '/a'],
  ['a raw NUL', '/a\0', badTarget],
  ['a raw blank', '/a b', badTarget],
  ['a control character in the query', '/a?b\x7f', badTarget],
  ['an encoded slash', '/a%2Fb', badTarget],
  ['an encoded backslash', '/a%5cb', badTarget],
  ['a raw backslash', '/a\\b', badTarget],
  ['a fragment', '/a#b', badTarget],
  ['a fragment behind the query', '/a?b#c', badTarget],
  ['an empty target', '', badTarget],
  ['a target of another scheme', 'ftp://h.example/a', badTarget],
]
for (const [title, target, wanted] of folded) {
  t.test(`E7 ${title}: ${JSON.stringify(target)}`, async t => {
    t.equal(foldPath(target, 'refuse'), wanted)
  })
}

const forwarded: readonly (readonly [string, string, ReturnType<typeof foldPath>])[] = [
  ['an encoded slash is a slash', '/a%2Fb', '/a/b'],
  ['a backslash is a backslash', '/a\\b', '/a\\b'],
  ['a fragment ends the path', '/a#b', '/a'],
  ['a fragment in the query does no harm', '/a?b#c', '/a'],
  ['an empty segment is one to climb out of', '//..', '/'],
  ['the same in the middle', '/a//../b', '/a/b'],
  ['a path above the root stays refused', '/a%2F..%2F..%2Fb', badTarget],
  ['a control character stays refused', '/a?b\n', badTarget],
]
for (const [title, target, wanted] of forwarded) {
  t.test(`E7 ambiguousPaths forward: ${title}`, async t => {
    t.equal(foldPath(target, 'forward'), wanted)
  })
}

const unusual: readonly (readonly [string, string, ReturnType<typeof foldPath>])[] = [
  ['a delete character', '/a\x7fb', badTarget],
  ['a tab', '/a\tb', badTarget],
  ['a tilde is an ordinary character', '/a~b', '/a~b'],
  ['so is an exclamation mark', '/a!b', '/a!b'],
  ['a dot segment at the end of everything', '/.', '/'],
  ['a double dot that ends where it began', '/a/..', '/'],
  ['a dot segment behind an escape', '/%61/./b', '/a/b'],
  ['a name that only begins with dots', '/a/..b/.c', '/a/..b/.c'],
  ['three dots are a name', '/a/.../b', '/a/.../b'],
  ['a dot that ends a name', '/a./b', '/a./b'],
  ['parameters of the last segment', '/a/b;v', '/a/b'],
  ['a segment of parameters only', '/a/;v/b', '/a//b'],
  ['a query behind an escape', '/%61?b=%zz', '/a'],
  ['a control character behind an escape and a query', '/%61?b\x01', badTarget],
  ['a fragment behind an escape and a query', '/%61?b#c', badTarget],
  ['an escape in upper case', '/%C3%A9%4a', '/éJ'],
  ['one that is not UTF-8 in upper case', '/%E9%2D', '/é-'],
  ['a scheme that only ends like ours', 'xhttp://h.example/a', badTarget],
  ['an absolute target in the middle', '/x/http://h.example/a', '/x/http://h.example/a'],
  ['an absolute target with dots', 'http://h.example/a/../b', '/b'],
  ['an absolute target with a fragment', 'http://h.example#a', badTarget],
  ['an absolute target without a host', 'http:///x', badTarget],
  ['a path that climbs out of an empty segment', '//..', badTarget],
  ['the same in the middle', '/a//../b', badTarget],
  ['the same encoded', '/a//%2e%2e/b', badTarget],
  ['one that climbs beside an empty segment', '//a/../b', '//b'],
  ['an authority with a blank', 'h.example 443', badTarget],
  ['an authority with a query', 'h.example?x', badTarget],
  ['an encoded slash in a parameter', '/a;v=%2f', badTarget],
  ['a backslash in a parameter', '/a;v=\\', badTarget],
  ['a blank in a parameter', '/a;v= x', badTarget],
  ['a delete character in a parameter', '/a;v=\x7f', badTarget],
  ['a fragment behind a parameter', '/a;v=1#b', badTarget],
  ['a blank in the query behind a parameter', '/a;v=1?b c', badTarget],
  ['dots and semicolons in a parameter', '/a;v=../b.c;w=.;', '/a/b.c'],
  ['letters beyond ASCII', '/caf\u00e9/\u4e2d;v=\u4e2d?\u4e2d', '/caf\u00e9/\u4e2d'],
]
for (const [title, target, wanted] of unusual) {
  t.test(`E7 ${title}: ${JSON.stringify(target)}`, async t => {
    t.equal(foldPath(target, 'refuse'), wanted)
  })
}

t.test('E7 ambiguousPaths forward: what follows the path is read as far as it must', async t => {
  t.equal(foldPath('/%61#b', 'forward'), '/a')
  t.equal(foldPath('/%61?b#c', 'forward'), '/a')
  t.equal(foldPath('/%61#b c', 'forward'), badTarget)
  t.equal(foldPath('/a?b c', 'forward'), badTarget)
})

t.test('E7 the authority of a target is that of its absolute form only', async t => {
  const targets = ['http://H.example:81/a?b', 'HTTPS://h?q', 'http://', '/http://h', '*', 'h:80']
  t.same(targets.map(authorityOf), ['H.example:81', 'h', '', null, null, null])
  t.equal(authorityOf('xhttp://h.example/a'), null)
})

const ends: readonly (readonly [title: string, target: string, end: number])[] = [
  ['its own end', '/a/b', 4],
  ['a query', '/a/b?c/../d;e', 4],
  ['parameters of its last segment', '/a/b;c=d;e=.f', 4],
  ['both', '/a/b;c=d?e/f', 4],
  ['dots inside names and at their ends', '/a.b/c./d..?', 11],
  ['letters beyond ASCII', '/\u00e9?', 2],
  ['nothing, with a parameter of another segment', '/a;b/c', -1],
  ['nothing, with an escape', '/a%20', -1],
  ['nothing, with an escape in a parameter', '/a;b=%20', -1],
  ['nothing, with a dot that begins a segment', '/a/.b', -1],
  ['nothing, with a backslash', '/a\\', -1],
  ['nothing, with a fragment', '/a#b', -1],
  ['nothing, with a dot segment behind an ordinary one', '/a/./b', -1],
  ['nothing, with a blank', '/a b', -1],
  ['nothing, with a blank in the query', '/a?b c', -1],
  ['nothing, with a fragment in the query', '/a?b#c', -1],
  ['nothing, in the absolute form', 'http://h/a', -1],
  ['nothing, without a slash in front', 'a', -1],
  ['nothing, where there is nothing', '', -1],
  // Their lower halves are those of `?`, `/`, `.`, `%`, `#` and a blank.
  ['its own end, with letters whose lower halves mean something', '/a\u013fb', 4],
  ['its own end, with others of that kind', '/a\u012f\u012e\u0125', 5],
  ['a query with such letters', '/a?\u0123\u0120', 2],
]
/** Of two ways to look, long targets take the other. */
const lengthened = 'and-so-on'.repeat(8)
for (const [title, target, end] of ends) {
  t.test(`E7 a target that is its own folded form ends at ${title}: ${target}`, async t => {
    t.equal(plainPathEnd(target), end)
  })
  t.test(`E7 so does a longer one, at ${title}: ${target}`, async t => {
    t.equal(plainPathEnd(`/${lengthened}${target}`), behind(lengthened.length + 1, end, target))
  })
}
const behind = (before: number, end: number, target: string): number => {
  // What is no path is one behind a segment.
  if (!target.startsWith('/')) return before + target.length
  return end === -1 ? -1 : before + end
}

t.test('E7 a target of any length is folded alike, however it is looked at', async t => {
  const piece = fc.constantFrom(...'/.?;%#\\ a\x7fé中\u012e\u013f', '/..', '%2e', '/./', ';a=b')
  const targets = fc.array(piece, { maxLength: 24 }).map(pieces => `/${pieces.join('')}`)
  fc.assert(
    fc.property(targets, fc.constantFrom('refuse', 'forward'), (target, ambiguous) => {
      const end = plainPathEnd(target)
      const folded = foldPath(target, ambiguous)
      if (end !== -1) t.equal(target.slice(0, end), folded, JSON.stringify(target))
      const longer = `/${lengthened}${target}`
      const longEnd = plainPathEnd(longer)
      const longFolded = foldPath(longer, ambiguous)
      if (longEnd !== -1) t.equal(longer.slice(0, longEnd), longFolded, JSON.stringify(longer))
      // A segment in front and the way back out of it change nothing.
      t.equal(foldPath(`/${lengthened}/..${target}`, ambiguous), folded, JSON.stringify(target))
    }),
    { numRuns: 2000 },
  )
})

for (const segments of [500_000, 5_000_000]) {
  t.test(`E7 a target of ${segments} segments is folded like any other`, async t => {
    const target = '/a'.repeat(segments)
    const end = plainPathEnd(target)
    t.ok(end === target.length || end === -1)
    t.ok(foldPath(target, 'refuse') === target)
    t.ok(foldPath(`${target}?b`, 'refuse') === target)
    t.ok(foldPath(`${target}/..`, 'refuse') === target.slice(0, -1))
  })
}
