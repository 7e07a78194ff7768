import type { FailReason, FailureCause, Step, Why } from './step.ts'

/**
 * The way a request went, on one word: how each server was chosen and what kept it from answering, joined by `>`.
 *
 *   AFF              the session's server answered
 *   AFF>DOWN>RR      the session's server is marked down, round robin chose another one
 *   RR>REFUSED>RR    a server refused the connection, the next one answered
 *   DECLINED         no Route matches
 *
 * A choice with the same obstacle as the one before is not written again, and what lies between the first eight words
 * and the last is `…`, so that access logs and metrics see few different codes. Ours; the plug-in has nothing like it.
 */
export type ReasonCode = string

/** How a server was chosen. */
export const choiceCodes = {
  affinity: 'AFF',
  'round-robin': 'RR',
  random: 'RAND',
  'only-server': 'ONLY',
  backup: 'BACKUP',
  'next-in-list': 'NEXT',
  'cluster-address': 'CADDR',
  'same-server': 'SAME',
  'least-recently-failed': 'OLDEST',
} as const satisfies Readonly<Record<Why, string>>

/** Why the server that a session names was passed over. */
export type Missed =
  | 'marked-down'
  | 'busy'
  /** An operator has stopped it. */
  | 'stopped'
  /** It is a backup, and `backupAffinity: false` prefers primaries (Q7). */
  | 'backup'
  /** No usable server of the cluster has that clone ID. */
  | 'unknown'

export const missedCodes = {
  'marked-down': 'DOWN',
  busy: 'BUSY',
  stopped: 'STOPPED',
  backup: 'BACK',
  unknown: 'NOCLONE',
} as const satisfies Readonly<Record<Missed, string>>

/** What kept a server that was chosen from answering. */
export type Obstacle = FailureCause | 'stale' | 'no-transport' | 'status-503'

export const obstacleCodes = {
  refused: 'REFUSED',
  unreachable: 'UNREACH',
  'connect-timeout': 'CTIMEOUT',
  'connect-failed': 'CFAIL',
  tls: 'TLS',
  handshake: 'HSHAKE',
  reset: 'RESET',
  stale: 'STALE',
  'read-timeout': 'RTIMEOUT',
  malformed: 'BADRESP',
  'no-transport': 'NOTRANS',
  'status-503': '503',
} as const satisfies Readonly<Record<Obstacle, string>>

/** How a request ends that no server answers. */
export const failCodes = {
  'bad-host': 'BADHOST',
  'bad-target': 'BADTARGET',
  'client-body': 'BADBODY',
  'body-too-large': 'TOOLARGE',
  'cluster-unknown': 'NOCLUSTER',
  'no-server': 'NOSERVER',
  'all-down': 'ALLDOWN',
  'all-busy': 'ALLBUSY',
  'all-out-of-service': 'ALLOUT',
  'attempts-failed': 'FAILED',
  'not-replayable': 'NOREPLAY',
  'server-503': 'ALL503',
} as const satisfies Readonly<Record<FailReason, string>>

/** The other ends. */
export const endCodes = {
  declined: 'DECLINED',
  /** The client went away. */
  aborted: 'ABORT',
  /** The answer broke off after its beginning had been passed on. */
  broken: 'BROKEN',
  /** The edge takes no more requests, and has asked no router. */
  closing: 'CLOSING',
  /** It was still under way when the edge had waited long enough to close. */
  cut: 'CUT',
  /** As many requests as the edge bears were under way. */
  tooMany: 'TOOMANY',
  /** The client's body did not come in time. */
  bodyTimeout: 'BODYTIME',
  /** The client did not take its answer in time. */
  stalled: 'STALLED',
  /** Every server was busy, and no more could wait. */
  queueFull: 'QUEUEFULL',
  /** Every server was busy for as long as it may wait. */
  queueTimeout: 'QUEUETIME',
  /** Somebody has read the body of the request before the edge. */
  consumed: 'CONSUMED',
  /** A mistake in this package. */
  internal: 'INTERNAL',
} as const

/** What has been in the way so far: every word ends with `>`. */
export type Trail = string

const longest = 8
const left = '…>'

/** The trail with one more choice and its obstacle. */
export const withObstacle = (trail: Trail, choice: string, obstacle: string): Trail => {
  const pair = `${choice}>${obstacle}>`
  if (trail === '') return pair
  if (trail.endsWith(left) || trail.endsWith(pair)) return trail
  const words = trail.split('>').length - 1
  return trail + (words < longest ? pair : left)
}

/** The code of an exchange that stands at this step; empty while no server has been chosen. */
export const codeAt = (step: Step, trail: Trail, why: Why): ReasonCode => {
  switch (step.kind) {
    case 'buffer':
      return ''
    case 'attempt':
    case 'relay':
      return trail + choiceCodes[why]
    case 'decline':
      return endCodes.declined
    case 'fail':
      return trail + failCodes[step.reason]
    case 'done':
      if (step.result === 'served') return trail + choiceCodes[why]
      return `${trail}${step.server === undefined ? '' : `${choiceCodes[why]}>`}${
        step.result === 'client-aborted' ? endCodes.aborted : endCodes.broken
      }`
  }
}
