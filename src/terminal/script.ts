import { CommandError, type StepCommand } from './command.ts'
import { commandHelp } from './help-lines.ts'
import { type Line, paint } from './line.ts'
import { type Done, perform, type Session } from './perform.ts'
import { readCommand } from './read-command.ts'
import { recordLines } from './trace-lines.ts'
import { clusterLines, nextLines, requestLines, statusText } from './view-lines.ts'

/** Where the text of a script goes. */
export interface ScriptOutput {
  readonly out: (text: string) => void
  readonly err: (text: string) => void
  /** Columns of a line; undefined: nobody measures them. */
  readonly columns: number | undefined
  /** What the script is called in messages. */
  readonly name: string
}

interface ScriptLine {
  readonly number: number
  readonly text: string
  readonly command: StepCommand
}

/** Columns where nobody measures them. */
const usual = 132

/**
 * Runs commands, one a line, and prints what comes of each. All lines are read before the first is run, so that a slip
 * of the pen changes nothing; the first command that cannot be carried out ends the script, because what follows was
 * meant for another state.
 *
 * @returns whether every command was carried out.
 */
export const runScript = async (
  text: string,
  session: Session,
  output: ScriptOutput,
): Promise<boolean> => {
  const columns = Math.max(40, output.columns ?? usual)
  const print = (lines: readonly Line[]): void => {
    for (const line of lines) output.out(`${paint(line, { columns, colours: false })}\n`)
  }
  const { lines, problems } = readLines(text, output)
  for (const problem of problems) output.err(`${problem}\n`)
  if (problems.length > 0) return false

  print(overview(session, columns))
  for (const [at, { command, number, text: written }] of lines.entries()) {
    print([[], [`> ${written}`]])
    try {
      const done = await perform(command, session)
      print(doneLines(done, command, session, columns))
      if (done.show === 'quit') return true
    } catch (error) {
      if (!(error instanceof CommandError)) throw error
      output.err(`${problemText(error, number, written, output)}\n`)
      const left = lines.length - at - 1
      if (left > 0) {
        output.err(`the ${left === 1 ? 'command' : `${left} commands`} behind it did not run\n`)
      }
      return false
    }
  }
  return true
}

const readLines = (
  text: string,
  output: ScriptOutput,
): { readonly lines: readonly ScriptLine[]; readonly problems: readonly string[] } => {
  const lines: ScriptLine[] = []
  const problems: string[] = []
  for (const [at, written] of text.split(/\r?\n/).entries()) {
    try {
      const command = readCommand(written)
      if (command !== undefined) lines.push({ number: at + 1, text: written.trim(), command })
    } catch (error) {
      if (!(error instanceof CommandError)) throw error
      problems.push(problemText(error, at + 1, written, output))
    }
  }
  return { lines, problems }
}

const problemText = (
  { column, message }: CommandError,
  line: number,
  written: string,
  { name }: ScriptOutput,
): string => {
  const place = `${name}:${line}:${column}: `
  const shown = written.trim()
  return paint([`${place}${shown.length > 80 ? `${shown.slice(0, 79)}…` : shown}: ${message}`], {
    columns: Number.POSITIVE_INFINITY,
    colours: false,
  })
}

/** The request, what comes next and the servers. */
const overview = ({ stepper: { view } }: Session, columns: number): readonly Line[] => [
  ...requestLines(view),
  [statusText(view)],
  ...nextLines(view, columns),
  [],
  ...clusterLines(view, columns),
]

/** Commands after which the reader wants to know where the request stands. */
const quiet = new Set<StepCommand['do']>(['break', 'unbreak', 'unbreak-all', 'save'])

const doneLines = (
  done: Done,
  command: StepCommand,
  session: Session,
  columns: number,
): readonly Line[] => {
  const { view } = session.stepper
  const stepped = done.stepped.flatMap(({ number, record }) => recordLines(record, number, columns))
  const notes = done.notes.map((note): Line => [note])
  switch (done.show) {
    case 'all':
      return overview(session, columns)
    case 'trace':
      return view.trace.length === 0
        ? [['no decision has been stepped over yet']]
        : view.trace.flatMap(({ record }, at) => recordLines(record, at + 1, columns))
    case 'help':
      return commandHelp(columns)
    case 'quit':
      return []
    default:
      return [
        ...stepped,
        ...notes,
        ...(command.do === 'send' || command.do === 'edit' || command.do === 'edit-header'
          ? [...requestLines(view), [statusText(view)]]
          : []),
        ...(quiet.has(command.do) ? [] : nextLines(view, columns)),
      ]
  }
}
