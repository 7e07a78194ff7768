import type { Line } from './line.ts'

/** A screen of characters. */
export interface Size {
  readonly columns: number
  readonly rows: number
}

/** A whole screen. */
export interface Frame {
  /** At most as many as the screen has rows. */
  readonly lines: readonly Line[]
  /** Where the cursor is shown, from 0; undefined: nowhere. */
  readonly cursor?: { readonly row: number; readonly column: number }
  /** Lines below the window of the trace; fewer than asked for when there are not so many. */
  readonly scrolled?: number
}
