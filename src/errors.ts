/** Every code a {@link PluginError} can carry. Branch on the code, never on the message. */
export type ErrorCode =
  /** An option has a value outside its documented range. */
  | 'OPTION_INVALID'
  /** The configuration has errors and cannot route; `cause` carries the diagnostics where there are any. */
  | 'CONFIG_INVALID'
  /** A file could not be read. */
  | 'FILE_UNREADABLE'
  /** An exchange got an outcome that does not fit its current step. */
  | 'OUTCOME_UNEXPECTED'

/** Misuse or a broken invariant. What can happen in normal use (no route, every server down) is a value instead. */
export class PluginError extends Error {
  override readonly name: string = 'PluginError'
  readonly code: ErrorCode

  constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}
