import type {
  AttemptStep,
  BufferStep,
  DeclineStep,
  DoneStep,
  FailStep,
  RelayStep,
  Step,
} from '../core/step.ts'

/**
 * Whoever carries out what an exchange asks for. The loop between the two is: the exchange names a step, the carrier
 * carries it out and reports how that went, the report returns the next step.
 *
 *     carryOut(exchange.step, carrier)
 *     ... later, in the carrier: carryOut(exchange.report(outcome), carrier)
 *
 * Callbacks instead of promises: most requests take one attempt that answers at once, and a promise per step would cost
 * more than the decision.
 */
export interface Carrier {
  buffer(step: BufferStep): void
  attempt(step: AttemptStep): void
  relay(step: RelayStep): void
  decline(step: DeclineStep): void
  fail(step: FailStep): void
  done(step: DoneStep): void
}

/** Hands the step to the method of its kind. */
export const carryOut = (step: Step, carrier: Carrier): void => {
  switch (step.kind) {
    case 'buffer':
      carrier.buffer(step)
      break
    case 'attempt':
      carrier.attempt(step)
      break
    case 'relay':
      carrier.relay(step)
      break
    case 'decline':
      carrier.decline(step)
      break
    case 'fail':
      carrier.fail(step)
      break
    case 'done':
      carrier.done(step)
      break
  }
}
