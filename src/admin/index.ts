/** The admin endpoint of a running edge, and how to ask it. */
export { type Admin, startAdmin } from './admin.ts'
export type { AttachCode } from './call.ts'
export { AttachError, type Attached, attach } from './client.ts'
export type {
  EdgeInfo,
  EndpointInfo,
  LiveExplanation,
  RecordedRequest,
  RecordingSummary,
  ResourceInfo,
} from './messages.ts'
export type { AdminOptions } from './options.ts'
export type { ExplainQuery } from './query.ts'
