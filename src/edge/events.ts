import { channel } from 'node:diagnostics_channel'
import { EventEmitter } from 'node:events'
import type {
  FailRecord,
  MarkDownRecord,
  MarkUpRecord,
  RetryRecord,
  TraceRecord,
} from '../core/trace.ts'
import type { Administered } from './administration.ts'
import type { ClusterEvent } from './cluster-watch.ts'
import type { ExchangeRecord } from './context.ts'
import type { DrainReport } from './drain.ts'
import type { ReloadEvent } from './reload.ts'
import type { EdgeWarning } from './warning.ts'

/** What a listener to failures gets; requests that go well have none of them, a `mark-up` aside. */
export type FailureRecord = FailRecord | MarkDownRecord | RetryRecord | MarkUpRecord

/** What can be listened to, and what listeners get. */
export interface EdgeEvents {
  /** The decision records of requests that are followed, of all by default; nothing is built while nobody listens. */
  trace: [record: TraceRecord]
  /** Of every request, followed or not, the records of what went wrong alone, as it happens: for metrics and alarms. */
  failure: [record: FailureRecord]
  /** A request is over, declined ones included; of requests that began when nobody listened, only if `onExchange` is set. */
  exchange: [record: ExchangeRecord]
  /** The configuration was looked at again and something came of it. */
  reload: [event: ReloadEvent]
  /** A cluster has lost its last server, or has one again. Nothing is worked out while nobody listens. */
  cluster: [event: ClusterEvent]
  /** An operator has taken a server out of service, or put it back. */
  administered: [change: Administered]
  /** A draining server has no session left and nothing under way. Again when one came after all, and is gone. */
  drained: [report: DrainReport]
  warning: [warning: EdgeWarning]
}

export type EdgeListener<E extends keyof EdgeEvents> = (...args: EdgeEvents[E]) => void

/** Name of the `node:diagnostics_channel` on which all edges of the process publish their trace records. */
export const traceChannel = 'plugin-cfg-router:trace'

/** The listeners of one edge. */
export class EventHub {
  readonly #emitter = new EventEmitter()
  readonly #channel = channel(traceChannel)

  on<E extends keyof EdgeEvents>(event: E, listener: EdgeListener<E>): void {
    this.#emitter.on(event, listener as (...args: unknown[]) => void)
  }

  once<E extends keyof EdgeEvents>(event: E, listener: EdgeListener<E>): void {
    this.#emitter.once(event, listener as (...args: unknown[]) => void)
  }

  off<E extends keyof EdgeEvents>(event: E, listener: EdgeListener<E>): void {
    this.#emitter.off(event, listener as (...args: unknown[]) => void)
  }

  /** What a listener throws is its own affair and must not reach a request. */
  emit<E extends keyof EdgeEvents>(event: E, ...args: EdgeEvents[E]): void {
    try {
      this.#emitter.emit(event, ...args)
    } catch (error) {
      if (event !== 'warning') this.hookFailed(`a listener of '${event}'`, error)
    }
  }

  hookFailed(hook: string, error: unknown): void {
    this.emit('warning', {
      code: 'HOOK_FAILED',
      message: `${hook} threw: ${String(error)}`,
      error,
    })
  }

  /** Somebody wants to hear of requests that are over. */
  get hearsOfExchanges(): boolean {
    return this.#emitter.listenerCount('exchange') > 0
  }

  /** Somebody wants to hear of clusters without a server. */
  get hearsOfClusters(): boolean {
    return this.#emitter.listenerCount('cluster') > 0
  }

  /** Somebody wants to hear of what goes wrong. */
  get hearsOfFailures(): boolean {
    return this.#emitter.listenerCount('failure') > 0
  }

  /** Somebody wants decision records, here or on the channel. */
  get hearsOfDecisions(): boolean {
    return this.#channel.hasSubscribers || this.#emitter.listenerCount('trace') > 0
  }

  /** Hands a record of a request that is followed to all who listen. */
  readonly trace = (record: TraceRecord): void => {
    this.emit('trace', record)
    if (this.#channel.hasSubscribers) this.#channel.publish(record)
  }

  /** Hands a record to those who listen to failures, if it is one. */
  readonly failure = (record: TraceRecord): void => {
    if (isFailure(record)) this.emit('failure', record)
  }
}

const failureKinds: ReadonlySet<string> = new Set<FailureRecord['kind']>([
  'fail',
  'mark-down',
  'retry',
  'mark-up',
])

const isFailure = (record: TraceRecord): record is FailureRecord => failureKinds.has(record.kind)
