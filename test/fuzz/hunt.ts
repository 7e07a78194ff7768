/**
 * What the fuzz tests share.
 *
 *   FUZZ_INPUTS   how many inputs in all; default 4000. The properties share them.
 *   FUZZ_SEED     where to begin; default: the time. Every run prints it.
 */
import fc from 'fast-check'
import type { Test } from 'tap'

export const fuzzInputs = Number(process.env.FUZZ_INPUTS ?? 4000)
export const fuzzSeed = Number(process.env.FUZZ_SEED ?? Date.now() % 1_000_000_000)

/**
 * Looks for an input that breaks a property. A found one is shrunk and printed with everything
 * escaped.
 *
 * @param share part of all inputs that this property gets, 0 to 1.
 * @param check throws when the property does not hold.
 */
export const hunt = <T>(
  t: Pick<Test, 'comment' | 'notOk'>,
  inputs: fc.Arbitrary<T>,
  share: number,
  check: (input: T) => void,
  show: (input: T) => string,
): void => {
  const numRuns = Math.max(1, Math.round(fuzzInputs * share))
  const before = process.cpuUsage()
  const outcome = fc.check(fc.property(inputs, check), { seed: fuzzSeed, numRuns })
  const { user, system } = process.cpuUsage(before)
  t.comment(
    `seed ${fuzzSeed}, ${outcome.numRuns} inputs, ${((user + system) / 1e6).toFixed(1)} s of CPU`,
  )
  const [input] = outcome.counterexample ?? []
  if (input !== undefined) {
    t.comment(`FUZZ_SEED=${fuzzSeed} FUZZ_INPUTS=${fuzzInputs} shows it again`)
    const error = outcome.errorInstance
    t.comment(escaped(error instanceof Error ? (error.stack ?? error.message) : String(error)))
    t.comment(`input, after ${outcome.numShrinks} steps of shrinking:`)
    t.comment(show(input))
  }
  t.notOk(outcome.failed, 'no input breaks it')
}

/** Text or bytes as one line of printable ASCII that can be pasted between quotation marks. */
export const escaped = (input: string | Uint8Array): string => {
  const text = typeof input === 'string' ? input : Buffer.from(input).toString('latin1')
  return text
    .replaceAll('\\', '\\\\')
    .replace(/[^\x20-\x7e\\]/g, c => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`)
}
