import type { Exchange } from '../../src/core/exchange.ts'
import type { FailureCause, Outcome, Step } from '../../src/core/step.ts'

/** Reports one outcome after another until an exchange is over, chosen by a source of chance, and looks at every step. */
export const drive = (exchange: Exchange, random: () => number): Step => {
  let step = exchange.step
  // Far more than the rules allow for the largest of the clusters here.
  for (let left = 2000; left > 0; left--) {
    checkStep(step)
    const outcomes = possible[step.kind]
    if (outcomes === undefined) return step
    const outcome = outcomes[Math.floor(random() * outcomes.length)] as Outcome
    step = exchange.report(outcome)
  }
  throw new Error(`the exchange does not end: ${JSON.stringify(step)}`)
}

const clientLeaves: readonly Outcome[] = [
  { kind: 'client-aborted' },
  { kind: 'client-failed' },
  { kind: 'body-too-large' },
]

const causes: readonly FailureCause[] = [
  'refused',
  'unreachable',
  'connect-timeout',
  'connect-failed',
  'tls',
  'handshake',
  'reset',
  'read-timeout',
  'malformed',
]

const ends: readonly Outcome[] = [200, 404, 500, 503].flatMap((status): Outcome[] => [
  { kind: 'answered', status },
  { kind: 'answered', status, streaming: true, stream: 'pooled' },
])

const failures: readonly Outcome[] = causes.flatMap((cause): Outcome[] => [
  { kind: 'failed', cause },
  { kind: 'failed', cause, stream: 'pooled' },
  { kind: 'failed', cause, bodySent: true },
])

const possible: Readonly<Partial<Record<Step['kind'], readonly Outcome[]>>> = {
  buffer: [
    { kind: 'buffered', bytes: 10, complete: true },
    { kind: 'buffered', bytes: 70_000, complete: false },
    ...clientLeaves,
  ],
  attempt: [...ends, ...failures, ...clientLeaves],
  relay: [{ kind: 'relayed' }, { kind: 'failed', cause: 'reset' }, ...clientLeaves],
}

const kinds = new Set(['buffer', 'attempt', 'relay', 'decline', 'fail', 'done'])
const statuses = new Set([400, 413, 500, 503])

const checkStep = (step: Step): void => {
  if (!kinds.has(step.kind)) throw new Error(`unknown step ${JSON.stringify(step)}`)
  if (step.kind === 'fail' && !statuses.has(step.status)) {
    throw new Error(`unknown status ${JSON.stringify(step)}`)
  }
  const copy = JSON.stringify(step)
  if (JSON.stringify(JSON.parse(copy)) !== copy) throw new Error(`no plain data: ${copy}`)
}
