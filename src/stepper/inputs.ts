import type { RouterSnapshot } from '../core/snapshot.ts'
import type { Outcome } from '../core/step.ts'
import type { ServerPlace } from '../simulate/server-names.ts'
import type { Sending } from './sending.ts'
import type { NetworkChoice } from './stepper.ts'

/** Something that happens to the router from outside. Everything that it decides follows from these. */
export type Input =
  | {
      readonly kind: 'request'
      readonly sending: Sending
      /** Random numbers to use before those of the seed. */
      readonly draws: readonly number[]
    }
  | { readonly kind: 'answer'; readonly choice: NetworkChoice }
  /** What a recorded request was told. */
  | { readonly kind: 'report'; readonly outcome: Outcome; readonly draws: readonly number[] }
  /** Requests that were not recorded have changed the state, and time has passed. */
  | { readonly kind: 'restore'; readonly at: number; readonly state: RouterSnapshot }
  | { readonly kind: 'advance'; readonly ms: number }
  | { readonly kind: 'mark'; readonly place: ServerPlace; readonly health: 'up' | 'down' }

/** Inputs in order, the last one first: histories that begin alike share their beginning. */
export interface History {
  readonly input: Input
  readonly earlier: History | null
}

/** A history with further inputs behind it. */
export const followedBy = (history: History | null, ...inputs: readonly Input[]): History | null =>
  inputs.reduce<History | null>((earlier, input) => ({ input, earlier }), history)

/** The inputs, oldest first. */
export const inputsOf = (history: History | null): readonly Input[] => {
  const inputs: Input[] = []
  for (let at = history; at !== null; at = at.earlier) inputs.push(at.input)
  return inputs.reverse()
}

/** What came before the last input that the core had to decide about, and what came from there on. */
export const splitAtDecision = (
  history: History | null,
): { readonly before: History | null; readonly rest: readonly Input[] } =>
  splitAt(history, ({ kind }) => kind === 'request' || kind === 'answer' || kind === 'report')

/** The same for the last request. */
export const splitAtRequest = (
  history: History | null,
): { readonly before: History | null; readonly rest: readonly Input[] } =>
  splitAt(history, ({ kind }) => kind === 'request')

const splitAt = (history: History | null, isIt: (input: Input) => boolean) => {
  const rest: Input[] = []
  for (let at = history; at !== null; at = at.earlier) {
    rest.unshift(at.input)
    if (isIt(at.input)) return { before: at.earlier, rest }
  }
  return { before: null, rest }
}
