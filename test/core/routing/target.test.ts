import t from 'tap'
import { badTarget, foldPath, noPath } from '../../../src/core/routing/target.ts'

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
  ['a path above the root stays refused', '/a%2F..%2F..%2Fb', badTarget],
  ['a control character stays refused', '/a?b\n', badTarget],
]
for (const [title, target, wanted] of forwarded) {
  t.test(`E7 ambiguousPaths forward: ${title}`, async t => {
    t.equal(foldPath(target, 'forward'), wanted)
  })
}
