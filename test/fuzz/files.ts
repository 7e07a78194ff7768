import { existsSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import type { Test } from 'tap'

export interface SampleFile {
  readonly name: string
  readonly bytes: Uint8Array
}

/** The samples of this package and, where they are beside it, real files that are not ours to publish. */
export const sampleFiles = async (t: Test): Promise<readonly SampleFile[]> => {
  const corpus = new URL('../../../shared/corpus/', import.meta.url)
  const folders = [new URL('../../plugin-cfg/', import.meta.url)]
  if (existsSync(corpus)) {
    folders.push(new URL('plugin-cfg/', corpus), new URL('fragments/', corpus))
  } else t.comment('no real files at ../shared/corpus: the samples alone are damaged')
  const files: SampleFile[] = []
  for (const folder of folders) {
    for (const name of (await readdir(folder)).filter(file => file.endsWith('.xml')).toSorted()) {
      files.push({ name, bytes: await readFile(new URL(name, folder)) })
    }
  }
  t.comment(`${files.length} files`)
  return files
}
