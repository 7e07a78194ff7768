/**
 * A table in Markdown: the first column is text, all others are numbers.
 *
 * @param {readonly string[]} heads
 * @param {readonly (readonly unknown[])[]} rows undefined: an empty cell
 */
export const table = (heads, rows) => {
  const cells = [heads, ...rows].map(row => row.map(cell => String(cell ?? '')))
  const widths = heads.map((_, column) => Math.max(3, ...cells.map(row => [...row[column]].length)))
  const line = row => `| ${row.map((cell, i) => pad(cell, widths[i], i === 0)).join(' | ')} |`
  const rule = widths.map((width, i) => (i === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`))
  return [line(cells[0]), `| ${rule.join(' | ')} |`, ...cells.slice(1).map(line)].join('\n')
}

const pad = (text, width, left) => (left ? text.padEnd(width) : text.padStart(width))

/** A number with so many decimals; undefined: nothing to show. */
export const fixed = (value, decimals = 0) =>
  value === undefined || !Number.isFinite(value) ? undefined : value.toFixed(decimals)
