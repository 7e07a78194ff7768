import { readFile, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { putReference, renderReference } from './reference.ts'

/** Writes the generated reference into the page of the samples. Run by `npm run reference`. */
export const writeReference = async (page: string): Promise<void> => {
  const text = await readFile(page, 'utf8')
  await writeFile(page, putReference(text, renderReference()))
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await writeReference(fileURLToPath(new URL('../../plugin-cfg/README.md', import.meta.url)))
}
