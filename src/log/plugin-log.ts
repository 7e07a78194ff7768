import type { LogLevel, LogSettings, PluginConfig } from '../config/model.ts'
import type { TraceRecord } from '../core/trace.ts'
import type { TraceDepth } from '../core/tracer.ts'
import {
  type RawHeaders,
  requestHeadLines,
  responseHeadLines,
  sentHeadLines,
} from './head-message.ts'
import { type Layout, type LogLayout, layoutOf, logLayouts } from './layout.ts'
import { logLevels, shows } from './levels.ts'
import type { LogLine, MessageOptions } from './line.ts'
import { bannerLines, type LoadNews, loadedLines, refusedLines } from './load-message.ts'
import { defaultMaxQueueBytes, LogFile } from './log-file.ts'
import { nameProblem } from './log-name.ts'
import { unwritable } from './log-problem.ts'
import { coarsestLevel, linesOf } from './message.ts'
import { wallClock } from './wall-clock.ts'
import { checkWriterOptions, invalidOption, type WriterOptions } from './writer-options.ts'

/** What `openPluginLog` can be told. */
export interface PluginLogOptions extends WriterOptions {
  /** Path of the log. Default: `Name` of the `Log` element; while there is neither, nothing is written. */
  readonly file?: string
  /** Default: `LogLevel` of the `Log` element, `error` without one. */
  readonly level?: LogLevel
  /** Default `precise`. */
  readonly layout?: LogLayout
  /**
   * Log the values of Cookie, Set-Cookie, Authorization and other secrets, and the session id in a URL, as they are.
   * The plug-in does; whoever can read such a log can take over sessions. Default false: `***` in their place.
   */
  readonly showSecrets?: boolean
  /** Time of day for the lines, milliseconds since 1970, with fractions. Default: that of the machine. */
  readonly now?: () => number
  /** Number of the process. Default: that of this one. */
  readonly pid?: number
}

/**
 * The plug-in's own log, http_plugin.log: what its functions would have written about the decisions of a router
 * (routing.md 10). Nothing here throws or waits for the disk.
 */
export interface PluginLog {
  /**
   * Which records the log wants from the core: `all` at Stats and finer, `failures` at Error and Warn, `none` while
   * there is no file. Read it for every request: a reload may change it.
   */
  readonly depth: 'none' | TraceDepth
  /** Whether the heads of requests and answers are wanted (Detail and finer); when not, those methods do nothing. */
  readonly wantsHeads: boolean
  /** Whether the request as it is sent to a server is wanted too (Trace). */
  readonly wantsSentHeads: boolean
  /** Lines that were dropped because the disk was slow or full. */
  readonly dropped: number
  record(record: TraceRecord): void
  /** The request as the client sent it. `exchange`: its number, as in the records. */
  requestHead(exchange: number, method: string, target: string, rawHeaders: RawHeaders): void
  /** The request as it is sent to the server of an attempt, private headers included. */
  sentHead(exchange: number, method: string, target: string, rawHeaders: RawHeaders): void
  /** The answer of a server. */
  responseHead(exchange: number, status: number, reason: string, rawHeaders: RawHeaders): void
  /** A configuration is in force, at the start and after a reload; what its Log element says applies from here on. */
  loaded(config: PluginConfig, news: LoadNews): void
  /** A configuration could not be read or used, and the one before, if there is one, stays in force. */
  refused(news: LoadNews): void
  /** Opens the file anew, for rotation by signal. Rotation by renaming, removing or truncating needs no call. */
  reopen(): void
  /** Settles when all lines so far were written, or could not be. */
  flush(): Promise<void>
  /** Writes what is waiting and closes the file, for at most five seconds. Later calls of other methods do nothing. */
  close(): Promise<void>
}

/**
 * Opens the log. The file itself is opened with its first line.
 *
 * @param settings the `Log` element, where the configuration is known already; `loaded` tells it otherwise
 * @throws PluginError `OPTION_INVALID`
 */
export const openPluginLog = (options: PluginLogOptions = {}, settings?: LogSettings): PluginLog =>
  new RunningLog(checked(options), settings)

const checked = (options: PluginLogOptions): PluginLogOptions => {
  const { file, level, layout, pid, now } = options
  if (file !== undefined && (typeof file !== 'string' || file === '')) {
    throw invalidOption('file', file, 'the path of a file')
  }
  if (level !== undefined && !logLevels.includes(level)) {
    throw invalidOption('level', level, `one of ${logLevels.join(', ')}`)
  }
  if (layout !== undefined && !logLayouts.includes(layout)) {
    throw invalidOption('layout', layout, `one of ${logLayouts.join(', ')}`)
  }
  if (pid !== undefined && !Number.isInteger(pid)) throw invalidOption('pid', pid, 'a whole number')
  if (now !== undefined && typeof now !== 'function') throw invalidOption('now', now, 'a function')
  checkWriterOptions(options)
  return options
}

