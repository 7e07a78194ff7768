/**
 * The conversation of steps and outcomes, and §9: the statuses that no server gave.
 */
import type { FailReason, FailStep, FailureCause, Outcome, Step } from '../../../src/core/step.ts'
import { PluginError } from '../../../src/errors.ts'

/** §9: the status of every answer of our own. */
export const statusOf: Readonly<Record<FailReason, FailStep['status']>> = {
  'bad-host': 400,
  'bad-target': 400,
  'client-body': 400,
  'body-too-large': 413,
  'cluster-unknown': 500,
  'no-server': 500,
  'all-down': 500,
  'all-busy': 503,
  // Ours: nobody takes a server of the specification out of service.
  'all-out-of-service': 503,
  'attempts-failed': 500,
  'not-replayable': 500,
  'server-503': 503,
}

/** What may be reported at each step. */
const expected: Readonly<Record<Step['kind'], readonly Outcome['kind'][]>> = {
  buffer: ['buffered', 'client-aborted', 'client-failed', 'body-too-large'],
  attempt: ['answered', 'failed', 'client-aborted', 'client-failed', 'body-too-large'],
  relay: ['relayed', 'failed', 'client-aborted', 'body-too-large'],
  decline: [],
  fail: [],
  done: [],
}

/** Nothing follows. */
export const isEnd = ({ kind }: Step): boolean => expected[kind].length === 0

/** @throws PluginError `OUTCOME_UNEXPECTED` */
export const refuseUnexpected = ({ kind }: Step, outcome: Outcome): void => {
  if (expected[kind].includes(outcome.kind)) return
  throw new PluginError(
    'OUTCOME_UNEXPECTED',
    `'${outcome.kind}' was reported at step '${kind}'; report one of ${expected[kind].join(', ')}`,
  )
}

/** F1 to F5: no byte of the request was written. */
export const isBeforeAnyByte = (cause: FailureCause): boolean =>
  ['refused', 'unreachable', 'connect-timeout', 'connect-failed', 'tls', 'handshake'].includes(
    cause,
  )

/** F1 to F3: there is no connection; with F4 and F5 there was one, but no stream to use came of it. */
export const connectResult = (cause: FailureCause): 'ok' | 'failed' | 'timeout' => {
  if (cause === 'connect-timeout') return 'timeout'
  return ['refused', 'unreachable', 'connect-failed'].includes(cause) ? 'failed' : 'ok'
}
