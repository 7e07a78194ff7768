import type { StepperView } from '../stepper/stepper.ts'
import {
  answerMenu,
  breakpointMenu,
  commandPrompt,
  type Dialog,
  editMenu,
  type Menu,
  markPrompt,
  type Prompt,
  savePrompt,
  sendPrompt,
  waitPrompt,
} from './dialogs.ts'
import type { Key } from './keys.ts'
import { completed, edited, editorOf } from './line-editor.ts'

/** What the screen shows beside the view of the stepper. */
export interface Ui {
  readonly dialog: Dialog | undefined
  /** What came of the last command. */
  readonly message: { readonly text: string; readonly failed: boolean } | undefined
  /** Lines of the trace below the window; 0: the newest is visible. */
  readonly scrolled: number
}

export const freshUi: Ui = { dialog: undefined, message: undefined, scrolled: 0 }

/** What a key does: the screen is another, and perhaps a command is to be carried out. */
export interface Pressed {
  readonly ui: Ui
  /** As `readCommand` takes it. */
  readonly command?: string
}

/** Lines that the page keys scroll. */
const page = 8

/** What a key means when no dialog is open: a command, or a dialog. */
const keys: Readonly<Record<Key, string | ((view: StepperView) => Dialog)>> = {
  n: 'next',
  ' ': 'next',
  right: 'next',
  enter: 'next',
  r: 'network',
  e: 'end',
  b: 'back',
  left: 'back',
  B: 'back network',
  '0': 'back start',
  home: 'back start',
  s: 'send',
  q: 'quit',
  a: () => answerMenu,
  t: waitPrompt,
  d: view => markPrompt('down', view),
  u: view => markPrompt('up', view),
  S: sendPrompt,
  x: editMenu,
  p: breakpointMenu,
  w: () => savePrompt,
  ':': () => commandPrompt,
  '?': () => ({ kind: 'help', from: 0 }),
}

/** The screen after a key. Ctrl-C, Ctrl-L and Ctrl-Z are not asked about here: they mean the same everywhere. */
export const press = (key: Key, ui: Ui, view: StepperView): Pressed => {
  const { dialog } = ui
  switch (dialog?.kind) {
    case 'menu':
      return pressInMenu(key, ui, dialog)
    case 'prompt':
      return pressInPrompt(key, ui, dialog)
    case 'question':
      return { ui: freshUi, ...(key.toLowerCase() === 'y' && { command: dialog.yes }) }
    case 'help':
      return { ui: pressInHelp(key, ui, dialog.from) }
    case undefined:
      return pressOnScreen(key, ui, view)
  }
}

const pressOnScreen = (key: Key, ui: Ui, view: StepperView): Pressed => {
  const scroll = scrolls[key]
  if (scroll !== undefined) return { ui: { ...ui, scrolled: Math.max(0, scroll(ui.scrolled)) } }
  const does = Object.hasOwn(keys, key) ? keys[key] : undefined
  if (typeof does === 'string') return { ui: freshUi, command: does }
  if (does !== undefined) return { ui: { ...freshUi, dialog: does(view) } }
  if (key === 'esc') return { ui: freshUi }
  return { ui: { ...ui, message: { text: `${key} does nothing here; ? is help`, failed: true } } }
}

const scrolls: Readonly<Record<Key, ((scrolled: number) => number) | undefined>> = {
  up: scrolled => scrolled + 1,
  down: scrolled => scrolled - 1,
  pageup: scrolled => scrolled + page,
  pagedown: scrolled => scrolled - page,
  end: () => 0,
}

const pressInMenu = (key: Key, ui: Ui, menu: Menu): Pressed => {
  if (key === 'esc' || key === 'q') return { ui: freshUi }
  const does = menu.entries.find(entry => entry.key === key)?.does
  if (typeof does === 'string') return { ui: freshUi, command: does }
  if (does !== undefined) return { ui: { ...freshUi, dialog: does } }
  const text = `${key} is not in this menu; Esc leaves it`
  return { ui: { ...ui, message: { text, failed: true } } }
}

const pressInPrompt = (key: Key, ui: Ui, dialog: Prompt): Pressed => {
  const { editor, prefix, choices } = dialog
  if (key === 'esc') return { ui: freshUi }
  if (key === 'enter') {
    const text = chosen(editor.text, dialog)
    // The dialog stays until the command has been carried out, so that a slip can be mended.
    return text === '' ? { ui: freshUi } : { ui, command: prefix + text }
  }
  const next = key === 'tab' ? editorOf(completed(editor.text, choices)) : edited(editor, key)
  return { ui: { ...ui, message: undefined, dialog: { ...dialog, editor: next } } }
}

/** A number stands for a choice, unless it is the name of one. */
const chosen = (text: string, { choices, numbered }: Prompt): string => {
  const written = text.trim()
  if (!numbered || choices.includes(written)) return written
  return (/^\d{1,3}$/.test(written) ? choices[Number(written) - 1] : undefined) ?? written
}

const pressInHelp = (key: Key, ui: Ui, from: number): Ui => {
  const scroll = scrolls[key]
  if (key === 'home') return { ...ui, dialog: { kind: 'help', from: 0 } }
  // Up goes towards the beginning here: the help is read from its top.
  if (scroll !== undefined && key !== 'end') {
    return { ...ui, dialog: { kind: 'help', from: Math.max(0, 2 * from - scroll(from)) } }
  }
  return key === ' ' ? { ...ui, dialog: { kind: 'help', from: from + page } } : freshUi
}
