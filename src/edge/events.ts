import { channel } from 'node:diagnostics_channel'
import { EventEmitter } from 'node:events'
import type { TraceRecord } from '../core/trace.ts'
import type { EdgeWarning } from './context.ts'
import type { ReloadEvent } from './reload.ts'

/** What can be listened to, and what listeners get. */
export interface EdgeEvents {
  /** Every decision record; nothing is built while nobody listens. */
  trace: [record: TraceRecord]
  /** The configuration was looked at again and something came of it. */
  reload: [event: ReloadEvent]
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

  /** Where trace records go; undefined: nobody listens, and the core builds none. */
  get tracing(): ((record: TraceRecord) => void) | undefined {
    const wanted = this.#emitter.listenerCount('trace') > 0 || this.#channel.hasSubscribers
    return wanted ? this.#trace : undefined
  }

  readonly #trace = (record: TraceRecord): void => {
    this.emit('trace', record)
    if (this.#channel.hasSubscribers) this.#channel.publish(record)
  }
}
