import type { EdgeCounters } from '../edge/edge.ts'
import type { ReloadEvent } from '../edge/reload.ts'
import type { EdgeWarning } from '../edge/warning.ts'
import type { Maker } from './maker.ts'

/** What counts events of the edge, and what has to be told to it. */
export interface EdgeMetrics {
  reloaded(event: ReloadEvent): void
  warned(warning: EdgeWarning): void
}

/** The metrics of the edge as a whole. */
export const edgeMetrics = (maker: Maker, counters: () => EdgeCounters): EdgeMetrics => {
  maker.gauge(
    'running_requests',
    'Requests under way, those on older configurations included.',
    [],
    metric => metric.set(counters().running),
  )
  maker.gauge(
    'idle_streams',
    'Connections to servers that wait for the next request.',
    [],
    metric => metric.set(counters().idleStreams),
  )
  const reloads = maker.counter(
    'reloads_total',
    'Times that the configuration was looked at again and something came of it, by result.',
    ['result'],
  )
  const warnings = maker.counter('warnings_total', 'Warnings of the edge, by code.', ['code'])
  for (const result of Object.keys(results)) reloads.inc({ result }, 0)
  for (const code of Object.keys(codes)) warnings.inc({ code }, 0)
  return {
    reloaded: ({ result }) => reloads.inc({ result }),
    warned: ({ code }) => warnings.inc({ code }),
  }
}

// Known from the start, so that the first of a kind is a change; tables, so that the compiler asks about a new one.
const results: Readonly<Record<ReloadEvent['result'], true>> = {
  loaded: true,
  refused: true,
  unreadable: true,
  recovered: true,
}

const codes: Readonly<Record<EdgeWarning['code'], true>> = {
  BODY_CONSUMED: true,
  FIPS_OFF: true,
  HEADERS_DROPPED: true,
  HOOK_FAILED: true,
  INTERNAL: true,
  KEYRING_KEPT: true,
  KEYRING_REPLACED: true,
  LIMIT_REACHED: true,
  LOG_FAILED: true,
  TRANSPORT_UNUSABLE: true,
}
