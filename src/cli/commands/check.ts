import { type Diagnostic, isUsable, type Severity } from '../../config/diagnostics.ts'
import { counted } from '../../debug/counted.ts'
import { PluginError } from '../../errors.ts'
import type { Command } from '../command.ts'
import { diagnosticText, readConfigOperand } from '../input.ts'
import { exit, type Io, UsageError } from '../io.ts'

/** What was found in one file. */
interface CheckedFile {
  readonly file: string
  /** It can be used: no error was found. */
  readonly usable: boolean
  readonly diagnostics: readonly Diagnostic[]
  /** Why it could not be read at all. */
  readonly unreadable?: string
}

/** `plugin-cfg check`: every finding about configuration files. */
export const check: Command = {
  name: 'check',
  summary: 'every finding about a plugin-cfg.xml, with line and column',
  usage: 'check FILE... [--json]',
  description:
    'Reads each file and prints what is wrong or risky: place, severity, code, what was found,\n' +
    'what the plug-in does about it and what to write instead. FILE may be - for standard input.',
  options: {
    json: { help: 'print the findings as one JSON object' },
  },
  examples: [
    'plugin-cfg check plugin-cfg/figure-5-12.xml',
    'plugin-cfg check --json /opt/IBM/WebSphere/Plugins/config/webserver1/plugin-cfg.xml',
  ],
  status: '0 no error, 1 a file has an error or cannot be read, 2 wrong usage',
  run: async (args, io) => {
    const { operands } = args
    if (operands.length === 0) {
      throw new UsageError('FILE is missing; usage: plugin-cfg check FILE... [--json]')
    }
    if (operands.filter(operand => operand === '-').length > 1) {
      throw new UsageError('- is given twice, and standard input can be read only once')
    }
    const files: CheckedFile[] = []
    for (const operand of operands) files.push(await checkFile(operand, io))
    const totals = totalsOf(files)
    if (args.has('json')) io.out(`${JSON.stringify({ files, ...totals }, null, 2)}\n`)
    else {
      for (const file of files) {
        if (file.unreadable !== undefined) io.err(`plugin-cfg check: ${file.unreadable}\n`)
        for (const each of file.diagnostics) io.out(`${diagnosticText(each)}\n`)
      }
      io.out(`${summaryOf(files, totals)}\n`)
    }
    return files.every(file => file.usable) ? exit.ok : exit.bad
  },
}

const checkFile = async (operand: string, io: Io): Promise<CheckedFile> => {
  try {
    const { diagnostics } = await readConfigOperand(operand, io)
    return { file: operand, usable: isUsable(diagnostics), diagnostics }
  } catch (error) {
    if (!(error instanceof PluginError)) throw error
    return { file: operand, usable: false, diagnostics: [], unreadable: error.message }
  }
}

const totalsOf = (files: readonly CheckedFile[]) => {
  const count = (severity: Severity): number =>
    files.reduce(
      (sum, file) => sum + file.diagnostics.filter(each => each.severity === severity).length,
      0,
    )
  return { errors: count('error'), warnings: count('warning'), notes: count('note') }
}

const summaryOf = (
  files: readonly CheckedFile[],
  { errors, warnings, notes }: ReturnType<typeof totalsOf>,
): string => {
  const unreadable = files.filter(file => file.unreadable !== undefined).length
  return [
    `${counted(files.length, 'file')}: ${counted(errors, 'error')}`,
    counted(warnings, 'warning'),
    counted(notes, 'note'),
    ...(unreadable > 0 ? [`${counted(unreadable, 'file')} unreadable`] : []),
  ].join(', ')
}
