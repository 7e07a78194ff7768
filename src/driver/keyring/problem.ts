import { PluginError } from '../../errors.ts'

/** Why a key file cannot be used. The message says what is wrong with it, without its name. */
export interface KeyringError extends PluginError {
  /** What to do about it, for the file of this name. */
  readonly advice: (file: string) => string
  /** The file is whole, but of a form that is not read here: another form of it beside it would do (E15). */
  readonly otherForm: boolean
}

/** `FILE_UNREADABLE`. */
export const keyringError = (
  message: string,
  advice: (file: string) => string,
  options: ErrorOptions & { readonly otherForm?: boolean } = {},
): KeyringError =>
  Object.assign(new PluginError('FILE_UNREADABLE', message, options), {
    advice,
    otherForm: options.otherForm ?? false,
  })

/** Tells such an error from all others. */
export const isKeyringError = (error: unknown): error is KeyringError =>
  error instanceof PluginError && 'advice' in error

/** The file is not what it should be, all of it or the part that was looked at. */
export const damaged = (what: string, cause?: unknown): KeyringError =>
  keyringError(`it is damaged: ${what}`, () => 'put the whole file there again', { cause })

/** The name of the file with another ending. */
export const withEnding = (file: string, ending: string): string =>
  `${file.replace(/\.\w+$/, '')}.${ending}`

/** A name as a shell takes it. */
export const shellWord = (text: string): string =>
  /^[\w./:@%+=-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`
