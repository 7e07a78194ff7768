import type { HrTime } from '@opentelemetry/api'
import type { RouteRecord, TraceRecord } from '../core/trace.ts'
import type { Edge } from '../edge/edge.ts'
import type { EdgeListener } from '../edge/events.ts'
import { eventAttributes, isError, spanAttributes, spanName } from './attributes.ts'
import { type Group, OpenExchanges } from './open-exchanges.ts'
import { resolveTracingOptions, type TracingOptions } from './options.ts'

/** The tracing of one edge. */
export interface Tracing {
  /** Requests under way whose records are kept. */
  readonly open: number
  /** Makes no more spans and lets go of all records. */
  stop(): void
}

/**
 * One span for each request that the edge answers, with one event for each step. Spans are made when requests are over,
 * with the times at which they began and ended; requests that are left to the host get none. What servers are sent does
 * not change: they get the trace headers of the client.
 *
 * With `events: 'all'` tracing is on for every request, because a sampler is asked with the span; of spans that it does
 * not want nothing is made of the records. Sampling sparsely on a busy edge, take `events: 'failures'`.
 *
 * @throws PluginError `OPTION_INVALID`, also when @opentelemetry/api is not installed.
 */
export const traceExchanges = (edge: Edge, options: TracingOptions = {}): Tracing => {
  const settings = resolveTracingOptions(options)
  const { api, tracer, events, parent, kind, query, maxEvents, maxExchanges } = settings
  const open = new OpenExchanges(maxEvents, maxExchanges)
  const wallClock = new WallClock(() => edge.snapshot().takenAt)

  const step = (record: TraceRecord): void => open.add(record)
  const over: EdgeListener<'exchange'> = record => {
    const endedAt = Date.now()
    const startedAt = endedAt - record.durationMs
    const group = open.take(record.exchange) ?? noRecords
    if (record.status === 0 && record.result === 'decline') return

    const route = group.records.find(isRoute)
    const span = tracer.startSpan(
      spanName(record.method, route),
      {
        kind,
        startTime: hrTime(startedAt),
        attributes: spanAttributes(record, route, query),
      },
      parent(record),
    )
    if (span.isRecording()) {
      const toWallClock = group.records.length === 0 ? 0 : wallClock.ahead(endedAt)
      for (const one of group.records) {
        // Clocks are not read at the same moment; an event outside its span confuses readers.
        const at = Math.min(Math.max(one.time + toWallClock, startedAt), endedAt)
        span.addEvent(one.kind, eventAttributes(one), hrTime(at))
      }
      if (group.dropped > 0) span.setAttribute('plugin_cfg.dropped_events', group.dropped)
      if (isError(record)) {
        span.setStatus({
          code: api.SpanStatusCode.ERROR,
          ...(record.reason !== undefined && { message: record.reason }),
        })
      }
    }
    span.end(hrTime(endedAt))
  }

  const source = events === 'all' ? 'trace' : 'failure'
  edge.on(source, step)
  edge.on('exchange', over)
  return {
    get open() {
      return open.size
    },
    stop: () => {
      edge.off(source, step)
      edge.off('exchange', over)
      open.clear()
    },
  }
}

const noRecords: Group = { records: [], dropped: 0 }

const isRoute = (record: TraceRecord): record is RouteRecord => record.kind === 'route'

/** How far the clock of the edge, which need not be that of the day, is behind it; asked for once a second at most. */
class WallClock {
  readonly #edgeClock: () => number
  #ahead = 0
  #askedAt = -Infinity

  constructor(edgeClock: () => number) {
    this.#edgeClock = edgeClock
  }

  ahead(now: number): number {
    if (now - this.#askedAt > 1000) {
      this.#askedAt = now
      this.#ahead = now - this.#edgeClock()
    }
    return this.#ahead
  }
}

/** Seconds and nanoseconds since 1970: numbers alone can be taken for times since the process began. */
const hrTime = (ms: number): HrTime => {
  const seconds = Math.floor(ms / 1000)
  return [seconds, Math.round((ms - seconds * 1000) * 1_000_000)]
}
