/** Compares what survived with what is known to: every survivor is killed by a test or explained. */
import type { Reporter } from '@stryker-mutator/api/report'
import { type Survivor, survivors } from './survivors.ts'

type Report = Parameters<NonNullable<Reporter['onMutationTestReportReady']>>[0]

/** One change that was tried, in the words of the list. */
interface Change {
  readonly file: string
  readonly line: string
  readonly change: string
  readonly status: string
}

/** Prints the survivors with their reasons. One without a reason makes the run fail, and so does a reason without one. */
export class SurvivorsReporter implements Reporter {
  onMutationTestReportReady(report: Report): void {
    const tried = Object.entries(report.files).flatMap(([path, file]) => changesOf(path, file))
    const survived = tried.filter(({ status }) => status === 'Survived' || status === 'NoCoverage')
    for (const change of survived) console.log(told(change))
    const unexplained = survived.filter(change => explanationOf(change) === undefined)
    console.log(`${survived.length} survivors, ${unexplained.length} of them not explained`)
    const mutated = new Set(tried.map(({ file }) => file))
    // On a busy machine one that survives may run out of time, which is no reason to forget it.
    const alive = [...survived, ...tried.filter(({ status }) => status === 'Timeout')]
    const outdated = survivors.filter(({ file }) => mutated.has(file)).flatMap(outdatedIn(alive))
    for (const text of outdated) console.log(`explained, but does not survive: ${text}`)
    if (unexplained.length + outdated.length > 0) process.exitCode = 1
  }
}

const changesOf = (path: string, { source, mutants }: Report['files'][string]): Change[] => {
  const lines = source.split('\n')
  return mutants.map(({ status, location: { start, end }, replacement = '' }) => {
    const text = lines.slice(start.line - 1, end.line)
    text[text.length - 1] = (text.at(-1) as string).slice(0, end.column - 1)
    text[0] = (text[0] as string).slice(start.column - 1)
    return {
      file: path.replace(/^src\/core\//, ''),
      line: (lines[start.line - 1] as string).trim(),
      change: `${text.join('\n')} -> ${replacement}`.replace(/\s+/g, ' '),
      status,
    }
  })
}

const explanationOf = ({ file, line, change }: Change): Survivor | undefined =>
  survivors.find(s => s.file === file && s.line === line && s.changes.includes(change))

const outdatedIn =
  (alive: readonly Change[]) =>
  ({ file, line, changes }: Survivor): string[] =>
    changes
      .filter(c => !alive.some(s => s.file === file && s.line === line && s.change === c))
      .map(change => `${file}: ${line}: ${change}`)

const told = (change: Change): string =>
  `${change.file}: ${change.line}\n  ${change.change}\n  ${explanationOf(change)?.why ?? 'NOT EXPLAINED'}`
