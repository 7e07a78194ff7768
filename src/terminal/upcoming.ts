import type { Outcome } from '../core/step.ts'
import { describeRecord } from '../debug/sentences.ts'
import type { NetworkChoice, NetworkStep, StepperView } from '../stepper/stepper.ts'
import { answers } from './command.ts'

/** One sentence about what happens next, without the final full stop. */
export const describeUpcoming = (view: StepperView): string => {
  const { next } = view
  switch (next.kind) {
    case 'decision':
      return describeRecord(next.record)
    case 'network':
      return `${networkText(next.step)}; unless told otherwise: ${usualText(next.step, next.proposed)}`
    case 'end':
      return `The request has ended: ${view.ended ?? 'nothing more was decided'}${view.code === '' ? '' : `, code ${view.code}`}`
  }
}

const networkText = (step: NetworkStep): string => {
  switch (step.kind) {
    case 'buffer':
      return `The request body is read into memory, ${step.maxBytes === null ? 'all of it' : `up to ${step.maxBytes} bytes`}`
    case 'attempt': {
      const { protocol, hostname, port } = step.transport
      const pool = step.stream === 'new' ? ', on a new stream' : ''
      return `The request goes to ${step.server} at ${protocol}://${hostname}:${port}, attempt ${step.number}${pool}`
    }
    case 'relay':
      return `The answer of ${step.server}, status ${step.status}, is passed on to the client`
  }
}

/** What happens when nothing is chosen. */
const usualText = (step: NetworkStep, proposed: NetworkChoice | Outcome): string => {
  if (proposed !== 'ok' || step.kind === 'attempt') return proposedText(proposed)
  return step.kind === 'buffer' ? 'as much of it as is wanted arrives' : 'all of it arrives'
}

/** What the network or the client does, in words. */
export const proposedText = (proposed: NetworkChoice | Outcome): string => {
  if (typeof proposed === 'number') return `status ${proposed}`
  if (typeof proposed === 'string') {
    const known = Object.values(answers).find(({ answer }) => answer === proposed)
    return known?.help ?? proposed
  }
  switch (proposed.kind) {
    case 'buffered':
      return `${proposed.bytes} bytes are read${proposed.complete ? ', which is all of it' : ''}`
    case 'answered':
      return `status ${proposed.status}`
    case 'failed':
      return `it fails, ${proposed.cause}`
    case 'relayed':
      return 'all of it arrives'
    case 'client-aborted':
      return 'the client goes away'
    case 'client-failed':
      return "the client's body breaks off"
    case 'body-too-large':
      return 'the body is larger than PostSizeLimit'
  }
}
