import type { RouterSnapshot } from '../core/snapshot.ts'
import { exchangeJson } from './call.ts'
import {
  type EndpointInfo,
  endpointName,
  type LiveExplanation,
  protocolVersion,
  type RecordedRequest,
  type RecordingSummary,
} from './messages.ts'
import type { ExplainQuery } from './query.ts'

export { AttachError } from './call.ts'

/** A running edge, looked at through its admin endpoint. Every method throws {@link AttachError}. */
export interface Attached {
  /** What the endpoint said of itself when it was attached to. */
  readonly info: EndpointInfo
  /** The state of the router, now. */
  snapshot(): Promise<RouterSnapshot>
  /** What the edge would do with a request, now; nothing is sent to a server, and nothing changes. */
  explain(query: ExplainQuery): Promise<LiveExplanation>
  /** The requests that the edge has recorded, oldest first. */
  recordings(): Promise<readonly RecordingSummary[]>
  /** One of them by the number of its exchange, with the configuration that decided it. */
  recording(exchange: number): Promise<RecordedRequest>
}

/**
 * Attaches to the admin endpoint of a running edge: one request that finds out whether there is one, and whether it
 * lets us in. No connection is kept between calls, so there is nothing to close.
 *
 * @param url `http://HOST:PORT` or https, with a path where a proxy puts the endpoint below one.
 * @param token for endpoints that want it for reading too.
 * @throws AttachError: nothing listens there, it is no admin endpoint, it speaks another version, it wants another
 *   token. The message is one line that names the address and says what to do.
 */
export const attach = async (url: string, token?: string): Promise<Attached> => {
  const ask = exchangeJson(url, token)
  const info = await ask<EndpointInfo>('GET', '', isEndpoint)
  return {
    info,
    snapshot: () => ask('GET', 'snapshot'),
    explain: query => ask('POST', 'explain', isObject, query),
    recordings: () => ask('GET', 'recordings', Array.isArray),
    recording: exchange => ask('GET', `recordings/${exchange}`),
  }
}

/** Whether an answer is that of an endpoint that we understand. Otherwise: what it is. */
const isEndpoint = (answer: unknown): boolean | string => {
  if (!isObject(answer) || answer.endpoint !== endpointName) return false
  if (answer.protocol === protocolVersion) return true
  const other = String(answer.protocol)
  return `speaks version ${other} of the admin protocol and this program version ${protocolVersion}; use the plugin-cfg that belongs to the edge`
}

const isObject = (answer: unknown): answer is Readonly<Record<string, unknown>> =>
  typeof answer === 'object' && answer !== null && !Array.isArray(answer)
