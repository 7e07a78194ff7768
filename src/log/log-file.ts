import { type LogFileSystem, nodeFileSystem, type OpenLog } from './file-system.ts'

export interface LogFileOptions {
  readonly path: string
  /** Bytes that wait to be written at most, those under way included; lines beyond are dropped. */
  readonly maxQueueBytes: number
  /** The line that says how many were dropped, with its end. */
  readonly lostNote: (lines: number) => string
  /** Told when writing fails, and again when it fails after it has worked in between. */
  readonly onError: (error: unknown) => void
  /** Milliseconds, for deciding when to look for rotation. Default: a monotonic clock. */
  readonly now?: () => number
  /** Least time between two looks whether the file still has its name. Default 1000. */
  readonly checkMs?: number
  /** Time between a failure and the next try. Default 1000. */
  readonly retryMs?: number
  /** Longest that closing waits for the disk. Default 5000. */
  readonly closeMs?: number
  /** Calls back after that time unless cancelled. Default: a timer that does not keep the process alive. */
  readonly later?: (work: () => void, ms: number) => () => void
  readonly fileSystem?: LogFileSystem
}

/** Default of `maxQueueBytes`. */
export const defaultMaxQueueBytes = 1024 * 1024

/**
 * A file that lines are appended to without anybody waiting for the disk.
 *
 * What is written waits in a queue; one batch at a time is handed to the operating system. When the disk is slower than
 * the lines come, or full, the queue stands at its bound and whole lines are dropped; a note of their number goes where
 * they would have been. Before each batch, but not more often than `checkMs`, the file's name is looked up: when it was
 * renamed or removed, the batch goes to a new file of that name. Nothing here throws.
 */
export class LogFile {
  readonly #options: Required<LogFileOptions>
  readonly #queue: string[] = []
  /** Bytes of the queue and of the batch under way. */
  #waiting = 0
  /** Dropped since the last note. */
  #lost = 0
  #dropped = 0
  /** What is left of the batch under way. */
  #batch: Uint8Array | null = null
  /** The file that has the beginning of the line with which the batch goes on; null: it begins with a line. */
  #begunIn: string | null = null
  #file: OpenLog | null = null
  #checkedAt = 0
  #reopen = false
  #failing = false
  #cancelRetry: (() => void) | null = null
  #run: Promise<void> | null = null
  #closing: Promise<void> | null = null

