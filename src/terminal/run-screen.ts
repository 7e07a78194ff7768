import { CommandError } from './command.ts'
import { overwriteQuestion } from './dialogs.ts'
import { frame } from './frame.ts'
import { decodeKeys, type Key } from './keys.ts'
import { paint } from './line.ts'
import { type Done, perform, type Session } from './perform.ts'
import { readCommand } from './read-command.ts'
import { FileExists } from './save-scenario.ts'
import type { Frame } from './screen.ts'
import type { Terminal } from './terminal.ts'
import { freshUi, press, type Ui } from './ui.ts'

type Event =
  | { readonly kind: 'input'; readonly text: string }
  | { readonly kind: 'redraw' }
  | { readonly kind: 'quit' }

/**
 * The debugger on a terminal, until it is left. Whatever happens, the terminal is as before afterwards.
 *
 * @param title what is debugged, for the first line.
 * @param stopped resolves when the program is told to end.
 */
export const runScreen = async (
  session: Session,
  title: string,
  terminal: Terminal,
  stopped: Promise<void>,
): Promise<void> => {
  const events = eventQueue()
  let ui = freshUi
  let rest = ''
  const draw = (): void => {
    const drawn = frame(session.stepper.view, ui, title, terminal.size())
    ui = { ...ui, scrolled: drawn.scrolled ?? ui.scrolled }
    terminal.write(drawing(drawn, terminal))
  }
  try {
    terminal.open({
      input: text => events.put({ kind: 'input', text }),
      redraw: () => events.put({ kind: 'redraw' }),
      ended: () => events.put({ kind: 'quit' }),
    })
    void stopped.then(() => events.put({ kind: 'quit' }))
    draw()
    for (;;) {
      const event = await events.take()
      if (event.kind === 'quit') return
      if (event.kind === 'redraw') {
        terminal.write(clear)
        draw()
        continue
      }
      const decoded = decodeKeys(rest + event.text)
      rest = decoded.rest
      for (const key of decoded.keys) {
        if (key === 'ctrl-c') return
        if (key === 'ctrl-z') terminal.suspend()
        else if (key === 'ctrl-l') terminal.write(clear)
        else {
          const after = await pressed(key, ui, session)
          if (after === 'quit') return
          ui = after
        }
      }
      draw()
    }
  } finally {
    terminal.close()
  }
}

/** Erases the screen, for when its lines may stand anywhere. */
const clear = '\u001b[2J'

const pressed = async (key: Key, before: Ui, session: Session): Promise<Ui | 'quit'> => {
  const { ui, command } = press(key, before, session.stepper.view)
  if (command === undefined) return ui
  try {
    const read = readCommand(command)
    if (read === undefined) return freshUi
    return shown(await perform(read, session))
  } catch (error) {
    if (error instanceof FileExists) return { ...freshUi, dialog: overwriteQuestion(error.file) }
    if (!(error instanceof CommandError)) throw error
    return { ...ui, message: { text: error.message, failed: true } }
  }
}

const shown = ({ show, notes }: Done): Ui | 'quit' => {
  if (show === 'quit') return 'quit'
  if (show === 'help') return { ...freshUi, dialog: { kind: 'help', from: 0 } }
  return notes.length === 0
    ? freshUi
    : { ...freshUi, message: { text: notes.join('; '), failed: false } }
}

/**
 * A frame in one piece. Lines are written over the old ones, and what is left of those is erased behind them, so that
 * nothing flickers. The last column stays empty: a terminal that has just filled it would erase it again.
 */
const drawing = ({ lines, cursor }: Frame, terminal: Terminal): string => {
  const { columns, rows } = terminal.size()
  const paints = { columns: Math.max(0, columns - 1), colours: terminal.colours }
  const painted = lines.map((line, row) => `\u001b[${row + 1};1H${paint(line, paints)}\u001b[K`)
  const below = lines.length < rows ? `\u001b[${lines.length + 1};1H\u001b[J` : ''
  const place =
    cursor === undefined ? '' : `\u001b[${cursor.row + 1};${cursor.column + 1}H\u001b[?25h`
  return `\u001b[?25l${painted.join('')}${below}${place}`
}

/** Events in the order in which they came. */
const eventQueue = (): {
  readonly put: (event: Event) => void
  readonly take: () => Promise<Event>
} => {
  const waiting: Event[] = []
  let wake: (() => void) | undefined
  return {
    put: event => {
      waiting.push(event)
      wake?.()
    },
    take: async () => {
      for (;;) {
        const event = waiting.shift()
        if (event !== undefined) return event
        await new Promise<void>(resolve => {
          wake = resolve
        })
      }
    },
  }
}
