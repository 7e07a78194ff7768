import type { Size } from './screen.ts'

/** What a terminal tells while it is open. */
export interface TerminalListener {
  /** Keys as the terminal sends them. */
  readonly input: (text: string) => void
  /** The size is another, or the program was suspended: everything is to be drawn anew. */
  readonly redraw: () => void
  /** Nothing more can be read: the terminal is gone. */
  readonly ended: () => void
}

/** A terminal with a person before it; tests have their own. */
export interface Terminal {
  /** As it is now. */
  readonly size: () => Size
  /** Colours are wanted: `NO_COLOR` is not set. */
  readonly colours: boolean
  readonly write: (text: string) => void
  /** Every key at once and unseen, on a screen of its own. */
  readonly open: (listener: TerminalListener) => void
  /** Everything as before `open`. A second call changes nothing. */
  readonly close: () => void
  /** Ctrl-Z: everything as before until the program is continued. */
  readonly suspend: () => void
}

/** The alternate screen, which leaves what was there as it is; xterm and all that follow it. */
export const enterScreen = '\u001b[?1049h\u001b[2J\u001b[?25l'
/** Cursor, colours and screen as before. */
export const leaveScreen = '\u001b[0m\u001b[?25h\u001b[?1049l'
