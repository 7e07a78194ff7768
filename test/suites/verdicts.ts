import type { Test } from 'tap'

/** How the tests of a suite ended, by name, with what they said when they failed. */
export interface Verdicts {
  readonly passed: ReadonlySet<string>
  readonly failed: ReadonlyMap<string, string>
  readonly skipped: number
}

/** Reads lines such as `passed NAME` and `failed NAME`; what follows a failed one is its report. */
export const verdictsOf = (text: string): Verdicts => {
  const passed = new Set<string>()
  const failed = new Map<string, string>()
  let skipped = 0
  let last = ''
  for (const line of text.split('\n')) {
    const [, how, name = ''] = /^(passed|failed|skipped) (\S+)/.exec(line) ?? []
    if (how === 'passed') passed.add(name)
    else if (how === 'failed') failed.set(name, '')
    else if (how === 'skipped') skipped++
    else if (failed.has(last)) failed.set(last, `${failed.get(last)}${line}\n`)
    if (how !== undefined) last = name
  }
  return { passed, failed, skipped }
}

/**
 * A whole suite passes, but for tests that cannot pass behind an edge, each listed with the reason. One that is listed
 * and passes all the same is an error, so that the list stays true, unless its reason says that it does `sometimes`.
 */
export const judge = (
  t: Test,
  { passed, failed, skipped }: Verdicts,
  atLeast: number,
  differences: Readonly<Record<string, string>>,
): void => {
  for (const [name, report] of failed) {
    const reason = differences[name]
    if (reason === undefined) t.fail(name, { report })
    else t.pass(`${name} differs: ${reason}`)
  }
  for (const [name, reason] of Object.entries(differences)) {
    if (reason.startsWith('sometimes ')) continue
    t.notOk(passed.has(name), `${name} is listed as different`)
  }
  t.ok(passed.size >= atLeast, `${passed.size} tests pass`)
  t.comment(`${passed.size} passed, ${failed.size} differ, ${skipped} skipped by the suite itself`)
}
