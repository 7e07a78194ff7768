import type { Claim } from './claims.ts'
import type { Names } from './names.ts'
import type { Fact } from './recorded.ts'

/** What a test may need besides the claim. */
export interface Context {
  /** Claims of the scenario before the one that is tested. */
  readonly earlier: readonly Claim[]
  readonly all: readonly Claim[]
  /** `options.unusable` of the scenario. */
  readonly unusable: readonly string[]
}

/** Whether a claim says what a member of a fact says. */
export type Test<C = Claim> = (claim: C, context: Context) => boolean

/** How a member of a fact is looked for; null: nothing of ours says it. */
export type Member<C> = (value: unknown, names: Names, fact: Fact) => Test<C> | null

/** The members that facts of one kind can have. */
export type Members<C> = Readonly<Record<string, Member<C>>>
