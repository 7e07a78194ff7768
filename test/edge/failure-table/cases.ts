import type { FailureCause, StreamOrigin } from '../../../src/core/step.ts'

/*
 * The axes of the failure table (routing.md 4.1 to 4.3, 5, B5): what the first server does, crossed with everything that
 * a rule makes a difference by. Axes that no rule connects with a row are left at their first value there: time-outs and
 * ServerIOTimeoutRetry matter to rows F8 and F9 alone, and a pooled stream to nothing that happens while connecting.
 */

/** What m1 does with the request; the other servers answer 200. */
export const faults = [
  'F1 refused',
  'F2 connect-timeout',
  'F3 connect-failed',
  'F4 tls',
  'F5 handshake',
  'F6 stale, then well',
  'F7 reset',
  'F8 time-out above 0',
  'F9 time-out below 0',
  'F10 silent, then reset',
  'F11 503',
  'F12 500',
  'F12 404',
  'F13 malformed',
  'F14 answer broken off',
  'F15 client gone',
  'F16 busy',
  'F17 unresolvable',
  'F18 no transport',
] as const
export type Fault = (typeof faults)[number]

export const requests = ['GET', 'POST small', 'POST large', 'POST chunked'] as const
export type RequestForm = (typeof requests)[number]

/** Bytes of each body; the large ones do not fit into 64 KiB. */
export const bodyBytes: Readonly<Record<RequestForm, number>> = {
  GET: 0,
  'POST small': 10,
  'POST large': 100_000,
  'POST chunked': 100_000,
}

/** PostBufferSize, KiB. */
export const bufferSizes = [0, 64, -1] as const
/** ServerIOTimeoutRetry; null: absent. */
export const retryLimits = [null, 0, 1] as const

export interface Case {
  readonly fault: Fault
  readonly request: RequestForm
  /** Whether the servers have answered a request before, on streams that wait in the pool. */
  readonly streams: StreamOrigin
  readonly bufferKib: (typeof bufferSizes)[number]
  readonly retryLimit: (typeof retryLimits)[number]
  readonly servers: 1 | 2 | 3
  /** The session of the request names m1. */
  readonly affinity: boolean
}

/** What the core calls the failure; absent: it is none of an attempt. */
export const causes: Readonly<Partial<Record<Fault, FailureCause>>> = {
  'F1 refused': 'refused',
  'F2 connect-timeout': 'connect-timeout',
  'F3 connect-failed': 'connect-failed',
  'F4 tls': 'tls',
  'F5 handshake': 'handshake',
  'F6 stale, then well': 'reset',
  'F7 reset': 'reset',
  'F8 time-out above 0': 'read-timeout',
  'F9 time-out below 0': 'read-timeout',
  'F10 silent, then reset': 'reset',
  'F13 malformed': 'malformed',
}

/** Rows that come before the request is written: the stream is new by their nature. */
const beforeRequest: ReadonlySet<Fault> = new Set<Fault>([
  'F1 refused',
  'F2 connect-timeout',
  'F3 connect-failed',
  'F4 tls',
  'F5 handshake',
  'F16 busy',
  'F17 unresolvable',
  'F18 no transport',
])

const streamsOf = (fault: Fault): readonly StreamOrigin[] => {
  if (beforeRequest.has(fault)) return ['new']
  return fault === 'F6 stale, then well' ? ['pooled'] : ['new', 'pooled']
}

export const timesOut = (fault: Fault): boolean => fault.includes('time-out')

/** Every cell of the table. */
export const cases: readonly Case[] = faults.flatMap(fault =>
  requests.flatMap(request =>
    streamsOf(fault).flatMap(streams =>
      bufferSizes.flatMap(bufferKib =>
        (timesOut(fault) ? retryLimits : ([null] as const)).flatMap(retryLimit =>
          ([1, 2, 3] as const).flatMap(servers =>
            [false, true].map(affinity => ({
              fault,
              request,
              streams,
              bufferKib,
              retryLimit,
              servers,
              affinity,
            })),
          ),
        ),
      ),
    ),
  ),
)

/** One line for people, and the key of the case in the table. */
export const nameOf = (each: Case): string =>
  [
    each.fault.padEnd(22),
    each.request.padEnd(12),
    each.streams.padEnd(6),
    `buffer ${String(each.bufferKib).padStart(2)}`,
    timesOut(each.fault) ? `retry ${String(each.retryLimit ?? '-')}` : '       ',
    `of ${each.servers}`,
    each.affinity ? 'affinity' : '        ',
  ].join('  ')

/** What comes of a case. */
export interface Result {
  /** What the client gets; 0: nothing whole. */
  readonly status: number
  /** Servers in the order of the attempts. */
  readonly attempts: readonly string[]
  /** Body bytes of each request that reached a server whole. */
  readonly received: readonly string[]
  readonly health: readonly string[]
}

export const textOf = ({ status, attempts, received, health }: Result): string =>
  [
    String(status).padStart(3),
    attempts.join(' ').padEnd(14),
    received.join(' ').padEnd(32),
    health.join(' '),
  ].join('  |  ')
