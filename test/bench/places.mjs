import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Root of the repository, and this folder. */
export const root = new URL('../../', import.meta.url)
export const here = new URL('./', import.meta.url)

/**
 * A folder of its own for the time of some work; it is gone when the work is over, however that ends.
 *
 * @template T
 * @param {(folder: string) => Promise<T>} work
 * @returns {Promise<T>}
 */
export const inTemporaryFolder = async work => {
  const folder = mkdtempSync(join(tmpdir(), 'plugin-cfg-bench-'))
  const remove = () => rmSync(folder, { recursive: true, force: true })
  process.once('exit', remove)
  try {
    return await work(folder)
  } finally {
    process.off('exit', remove)
    remove()
  }
}
