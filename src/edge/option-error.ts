import { PluginError } from '../errors.ts'

/** `OPTION_INVALID`: which option, what was given, what to write instead. */
export const invalid = (option: string, given: unknown, wanted: string): PluginError =>
  new PluginError('OPTION_INVALID', `${option} is ${display(given)}; write ${wanted}`)

const display = (value: unknown): string => {
  try {
    return JSON.stringify(value) ?? String(value)
  } catch {
    return String(value)
  }
}

/** Something with fields that can be looked at. */
export const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null

/** @throws PluginError `OPTION_INVALID` for a field that nobody knows, which is a slip more often than not. */
export const onlyKnown = (option: string, given: object, known: readonly string[]): void => {
  for (const name of Object.keys(given)) {
    if (known.includes(name)) continue
    throw new PluginError(
      'OPTION_INVALID',
      `${option} has ${JSON.stringify(name)}, which means nothing; write one of ${known.join(', ')}`,
    )
  }
}
