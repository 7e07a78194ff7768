import { isDeepStrictEqual } from 'node:util'
import type { PartitionTable } from '../../src/core/partition-table.ts'
import type { RequestHead } from '../../src/core/request.ts'
import type { Outcome } from '../../src/core/step.ts'
import type { World } from './world-actions.ts'

/** What was really done, with every random choice resolved. `is` is the number of the exchange, or what was given. */
export type Deed =
  | { readonly route: RequestHead; readonly is: number }
  | { readonly report: number; readonly is: Outcome }
  | { readonly wait: number }
  | { readonly misreport: number; readonly is: Outcome }
  | { readonly reload: 0 | 1 }
  | { readonly restore: 'settled' | 'exact'; readonly config: 0 | 1 }
  | { readonly table: string; readonly is: PartitionTable }

/** One line of JSON; absurdly long cookies are cut. */
const compact = (value: unknown): string =>
  JSON.stringify(value, (_, part: unknown) =>
    typeof part === 'string' && part.length > 200
      ? `${part.slice(0, 20)}…${part.slice(-20)} (${part.length} characters)`
      : part,
  )

/** The two routers disagree, or one of them breaks an invariant. `message` is all one needs to see it again. */
export class Divergence extends Error {
  override readonly name: string = 'Divergence'
  /** What differed: `step`, `trace`, `snapshot` … or the name of an invariant. */
  readonly what: string
  readonly left: unknown
  readonly right: unknown
  /** What had been done by then; the last of it shows the difference. */
  readonly log: readonly Deed[]

  constructor(world: World, log: readonly Deed[], what: string, left: unknown, right: unknown) {
    super(
      [
        what.startsWith('invariant: ') ? `${what} is broken` : `${what} differs`,
        `left:     ${compact(left)}`,
        `right:    ${compact(right)}`,
        `switches: ${compact(world.switches)}`,
        `config:   ${compact(world.configs[0])}`,
        ...(world.actions.some(
          a => (a.do === 'reload' && a.config === 1) || (a.do === 'restore' && a.other),
        )
          ? [`config 1: ${compact(world.configs[1])}`]
          : []),
        `actions:  ${compact(log)}`,
      ].join('\n'),
    )
    this.what = what
    this.left = left
    this.right = right
    this.log = log
  }
}

/** The first parts in which two values differ, with the way there, so that messages stay short. */
export const difference = (left: unknown, right: unknown, path = ''): [unknown, unknown] => {
  if (isObject(left) && isObject(right)) {
    const keys = [...new Set([...Object.keys(left), ...Object.keys(right)])]
    const different = keys.filter(key => !isDeepStrictEqual(left[key], right[key]))
    const isList = Array.isArray(left)
    if ((isList && isObject(left[0])) || (!isList && different.length === 1)) {
      const [key] = different as [string]
      return difference(left[key], right[key], `${path}/${key}`)
    }
  }
  return path === '' ? [left, right] : [{ [path]: left }, { [path]: right }]
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null
