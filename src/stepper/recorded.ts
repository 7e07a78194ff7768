import { isDeepStrictEqual } from 'node:util'
import type { Step } from '../core/step.ts'
import type { TraceRecord } from '../core/trace.ts'
import type { RecordedInput, Recording } from '../debug/recording.ts'
import { describeRecord } from '../debug/sentences.ts'
import { PluginError } from '../errors.ts'
import type { Input } from './inputs.ts'
import { isNetworkStep, isPossible } from './network-choice.ts'
import { recordedSending } from './sending.ts'
import { type Scene, Session } from './session.ts'

/** The arrival of a recorded request, in the state in which it arrived. */
export const recordedArrival = (recording: Recording): readonly Input[] => {
  const [arrival] = recording.inputs
  if (arrival === undefined || arrival.outcome !== null) {
    throw new PluginError(
      'OPTION_INVALID',
      'the recording does not begin with the arrival of its request, whose outcome is null',
    )
  }
  const { at, before, draws } = arrival
  return [
    { kind: 'restore', at, state: before },
    { kind: 'request', sending: recordedSending(recording), draws },
  ]
}

/** What a recorded request was told next. */
export const recordedReport = ({ at, before, outcome, draws }: RecordedInput): readonly Input[] =>
  outcome === null
    ? []
    : [
        { kind: 'restore', at, state: before },
        { kind: 'report', outcome, draws },
      ]

/** What the recording says about this step; undefined: nothing that could happen in it. */
export const proposal = (
  recording: Recording | undefined,
  told: number | null,
  step: Step,
): RecordedInput | undefined => {
  const input = told === null ? undefined : recording?.inputs[told]
  if (input === undefined || input.outcome === null || !isNetworkStep(step)) return undefined
  return isPossible(input.outcome, step) ? input : undefined
}

/**
 * Makes the recorded decisions again and compares.
 *
 * @returns what is different, in one sentence; undefined when all of them are the same.
 */
export const recordingDifference = (scene: Scene, recording: Recording): string | undefined => {
  const session = new Session(scene)
  for (const input of recordedArrival(recording)) session.apply(input)
  for (let told = 1; told < recording.inputs.length; told++) {
    const next = proposal(recording, told, session.flight.step)
    if (next === undefined) break
    for (const input of recordedReport(next)) session.apply(input)
  }
  const made = session.flight.records
  const { records } = recording
  const length = Math.max(made.length, records.length)
  for (let at = 0; at < length; at++) {
    if (isDeepStrictEqual(plain(made[at]), plain(records[at]))) continue
    const sentence = (record: TraceRecord | undefined): string =>
      record === undefined ? 'nothing' : JSON.stringify(describeRecord(record))
    return `step ${at + 1} is not as recorded, so this is not the configuration it was recorded with: recorded is ${sentence(records[at])}, here comes ${sentence(made[at])}`
  }
  return undefined
}

/** A record without the number of its exchange, which is another one here. */
const plain = (record: TraceRecord | undefined): unknown =>
  record === undefined ? undefined : { ...record, exchange: 0 }
