import type { Claim } from './claims.ts'
import type { Test } from './members.ts'
import type { Names } from './names.ts'
import type { Fact, Recorded } from './recorded.ts'
import { type Wanted, wantedOf } from './wanted.ts'

/** How a scenario of ours and a recording agree. */
export interface Comparison {
  /** Facts that nothing expects and nobody lists, each with its number from 1. */
  readonly missing: readonly string[]
  /** Entries of the list that are shown after all, or that mean nothing. */
  readonly stale: readonly string[]
}

/**
 * Looks for every fact among the claims of a scenario, in the order of the facts.
 *
 * @param listed what the table says is not shown: `3` is the third fact, `3.rc` a member of it, `*.level` that member of
 * every fact.
 */
export const compareFacts = (
  { expected }: Recorded,
  claims: readonly Claim[],
  names: Names,
  unusable: readonly string[],
  listed: readonly string[],
): Comparison => {
  const missing: string[] = []
  const needed = new Set<string>()
  // Where the order has got to, and by which fact.
  let last: { readonly at: number; readonly fact: Fact } = { at: 0, fact: { kind: '' } }
  for (const [index, fact] of expected.entries()) {
    const wanted = wantedOf(fact, names)
    const search = (leftOut: readonly string[]): number =>
      claims.findIndex((claim, at) => {
        if (wanted.ordered && (at < last.at || (at === last.at && overlap(fact, last.fact)))) {
          return false
        }
        const context = { earlier: claims.slice(0, at), all: claims, unusable }
        return testsWithout(wanted, leftOut).every(test => test?.(claim, context) ?? false)
      })
    const number = String(index + 1)
    if (listed.includes(number)) {
      if (search([]) === -1) needed.add(number)
      continue
    }
    const entryOf = (member: string) =>
      listed.find(entry => entry === `${number}.${member}` || entry === `*.${member}`)
    const leftOut = [...wanted.tests.keys()].filter(member => entryOf(member) !== undefined)
    // A fact of which nothing is left is not shown by anything.
    const empty = leftOut.length > 0 && leftOut.length === wanted.tests.size
    const at = empty ? -1 : search(leftOut)
    if (at === -1) missing.push(`${number}: ${JSON.stringify(fact)}`)
    for (const member of leftOut) {
      const without = leftOut.filter(each => each !== member)
      if (search(without) === -1) needed.add(entryOf(member) ?? '')
    }
    if (at !== -1 && wanted.ordered) last = { at, fact }
  }
  return { missing, stale: listed.filter(entry => !needed.has(entry)) }
}

/** Two facts of one kind that say the same thing need two records; what stands apart in a log may be one record of ours. */
const overlap = (a: Fact, b: Fact): boolean => {
  if (a.kind !== b.kind) return false
  const says = Object.keys(a).filter(member => !places.includes(member))
  return says.length === 0 || says.some(member => Object.hasOwn(b, member))
}

const places = ['kind', 'server', 'record', 'level']

const testsWithout = (
  { kind, tests }: Wanted,
  leftOut: readonly string[],
): readonly (Test | null)[] => [
  kind,
  ...[...tests].flatMap(([member, test]) => (leftOut.includes(member) ? [] : [test])),
]
