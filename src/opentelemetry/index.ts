/** plugin-cfg-router/opentelemetry: one span a request. Needs @opentelemetry/api. */
export type { TracingOptions } from './options.ts'
export { type Tracing, traceExchanges } from './trace-exchanges.ts'