  constructor(options: LogFileOptions) {
    this.#options = {
      now: () => performance.now(),
      checkMs: 1000,
      retryMs: 1000,
      closeMs: 5000,
      later: unattended,
      fileSystem: nodeFileSystem,
      ...options,
    }
  }

  /** Lines that were dropped so far. */
  get dropped(): number {
    return this.#dropped
  }

  /** Takes a line, with its end. Returns at once. After `close` nothing is taken. */
  write(line: string): void {
    if (this.#closing !== null) return
    const note = this.#lost === 0 ? '' : this.#options.lostNote(this.#lost)
    const bytes = Buffer.byteLength(line) + Buffer.byteLength(note)
    if (this.#waiting + bytes > this.#options.maxQueueBytes) {
      this.#lost++
      this.#dropped++
      return
    }
    if (note !== '') this.#queue.push(note)
    this.#lost = 0
    this.#queue.push(line)
    this.#waiting += bytes
    this.#start()
  }

  /** Opens the file anew before the next batch, and at once when nothing is waiting. */
  reopen(): void {
    if (this.#closing !== null) return
    this.#reopen = true
    this.#retryNow()
  }

  /** Settles when what was taken has been written or could not be. */
  async flush(): Promise<void> {
    while (this.#run !== null) await this.#run
  }

  /**
   * Writes what is waiting, trying once more where that failed, and closes the file. Settles after `closeMs` even when
   * the disk does not answer.
   */
  close(): Promise<void> {
    this.#closing ??= this.#endInTime()
    return this.#closing
  }

  async #endInTime(): Promise<void> {
    let cancel = (): void => {}
    const late = new Promise<void>(resolve => {
      cancel = this.#options.later(resolve, this.#options.closeMs)
    })
    await Promise.race([this.#end(), late])
    cancel()
  }

  async #end(): Promise<void> {
    await this.flush()
    this.#retryNow()
    await this.flush()
    this.#cancelRetry?.()
    this.#dropped +=
      this.#queue.length + (this.#batch?.filter(byte => byte === lineEnd).length ?? 0)
    await this.#closeFile()
  }

  #retryNow(): void {
    this.#cancelRetry?.()
    this.#cancelRetry = null
    this.#start()
  }

  #start(): void {
    if (this.#run !== null || this.#cancelRetry !== null || !this.#hasWork) return
    this.#run = this.#work().finally(() => {
      this.#run = null
      this.#start()
    })
  }

  get #hasWork(): boolean {
    return this.#batch !== null || this.#queue.length > 0 || this.#lost > 0 || this.#reopen
  }

  async #work(): Promise<void> {
    // All lines of this turn of the event loop go out together.
    await new Promise(resolve => setImmediate(resolve))
    try {
      while (this.#hasWork) {
        const file = await this.#currentFile()
        this.#batch ??= this.#nextBatch()
        if (this.#batch !== null) await this.#writeBatch(file, this.#batch)
      }
    } catch (error) {
      await this.#failed(error)
    }
  }

  async #writeBatch(file: OpenLog, batch: Uint8Array): Promise<void> {
    const written = await file.write(batch)
    if (written <= 0) throw new Error('the operating system wrote nothing')
    this.#failing = false
    this.#waiting -= written
    this.#begunIn = batch[written - 1] === lineEnd ? null : file.identity
    this.#batch = written < batch.length ? batch.subarray(written) : null
  }

  #nextBatch(): Uint8Array | null {
    if (this.#queue.length === 0 && this.#lost > 0) {
      const note = this.#options.lostNote(this.#lost)
      this.#lost = 0
      this.#queue.push(note)
      this.#waiting += Buffer.byteLength(note)
    }
    let count = 0
    let characters = 0
    for (const line of this.#queue) {
      if (count > 0 && characters + line.length > batchCharacters) break
      characters += line.length
      count++
    }
    return count === 0 ? null : Buffer.from(this.#queue.splice(0, count).join(''))
  }

  /** The file to write to: the same as before unless it lost its name. */
  async #currentFile(): Promise<OpenLog> {
    const { path, now, checkMs, fileSystem } = this.#options
    const time = now()
    if (this.#file !== null && (this.#reopen || time - this.#checkedAt >= checkMs)) {
      this.#checkedAt = time
      const { identity } = this.#file
      // Where the name cannot be looked up, what is open may still work.
      const named = await fileSystem.identify(path).catch(() => identity)
      if (this.#reopen || named !== identity) await this.#closeFile()
    }
    this.#reopen = false
    if (this.#file === null) {
      this.#file = await fileSystem.open(path)
      this.#checkedAt = time
      this.#dropBegunLine(this.#file.identity)
    }
    return this.#file
  }

  /** The rest of a line whose beginning is in another file would be no line. */
  #dropBegunLine(identity: string): void {
    const batch = this.#batch
    if (batch === null || this.#begunIn === null || this.#begunIn === identity) return
    const rest = batch.subarray(batch.indexOf(lineEnd) + 1)
    this.#waiting -= batch.length - rest.length
    this.#batch = rest.length === 0 ? null : rest
    this.#begunIn = null
  }

  async #failed(error: unknown): Promise<void> {
    await this.#closeFile()
    const first = !this.#failing
    this.#failing = true
    this.#cancelRetry = this.#options.later(() => this.#retryNow(), this.#options.retryMs)
    if (!first) return
    try {
      this.#options.onError(error)
    } catch {
      // Who listens must not end the log.
    }
  }

  async #closeFile(): Promise<void> {
    const file = this.#file
    this.#file = null
    // Closing can report what writing before it lost; there is nothing left to do about it.
    await file?.close().catch(() => {})
  }
}

const batchCharacters = 64 * 1024
const lineEnd = 0x0a

const unattended = (work: () => void, ms: number): (() => void) => {
  const timer = setTimeout(work, ms)
  timer.unref()
  return () => clearTimeout(timer)
}
