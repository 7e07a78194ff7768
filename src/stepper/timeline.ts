import { type History, type Input, inputsOf } from './inputs.ts'
import { type Scene, Session } from './session.ts'

/** Where the debugger stands: what has happened, and how much of the decision that followed has been shown. */
export interface Position {
  readonly history: History | null
  readonly shown: number
  /** Inputs of the recording that have been used; null: the user has gone another way, or there is none. */
  readonly told: number | null
}

/**
 * Every position there has been, so that going back is exact whatever was done, and the session at the present one.
 * A session only goes forward: behind it, another one is made from the inputs.
 */
export class Timeline {
  readonly #scene: Scene
  readonly #positions: Position[] = [] // never empty
  /** The session that the last look was at, and the inputs that brought it there. */
  #last: { readonly history: History | null; readonly session: Session } | undefined

  /** @throws what the inputs of the first position lead to. */
  constructor(scene: Scene, first: Position) {
    this.#scene = scene
    this.go(first)
  }

  get position(): Position {
    return this.#positions.at(-1) as Position
  }

  /** Positions there have been up to the present one. */
  get length(): number {
    return this.#positions.length
  }

  get session(): Session {
    const { history } = this.position
    const known = this.#last
    if (known?.history === history) return known.session
    const further = known === undefined ? undefined : inputsAfter(history, known.history)
    const session =
      known === undefined || further === undefined ? new Session(this.#scene) : known.session
    // An input that does not fit leaves nothing behind that could be looked at.
    this.#last = undefined
    for (const input of further ?? inputsOf(history)) session.apply(input)
    this.#last = { history, session }
    return session
  }

  /** Goes somewhere else. @throws what the inputs lead to; then nothing has happened. */
  go(position: Position): void {
    this.#positions.push(position)
    try {
      this.session
    } catch (error) {
      this.#positions.pop()
      throw error
    }
  }

  /** Back to where it was at this length, which is 1 at least. */
  backTo(length: number): void {
    this.#positions.length = length
  }
}

/** The inputs that lead from one point to another; undefined: none do. */
const inputsAfter = (
  history: History | null,
  known: History | null,
): readonly Input[] | undefined => {
  const inputs: Input[] = []
  for (let at = history; at !== null; at = at.earlier) {
    if (at === known) return inputs.reverse()
    inputs.push(at.input)
  }
  return undefined
}
