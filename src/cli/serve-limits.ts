import { type Arguments, type Options, wholeNumber } from './arguments.ts'

const defaults = { drain: 30, keepAlive: 65, request: 0, header: 65_536 } as const

/** The options of `serve` for how long clients may take, and how much they may say. */
export const limitOptions: Options = {
  drain: {
    value: 'SECONDS',
    help: `how long requests under way may take to finish at the end; 0: cut off at once. Default ${defaults.drain}`,
  },
  'keep-alive': {
    value: 'SECONDS',
    help: `how long a connection may wait for its next request; longer than a load balancer in front keeps it. Default ${defaults.keepAlive}`,
  },
  'request-timeout': {
    value: 'SECONDS',
    help: 'how long a request with its body may take to arrive, 0 for any time; its header has 60 s in any case. Default 0, for long uploads',
  },
  'header-size': {
    value: 'BYTES',
    help: `largest header of a request; more is answered 431. Default ${defaults.header}, room for the 300 fields of HTTPMaxHeaders`,
  },
}

/** What the listeners of `serve` grant their clients. Milliseconds and bytes. */
export interface Limits {
  readonly drainMs: number
  readonly keepAliveMs: number
  /** 0: none. */
  readonly requestMs: number
  readonly headerMs: number
  readonly headerBytes: number
}

/** @throws UsageError */
export const limitsOf = (args: Arguments<Options>): Limits => {
  const seconds = (name: string, usual: number, least: number): number =>
    wholeNumber(`--${name}`, args.value(name) ?? String(usual), least, mostSeconds) * 1000
  const requestMs = seconds('request-timeout', defaults.request, 0)
  return {
    drainMs: seconds('drain', defaults.drain, 0),
    keepAliveMs: seconds('keep-alive', defaults.keepAlive, 1),
    requestMs,
    // Node wants the header to be in time no later than the whole.
    headerMs: requestMs === 0 ? headerMs : Math.min(headerMs, requestMs),
    headerBytes: wholeNumber(
      '--header-size',
      args.value('header-size') ?? String(defaults.header),
      1024,
      mostHeaderBytes,
    ),
  }
}

/** A day; the timers of Node go on for 24 of them. */
const mostSeconds = 86_400
const headerMs = 60_000
const mostHeaderBytes = 1024 * 1024
