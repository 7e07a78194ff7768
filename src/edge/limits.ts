import { invalid, isObject, onlyKnown } from './option-error.ts'

/** What an edge bears before it refuses. None of these is the plug-in's; `Infinity` switches one off. */
export interface EdgeLimits {
  /**
   * Requests of ours under way at once, tunnels and waiting ones included; one more gets 503. Default 10,000: each needs
   * two sockets and some tens of kilobytes, which is what a process with usual limits can give.
   */
  readonly maxRequests?: number
  /**
   * Bytes of request bodies and 503 answers that all requests together keep for another attempt. Beyond it a body is
   * streamed as if it did not fit into PostBufferSize, so that its request cannot be sent again, and a 503 is replaced by
   * our own page. Default 268,435,456 (256 MiB).
   */
  readonly maxReplayBytes?: number
  /**
   * Milliseconds in which a client whose body we wait for must send something; then it gets 408. The time in which the
   * server does not take what came is not the client's. Ends when the answer begins. Default 60,000.
   */
  readonly bodyTimeoutMs?: number
  /**
   * Bytes that count as something in `bodyTimeoutMs`: a rate for clients that send a byte now and then. Default 1, for
   * requests that are conversations.
   */
  readonly bodyMinBytes?: number
  /**
   * Milliseconds in which a client that we wait for must take something of its answer; then its connection is cut and the
   * server is free. Default 120,000.
   */
  readonly clientStallMs?: number
  /** Requests that wait while every server is at MaxConnections. Default: none, because the plug-in answers 503 at once. */
  readonly queue?: QueueLimits
}

export interface QueueLimits {
  /** Requests that wait at most; one more gets 503. Default 0: none waits. */
  readonly max?: number
  /** Milliseconds that one waits at most, then it gets 503. Default 5000. */
  readonly waitMs?: number
}

/** How often each limit was reached since the edge was made. */
export interface LimitCounters {
  /** Requests refused with 503 because of `maxRequests`. */
  readonly requests: number
  /** Bodies streamed and 503 answers forgotten because of `maxReplayBytes`. */
  readonly replay: number
  /** Requests ended with 408 because of `bodyTimeoutMs`. */
  readonly bodyTimeout: number
  /** Clients cut off because of `clientStallMs`. */
  readonly clientStall: number
  /** Requests refused with 503 because of `queue.max`. */
  readonly queueFull: number
  /** Requests refused with 503 because of `queue.waitMs`. */
  readonly queueTimeout: number
}

/** A limit by the name of its counter. */
export type Limit = keyof LimitCounters

/** The limits with every default in its place. */
export interface ResolvedLimits extends Required<Omit<EdgeLimits, 'queue'>> {
  readonly queue: Required<QueueLimits>
}

/**
 * Fills in the defaults.
 *
 * @throws PluginError `OPTION_INVALID` naming the limit and what was given.
 */
export const resolveLimits = (limits: EdgeLimits = {}): ResolvedLimits => {
  if (notObject(limits)) throw invalid('limits', limits, 'an object')
  onlyKnown('limits', limits, names)
  const { queue = {} } = limits
  if (notObject(queue)) throw invalid('limits.queue', queue, 'an object such as { max: 1000 }')
  onlyKnown('limits.queue', queue, ['max', 'waitMs'])
  const resolved = {
    maxRequests: limits.maxRequests ?? 10_000,
    maxReplayBytes: limits.maxReplayBytes ?? 256 * 1024 * 1024,
    bodyTimeoutMs: limits.bodyTimeoutMs ?? 60_000,
    bodyMinBytes: limits.bodyMinBytes ?? 1,
    clientStallMs: limits.clientStallMs ?? 120_000,
    queue: { max: queue.max ?? 0, waitMs: queue.waitMs ?? 5000 },
  }
  atLeast('maxRequests', resolved.maxRequests, 1)
  atLeast('maxReplayBytes', resolved.maxReplayBytes, 0)
  atLeast('bodyTimeoutMs', resolved.bodyTimeoutMs, 1)
  atLeast('bodyMinBytes', resolved.bodyMinBytes, 1)
  atLeast('clientStallMs', resolved.clientStallMs, 1)
  atLeast('queue.max', resolved.queue.max, 0)
  atLeast('queue.waitMs', resolved.queue.waitMs, 1)
  return resolved
}

const notObject = (value: unknown): boolean => !isObject(value)

const names: readonly string[] = [
  'maxRequests',
  'maxReplayBytes',
  'bodyTimeoutMs',
  'bodyMinBytes',
  'clientStallMs',
  'queue',
] satisfies readonly (keyof EdgeLimits)[]

const atLeast = (name: string, value: unknown, least: number): void => {
  if (typeof value === 'number' && value >= least) return
  throw invalid(`limits.${name}`, value, `a number from ${least}, or Infinity for no limit`)
}
