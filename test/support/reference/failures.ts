/**
 * §4 and §5: what the end of an attempt means for its server. F1 to F13, F18, U1 to U3, R6, R9, B5, B7, N2.
 */
import type { Scheme, Transport } from '../../../src/config/model.ts'
import type { Switches } from '../../../src/core/options.ts'
import type { FailureCause, StreamOrigin } from '../../../src/core/step.ts'
import type { MarkDownRecord, MarkUpRecord } from '../../../src/core/trace.ts'
import type { Member } from './cluster.ts'

/** What §4.1 says about one failure. */
export interface Verdict {
  readonly row: string
  /** Connecting (F1 to F5, F18) or exchanging (F6 to F13): T2 against T3, B7, N4. */
  readonly family: 'connect' | 'exchange'
  /** F6: the stream was stale, not the server. */
  readonly stale: boolean
  readonly marksDown: boolean
}

/** §4.1, row by row. */
export const judge = (
  cause: FailureCause | 'no-transport',
  stream: StreamOrigin,
  server: Member,
  isOnlyServer: boolean,
): Verdict => {
  const connect = (row: string): Verdict => ({
    row,
    family: 'connect',
    stale: false,
    marksDown: true,
  })
  const exchange = (row: string, marksDown: boolean): Verdict => ({
    row,
    family: 'exchange',
    stale: false,
    marksDown,
  })
  const stale: Verdict = { row: 'F6', family: 'exchange', stale: true, marksDown: false }
  switch (cause) {
    case 'refused':
    case 'unreachable':
      return connect('F1')
    case 'connect-timeout':
      return connect('F2')
    case 'connect-failed':
      return connect('F3')
    case 'tls':
      return connect('F4')
    case 'handshake':
      return connect('F5')
    case 'reset':
      return stream === 'pooled' ? stale : exchange('F7', true)
    case 'read-timeout':
      // B5: an old stream is given the benefit of the doubt; B7: not at the only server.
      if (stream === 'pooled' && !isOnlyServer) return stale
      return server.settings.serverIoTimeoutMarksDown ? exchange('F9', true) : exchange('F8', false)
    case 'malformed':
      // F13 speaks of new streams; an old one that talks nonsense is an old one.
      return stream === 'pooled' ? stale : exchange('F13', true)
    case 'no-transport':
      return connect('F18')
  }
}

/** Marks a server down, or moves its timer. Returns what to call it; null: its state stays. */
export const settleFailure = (
  s: Member,
  exchange: number,
  marksDown: boolean,
  at: number,
): MarkDownRecord['reason'] | null => {
  if (s.health === 'up' && !marksDown) return null
  const reason =
    s.health === 'up'
      ? 'failure'
      : // R6: the full interval again, whatever the failure was.
        s.health === 'probing' && s.prober === exchange
        ? 'probe-failed'
        : // R9: somebody else's probe goes on.
          'failed-again'
  s.lastFailureAt = at
  if (reason !== 'failed-again') {
    s.health = 'down'
    s.prober = null
  }
  return reason
}

/** Marks a server up. Returns what to call it; null: its state stays. */
export const settleAnswer = (
  s: Member,
  exchange: number,
  status: number,
  switches: Switches,
): MarkUpRecord['reason'] | null => {
  const isProbe = s.health === 'probing' && s.prober === exchange
  if (status === 503) {
    // U3: only the probe's own 503 says anything; before PM49491 it left the flag set for ever.
    if (!isProbe) return null
    s.prober = null
    if (!switches.probe503ClearsFlag) return null
  }
  // U1, U2: any other answer, late ones included.
  if (s.health === 'up') return null
  s.health = 'up'
  s.prober = null
  return isProbe ? 'probe-answered' : 'late-answer'
}

/** E3 of §8.4: the flag goes whatever way the attempt ends; F15: nothing else does. */
export const releaseProbe = (s: Member, exchange: number): void => {
  if (s.health !== 'probing' || s.prober !== exchange) return
  s.health = 'down'
  s.prober = null
}

/** §8.1, Y1 to Y5. null: F18. */
export const findTransport = (
  usable: readonly Transport[],
  scheme: Scheme,
  insecureFallback: boolean,
): { readonly transport: Transport; readonly case: 1 | 2 | 3 | 4 } | null => {
  // Y5: the first of its protocol.
  const http = usable.find(t => t.protocol === 'http')
  const https = usable.find(t => t.protocol === 'https')
  if (scheme === 'https') {
    if (https !== undefined) return { transport: https, case: 1 }
    return http !== undefined && insecureFallback ? { transport: http, case: 4 } : null
  }
  if (http !== undefined) return { transport: http, case: 2 }
  return https !== undefined ? { transport: https, case: 3 } : null
}
