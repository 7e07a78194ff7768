/** plugin-cfg-router: the routing of the WebSphere web server plug-in. */
export {
  type Diagnostic,
  isUsable,
  renderDiagnostic,
  type Severity,
} from './config/diagnostics.ts'
export { loadPluginConfig } from './config/load.ts'
export type * from './config/model.ts'
export { type ReadOptions, type ReadResult, readPluginConfig } from './config/read.ts'
export type * from './core/index.ts'
export {
  createRouter,
  ManualClock,
  type Router,
  type RouterOptions,
  type RouterSnapshot,
  seededRandom,
  settled,
  traceKinds,
} from './core/index.ts'
export type { RecordedInput, RecordedSettings, Recording } from './debug/recording.ts'
export type { Administered } from './edge/administration.ts'
export { type CloseTogetherOptions, closeTogether } from './edge/close-together.ts'
export type { ClusterEvent } from './edge/cluster-watch.ts'
export type { ExchangeRecord } from './edge/context.ts'
export type { DrainReport } from './edge/drain.ts'
export type { DrainOptions } from './edge/drain-options.ts'
export {
  type CloseOptions,
  type CloseReport,
  createEdge,
  type Edge,
  type EdgeCounters,
} from './edge/edge.ts'
export type { ErrorPage, ErrorPageHook, ErrorPageRequest } from './edge/error-page.ts'
export {
  type EdgeEvents,
  type EdgeListener,
  type FailureRecord,
  traceChannel,
} from './edge/events.ts'
export type { FastifyHost, FastifyPlugin } from './edge/fastify.ts'
export type { ForwardedStyle } from './edge/forwarded.ts'
export type { HonoContext, HonoMiddleware } from './edge/hono.ts'
export type { KoaContext, KoaMiddleware } from './edge/koa.ts'
export type { EdgeLimits, LimitCounters, QueueLimits } from './edge/limits.ts'
export type { ConfigError } from './edge/load.ts'
export type { EdgeOptions } from './edge/options.ts'
export type { ClusterReadiness, Readiness } from './edge/readiness.ts'
export type { KeptRecording } from './edge/recordings.ts'
export type { ReloadEvent } from './edge/reload.ts'
export type { StatusClass, TraceCondition, TracePredicate } from './edge/trace-condition.ts'
export type { TraceHeaderOptions, TraceOptions } from './edge/trace-options.ts'
export type { EdgeWarning } from './edge/warning.ts'
export { type ErrorCode, PluginError } from './errors.ts'
export { openTraceFile, type TraceFile, type TraceFileOptions } from './log/json-lines.ts'
export {
  type LogLayout,
  type LogProblem,
  openPluginLog,
  type PluginLog,
  type PluginLogOptions,
} from './log/plugin-log.ts'
