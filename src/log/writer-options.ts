import { PluginError } from '../errors.ts'
import type { LogFileSystem } from './file-system.ts'
import type { LogProblem } from './log-problem.ts'

/** What every log can be told about its file. */
export interface WriterOptions {
  /** Bytes that wait for a slow or full disk at most; lines beyond are dropped and counted. Default 1048576. */
  readonly maxQueueBytes?: number
  /**
   * Least milliseconds between two looks whether the file was renamed or removed; lines of that time still go to the
   * file that was moved. Default 1000.
   */
  readonly checkMs?: number
  /** Told when the log cannot be written, and again when that happens after it could be. Default: nobody. */
  readonly onError?: (problem: LogProblem) => void
  /** Default: that of Node. */
  readonly fileSystem?: LogFileSystem
}

/** @throws PluginError `OPTION_INVALID` naming the option and what was given. */
export const checkWriterOptions = ({ maxQueueBytes, checkMs, onError }: WriterOptions): void => {
  if (maxQueueBytes !== undefined && !(maxQueueBytes > 0)) {
    throw invalidOption('maxQueueBytes', maxQueueBytes, 'a number of bytes above 0')
  }
  if (checkMs !== undefined && !(checkMs >= 0)) {
    throw invalidOption('checkMs', checkMs, '0 or more milliseconds')
  }
  if (onError !== undefined && typeof onError !== 'function') {
    throw invalidOption('onError', onError, 'a function')
  }
}

export const invalidOption = (option: string, given: unknown, wanted: string): PluginError =>
  new PluginError('OPTION_INVALID', `${option} is ${String(given)}; write ${wanted}`)
