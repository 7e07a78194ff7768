import t from 'tap'
import { compilePattern, fitsParts, type UriPattern } from '../../../src/core/routing/uri.ts'

const kinds: readonly (readonly [title: string, pattern: string, compiled: UriPattern])[] = [
  ['without a star: the whole path', '/a/b', { kind: 'exact', text: '/a/b', score: 4 }],
  ['a star after a slash', '/a/*', { kind: 'prefix', text: '/a/', score: 3 }],
  ['a star after anything else', '/a*', { kind: 'prefix', text: '/a', score: 2 }],
  ['a star before an extension', '*.jsp', { kind: 'suffix', text: '.jsp', score: 4 }],
  ['a star alone', '*', { kind: 'any', text: '', score: 0 }],
  ['stars alone', '***', { kind: 'any', text: '', score: 0 }],
  ['two stars at the end are one', '/a/**', { kind: 'prefix', text: '/a/', score: 3 }],
  ['two stars at the beginning are one', '**.jsp', { kind: 'suffix', text: '.jsp', score: 4 }],
  ['a star inside', '/a/*.x', { kind: 'inner', text: '/a/', parts: ['/a/', '.x'], score: 5 }],
  ['stars at both ends', '*/a/*', { kind: 'inner', text: '', parts: ['', '/a/', ''], score: 3 }],
  [
    'two stars inside are one',
    '/a/**b*c',
    { kind: 'inner', text: '/a/', parts: ['/a/', 'b', 'c'], score: 5 },
  ],
]
for (const [title, pattern, compiled] of kinds) {
  t.test(`E19 M4 ${pattern}: ${title}`, async t => {
    t.same(compilePattern(pattern), compiled)
  })
}

const fits: readonly (readonly [pattern: string, path: string, fits: boolean])[] = [
  ['/a/*b', '/a/b', true],
  ['/a/*b', '/a/xb', true],
  ['/a/*b', '/a/bx', false],
  ['/a/*b', '/xa/b', false],
  // The parts may not overlap.
  ['/aba*ba', '/aba', false],
  ['/aba*ba', '/ababa', true],
  ['/a*b*bc', '/abc', false],
  ['/a*b*bc', '/abbc', true],
  ['/a*bb*c', '/abc', false],
  ['/a*b*b*c', '/abc', false],
  ['/a*b*b*c', '/abbc', true],
  ['/a*bcd*d', '/abcd', false],
  ['/a*bcd*d', '/abcdd', true],
  // A trailing /* also matches without the slash, at the end only.
  ['/a*/b/*', '/a/b', true],
  ['/a*/b/*', '/ax/b', true],
  ['/a*/b/*', '/a/b/c', true],
  ['/a*/b/*', '/a/bc', false],
  ['/a*/b/*', '/b', false],
  ['/a*/b/*/c/*', '/a/b/x/c', true],
  ['/a*/b/*/c/*', '/a/b/c', false],
  ['/a*/b/*c', '/a/b', false],
  ['/a*/b*', '/a/', false],
  ['/a*/b/c', '/a/b/', false],
  ['/a*b/c', '/ab', false],
]
for (const [pattern, path, wanted] of fits) {
  t.test(`E19 ${path} ${wanted ? 'fits' : 'does not fit'} ${pattern}`, async t => {
    const compiled = compilePattern(pattern)
    t.equal(compiled.kind === 'inner' && fitsParts(compiled.parts, path), wanted)
  })
}
