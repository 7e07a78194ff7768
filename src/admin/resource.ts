import type { Edge } from '../edge/edge.ts'
import type { EdgeInfo } from './messages.ts'
import type { AdminSettings } from './options.ts'

/** Who wants the token: nobody; nobody, where reading is free; those who see session cookies, where there is one; always. */
export type Access = 'open' | 'read' | 'private' | 'change'

/** What a resource has to work with. */
export interface Question {
  readonly edge: Edge
  readonly settings: AdminSettings
  readonly info: () => EdgeInfo
  /** What stands in the path for its capitals, in order. */
  readonly names: readonly string[]
  /** What stands behind the question mark. */
  readonly query: URLSearchParams
  readonly body: string
}

/** Something that can be asked for. */
export interface Resource {
  readonly method: 'GET' | 'POST'
  /** Such as `/recordings/N`; capitals stand for what the caller puts in. */
  readonly path: string
  readonly does: string
  readonly access: Access
  /** It does not wait until the edge has time for it. Default false. */
  readonly atOnce?: boolean
  /** @returns what the answer says, as plain JSON, or a `Told` for a status other than 200. @throws Refusal */
  readonly answer: (question: Question) => unknown
}
