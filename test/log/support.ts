import { readFileSync } from 'node:fs'
import type { LogFileSystem } from '../../src/log/file-system.ts'

/** A disk that tests make full, slow or gone, with names that they move. */
export class Disk implements LogFileSystem {
  /** What was written, by file; a file keeps its identity when its name goes to another. */
  readonly files = new Map<string, string>()
  readonly #names = new Map<string, string>()
  #made = 0
  opened = 0
  closed = 0
  looked = 0
  /** Bytes until the disk is full. */
  room = Number.POSITIVE_INFINITY
  /** Thrown by everything while set. */
  broken: Error | null = null
  /** Most that one write takes. */
  atOnce = Number.POSITIVE_INFINITY
  /** Writes wait while set. */
  #held: Promise<void> | null = null
  release: () => void = () => {}

  hold(): void {
    this.#held = new Promise(resolve => {
      this.release = () => {
        this.#held = null
        resolve()
      }
    })
  }

  /** As `mv` or `rm` does: the name is free, and who has the file open keeps it. */
  unname(path: string): void {
    this.#names.delete(path)
  }

  /** Everything in the file that has the name now. */
  text(path: string): string {
    return this.files.get(this.#names.get(path) ?? '') ?? ''
  }

  identify = async (path: string): Promise<string | null> => {
    this.looked++
    if (this.broken !== null) throw this.broken
    return this.#names.get(path) ?? null
  }

  open = async (path: string) => {
    if (this.broken !== null) throw this.broken
    this.opened++
    const identity = this.#names.get(path) ?? `file ${++this.#made}`
    this.#names.set(path, identity)
    if (!this.files.has(identity)) this.files.set(identity, '')
    return {
      identity,
      write: async (bytes: Uint8Array) => {
        await this.#held
        if (this.broken !== null) throw this.broken
        const count = Math.min(bytes.length, this.room, this.atOnce)
        if (count === 0) throw full()
        this.room -= count
        const text = Buffer.from(bytes.subarray(0, count)).toString()
        this.files.set(identity, `${this.files.get(identity)}${text}`)
        return count
      },
      close: async () => {
        this.closed++
      },
    }
  }
}

export const full = (): Error =>
  Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' })

/** Lines of a file. */
export const linesIn = (path: string): string[] => linesOfText(readFileSync(path, 'utf8'))

export const linesOfText = (text: string): string[] => text.split('\n').slice(0, -1)

/** 6 October 2017, 19:06:43.24773 where this runs. */
export const october = new Date(2017, 9, 6, 19, 6, 43).getTime() + 247.735

/** Parts of a line of the precise or classic layout, as parsers of http_plugin.log take it apart. */
export const parseLine = (
  line: string,
): { time: string; pid: string; tid: string; level: string; text: string } => {
  const parts = /^\[(.*?)\] ([0-9a-f]{8}) ([0-9a-f]{8}) - ([A-Z]+): (.*)$/.exec(line)
  if (parts === null) throw new Error(`not a line of the log: ${line}`)
  const [, time = '', pid = '', tid = '', level = '', text = ''] = parts
  return { time, pid, tid, level, text }
}
