// Prints the findings of the real files as they stand in findings.txt. To make that file again:
//
//   npm run build && node test/corpus/print-findings.mjs > test/corpus/findings.txt
//
// Then review every line that differs (git diff) against the file it is about and against the list of mistakes: the table
// says what is right, not what the checker happens to say. What is printed is sorted by file, line, column and code.
import { readdir } from 'node:fs/promises'
import { loadPluginConfig } from '../../dist/config/load.js'

const folder = new URL('../../../shared/corpus/', import.meta.url)
const lines = []
for (const [part, prefix] of [
  ['plugin-cfg', ''],
  ['fragments', 'f'],
]) {
  const names = (await readdir(new URL(part, folder))).filter(name => name.endsWith('.xml'))
  for (const name of names.sort()) {
    const { diagnostics } = await loadPluginConfig(new URL(`${part}/${name}`, folder).pathname)
    const sorted = diagnostics.toSorted(
      (a, b) => a.line - b.line || a.column - b.column || (a.code < b.code ? -1 : 1),
    )
    const key = prefix + /\d+/.exec(name)[0]
    for (const { line, column, code } of sorted) lines.push(`${key} ${line}:${column} ${code}`)
  }
}
process.stdout.write(`# Findings of the real files: number of the file, line and column, code. See README.md.
${lines.join('\n')}\n`)
