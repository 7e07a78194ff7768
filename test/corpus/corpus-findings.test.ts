import { readFile } from 'node:fs/promises'
import t from 'tap'
import type { Diagnostic } from '../../src/config/diagnostics.ts'
import { noRealFiles, readRealFiles } from './real-files.ts'

const table = (await readFile(new URL('findings.txt', import.meta.url), 'utf8'))
  .split('\n')
  .filter(line => line !== '' && !line.startsWith('#'))

const lineOf = (key: string, { line, column, code }: Diagnostic): string =>
  `${key} ${line}:${column} ${code}`

t.test('the table of findings has a file, a place and a code in every line, each once', async t => {
  for (const line of table) t.match(line, /^(?:\d{3}|f\d\d) [1-9]\d*:[1-9]\d* [LX]\d\d$/)
  t.equal(new Set(table).size, table.length)
})

t.test('every real file has exactly the findings of the reviewed table', async t => {
  const files = await readRealFiles()
  if (files === null) return t.comment(noRealFiles)
  for (const { key, diagnostics } of files) {
    t.strictSame(
      diagnostics.map(each => lineOf(key, each)).toSorted(),
      table.filter(line => line.startsWith(`${key} `)).toSorted(),
      key,
    )
  }
  const keys = new Set(files.map(file => file.key))
  t.strictSame(
    table.filter(line => !keys.has(line.split(' ')[0] ?? '')),
    [],
    'no line is about a file that is not there',
  )
  t.comment(`${files.length} files, ${table.length} findings`)
})

t.test('a finding in a real file points at the attribute or element of its path', async t => {
  const files = await readRealFiles()
  if (files === null) return t.comment(noRealFiles)
  for (const { key, path, diagnostics } of files) {
    const lines = (await readFile(path, 'utf8')).split(/\r\n|\n|\r/)
    for (const finding of diagnostics) {
      const found = (lines[finding.line - 1] ?? '').slice(finding.column - 1)
      const wanted = startOf(finding.path)
      // A piece without root is read as if it stood in a Config; what that lacks is said at its beginning.
      const isAbsentRoot = finding.path === 'Config' && finding.line === 1 && finding.column === 1
      t.ok(found.startsWith(wanted) || isAbsentRoot, `${lineOf(key, finding)} ${wanted}`)
    }
  }
})

/** What the text begins with at the place of a path: `Name=` for an attribute, `<Server` for an element. */
const startOf = (path: string): string => {
  const attribute = /@([^@\]]*)$/.exec(path)?.[1]
  if (attribute !== undefined) return `${attribute}=`
  const element = /(?:^|\/)(\w+)(?:\[[^\]]*\])?$/.exec(path)?.[1]
  return element === undefined ? '' : `<${element}`
}
