import type { LogLayout } from './layout.ts'
import type { LineLevel } from './levels.ts'

/** One line of the log before it has a time and numbers in front. */
export interface LogLine {
  readonly level: LineLevel
  readonly text: string
}

/** What the text of a line depends on besides the record it is about. */
export interface MessageOptions {
  readonly layout: LogLayout
  readonly showSecrets: boolean
}

/**
 * `component: function: message`, with the plug-in's own names for the place (routing.md 10.3). The message must not hold
 * a line end or what a client sent as it is: see `escape.ts`.
 */
export const line = (
  level: LineLevel,
  component: string,
  fn: string,
  message: string,
): LogLine => ({
  level,
  text: `${component}: ${fn}: ${message}`,
})
