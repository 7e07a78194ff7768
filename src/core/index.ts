/** The decision alone: no sockets, no timers, no file. */
export type { Binding } from './binding.ts'
export { type Clock, ManualClock } from './clock.ts'
export type { Exchange } from './exchange.ts'
export type { AffinityDialect, RouterOptions } from './options.ts'
export type { PartitionTable } from './partition-table.ts'
export type { RequestHead } from './request.ts'
export { createRouter, type Router, seededRandom } from './router.ts'
export type { Health } from './server-state.ts'
export {
  type ClusterSnapshot,
  type RouterSnapshot,
  type ServerSnapshot,
  settled,
} from './snapshot.ts'
export type * from './step.ts'
export type * from './trace.ts'
export { traceKinds } from './trace.ts'
