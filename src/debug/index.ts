/** Looking at decisions: keep trace records, and show them, a configuration or a state as text. */

export { createRecorder, type Recorder } from './recorder.ts'
export { renderRoutes, renderServers, renderTrace, type TraceLayout } from './render.ts'
export { type RouteRow, routeRows } from './route-list.ts'
export { describeRecord } from './sentences.ts'
