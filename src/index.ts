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
export type { EdgeWarning, ExchangeRecord } from './edge/context.ts'
export { createEdge, type Edge, type EdgeCounters } from './edge/edge.ts'
export type { ErrorPage, ErrorPageHook, ErrorPageRequest } from './edge/error-page.ts'
export { type EdgeEvents, type EdgeListener, traceChannel } from './edge/events.ts'
export type { FastifyHost, FastifyPlugin } from './edge/fastify.ts'
export type { ConfigError } from './edge/load.ts'
export type { EdgeOptions } from './edge/options.ts'
export type { ReloadEvent } from './edge/reload.ts'
export { type ErrorCode, PluginError } from './errors.ts'
