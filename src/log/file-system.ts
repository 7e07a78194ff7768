import { constants } from 'node:fs'
import { open, stat } from 'node:fs/promises'

/** What a log file needs of the operating system. Every method may fail, none may block. */
export interface LogFileSystem {
  /** Opens for appending; makes the file where there is none, but no directory. */
  open(path: string): Promise<OpenLog>
  /** Which file has that name now; null: none. */
  identify(path: string): Promise<string | null>
}

/** An open log file. */
export interface OpenLog {
  /** The same text for the same file, whatever its name by now. */
  readonly identity: string
  /** Appends; returns how many bytes were written, which may be fewer. */
  write(bytes: Uint8Array): Promise<number>
  close(): Promise<void>
}

/** The one of Node. */
export const nodeFileSystem: LogFileSystem = {
  async open(path) {
    // Appending survives `copytruncate`; not blocking keeps a pipe without a reader from holding a thread for ever.
    const flags = constants.O_APPEND | constants.O_CREAT | constants.O_WRONLY
    const handle = await open(path, flags | (constants.O_NONBLOCK ?? 0), logMode)
    try {
      const identity = identityOf(await handle.stat({ bigint: true }))
      return {
        identity,
        write: async bytes => (await handle.write(bytes)).bytesWritten,
        close: () => handle.close(),
      }
    } catch (error) {
      await handle.close()
      throw error
    }
  },

  async identify(path) {
    try {
      return identityOf(await stat(path, { bigint: true }))
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
      throw error
    }
  },
}

/** Others than the owner and the group need not see who asks for what. */
const logMode = 0o640

const identityOf = ({ dev, ino }: { readonly dev: bigint; readonly ino: bigint }): string =>
  `${dev}:${ino}`
