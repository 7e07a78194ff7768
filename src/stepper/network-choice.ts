import type { Outcome, Step } from '../core/step.ts'
import { PluginError } from '../errors.ts'
import type { ImaginedBody, NetworkResult, VirtualNetwork } from '../simulate/network.ts'
import type { NetworkChoice, NetworkStep } from './stepper.ts'

/** What came of a choice. */
export interface Chosen {
  readonly outcome: Outcome
  readonly note?: string
}

/** Whether the network or the client acts in this step. */
export const isNetworkStep = (step: Step): step is NetworkStep =>
  step.kind === 'buffer' || step.kind === 'attempt' || step.kind === 'relay'

/**
 * Lets the imagined network do what was chosen, which may take time on its clock. Answers are left open, so that
 * passing them on is a step of its own.
 *
 * @throws PluginError `OUTCOME_UNEXPECTED` when that cannot happen in this step, with what can.
 */
export const carryOutChoice = (
  choice: NetworkChoice,
  step: NetworkStep,
  body: ImaginedBody,
  network: VirtualNetwork,
): Chosen => {
  if (choice === 'client-aborted') return { outcome: { kind: 'client-aborted' } }
  if (step.kind === 'buffer') {
    if (choice !== 'ok') throw misfit(choice, 'the request body is being read', 'ok')
    return { outcome: network.buffer(step, body) }
  }
  if (step.kind === 'relay') {
    if (choice !== 'ok' && choice !== 'broken-answer') {
      throw misfit(choice, `the answer of ${step.server} is being passed on`, 'ok, broken-answer')
    }
    return { outcome: network.relay(choice === 'broken-answer') }
  }
  if (typeof choice === 'number' && !(Number.isInteger(choice) && choice > 100 && choice < 600)) {
    throw new PluginError('OUTCOME_UNEXPECTED', `the status ${choice} is none; write 101 to 599`)
  }
  network.set('*', choice === 'reset-before-sending' ? 'reset' : choice)
  return attempted(choice, step.server, network.attempt(step, body, true))
}

const attempted = (
  choice: NetworkChoice,
  server: string,
  { outcome, note }: NetworkResult,
): Chosen => {
  if (outcome === null) {
    throw new PluginError(
      'OUTCOME_UNEXPECTED',
      `${note ?? `${server} never answers`}: nothing would ever follow; choose read-timeout, reset or client-aborted instead`,
    )
  }
  if (outcome.kind === 'answered') {
    if (choice === 'tls' || choice === 'handshake') {
      throw new PluginError('OUTCOME_UNEXPECTED', `${note ?? server}; choose something else`)
    }
    if (choice === 'reset-pooled') {
      throw new PluginError(
        'OUTCOME_UNEXPECTED',
        `this attempt at ${server} takes a new stream, so there is no stale one; choose reset instead`,
      )
    }
  }
  const unsent = choice === 'reset-before-sending' && outcome.kind === 'failed'
  return {
    outcome: unsent ? { ...outcome, bodySent: false } : outcome,
    ...(note !== undefined && { note }),
  }
}

const misfit = (choice: NetworkChoice, when: string, possible: string): PluginError =>
  new PluginError(
    'OUTCOME_UNEXPECTED',
    `${JSON.stringify(choice)} cannot happen while ${when}; choose ${possible} or client-aborted`,
  )

const clientOutcomes: readonly Outcome['kind'][] = [
  'client-aborted',
  'client-failed',
  'body-too-large',
]

const possible: Readonly<Record<NetworkStep['kind'], readonly Outcome['kind'][]>> = {
  buffer: ['buffered', ...clientOutcomes],
  attempt: ['answered', 'failed', ...clientOutcomes],
  relay: ['relayed', 'failed', ...clientOutcomes],
}

/** Whether an outcome can be reported on this step. */
export const isPossible = (outcome: Outcome, step: NetworkStep): boolean =>
  possible[step.kind].includes(outcome.kind)
