import { readFile } from 'node:fs/promises'

/** Version of this package. */
export const version = async (): Promise<string> => {
  // Two levels up from dist/cli as well as from src/cli.
  const text = await readFile(new URL('../../package.json', import.meta.url), 'utf8')
  return String((JSON.parse(text) as { readonly version: unknown }).version)
}
