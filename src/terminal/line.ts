import { printable } from '../debug/printable.ts'
import { clip, textWidth } from './text-width.ts'

/** How a piece of a line looks on a terminal with colours; without them it is plain. */
export type Style = 'title' | 'faint' | 'good' | 'bad' | 'waiting' | 'key' | 'marked'

/** A piece of a line. A bare string is plain. */
export type Span = string | { readonly text: string; readonly style: Style }

/** One line of the screen. Its text may come from files and requests as it is; painting makes it safe. */
export type Line = readonly Span[]

/** Select graphic rendition, ECMA-48 8.3.117. */
const codes: Readonly<Record<Style, string>> = {
  title: '1',
  faint: '2',
  good: '32',
  bad: '31',
  waiting: '33',
  key: '1;36',
  marked: '1;7',
}

/** How lines are painted. */
export interface Paint {
  /** Columns of a line; longer ones are cut off. */
  readonly columns: number
  /** Whether styles become colours. */
  readonly colours: boolean
}

/**
 * A line as text for the terminal. Characters that could play tricks on it are written as escapes, and what does not
 * fit is cut off.
 */
export const paint = (line: Line, { columns, colours }: Paint): string => {
  let left = columns
  let painted = ''
  for (const span of line) {
    if (left <= 0) break
    const plain = clip(printable(typeof span === 'string' ? span : span.text), left)
    left -= textWidth(plain)
    const style = typeof span === 'string' || !colours || plain === '' ? '' : codes[span.style]
    painted += style === '' ? plain : `\u001b[${style}m${plain}\u001b[0m`
  }
  return colours ? painted : painted.trimEnd()
}

/** The columns of a line, after everything unsafe has been written as an escape. */
export const lineWidth = (line: Line): number =>
  line.reduce(
    (width, span) => width + textWidth(printable(typeof span === 'string' ? span : span.text)),
    0,
  )
