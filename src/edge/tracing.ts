import type { PluginLog } from '../log/plugin-log.ts'
import type { EventHub } from './events.ts'
import { Followed, type Follower, type RecordingDesk, type TraceListener } from './followed.ts'
import type { Generation } from './generation.ts'
import type { Received } from './receive.ts'
import type { TraceSelection } from './trace-options.ts'

/**
 * Who follows a request, decided once when it arrives: the log, the listeners, the recordings, the one who sent it.
 * Requests that are heard of in the same places, or nowhere, share a follower; one of its own is made only for what
 * belongs to a single request.
 */
export class Tracing {
  /** May be exchanged at any time; requests under way go on as they began. */
  selection: TraceSelection
  readonly #events: EventHub
  readonly #log: PluginLog | null
  readonly #desk: RecordingDesk | null
  /** By what the log wants, who listens to failures, who to decisions. */
  readonly #shared: readonly Follower[]

  constructor(
    selection: TraceSelection,
    events: EventHub,
    log: PluginLog | null,
    desk: RecordingDesk | null,
  ) {
    this.selection = selection
    this.#events = events
    this.#log = log
    this.#desk = desk
    const logged: TraceListener = record => log?.record(record)
    this.#shared = logDepths.flatMap(depth =>
      [[], [events.trace], [events.failure], [events.failure, events.trace]].map(listeners => ({
        onTrace: toAll(depth === 'none' ? listeners : [logged, ...listeners]),
        depth: depth === 'all' || listeners.includes(events.trace) ? 'all' : 'failures',
        followed: null,
      })),
    )
  }

  follow({ request, scan, head }: Received, generation: Generation): Follower {
    const { selection } = this
    const asked = selection.asks(scan.forward, request.socket.remoteAddress)
    const listened = this.#events.hearsOfDecisions
    const wanted = listened || this.#desk !== null
    const chosen = wanted && (selection.samples() || asked)
    const when = wanted && !chosen ? selection.when : null
    const desk = chosen || when !== null ? this.#desk : null
    const atOnce = this.#sharedBy(chosen && listened)
    if (!asked && when === null && desk === null) return atOnce
    const later = when === null ? null : { when, to: this.#events.trace }
    const response = asked ? selection.response : null
    return new Followed(atOnce, { later, desk, response }, generation, head)
  }

  #sharedBy(traced: boolean): Follower {
    const depth = this.#log === null ? 0 : logDepths.indexOf(this.#log.depth)
    const index = depth * 4 + (this.#events.hearsOfFailures ? 2 : 0) + (traced ? 1 : 0)
    return this.#shared[index] as Follower
  }
}

const logDepths: readonly PluginLog['depth'][] = ['none', 'failures', 'all']

const toAll = (listeners: readonly TraceListener[]): TraceListener | undefined => {
  if (listeners.length <= 1) return listeners[0]
  return record => {
    for (const listener of listeners) listener(record)
  }
}
