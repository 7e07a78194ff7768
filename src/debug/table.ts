import { printable } from './printable.ts'

/** One column: its heading, and whether its cells are numbers. */
export interface Column {
  readonly title: string
  readonly align?: 'left' | 'right'
}

/**
 * Cells under their headings, columns two spaces apart, no trailing space. Names come from files and requests, so
 * characters that could play tricks on a terminal are written as escapes.
 */
export const renderTable = (
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
): string => {
  const cells = rows.map(row => row.map(printable))
  const widths = columns.map((column, at) =>
    cells.reduce((width, row) => Math.max(width, row[at]?.length ?? 0), column.title.length),
  )
  const line = (row: readonly string[]): string =>
    columns
      .map(({ align }, at) => {
        const width = widths[at] ?? 0
        const cell = row[at] ?? ''
        return align === 'right' ? cell.padStart(width) : cell.padEnd(width)
      })
      .join('  ')
      .trimEnd()
  return [
    line(columns.map(column => column.title)),
    line(widths.map(width => '-'.repeat(width))),
    ...cells.map(line),
  ].join('\n')
}

/** Breaks a text into lines of at most so many characters, between words; a longer word has a line for itself. */
export const wrap = (text: string, width: number): readonly string[] => {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line)
      line = word
    } else line = line === '' ? word : `${line} ${word}`
  }
  return [...lines, line]
}

/** The text behind a heading in lines of at most so many characters, the further ones below the first. */
export const hanging = (heading: string, text: string, columns: number): readonly string[] =>
  wrap(text, columns - heading.length).map(
    (line, at) => (at === 0 ? heading : ' '.repeat(heading.length)) + line,
  )
