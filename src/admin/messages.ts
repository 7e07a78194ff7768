import type { PluginConfig } from '../config/model.ts'
import type { RouterSnapshot } from '../core/snapshot.ts'
import type { Recording } from '../debug/recording.ts'
import type { Explanation } from '../simulate/explain.ts'

/** What an admin endpoint calls itself, so that a client knows that it talks to one. */
export const endpointName = 'plugin-cfg-router'

/** Version of what the endpoint understands and answers; a client refuses any other. */
export const protocolVersion = 1

/** `GET /`: what this is, and what there is. */
export interface EndpointInfo {
  readonly endpoint: string
  readonly protocol: number
  readonly edge: EdgeInfo
  /** Every resource, with its methods and what it is for. */
  readonly resources: readonly ResourceInfo[]
}

/** The edge behind the endpoint. */
export interface EdgeInfo {
  /** When the endpoint was started, ISO 8601. */
  readonly startedAt: string
  /** When the configuration in force was put in force, ISO 8601: its state and counters begin then. */
  readonly since: string
  /** Number of the last exchange of the configuration in force. */
  readonly exchanges: number
}

/** One line of the table of contents. */
export interface ResourceInfo {
  readonly method: 'GET' | 'POST'
  /** Such as `/recordings/N`; capitals stand for what the caller puts in. */
  readonly path: string
  readonly does: string
  /** The request has to carry the token. */
  readonly token: boolean
}

/** What is wrong with a request, as every answer from 400 up has it. */
export interface ErrorBody {
  readonly endpoint: string
  readonly error: string
  /** What there is instead. */
  readonly resources?: readonly ResourceInfo[]
}

/** What the live edge would do with a request. */
export interface LiveExplanation {
  readonly edge: EdgeInfo
  /** The state that the explanation began with, in the moment of the question. */
  readonly snapshot: RouterSnapshot
  readonly explanation: Explanation
}

/** One line of the list of recorded requests. */
export type RecordingSummary = Pick<
  Recording,
  'exchange' | 'recordedAt' | 'method' | 'url' | 'status' | 'code'
>

/** A recorded request with the configuration that decided it, secrets taken out. */
export interface RecordedRequest {
  readonly config: PluginConfig
  readonly recording: Recording
}
