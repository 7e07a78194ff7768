import type { FailureCause, StreamOrigin } from './step.ts'

/** One row of the failure table (4.1). */
export interface FailureRow {
  readonly row: string
  /** Whether the server may have seen the request: decides about replay (B3) and lone servers (Q11). */
  readonly phase: 'connect' | 'exchange'
  /** `by-sign`: a negative ServerIOTimeout marks down (F9), a positive one does not (F8). */
  readonly marksDown: 'yes' | 'no' | 'by-sign'
  /** Who gets the request next, if anyone. */
  readonly next: 'another-server' | 'same-server'
  readonly text: string
}

const rows: Readonly<Record<FailureCause, FailureRow>> = {
  refused: {
    row: 'F1',
    phase: 'connect',
    marksDown: 'yes',
    next: 'another-server',
    text: 'connection refused',
  },
  unreachable: {
    row: 'F1',
    phase: 'connect',
    marksDown: 'yes',
    next: 'another-server',
    text: 'host or network unreachable',
  },
  'connect-timeout': {
    row: 'F2',
    phase: 'connect',
    marksDown: 'yes',
    next: 'another-server',
    text: 'no connection within ConnectTimeout',
  },
  'connect-failed': {
    row: 'F3',
    phase: 'connect',
    marksDown: 'yes',
    next: 'another-server',
    text: 'the operating system gave up connecting',
  },
  tls: {
    row: 'F4',
    phase: 'connect',
    marksDown: 'yes',
    next: 'another-server',
    text: 'TLS handshake failed',
  },
  handshake: {
    row: 'F5',
    phase: 'connect',
    marksDown: 'yes',
    next: 'another-server',
    text: 'no valid answer to the extended handshake',
  },
  reset: {
    row: 'F7',
    phase: 'exchange',
    marksDown: 'yes',
    next: 'another-server',
    text: 'connection broken before a status line came',
  },
  'read-timeout': {
    row: 'F8',
    phase: 'exchange',
    marksDown: 'by-sign',
    next: 'another-server',
    text: 'ServerIOTimeout fired',
  },
  malformed: {
    row: 'F13',
    phase: 'exchange',
    marksDown: 'yes',
    next: 'another-server',
    text: 'status line or headers are not HTTP',
  },
}

const oldStream: FailureRow = {
  row: 'F6',
  phase: 'exchange',
  marksDown: 'no',
  next: 'same-server',
  text: 'the pooled stream had gone stale',
}

const negativeTimeout: FailureRow = { ...rows['read-timeout'], row: 'F9' }

/** F18: every transport of the server is of the wrong scheme. */
export const noTransportRow: FailureRow = {
  row: 'F18',
  phase: 'connect',
  marksDown: 'yes',
  next: 'another-server',
  text: 'no usable transport for the scheme of the request',
}

/**
 * The row that applies. What breaks on a pooled stream says nothing about the server, only that the stream was old:
 * F6, also for time-outs (B5, first column). A lone server is the exception for time-outs, which it never retries (B7).
 */
export const failureRow = (
  cause: FailureCause,
  stream: StreamOrigin,
  timeoutMarksDown: boolean,
  single: boolean,
): FailureRow => {
  const row = rows[cause]
  if (stream === 'pooled' && row.phase === 'exchange' && !(single && cause === 'read-timeout')) {
    return oldStream
  }
  return cause === 'read-timeout' && timeoutMarksDown ? negativeTimeout : row
}

/** Whether a failure of this row marks its server down. */
export const marksDown = (row: FailureRow): boolean =>
  row.marksDown === 'by-sign' ? row.row === 'F9' : row.marksDown === 'yes'
