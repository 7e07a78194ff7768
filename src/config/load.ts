import { type FileHandle, open } from 'node:fs/promises'
import { PluginError } from '../errors.ts'
import { refuseLarge } from './document.ts'
import {
  type ReadOptions,
  type ReadResult,
  readElements,
  readPluginConfig,
  resolveOptions,
} from './read.ts'

/**
 * Reads a plugin-cfg.xml from a file. Its encoding is that of the byte order mark, or else of the XML declaration:
 * UTF-8, ISO-8859-1, US-ASCII, windows-1252 or UTF-16.
 *
 * @throws PluginError `FILE_UNREADABLE` when there is no such file or it cannot be read. Bad content is never an
 *   exception: it is in the diagnostics.
 */
export const loadPluginConfig = async (
  path: string,
  options: ReadOptions = {},
): Promise<ReadResult> => {
  const { file = path, maxBytes } = resolveOptions(options)
  const bytes = await readBounded(path, maxBytes)
  return bytes === undefined
    ? readElements(refuseLarge({ file, maxBytes }))
    : readPluginConfig(bytes, { file, maxBytes })
}

/** The bytes of a file; undefined when there are more than that many. Pipes have no size, so that reading has to tell. */
const readBounded = async (path: string, most: number): Promise<Uint8Array | undefined> => {
  let file: FileHandle | undefined
  try {
    file = await open(path, 'r')
    const stat = await file.stat()
    if (stat.size > most) return undefined
    const chunks: Uint8Array[] = []
    let total = 0
    for (;;) {
      const size = Math.min(most + 1 - total, Math.max(stat.size + 1 - total, 65_536))
      const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(size), 0, size)
      if (bytesRead === 0) break
      chunks.push(buffer.subarray(0, bytesRead))
      total += bytesRead
      if (total > most) return undefined
    }
    return chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks, total)
  } catch (cause) {
    throw new PluginError('FILE_UNREADABLE', explain(path, cause), { cause })
  } finally {
    await file?.close()
  }
}

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  ENOTDIR: 'a part of the path is a file, not a directory',
  EISDIR: 'it is a directory; name the plugin-cfg.xml in it',
  EACCES: 'permission denied; this user may not read the file or one of its directories',
  EPERM: 'permission denied; this user may not read the file or one of its directories',
  ELOOP: 'its symbolic links lead in a circle',
  ENAMETOOLONG: 'the path is too long',
  EMFILE: 'too many files are open',
  ERR_INVALID_ARG_VALUE: 'the path contains a null character',
}

const explain = (path: string, cause: unknown): string => {
  const code = (cause as NodeJS.ErrnoException | undefined)?.code ?? ''
  const reason = reasons[code] ?? (cause instanceof Error ? cause.message : String(cause))
  return `cannot read ${JSON.stringify(path)}: ${reason}`
}
