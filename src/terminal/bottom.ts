import { printable } from '../debug/printable.ts'
import type { StepperView } from '../stepper/stepper.ts'
import type { Dialog, Menu, Prompt } from './dialogs.ts'
import { type Line, lineWidth } from './line.ts'
import type { Frame } from './screen.ts'
import { fold, textWidth } from './text-width.ts'
import type { Ui } from './ui.ts'

/** A longer message is cut off. */
const mostMessageLines = 4

const messageLines = ({ message }: Ui, columns: number): readonly Line[] => {
  if (message === undefined) return []
  const { text, failed } = message
  return fold(printable(text), columns - 1)
    .slice(0, mostMessageLines)
    .map(line => [failed ? { text: line, style: 'bad' } : line])
}

/** Message, then keys or dialog. The cursor counts from the first of these lines. */
export const bottomOf = (view: StepperView, ui: Ui, columns: number): Frame => {
  const { dialog } = ui
  const said = messageLines(ui, columns)
  if (dialog === undefined || dialog.kind === 'help') {
    return { lines: [...(said.length === 0 ? [[]] : said), ...keyLines(view, columns)] }
  }
  const { lines, cursor } = dialogFrame(dialog, columns)
  return {
    lines: [...said, ...lines],
    ...(cursor !== undefined && { cursor: { ...cursor, row: cursor.row + said.length } }),
  }
}

const dialogFrame = (dialog: Exclude<Dialog, { kind: 'help' }>, columns: number): Frame => {
  switch (dialog.kind) {
    case 'menu':
      return { lines: menuLines(dialog, columns) }
    case 'prompt':
      return promptFrame(dialog, columns)
    case 'question':
      return {
        lines: [
          ...fold(printable(dialog.title), columns - 1).map(
            (text): Line => [{ text, style: 'title' }],
          ),
          [{ text: 'y', style: 'key' }, ' yes   ', { text: 'n', style: 'key' }, ' no'],
        ],
      }
  }
}

const menuLines = ({ title, entries }: Menu, columns: number): readonly Line[] => [
  [{ text: title, style: 'title' }, '   ', { text: 'Esc', style: 'key' }, ' leaves'],
  ...inColumns(
    entries.map(({ key, label }): Line => [{ text: key, style: 'key' }, ` ${label}`]),
    columns,
  ),
]

/** Lines side by side, as many as fit, read from top to bottom. */
const inColumns = (cells: readonly Line[], columns: number): readonly Line[] => {
  const width = Math.max(...cells.map(lineWidth), 1) + 3
  const across = Math.max(1, Math.floor((columns - 1) / width))
  const down = Math.ceil(cells.length / across)
  return Array.from({ length: down }, (_, row) =>
    Array.from({ length: across }, (__, column) => cells[column * down + row] ?? []).flatMap(
      cell => [...cell, ' '.repeat(Math.max(0, width - lineWidth(cell)))],
    ),
  )
}

/** Choices beyond this many lines are left to Tab. */
const mostChoiceLines = 4

const promptFrame = ({ title, editor, choices, numbered }: Prompt, columns: number): Frame => {
  const cells = choices.map(
    (choice, at): Line =>
      numbered ? [{ text: String(at + 1), style: 'key' }, ` ${choice}`] : [choice],
  )
  const shown = choices.length === 0 ? [] : inColumns(cells, columns).slice(0, mostChoiceLines)
  const hint = [
    { text: 'Enter', style: 'key' as const },
    ' ok  ',
    ...(choices.length > 0 ? [{ text: 'Tab', style: 'key' as const }, ' completes  '] : []),
    { text: 'Esc', style: 'key' as const },
    ' leaves',
  ]
  // A long line moves to the left, so that the cursor stays on the screen.
  const room = columns - 4
  const before = [...editor.text].slice(0, editor.cursor).join('')
  const hidden = Math.max(0, editor.cursor - room)
  const text = [...editor.text].slice(hidden).join('')
  return {
    lines: [[{ text: title, style: 'title' }, '   ', ...hint], ...shown, ['> ', text]],
    cursor: {
      row: shown.length + 1,
      column: 2 + textWidth([...before].slice(hidden).join('')),
    },
  }
}

const keyLines = (view: StepperView, columns: number): readonly Line[] => {
  const first =
    view.next.kind === 'end' ? endKeys : view.next.kind === 'network' ? networkKeys : decisionKeys
  return [keyLine(first, columns), keyLine(otherKeys, columns)]
}

type KeyText = readonly [string, string]

const decisionKeys: readonly KeyText[] = [
  ['n', 'next'],
  ['r', 'run to network'],
  ['e', 'to end'],
  ['b', 'back'],
  ['a', 'network answers…'],
  ['s', 'send next'],
]
const networkKeys: readonly KeyText[] = [
  ['a', 'answer…'],
  ['n', 'as proposed'],
  ['r', 'run to network'],
  ['e', 'to end'],
  ['b', 'back'],
  ['s', 'send next'],
]
const endKeys: readonly KeyText[] = [
  ['s', 'send the next request'],
  ['b', 'back'],
  ['B', 'back to network'],
  ['0', 'back to start'],
  ['w', 'write scenario'],
]
const otherKeys: readonly KeyText[] = [
  ['t', 'time'],
  ['d', 'down'],
  ['u', 'up'],
  ['x', 'edit'],
  ['p', 'breakpoints'],
  ['w', 'write'],
  ['?', 'help'],
  ['q', 'quit'],
]

/** As many keys as fit, whole. */
const keyLine = (texts: readonly KeyText[], columns: number): Line => {
  const line: (string | { text: string; style: 'key' })[] = []
  let width = 0
  for (const [key, text] of texts) {
    width += key.length + text.length + 3
    if (width > columns) break
    line.push({ text: key, style: 'key' }, ` ${text}  `)
  }
  return line
}
