import fc from 'fast-check'
import type { PartitionTable } from '../../src/core/partition-table.ts'
import type { RequestHead } from '../../src/core/request.ts'
import type { Outcome } from '../../src/core/step.ts'
import {
  type ConfigSketches,
  configSketch,
  type SwitchSketch,
  switchSketch,
  table,
} from './world-config.ts'
import { type Ending, ending, requestHead } from './world-requests.ts'

/** One thing that happens. */
export type Action =
  | { readonly do: 'route'; readonly head: RequestHead }
  | { readonly do: 'report'; readonly who: number; readonly ending: Ending }
  | { readonly do: 'wait'; readonly ms: number }
  /** A report that no step of this kind expects, or one after the end. */
  | { readonly do: 'misreport'; readonly who: number; readonly outcome: Outcome }
  /** W5, Q21: fresh routers; exchanges under way stay with theirs. */
  | { readonly do: 'reload'; readonly config: 0 | 1 }
  /** Fresh routers that begin where the present ones are; `other`: with the other configuration. */
  | { readonly do: 'restore'; readonly settled: boolean; readonly other?: boolean }
  | { readonly do: 'table'; readonly cluster: number; readonly table: PartitionTable }

/**
 * Everything a run depends on, as data: configurations, switches, a seed and a list of actions. Actions name exchanges by
 * number modulo the exchanges under way, so that every shortened list still makes sense.
 */
export interface World {
  readonly seed: number
  readonly configs: ConfigSketches
  readonly switches: SwitchSketch
  /** Who listens: nobody, the router's listener, or one for each exchange. */
  readonly trace: 'off' | 'router' | 'exchange'
  readonly actions: readonly Action[]
}

/** Whole seconds, whole intervals, and one millisecond beside them. */
const pauses = [1, 500, 1000, 1499, 1500, 4999, 5000, 30_000, 59_999, 60_000, 60_001, 300_000]

const action: fc.Arbitrary<Action> = fc.oneof(
  {
    arbitrary: requestHead.map((head): Action => ({ do: 'route', head })),
    weight: 40,
  },
  {
    arbitrary: fc
      .tuple(fc.nat(999), ending)
      .map(([who, end]): Action => ({ do: 'report', who, ending: end })),
    weight: 60,
  },
  {
    arbitrary: fc.constantFrom(...pauses).map((ms): Action => ({ do: 'wait', ms })),
    weight: 8,
  },
  {
    arbitrary: fc
      .tuple(
        fc.nat(999),
        fc.constantFrom<Outcome>(
          { kind: 'relayed' },
          { kind: 'buffered', bytes: 1, complete: true },
          { kind: 'answered', status: 200 },
          { kind: 'client-aborted' },
        ),
      )
      .map(([who, outcome]): Action => ({ do: 'misreport', who, outcome })),
    weight: 1,
  },
  {
    arbitrary: fc.constantFrom<Action>(
      { do: 'reload', config: 0 },
      { do: 'reload', config: 1 },
      { do: 'restore', settled: true },
      { do: 'restore', settled: false },
      { do: 'restore', settled: true, other: true },
    ),
    weight: 1,
  },
  {
    arbitrary: fc
      .tuple(fc.nat(5), table)
      .map(([cluster, entries]): Action => ({ do: 'table', cluster, table: entries })),
    weight: 1,
  },
)

/** Random worlds of up to this many actions. */
export const worlds = (maxActions = 150): fc.Arbitrary<World> =>
  fc.record({
    seed: fc.nat(),
    configs: fc.tuple(configSketch, configSketch),
    switches: switchSketch,
    trace: fc.constantFrom('off', 'router', 'router', 'exchange'),
    actions: fc.array(action, { minLength: 1, maxLength: maxActions, size: 'max' }),
  })
