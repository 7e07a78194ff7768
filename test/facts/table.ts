import { readFile } from 'node:fs/promises'

/** One row of the table in README.md. */
export interface Row {
  /** `TS-01`. */
  readonly id: string
  readonly title: string
  readonly source: string
  /** Entries in the last column that stand in backticks and begin with a number or `*`: what is not shown. */
  readonly notShown: readonly string[]
}

/** The table of facts, as people read it. */
export const readTable = async (): Promise<readonly Row[]> => {
  const text = await readFile(new URL('README.md', import.meta.url), 'utf8')
  return text.split('\n').flatMap(line => {
    const cells = line.split('|').map(cell => cell.trim())
    const [, id = '', title = '', source = '', , last = ''] = cells
    const [, name] = /^\[(TS-\d\d)\]\(scenarios\/ts-\d\d\.json\)$/.exec(id) ?? []
    if (name === undefined) return []
    const notShown = [...last.matchAll(/`((?:\d+|\*)(?:\.\w+)?)`/g)].map(match => match[1] ?? '')
    return [{ id: name, title, source, notShown }]
  })
}
