import t from 'tap'
import {
  findCookie,
  findPairEnd,
  findParameter,
  parameterEnd,
  textEnd,
  textStart,
} from '../../../src/core/affinity/session-id.ts'

/** Every value of the cookie S, in order. */
const values = (lines: string | readonly string[]): string[] =>
  [lines].flat().flatMap(line => {
    const found: string[] = []
    for (let at = findCookie(line, 'S', 0); at !== -1; at = findCookie(line, 'S', at)) {
      const pairEnd = findPairEnd(line, at)
      const from = textStart(line, at, pairEnd)
      found.push(line.slice(from, Math.max(from, textEnd(line, from, pairEnd))))
    }
    return found
  })

/** The value of the parameter s. */
const inUrl = (target: string): string | undefined => {
  const from = findParameter(target, 's')
  return from === -1 ? undefined : target.slice(from, parameterEnd(target, from))
}

const cookies: readonly (readonly [
  title: string,
  lines: string | readonly string[],
  values: readonly string[],
])[] = [
  ['every occurrence counts, in header order', 'S=1; T=2; S=3', ['1', '3']],
  ['a line without it does not end the search', ['T=1', 'S=2', 'S=3'], ['2', '3']],
  ['A6 quotes around the value are taken off', 'S="1"; S= "2" ', ['1', '2']],
  ['A6 a quote at one end only belongs to the value', 'S="1; S=2"', ['"1', '2"']],
  ['A6 one quote alone is a value', 'S="', ['"']],
  ['A6 of two pairs one is taken off', 'S=""1""', ['"1"']],
  ['an empty value is empty', 'S=; S=""; S= ; S="" ; S=1', ['', '', '', '', '1']],
  ['blanks and tabs around name and value do not count', '\t S \t=\t 1 \t', ['1']],
  ['a blank inside a value belongs to it', 'S=1 2', ['1 2']],
  ['A3 the name inside a value or at its end is no cookie', 'T=S=1; U=xS; S=2', ['2']],
  ['A3 a name that begins or ends like it is another', 'SS=1; S1=2; 1S=3; S=4', ['4']],
  ['A3 a name without a value is stepped over', 'S; S=1', ['1']],
]
for (const [title, lines, wanted] of cookies) {
  t.test(title, async t => {
    t.same(values(lines), wanted)
  })
}

t.test('E14 a value is cut at 8 KiB', async t => {
  t.same(
    values(`S=${'x'.repeat(8193)}`).map(value => value.length),
    [8192],
  )
  t.equal(inUrl(`/;s=${'x'.repeat(8193)}`)?.length, 8192)
})

const urls: readonly (readonly [title: string, target: string, value: string | undefined])[] = [
  ['the value ends with the path', '/a;s=1', '1'],
  ['it ends at the next parameter', '/a;s=1;t=2', '1'],
  ['it ends at the next segment', '/a;s=1/b', '1'],
  ['it ends at the query', '/a;s=1?s=2', '1'],
  ['it ends at a fragment', '/a;s=1#2', '1'],
  ['an empty value does not count', '/a;s=/b;s=;s=2', '2'],
  ['another parameter that ends like it is another', '/a;ts=1', undefined],
  ['the query is not searched', '/a?;s=1', undefined],
  ['nor is a path without parameters', '/s=1', undefined],
  ['a name without a value is none', '/a;s', undefined],
  ['nor is an empty one at the very end', '/a;s=', undefined],
  ['nor is one that goes on', '/a;s2=1', undefined],
  ['it is found behind others', '/s/s;t=s;s=1', '1'],
  ['a fragment is not searched', '/a;t=1#;s=1', undefined],
  ['nor what follows a question mark in it', '/a;t=1#?;s=1', undefined],
  ['nor what follows a fragment in a query', '/a;t=1?#;s=1', undefined],
]
for (const [title, target, wanted] of urls) {
  t.test(`A7 in the URL: ${title}`, async t => {
    t.equal(inUrl(target), wanted)
  })
}
