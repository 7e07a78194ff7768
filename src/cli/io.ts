import type { Terminal } from '../terminal/terminal.ts'

/** What a command may touch of the process; tests give their own. */
export interface Io {
  /** Everything on standard input. */
  readonly stdin: () => Promise<Uint8Array>
  readonly out: (text: string) => void
  readonly err: (text: string) => void
  /** Width of the terminal that `out` goes to; absent when it is none. */
  readonly columns?: number | undefined
  /** Where somebody sits and presses keys; absent when input or output goes elsewhere. */
  readonly terminal?: Terminal | undefined
  /** Resolves on Ctrl-C or SIGTERM. Only a command that asks has to be stopped; others just end. */
  readonly untilStopped: () => Promise<void>
}

/** Exit statuses (design.md §4). */
export const exit = { ok: 0, bad: 1, usage: 2 } as const

export type ExitStatus = (typeof exit)[keyof typeof exit]

/** The command line is wrong: one line, exit status 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

/** The input is bad: one line, exit status 1. */
export class InputError extends Error {
  override readonly name = 'InputError'
}
