import type { LogLevel } from '../config/model.ts'

/** The levels of `LogLevel`, least to most: each shows what those before it show (routing.md 10.2). */
export const logLevels = [
  'error',
  'warn',
  'stats',
  'detail',
  'debug',
  'trace',
] as const satisfies readonly LogLevel[]

/** Level of one line. `plugin`: the banner, which is written at every LogLevel. */
export type LineLevel = LogLevel | 'plugin'

/** The word on the line. */
export const levelWords: Readonly<Record<LineLevel, string>> = {
  plugin: 'PLUGIN',
  error: 'ERROR',
  warn: 'WARN',
  stats: 'STATS',
  detail: 'DETAIL',
  debug: 'DEBUG',
  trace: 'TRACE',
}

const ranks: Readonly<Record<LineLevel, number>> = {
  plugin: -1,
  error: 0,
  warn: 1,
  stats: 2,
  detail: 3,
  debug: 4,
  trace: 5,
}

/** Whether a line of level `line` is written at LogLevel `level`. */
export const shows = (level: LogLevel, line: LineLevel): boolean => ranks[line] <= ranks[level]

/** A level as people write it, in any case; undefined: there is none of that name. */
export const parseLogLevel = (text: string): LogLevel | undefined =>
  logLevels.find(level => level === text.trim().toLowerCase())
