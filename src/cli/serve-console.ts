import { type Admin, startAdmin } from '../admin/admin.ts'
import { randomToken, tokenFrom, tokenVariable } from '../admin/token.ts'
import type { Edge } from '../edge/edge.ts'
import { PluginError } from '../errors.ts'
import { collectMetrics } from '../metrics/collect.ts'
import { type Arguments, type Options, wholeNumber } from './arguments.ts'
import { InputError, UsageError } from './io.ts'
import { listenProblem } from './listen-problem.ts'

/** The options of `serve` for its admin endpoint. */
export const consoleOptions: Options = {
  'console-port': {
    value: 'PORT',
    help: 'start the admin endpoint on this port, 0 for any; for explain --attach and step --attach. Default: none',
  },
  'console-host': {
    value: 'ADDRESS',
    help: 'address of the admin endpoint; one that others can reach needs the token for reading too. Default 127.0.0.1',
  },
  metrics: {
    help: 'answer /metrics of the admin endpoint for Prometheus; needs the package prom-client',
  },
  token: {
    value: 'TOKEN',
    help: `what changes and recorded requests need there; default what ${tokenVariable} says, else a random one, which is printed`,
  },
}

/** How the admin endpoint is to be started. */
export interface ConsoleSettings {
  readonly port: number
  readonly host: string
  readonly token: string
  /** Nobody has chosen the token, so that it has to be told. */
  readonly isNewToken: boolean
  readonly metrics: boolean
}

/** @returns undefined: there is to be none. @throws UsageError */
export const consoleSettings = (args: Arguments<Options>): ConsoleSettings | undefined => {
  const port = args.value('console-port')
  if (port === undefined) {
    const other = ['console-host', 'metrics', 'token'].find(name => args.has(name))
    if (other === undefined) return undefined
    throw new UsageError(
      `--${other} is for the admin endpoint, which --console-port PORT starts; write both`,
    )
  }
  const token = tokenFrom(args.value('token'))
  return {
    port: wholeNumber('--console-port', port, 0, 65_535),
    host: args.value('console-host') ?? '127.0.0.1',
    token: token ?? randomToken(),
    isNewToken: token === undefined,
    metrics: args.has('metrics'),
  }
}

/**
 * Starts it.
 *
 * @throws UsageError for a token or an address that cannot be, InputError where it cannot listen.
 */
export const startConsole = async (
  edge: Edge,
  { port, host, token, metrics }: ConsoleSettings,
): Promise<Admin> => {
  try {
    return await startAdmin(edge, {
      port,
      host,
      token,
      ...(metrics && { metrics: collectMetrics(edge) }),
    })
  } catch (error) {
    if (error instanceof PluginError) throw new UsageError(`admin endpoint: ${error.message}`)
    const names = { port: '--console-port', host: '--console-host' }
    throw new InputError(listenProblem(error as NodeJS.ErrnoException, port, host, names))
  }
}

/** Where it listens, and with which token. */
export const consoleLine = (admin: Admin, { token, isNewToken }: ConsoleSettings): string =>
  `admin endpoint on ${admin.url}, token ${isNewToken ? token : 'as given'}`
