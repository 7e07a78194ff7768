import { existsSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { isUsable } from '../../src/config/diagnostics.ts'
import { loadPluginConfig } from '../../src/config/load.ts'
import type { ReadResult } from '../../src/config/read.ts'

/** One real file, by the number that its name begins with. */
export interface RealFile extends ReadResult {
  /** `001` for a whole file, `f01` for a piece of one. */
  readonly key: string
  readonly path: string
  /** Nothing in it is an error. */
  readonly usable: boolean
}

/** Real files are not ours to publish; they lie beside the repository where there are any. */
const folder = new URL('../../../shared/corpus/', import.meta.url)

/** What a test says that found none. */
export const noRealFiles = '../shared/corpus is not there: the real files were not looked at'

/** All whole files and all pieces, read; null when they are not there. */
export const readRealFiles = async (): Promise<readonly RealFile[] | null> => {
  if (!existsSync(folder)) return null
  return [...(await readAll('plugin-cfg', '')), ...(await readAll('fragments', 'f'))]
}

const readAll = async (part: string, prefix: string): Promise<readonly RealFile[]> => {
  const names = (await readdir(new URL(part, folder))).filter(name => name.endsWith('.xml'))
  return Promise.all(
    names.toSorted().map(async name => {
      const path = new URL(`${part}/${name}`, folder).pathname
      const reading = await loadPluginConfig(path)
      const number = /\d+/.exec(name)?.[0] ?? name
      return { ...reading, key: prefix + number, path, usable: isUsable(reading.diagnostics) }
    }),
  )
}
