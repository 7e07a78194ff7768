import type { Diagnostic } from '../config/diagnostics.ts'
import { isUsable, renderDiagnostic } from '../config/diagnostics.ts'
import { loadPluginConfig } from '../config/load.ts'
import type { PluginConfig } from '../config/model.ts'
import { type ReadResult, readPluginConfig } from '../config/read.ts'
import { counted } from '../debug/counted.ts'
import { printable } from '../debug/printable.ts'
import { InputError, type Io, UsageError } from './io.ts'

/** What standard input is called in diagnostics. */
export const stdinName = '(stdin)'

/**
 * Reads a plugin-cfg.xml by its operand; `-` is standard input.
 *
 * @throws PluginError `FILE_UNREADABLE`
 */
export const readConfigOperand = async (operand: string, io: Io): Promise<ReadResult> =>
  operand === '-'
    ? readPluginConfig(await readStdin(io), { file: stdinName })
    : loadPluginConfig(operand)

/**
 * Everything on standard input.
 *
 * @throws InputError when it cannot be read, as when a directory was put there.
 */
export const readStdin = async (io: Io): Promise<Uint8Array> => {
  try {
    return await io.stdin()
  } catch (error) {
    if (!(error instanceof Error && 'syscall' in error)) throw error
    throw new InputError(`cannot read standard input: ${error.message}`)
  }
}

/**
 * A configuration that can be used. Its errors are printed as `check` does.
 *
 * @throws InputError when it has errors.
 */
export const usableConfig = async (operand: string, io: Io): Promise<PluginConfig> => {
  const { config, diagnostics } = await readConfigOperand(operand, io)
  if (!isUsable(diagnostics)) throw unusable(operand, diagnostics, io)
  return config
}

/** Prints the errors of a configuration; what is returned is to be thrown. */
export const unusable = (
  operand: string,
  diagnostics: readonly Diagnostic[],
  io: Io,
): InputError => {
  const errors = diagnostics.filter(each => each.severity === 'error')
  for (const error of errors) io.err(`${diagnosticText(error)}\n`)
  return new InputError(
    `${nameOf(operand)} has ${counted(errors.length, 'error')} and cannot be used`,
  )
}

/** What an operand is called in messages. */
export const nameOf = (operand: string): string => (operand === '-' ? stdinName : operand)

/** A diagnostic as text that is safe on a terminal. */
export const diagnosticText = (diagnostic: Diagnostic): string =>
  renderDiagnostic(diagnostic).split('\n').map(printable).join('\n')

/**
 * The operands by name.
 *
 * @throws UsageError when there are more or fewer.
 */
export const expectOperands = (
  operands: readonly string[],
  names: readonly string[],
  usage: string,
): readonly string[] => {
  const missing = names[operands.length]
  if (missing !== undefined)
    throw new UsageError(`${missing} is missing; usage: plugin-cfg ${usage}`)
  const extra = operands[names.length]
  if (extra !== undefined) {
    throw new UsageError(
      `${JSON.stringify(extra)} is one operand too many; usage: plugin-cfg ${usage}`,
    )
  }
  return operands
}
