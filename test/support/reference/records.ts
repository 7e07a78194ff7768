import type { PipelineStep, TraceKind, TraceRecord } from '../../../src/core/trace.ts'

type Frame = 'exchange' | 'time' | 'step' | 'component' | 'fn'

type Plain<R> = R extends TraceRecord ? Omit<R, Frame> : never

/** A trace record without the frame that is the same for all of them. */
export type Fact = Plain<TraceRecord>

/** Takes what was just decided. */
export type Tell = (fact: Fact) => void

/** §10.3: the step of the pipeline and the plug-in's own place for each kind. */
const places: Readonly<Record<TraceKind, readonly [PipelineStep, string, string]>> = {
  route: ['P3', 'ws_common', 'websphereShouldHandleRequest'],
  decline: ['P2', 'ws_common', 'websphereShouldHandleRequest'],
  ids: ['P6', 'ws_common', 'websphereParseCloneID'],
  compare: ['P6', 'ws_server_group', 'serverGroupFindClone'],
  check: ['P7', 'ws_server_group', 'serverGroupCheckServerStatus'],
  skip: ['P7', 'ws_server_group', 'serverGroupCheckServerStatus'],
  select: ['P7', 'ws_server_group', 'lockedServerGroupUseServer'],
  transport: ['P8', 'ws_common', 'websphereFindTransport'],
  stream: ['P9', 'ws_transport', 'transportStreamDequeue'],
  connect: ['P9', 'ws_common', 'websphereGetStream'],
  fail: ['P11', 'ws_common', 'websphereExecute'],
  'mark-down': ['P11', 'ws_server', 'serverSetFailoverStatus'],
  retry: ['P11', 'ws_common', 'websphereHandleRequest'],
  'mark-up': ['P11', 'ws_server', 'serverSetFailoverStatus'],
  stats: ['P13', 'ws_server', 'serverSetFailoverStatus'],
  weights: ['P7', 'ws_server_group', 'assureWeightsValid'],
  outcome: ['P13', 'ws_common', 'websphereEndRequest'],
}

/** Puts a fact into its frame. */
export const framed = (fact: Fact, exchange: number, time: number): TraceRecord => {
  const [step, component, fn] = places[fact.kind]
  return { ...fact, exchange, time, step, component, fn } as TraceRecord
}