class RunningLog implements PluginLog {
  readonly #options: PluginLogOptions
  readonly #now: () => number
  readonly #layout: Layout
  readonly #message: MessageOptions
  #level: LogLevel = 'error'
  /** undefined: not known yet; empty: there is none. */
  #name: string | undefined
  #file: LogFile | null = null
  /** Files of earlier names, until they are written and closed. */
  readonly #retiring = new Set<Promise<void>>()
  #droppedBefore = 0
  #loads = 0
  #closed = false

  constructor(options: PluginLogOptions, settings: LogSettings | undefined) {
    this.#options = options
    this.#now = options.now ?? wallClock()
    const layout = options.layout ?? 'precise'
    this.#layout = layoutOf(layout, options.pid ?? process.pid)
    this.#message = { layout, showSecrets: options.showSecrets ?? false }
    if (options.file !== undefined || settings !== undefined) this.#configure(settings)
  }

  get depth(): 'none' | TraceDepth {
    if (this.#file === null) return 'none'
    return shows(this.#level, 'stats') ? 'all' : 'failures'
  }

  get wantsHeads(): boolean {
    return this.#file !== null && shows(this.#level, 'detail')
  }

  get wantsSentHeads(): boolean {
    return this.#file !== null && shows(this.#level, 'trace')
  }

  get dropped(): number {
    return this.#droppedBefore + (this.#file?.dropped ?? 0)
  }

  record(record: TraceRecord): void {
    if (this.#file === null || !shows(this.#level, coarsestLevel(record.kind))) return
    this.#write(record.exchange, linesOf(record, this.#message))
  }

  requestHead(exchange: number, method: string, target: string, rawHeaders: RawHeaders): void {
    if (!this.wantsHeads) return
    const { showSecrets } = this.#message
    this.#write(exchange, requestHeadLines(method, target, rawHeaders, showSecrets))
  }

  sentHead(exchange: number, method: string, target: string, rawHeaders: RawHeaders): void {
    if (!this.wantsSentHeads) return
    const { showSecrets } = this.#message
    this.#write(exchange, sentHeadLines(method, target, rawHeaders, showSecrets))
  }

  responseHead(exchange: number, status: number, reason: string, rawHeaders: RawHeaders): void {
    if (!this.wantsHeads) return
    const { showSecrets } = this.#message
    this.#write(exchange, responseHeadLines(status, reason, rawHeaders, showSecrets))
  }

  loaded(config: PluginConfig, news: LoadNews): void {
    if (this.#closed) return
    this.#configure(config.log)
    this.#write(0, loadedLines(config, news, this.#loads > 0))
    this.#loads++
  }

  refused(news: LoadNews): void {
    this.#write(0, refusedLines(news, this.#loads > 0))
  }

  reopen(): void {
    this.#file?.reopen()
  }

  async flush(): Promise<void> {
    await Promise.all([this.#file?.flush(), ...this.#retiring])
  }

  async close(): Promise<void> {
    this.#closed = true
    this.#retire()
    await Promise.all(this.#retiring)
  }

  #configure(settings: LogSettings | undefined): void {
    this.#level = this.#options.level ?? settings?.level ?? 'error'
    const name = this.#options.file ?? settings?.name?.trim() ?? ''
    if (name === this.#name) return
    this.#name = name
    this.#retire()
    const problem = nameProblem(name)
    if (problem === undefined) this.#open(name)
    else this.#tell({ code: 'LOG_NAME_UNUSABLE', file: name, message: problem })
  }

  #open(path: string): void {
    const { maxQueueBytes = defaultMaxQueueBytes, checkMs, fileSystem } = this.#options
    this.#file = new LogFile({
      path,
      maxQueueBytes,
      ...(checkMs !== undefined && { checkMs }),
      ...(fileSystem !== undefined && { fileSystem }),
      lostNote: lines => this.#layout(this.#now(), 0, 'warn', lostText(lines)),
      onError: error => this.#tell(unwritable(path, error)),
    })
    this.#write(0, bannerLines())
  }

  #retire(): void {
    const file = this.#file
    if (file === null) return
    this.#file = null
    const closed = file.close().then(() => {
      this.#droppedBefore += file.dropped
      this.#retiring.delete(closed)
    })
    this.#retiring.add(closed)
  }

  #write(thread: number, lines: readonly LogLine[]): void {
    const file = this.#file
    if (file === null) return
    const now = this.#now()
    for (const { level, text } of lines) {
      if (shows(this.#level, level)) file.write(this.#layout(now, thread, level, text))
    }
  }

  #tell(problem: Parameters<NonNullable<PluginLogOptions['onError']>>[0]): void {
    try {
      this.#options.onError?.(problem)
    } catch {
      // Who listens must not end a request.
    }
  }
}

const lostText = (lines: number): string =>
  `log: ${lines} ${lines === 1 ? 'line was' : 'lines were'} lost here, the disk was too slow or full`

export type { RawHeaders } from './head-message.ts'
export type { LogLayout } from './layout.ts'
export type { LoadNews } from './load-message.ts'
export type { LogProblem } from './log-problem.ts'
