import { hanging, wrap } from '../debug/table.ts'
import type { Arguments, Options } from './arguments.ts'
import type { ExitStatus, Io } from './io.ts'

/** One `plugin-cfg <command>`. */
export interface Command {
  readonly name: string
  /** One line for the list of commands. */
  readonly summary: string
  /** How it is called, without `plugin-cfg`. */
  readonly usage: string
  /** What it does, for `--help`; one paragraph, whose line breaks do not count. */
  readonly description: string
  readonly options: Options
  /** Lines to try. */
  readonly examples: readonly string[]
  /** What the exit statuses mean here. */
  readonly status: string
  /**
   * @throws UsageError, InputError, PluginError: the dispatcher prints one line for each.
   */
  readonly run: (args: Arguments<Options>, io: Io) => Promise<ExitStatus>
}

/** Width of a help text. */
const columns = 100

/** The help of a command. */
export const helpOf = (command: Command): string => {
  const names = Object.entries(command.options).map(
    ([name, option]) =>
      [`--${name}${option.value === undefined ? '' : ` ${option.value}`}`, option] as const,
  )
  const width = Math.max(...names.map(([name]) => name.length), 6)
  const lines = [
    ...hanging('usage: plugin-cfg ', command.usage, columns),
    '',
    ...wrap(command.description.replaceAll(/\n+/g, ' '), columns),
    '',
    'options:',
    ...names.flatMap(([name, { help, repeated }]) =>
      hanging(
        `  ${name.padEnd(width)}  `,
        `${help}${repeated === true ? ' (may be repeated)' : ''}`,
        columns,
      ),
    ),
    `  ${'--help'.padEnd(width)}  this text`,
    '',
    ...hanging('exit status: ', command.status, columns),
    '',
    command.examples.length === 1 ? 'example:' : 'examples:',
    ...command.examples.map(example => `  ${example}`),
  ]
  return lines.join('\n')
}
