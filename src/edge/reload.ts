import { stat } from 'node:fs/promises'
import type { Diagnostic } from '../config/diagnostics.ts'
import type { Clock } from '../core/clock.ts'
import { codeOf } from '../driver/outcome.ts'
import type { Load } from './load.ts'

/** What happened when the configuration was looked at again. */
export interface ReloadEvent {
  /**
   * `loaded`: the new configuration is in force. `refused`: it has errors. `unreadable`: the file cannot be looked at or
   * read. `recovered`: it can be again, and has not changed. But for the first, the configuration before it stays.
   */
  readonly result: 'loaded' | 'refused' | 'unreadable' | 'recovered'
  readonly path: string | null
  readonly diagnostics: readonly Diagnostic[]
  /** What is wrong, where there is no diagnostic for it: the file cannot be read. */
  readonly error?: unknown
}

/** What tells one state of a file from another. */
export interface Signature {
  readonly mtimeMs: number
  readonly size: number
  readonly ino: number
}

export interface ReloaderOptions {
  /** null: there is no file, `reload` alone makes a new generation. */
  readonly path: string | null
  readonly clock: Clock
  /** Of the configuration in force; null: never look again. */
  readonly refreshIntervalMs: () => number | null
  readonly load: () => Promise<Load>
  /** A keyring has changed, or is there now and was not before. Tells each change once. */
  readonly keyFilesChanged: () => Promise<boolean>
  /** Puts a generation in force. */
  readonly install: (loaded: Load) => void
  readonly report: (event: ReloadEvent) => void
}

/**
 * When to look at the file again (plugin-cfg.md §2).
 *
 * No timer: a request that arrives after RefreshInterval looks. That request waits for what comes of it, as the
 * plug-in's does, and so is the first to see a new configuration; others go on with what is in force. A file that has
 * changed is read as a whole, and only when all is well it replaces the old one in one step. One
 * that is refused and has changed meanwhile was being written, and is read again at once. A file with errors is not read
 * again before it changes again. One that cannot be looked at, perhaps in the middle of being replaced, is looked
 * at by every request until it can; only the first failure and the recovery are reported.
 */
export class Reloader {
  readonly #options: ReloaderOptions
  #signature: Signature | null
  #checkedAt: number
  #busy: Promise<void> | null = null
  #missing = false

  constructor(options: ReloaderOptions, signature: Signature | null) {
    this.#options = options
    this.#signature = signature
    this.#checkedAt = options.clock.now()
  }

  /** Called for each request. @returns what this request should wait for; null: nothing. */
  due(): Promise<void> | null {
    const { path, clock, refreshIntervalMs } = this.#options
    if (path === null) return null
    const interval = refreshIntervalMs()
    if (interval === null) return null
    // With an interval of 0 every request has to know, so it waits for the look that is under way.
    if (this.#busy !== null) return interval === 0 ? this.#busy : null
    const now = clock.now()
    if (now - this.#checkedAt < interval) return null
    return this.#run(() => this.#check(path, now))
  }

  /** Loads now, changed or not. */
  async reload(): Promise<ReloadEvent> {
    while (this.#busy !== null) await this.#busy
    let event: ReloadEvent | undefined
    await this.#run(async () => {
      const { path } = this.#options
      event = await this.#load(path === null ? null : await signatureOf(path).catch(() => null))
    })
    return event as ReloadEvent
  }

  #run(work: () => Promise<void>): Promise<void> {
    this.#busy = work().finally(() => {
      this.#busy = null
    })
    return this.#busy
  }

  async #check(path: string, now: number): Promise<void> {
    let signature: Signature
    try {
      signature = await signatureOf(path)
    } catch (error) {
      // The interval is not renewed: the next request looks again.
      this.#unreadable(error)
      return
    }
    this.#checkedAt = now
    if (!same(signature, this.#signature) || (await this.#options.keyFilesChanged())) {
      await this.#load(signature)
      return
    }
    const recovered = this.#missing
    this.#missing = false
    if (recovered) this.#report({ result: 'recovered', diagnostics: [] })
  }

  /** The signature was taken before reading: a change while reading is seen at the next look. */
  async #load(signature: Signature | null, rereads = 0): Promise<ReloadEvent> {
    let loaded: Load
    try {
      loaded = await this.#options.load()
    } catch (error) {
      if (codeOf(error) !== 'CONFIG_INVALID') return this.#unreadable(error)
      const next = await this.#changedSince(signature, rereads)
      if (next !== null) return this.#load(next, rereads + 1)
      return this.#report({ result: 'refused', diagnostics: [], error })
    }
    const { generation, diagnostics } = loaded
    if (generation === null) {
      const next = await this.#changedSince(signature, rereads)
      if (next !== null) return this.#load(next, rereads + 1)
    }
    this.#signature = signature
    this.#missing = false
    if (generation === null) return this.#report({ result: 'refused', diagnostics })
    this.#options.install(loaded)
    return this.#report({ result: 'loaded', diagnostics })
  }

  /** What was refused may have been half written. null: it has not changed since, or was read often enough. */
  async #changedSince(before: Signature | null, rereads: number): Promise<Signature | null> {
    const { path } = this.#options
    if (path === null || before === null || rereads === mostRereads) return null
    const now = await signatureOf(path).catch(() => null)
    return now === null || same(now, before) ? null : now
  }

  #unreadable(error: unknown): ReloadEvent {
    const event = { result: 'unreadable', diagnostics: [], error } as const
    const first = !this.#missing
    this.#missing = true
    if (first) return this.#report(event)
    return { ...event, path: this.#options.path }
  }

  #report(event: Omit<ReloadEvent, 'path'>): ReloadEvent {
    const full = { ...event, path: this.#options.path }
    this.#options.report(full)
    return full
  }
}

/** A file that somebody writes to without end is refused in the end. */
const mostRereads = 3

/** @throws what `stat` throws. */
export const signatureOf = async (path: string): Promise<Signature> => {
  const { mtimeMs, size, ino } = await stat(path)
  return { mtimeMs, size, ino }
}

const same = (a: Signature, b: Signature | null): boolean =>
  b !== null && a.mtimeMs === b.mtimeMs && a.size === b.size && a.ino === b.ino
