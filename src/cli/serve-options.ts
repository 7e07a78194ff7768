import type { LogLevel } from '../config/model.ts'
import type { EdgeOptions } from '../edge/options.ts'
import { logLevels, parseLogLevel } from '../log/levels.ts'
import { type Arguments, type Options, wholeNumber } from './arguments.ts'
import { UsageError } from './io.ts'

/** The options of `serve` that say what is traced, recorded and logged. */
export const observingOptions: Options = {
  trace: { help: 'print the steps of each request, or of those that the next two options choose' },
  'trace-every': { value: 'N', help: 'follow one request in N only' },
  'trace-header': {
    help: 'follow requests from this machine that have an X-Plugin-Trace header; their answer gets an X-Plugin-Decision header',
  },
  record: {
    value: 'N',
    help: 'keep the last N requests that are followed, for step --attach',
  },
  log: { value: 'FILE', help: "write the plug-in's log there; default the Name of Log in FILE" },
  'log-level': {
    value: 'LEVEL',
    help: `${logLevels.join(', ')}; default the LogLevel in FILE. Without --log and --log-level there is no log`,
  },
}

/** @throws UsageError */
export const observing = (
  args: Arguments<Options>,
): Pick<EdgeOptions, 'trace' | 'recordings' | 'log'> => {
  const every = args.value('trace-every')
  const record = args.value('record')
  const chosen = {
    ...(every !== undefined && { every: wholeNumber('--trace-every', every, 1) }),
    ...(args.has('trace-header') && { header: {} }),
  }
  const followsAll = args.has('trace') || record !== undefined
  return {
    trace: Object.keys(chosen).length > 0 ? chosen : followsAll ? { every: 1 } : null,
    ...(record !== undefined && { recordings: wholeNumber('--record', record, 1, mostRecordings) }),
    ...logOf(args),
  }
}

/** Each keeps the state of the router at every step. */
const mostRecordings = 10_000

const logOf = (args: Arguments<Options>): Pick<EdgeOptions, 'log'> => {
  const file = args.value('log')
  const level = args.value('log-level')
  if (file === undefined && level === undefined) return {}
  if (file === '') throw new UsageError('--log is empty; write the path of a file')
  return {
    log: {
      ...(file !== undefined && { file }),
      ...(level !== undefined && { level: levelOf(level) }),
    },
  }
}

const levelOf = (text: string): LogLevel => {
  const level = parseLogLevel(text)
  if (level !== undefined) return level
  throw new UsageError(
    `--log-level is ${JSON.stringify(text)}; write one of ${logLevels.join(', ')}`,
  )
}
