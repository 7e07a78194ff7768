import { readFile, stat } from 'node:fs/promises'

/**
 * The key files that one load has looked at, to notice when one of them is renewed while plugin-cfg.xml stays as it is.
 * Also those that were not there: a file that appears changes what the next load finds.
 */
export class KeyFiles {
  readonly #signatures = new Map<string, string>()

  /** Every path that was looked at. */
  get paths(): readonly string[] {
    return [...this.#signatures.keys()]
  }

  /**
   * Reads a file and remembers its state from before, so that a change while reading is noticed later.
   *
   * @throws what `stat` and `readFile` throw, and for what cannot be a key file by its kind or size.
   */
  async read(path: string): Promise<Buffer> {
    this.#signatures.set(path, await signatureOf(path))
    const found = await stat(path)
    if (found.isDirectory()) throw new Error('it is a directory')
    if (!found.isFile()) throw new Error('it is not a file')
    if (found.size > mostBytes) throw new Error(`it has more than ${mostBytes / 1024 / 1024} MiB`)
    return readFile(path)
  }

  /** Whether a file differs from what the load, or the last look, has seen. Each change is told once. */
  async changed(): Promise<boolean> {
    const looks = [...this.#signatures].map(async ([path, before]) => {
      const now = await signatureOf(path)
      this.#signatures.set(path, now)
      return now !== before
    })
    return (await Promise.all(looks)).includes(true)
  }
}

const mostBytes = 8 * 1024 * 1024

const signatureOf = async (path: string): Promise<string> => {
  try {
    const { mtimeMs, size, ino } = await stat(path)
    return `${mtimeMs} ${size} ${ino}`
  } catch {
    return 'missing'
  }
}
