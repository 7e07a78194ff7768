import fc from 'fast-check'
import { PluginError } from '../../src/errors.ts'
import { answerWords } from '../../src/simulate/scenario.ts'
import { StateError } from '../../src/simulate/start-state.ts'
import type { NetworkChoice, RequestEdit, Stepper } from '../../src/stepper/stepper.ts'

/** Something that a user does. */
export type Action =
  | { readonly do: 'next' | 'toNetwork' | 'toEnd' | 'back' }
  | { readonly do: 'answer'; readonly choice: NetworkChoice }
  | { readonly do: 'advance'; readonly seconds: number }
  | { readonly do: 'mark'; readonly server: string; readonly health: 'up' | 'down' }
  | { readonly do: 'send' | 'edit'; readonly edit: RequestEdit }

const choices: readonly NetworkChoice[] = [
  ...answerWords,
  'reset-before-sending',
  'client-aborted',
  200,
  404,
  500,
  503,
]

const edit = fc.record(
  {
    url: fc.constantFrom(
      'http://h/x',
      'http://h/lone/x',
      'http://h:81/x',
      'http://h/x;jsessionid=0000k:bx',
      'https://h:80/x',
    ),
    method: fc.constantFrom('GET', 'POST'),
    cookie: fc.constantFrom(null, 'JSESSIONID=0000s:ax', 'JSESSIONID=0000s:cx:ax', 'other=1'),
    bodyBytes: fc.constantFrom(0, 10, 5000),
    headers: fc.constantFrom({ Host: 'other' }, { Accept: '*/*' }),
  },
  { requiredKeys: [] },
)

const answer = fc.record({
  do: fc.constant('answer' as const),
  choice: fc.constantFrom(...choices),
})

/** Any action, those that lead on more often. */
export const action: fc.Arbitrary<Action> = fc.oneof(
  { weight: 4, arbitrary: fc.constant({ do: 'next' as const }) },
  { weight: 4, arbitrary: answer },
  { weight: 2, arbitrary: fc.constantFrom({ do: 'toNetwork' as const }, { do: 'toEnd' as const }) },
  { weight: 1, arbitrary: fc.constant({ do: 'back' as const }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('advance' as const),
      seconds: fc.constantFrom(0, 0.0015, 1, 30, 60, 100),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('mark' as const),
      server: fc.constantFrom('a', 'b', 'c', 'C/a', 'lone', 'address', 'nobody'),
      health: fc.constantFrom('up' as const, 'down' as const),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constantFrom('send' as const, 'edit' as const), edit }),
  },
)

/** Does it; what cannot be done must leave everything as it was, which the caller sees. */
export const perform = (stepper: Stepper, what: Action): 'done' | 'refused' => {
  try {
    if (what.do === 'answer') stepper.answer(what.choice)
    else if (what.do === 'advance') stepper.advance(what.seconds)
    else if (what.do === 'mark') stepper.mark(what.server, what.health)
    else if (what.do === 'send') stepper.send(what.edit)
    else if (what.do === 'edit') stepper.edit(what.edit)
    else stepper[what.do]()
    return 'done'
  } catch (error) {
    if (error instanceof PluginError || error instanceof StateError) return 'refused'
    throw error
  }
}
