import type { Claim } from './claims.ts'
import type { Members, Test } from './members.ts'
import type { Names } from './names.ts'
import { absent, load, outcome } from './other-facts.ts'
import { isTls, records } from './record-facts.ts'
import type { Fact } from './recorded.ts'

/** How a fact is looked for among the expectations of a scenario. */
export interface Wanted {
  /** It has a place in the order; what must not happen, and what was there from the start, has none. */
  readonly ordered: boolean
  /** What a claim must be at all. */
  readonly kind: Test
  /** One for each member of the fact; null: nothing of ours says it. */
  readonly tests: ReadonlyMap<string, Test | null>
}

/** @throws Error for a kind of fact, or a member of it, that nobody has thought of. */
export const wantedOf = (fact: Fact, names: Names): Wanted => {
  if (fact.absent === true) {
    const kind: Test = claim => claim.what === 'absent' && claim.pattern.kind === fact.kind
    return { ordered: false, kind, tests: testsOf(fact, names, absent, isAbsent) }
  }
  if (fact.kind === 'load') {
    return { ordered: false, kind: () => true, tests: testsOf(fact, names, load, isAny) }
  }
  if (fact.kind === 'outcome') {
    return { ordered: true, kind: isExchange, tests: testsOf(fact, names, outcome, isExchange) }
  }
  const members = records[fact.kind]
  if (members === undefined) throw new Error(`nothing is known about facts of kind ${fact.kind}`)
  // The plug-in tells of a TLS failure where it opens the stream, and so of a stream.
  const wanted = isTls(fact) ? 'fail' : fact.kind
  const kind: Test = claim => isRecord(claim) && claim.pattern.kind === wanted
  return { ordered: true, kind, tests: testsOf(fact, names, members, isRecord) }
}

const testsOf = <C extends Claim>(
  fact: Fact,
  names: Names,
  members: Members<C>,
  is: (claim: Claim) => claim is C,
): ReadonlyMap<string, Test | null> =>
  new Map(
    Object.entries(fact)
      .filter(([name]) => name !== 'kind')
      .map(([name, value]) => {
        const member = members[name]
        if (member === undefined) throw new Error(`${fact.kind} has no member ${name}`)
        const test = member(value, names, fact)
        return [name, test === null ? null : (claim, context) => is(claim) && test(claim, context)]
      }),
  )

const isRecord = (claim: Claim) => claim.what === 'record'
const isExchange = (claim: Claim) => claim.what === 'exchange'
const isAbsent = (claim: Claim) => claim.what === 'absent'
const isAny = (_claim: Claim): _claim is Claim => true
