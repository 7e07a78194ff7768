/** The decision alone: no sockets, no timers, no file. */
export type { AdminState, OutOfService } from './admin-state.ts'
export type { Binding } from './binding.ts'
export { type Clock, ManualClock } from './clock.ts'
export type { Exchange } from './exchange.ts'
export type { AffinityDialect, ExchangeNumbering, RouterOptions } from './options.ts'
export type { PartitionTable } from './partition-table.ts'
export {
  choiceCodes,
  endCodes,
  failCodes,
  missedCodes,
  obstacleCodes,
  type ReasonCode,
} from './reason-code.ts'
export type { RequestHead } from './request.ts'
export { createRouter, type RestorableRouter, type Router, seededRandom } from './router.ts'
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
export type { TraceDepth } from './tracer.ts'
