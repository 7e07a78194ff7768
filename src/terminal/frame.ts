import type { StepperView } from '../stepper/stepper.ts'
import { bottomOf } from './bottom.ts'
import { keyHelp } from './help-lines.ts'
import type { Line } from './line.ts'
import type { Frame, Size } from './screen.ts'
import { fit, fold, textWidth } from './text-width.ts'
import { recordLines } from './trace-lines.ts'
import type { Ui } from './ui.ts'
import { clusterLines, nextLines, requestLines, statusText } from './view-lines.ts'

/** Below this the parts of the screen do not fit. */
export const smallest: Size = { columns: 60, rows: 20 }

/**
 * The screen: the request, what comes next, the servers, the decisions so far, then what came of the last command, and
 * the keys or the dialog that is open. From top to bottom as many lines as fit; the decisions get what is left.
 *
 * @param title what is debugged, such as the name of the file.
 */
export const frame = (view: StepperView, ui: Ui, title: string, size: Size): Frame => {
  const { columns, rows } = size
  if (columns < smallest.columns || rows < smallest.rows) return tooSmall(size)
  const head: readonly Line[] = [
    [
      { text: columns < 90 ? title : `plugin-cfg step ${title}`, style: 'title' },
      `   ${statusText(view)}`,
    ],
    ...atMost(requestLines(view), rows < 30 ? 2 : 5),
  ]
  if (ui.dialog?.kind === 'help') return helpFrame(head, ui.dialog.from, size)
  const next = nextBlock(view, size)
  const bottom = bottomOf(view, ui, columns)
  const fixed = head.length + next.length + 2 + bottom.lines.length
  const servers = aroundMarked(
    clusterLines(view, columns - 1),
    Math.max(4, rows - fixed - leastTrace(rows)),
  )
  const left = Math.max(1, rows - fixed - servers.length)
  const trace = traceBlock(view, ui.scrolled, columns, left)
  const lines = [...head, ...next, rule('servers', columns), ...servers, ...trace.lines]
  const { cursor } = bottom
  // The bottom is never the part that is cut off.
  const kept = lines.slice(0, Math.max(0, rows - bottom.lines.length))
  return {
    lines: [...kept, ...bottom.lines].slice(0, rows),
    scrolled: trace.scrolled,
    ...(cursor !== undefined && {
      cursor: { row: kept.length + cursor.row, column: cursor.column },
    }),
  }
}

/** Lines of the trace that the servers have to leave. */
const leastTrace = (rows: number): number => (rows < 24 ? 2 : Math.floor(rows / 4))

const tooSmall = ({ columns, rows }: Size): Frame => {
  const text = `This terminal has ${columns} columns and ${rows} rows; the debugger needs ${smallest.columns} and ${smallest.rows}. Make it larger, or press q to quit.`
  return {
    lines: fold(text, Math.max(1, columns - 1))
      .slice(0, rows)
      .map(line => [line]),
  }
}

const rule = (title: string, columns: number): Line => [
  {
    text: `── ${title} ${'─'.repeat(Math.max(0, columns - textWidth(title) - 5))}`,
    style: 'faint',
  },
]

/** The first lines; how many more there are stands behind the last one that is shown. */
const atMost = (lines: readonly Line[], most: number): readonly Line[] => {
  if (lines.length <= most) return lines
  const last = lines[most - 1] ?? []
  return [
    ...lines.slice(0, most - 1),
    [...last, { text: `  (and ${lines.length - most} more)`, style: 'faint' }],
  ]
}

/** Always of the same height, so that the screen does not jump. */
const nextBlock = (view: StepperView, { columns, rows }: Size): readonly Line[] => {
  const height = rows < 22 ? 4 : rows < 30 ? 5 : 6
  const all = nextLines(view, columns - 3)
  const lines = all.slice(0, height)
  if (all.length > height) lines[height - 1] = [...(lines[height - 1] ?? []), ' …']
  const filled = [...lines, ...Array.from({ length: height - lines.length }, (): Line => [])]
  return [rule('what comes next', columns), ...filled]
}

/** So many lines of a table that the highlighted one is among them. */
const aroundMarked = (lines: readonly Line[], most: number): readonly Line[] => {
  if (lines.length <= most) return lines
  const shown = most - 1
  const marked = lines.findIndex(line =>
    line.some(span => typeof span !== 'string' && span.style === 'marked'),
  )
  // The two lines of headings stay while the window moves down.
  const from = Math.max(0, Math.min(marked - shown + 1, lines.length - shown))
  const window =
    from === 0
      ? lines.slice(0, shown)
      : [...lines.slice(0, 2), ...lines.slice(from + 2, from + shown)]
  return [...window, [{ text: `  … ${lines.length - window.length} more lines`, style: 'faint' }]]
}

const traceBlock = (
  view: StepperView,
  scrolled: number,
  columns: number,
  height: number,
): Required<Pick<Frame, 'lines' | 'scrolled'>> => {
  const all = view.trace.flatMap(({ record }, at) => recordLines(record, at + 1, columns - 1))
  const below = Math.min(scrolled, Math.max(0, all.length - height))
  const end = all.length - below
  const shown = all.slice(Math.max(0, end - height), end)
  const filled = [...shown, ...Array.from({ length: height - shown.length }, (): Line => [])]
  const title = `decisions so far: ${view.trace.length}`
  const more = below === 0 ? '' : `, ${below} lines below`
  return { lines: [rule(title + more, columns), ...filled], scrolled: below }
}

const helpFrame = (head: readonly Line[], from: number, { columns, rows }: Size): Frame => {
  const all = keyHelp(columns - 1)
  const height = rows - head.length - 2
  const start = Math.max(0, Math.min(from, all.length - height))
  const shown = all.slice(start, start + height)
  const more = all.length - start - shown.length
  return {
    lines: [
      ...head,
      rule('help', columns),
      ...shown,
      ...Array.from({ length: height - shown.length }, (): Line => []),
      [
        { text: fit('any other key', 13), style: 'key' },
        ' back to the request',
        ...(more > 0 ? ['   ', { text: '↓', style: 'key' } as const, ` ${more} more lines`] : []),
      ],
    ],
  }
}
