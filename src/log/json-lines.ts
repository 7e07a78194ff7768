import type { TraceRecord } from '../core/trace.ts'
import { escapeUnits } from './escape.ts'
import { defaultMaxQueueBytes, LogFile } from './log-file.ts'
import { unwritable } from './log-problem.ts'
import { mask } from './secrets.ts'
import { checkWriterOptions, invalidOption, type WriterOptions } from './writer-options.ts'

/** What `openTraceFile` can be told. */
export interface TraceFileOptions extends WriterOptions {
  /** Write session identifiers as they are. Default false: `***` in their place; clone ids stay. */
  readonly showSecrets?: boolean
}

/** A file of decision records. Nothing here throws or waits for the disk. */
export interface TraceFile {
  /** Lines that were dropped because the disk was slow or full. */
  readonly dropped: number
  /** Bound: can be handed over as a listener. */
  readonly record: (record: TraceRecord) => void
  /** Opens the file anew, for rotation by signal. Rotation by renaming, removing or truncating needs no call. */
  reopen(): void
  /** Settles when all lines so far were written, or could not be. */
  flush(): Promise<void>
  /** Writes what is waiting and closes the file, for at most five seconds. */
  close(): Promise<void>
}

/**
 * Writes every record as one line of JSON. Where lines had to be dropped stands `{"kind":"lost","lines":N}`.
 *
 * @throws PluginError `OPTION_INVALID`
 */
export const openTraceFile = (path: string, options: TraceFileOptions = {}): TraceFile => {
  if (typeof path !== 'string' || path === '') {
    throw invalidOption('path', path, 'the path of a file')
  }
  checkWriterOptions(options)
  const {
    maxQueueBytes = defaultMaxQueueBytes,
    checkMs,
    fileSystem,
    showSecrets = false,
    onError,
  } = options
  const file = new LogFile({
    path,
    maxQueueBytes,
    ...(checkMs !== undefined && { checkMs }),
    ...(fileSystem !== undefined && { fileSystem }),
    lostNote: lines => `${JSON.stringify({ kind: 'lost', lines })}\n`,
    onError: error => onError?.(unwritable(path, error)),
  })
  return {
    get dropped() {
      return file.dropped
    },
    record: record => file.write(`${jsonLine(record, showSecrets)}\n`),
    reopen: () => file.reopen(),
    flush: () => file.flush(),
    close: () => file.close(),
  }
}

const jsonLine = (record: TraceRecord, showSecrets: boolean): string => {
  const shown =
    record.kind === 'ids' && record.value !== undefined && !showSecrets
      ? { ...record, value: mask }
      : record
  return JSON.stringify(shown).replace(unprintable, escapeUnits)
}

/** JSON escapes C0 alone; these end lines for some readers, or hide and reorder text. All of them stand inside strings. */
const unprintable = /[\u007f-\u009f\p{Cf}\u2028\u2029]/gu
