import { parseArgs } from 'node:util'
import { didYouMean } from '../config/did-you-mean.ts'
import { UsageError } from './io.ts'

/** An option of a command. */
export interface Option {
  /** What stands for its value in the help; absent: a switch without a value. */
  readonly value?: string
  /** May be given several times. */
  readonly repeated?: boolean
  readonly help: string
}

export type Options = Readonly<Record<string, Option>>

/** Options and operands as given. */
export interface Arguments<O extends Options> {
  readonly operands: readonly string[]
  /** The switch was given. */
  readonly has: (name: keyof O) => boolean
  /** Value of the option, the last one when there are several. */
  readonly value: (name: keyof O) => string | undefined
  /** All values of the option, in order. */
  readonly values: (name: keyof O) => readonly string[]
}

/**
 * Takes a command line apart. `util.parseArgs` finds the tokens; what is wrong with them is said here, in one line.
 *
 * @throws UsageError
 */
export const parseArguments = <O extends Options>(
  args: readonly string[],
  options: O,
): Arguments<O> => {
  const known = Object.keys(options)
  const dashed = [...known, 'help'].map(name => `--${name}`)
  const { tokens } = parseArgs({
    args: [...args],
    options: Object.fromEntries(
      known.map(name => [
        name,
        { type: options[name]?.value === undefined ? 'boolean' : 'string', multiple: true },
      ]),
    ),
    strict: false,
    allowPositionals: true,
    tokens: true,
  })
  const operands: string[] = []
  const given = new Map<string, string[]>()
  for (const token of tokens) {
    if (token.kind === 'positional') operands.push(token.value)
    if (token.kind !== 'option') continue
    const option = Object.hasOwn(options, token.name) ? options[token.name] : undefined
    if (option === undefined || !token.rawName.startsWith('--')) {
      const written = (args[token.index] ?? token.rawName).split('=')[0] ?? ''
      throw new UsageError(`unknown option ${written}${didYouMean(written, dashed)}`)
    }
    if (option.value === undefined && token.value !== undefined) {
      throw new UsageError(`--${token.name} takes no value; found ${JSON.stringify(token.value)}`)
    }
    const forgotten =
      option.value !== undefined &&
      (token.value === undefined || (token.inlineValue !== true && isOption(token.value, dashed)))
    if (forgotten)
      throw new UsageError(`--${token.name} needs a value: --${token.name} ${option.value}`)
    const values = given.get(token.name) ?? []
    if (values.length > 0 && option.repeated !== true && option.value !== undefined) {
      throw new UsageError(`--${token.name} is given twice`)
    }
    given.set(token.name, [...values, token.value ?? ''])
  }
  return {
    operands,
    has: name => given.has(name as string),
    value: name => given.get(name as string)?.at(-1),
    values: name => given.get(name as string) ?? [],
  }
}

const isOption = (text: string, dashed: readonly string[]): boolean =>
  text === '--' || dashed.includes(text.split('=')[0] ?? '')

/** Whether the help is asked for; behind `--` there are operands only. */
export const asksForHelp = (args: readonly string[]): boolean => {
  const end = args.indexOf('--')
  return (end === -1 ? args : args.slice(0, end)).some(each => each === '--help' || each === '-h')
}

/**
 * A whole number from the command line.
 *
 * @throws UsageError
 */
export const wholeNumber = (
  option: string,
  text: string,
  least: number,
  most = Number.MAX_SAFE_INTEGER,
): number => {
  const number = /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN
  if (number >= least && number <= most) return number
  const range = most === Number.MAX_SAFE_INTEGER ? `${least} or more` : `${least} to ${most}`
  throw new UsageError(`${option} is ${JSON.stringify(text)}; write a whole number, ${range}`)
}
