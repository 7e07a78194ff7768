import { didYouMean } from '../config/did-you-mean.ts'
import { printable } from '../debug/printable.ts'
import { PluginError } from '../errors.ts'
import { asksForHelp, parseArguments } from './arguments.ts'
import { type Command, helpOf } from './command.ts'
import { check } from './commands/check.ts'
import { explain } from './commands/explain.ts'
import { routes } from './commands/routes.ts'
import { serve } from './commands/serve.ts'
import { simulate } from './commands/simulate.ts'
import { step } from './commands/step.ts'
import { type ExitStatus, exit, InputError, type Io, UsageError } from './io.ts'
import { version } from './version.ts'

/** Every command, in the order of the help. */
export const commands: readonly Command[] = [check, routes, explain, step, simulate, serve]

/**
 * Runs one command line.
 *
 * @param args without `node` and the script.
 * @returns the exit status. What goes wrong is one line on standard error, never an exception.
 */
export const run = async (args: readonly string[], io: Io): Promise<ExitStatus> => {
  const [name, ...rest] = args
  if (name === undefined) {
    io.err(`${overview()}\n`)
    return exit.usage
  }
  if (name === '--help' || name === '-h' || name === 'help') {
    return help(rest[0], io)
  }
  if (name === '--version') {
    io.out(`${await version()}\n`)
    return exit.ok
  }
  const command = commands.find(each => each.name === name)
  if (command === undefined) return fail(io, '', unknownCommand(name), exit.usage)
  if (asksForHelp(rest)) return help(name, io)
  try {
    return await command.run(parseArguments(rest, command.options), io)
  } catch (error) {
    if (error instanceof UsageError) return fail(io, name, error.message, exit.usage)
    if (error instanceof InputError || error instanceof PluginError) {
      return fail(io, name, error.message, exit.bad)
    }
    const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error)
    return fail(io, name, `internal error, please report it: ${text}`, exit.bad)
  }
}

const help = (name: string | undefined, io: Io): ExitStatus => {
  const command = commands.find(each => each.name === name)
  if (name !== undefined && command === undefined) {
    return fail(io, '', unknownCommand(name), exit.usage)
  }
  io.out(`${command === undefined ? overview() : helpOf(command)}\n`)
  return exit.ok
}

const fail = (io: Io, command: string, message: string, status: ExitStatus): ExitStatus => {
  const line = printable(message.replaceAll('\n', ' '))
  io.err(`plugin-cfg${command === '' ? '' : ` ${command}`}: ${line}\n`)
  return status
}

const unknownCommand = (name: string): string => {
  if (name.startsWith('-')) {
    const guess = didYouMean(name, ['--help', '--version'])
    return `unknown option ${name}${guess || '; usage: plugin-cfg COMMAND ...'}`
  }
  const names = commands.map(each => each.name)
  return `unknown command ${JSON.stringify(name)} (commands: ${names.join(', ')})${didYouMean(name, names)}`
}

const overview = (): string => {
  const width = Math.max(...commands.map(each => each.name.length))
  return [
    'usage: plugin-cfg COMMAND ...',
    '',
    ...commands.map(each => `  ${each.name.padEnd(width)}  ${each.summary}`),
    '',
    'plugin-cfg COMMAND --help tells more. plugin-cfg --version prints the version.',
    'example: plugin-cfg check plugin-cfg.xml',
  ].join('\n')
}
