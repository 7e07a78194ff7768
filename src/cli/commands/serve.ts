import { createServer, type Server } from 'node:http'
import { type AddressInfo, isIP } from 'node:net'
import type { PluginConfig } from '../../config/model.ts'
import type { TraceRecord } from '../../core/trace.ts'
import { printable } from '../../debug/printable.ts'
import { describeRecord } from '../../debug/sentences.ts'
import { createEdge, type Edge } from '../../edge/edge.ts'
import type { ConfigError } from '../../edge/load.ts'
import { PluginError } from '../../errors.ts'
import { wholeNumber } from '../arguments.ts'
import type { Command } from '../command.ts'
import { diagnosticText, expectOperands, nameOf, unusable, usableConfig } from '../input.ts'
import { exit, InputError, type Io, UsageError } from '../io.ts'

const defaultPort = 8080
const defaultHost = '127.0.0.1'

/** `plugin-cfg serve`: a real edge server. */
export const serve: Command = {
  name: 'serve',
  summary: 'a real edge server in front of the application servers',
  usage: 'serve FILE [--port PORT] [--host ADDRESS] [--trace]',
  description:
    'Listens for http, routes by FILE, and looks at FILE again as its RefreshInterval says. A request\n' +
    'that no Route matches gets 404. Ctrl-C or SIGTERM lets requests under way finish; a second Ctrl-C\n' +
    'ends at once. FILE may be - for standard input, which is never looked at again.',
  options: {
    port: { value: 'PORT', help: `port to listen on, 0 for any; default ${defaultPort}` },
    host: { value: 'ADDRESS', help: `address to listen on; default ${defaultHost}` },
    trace: { help: 'print the steps of each request' },
  },
  examples: ['plugin-cfg serve plugin-cfg/figure-5-12.xml --port 8080 --trace'],
  status: '0 after Ctrl-C, 1 the file has an error or the port cannot be used, 2 wrong usage',
  run: async (args, io) => {
    const [file = ''] = expectOperands(args.operands, ['FILE'], serve.usage)
    const port = wholeNumber('--port', args.value('port') ?? String(defaultPort), 0, 65_535)
    const host = hostOf(args.value('host') ?? defaultHost)
    const edge = await edgeOf(file, io)
    follow(edge, args.has('trace'), io)
    const server = createServer((request, response) => edge.handler(request, response))
    server.on('upgrade', (request, socket, head) => edge.upgrade(request, socket, head))
    try {
      const actual = await listen(server, port, host)
      io.out(`${greeting(file, host, actual, edge.config)}\n`)
      await io.untilStopped()
      io.out('stopping: requests under way finish, Ctrl-C ends at once\n')
    } finally {
      await close(server, edge)
    }
    return exit.ok
  },
}

/** Without an address Node listens on every one of the machine, which nobody asks for by leaving it empty. */
const hostOf = (text: string): string => {
  if (text.trim() === '') {
    throw new UsageError('--host is empty; write an address of this machine, or 0.0.0.0 for all')
  }
  return text.replace(/^\[(.*)\]$/, '$1')
}

const edgeOf = async (file: string, io: Io): Promise<Edge> => {
  try {
    return await createEdge({ config: file === '-' ? await usableConfig(file, io) : file })
  } catch (error) {
    if (!(error instanceof PluginError && 'diagnostics' in error)) throw error
    throw unusable(file, (error as ConfigError).diagnostics, io)
  }
}

/** Prints what the edge has to say. */
const follow = (edge: Edge, trace: boolean, io: Io): void => {
  if (trace) edge.on('trace', tracePrinter(io))
  edge.on('warning', ({ message }) => io.err(`warning: ${printable(message)}\n`))
  edge.on('reload', ({ result, path, diagnostics, error }) => {
    const why = error instanceof Error ? `: ${error.message}` : ''
    io.out(`${printable(`reload of ${path ?? 'the configuration'}: ${result}${why}`)}\n`)
    if (result !== 'refused') return
    for (const each of diagnostics.filter(({ severity }) => severity === 'error')) {
      io.err(`${diagnosticText(each)}\n`)
    }
  })
}

/** Each record on a line of its own as it comes: `[request] step sentence component: function`. */
const tracePrinter = (io: Io): ((record: TraceRecord) => void) => {
  const steps = new Map<number, number>()
  return record => {
    const step = (steps.get(record.exchange) ?? 0) + 1
    if (record.kind === 'outcome') steps.delete(record.exchange)
    else steps.set(record.exchange, step)
    const number = `[${record.exchange}] ${String(step).padStart(2)}`
    io.out(`${number}  ${describeRecord(record)}  (${record.component}: ${record.fn})\n`)
  }
}

/** @returns the port that was taken. */
const listen = (server: Server, port: number, host: string): Promise<number> =>
  new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      reject(new InputError(listenProblem(error, port, host)))
    })
    server.listen(port, host, () => resolve((server.address() as AddressInfo).port))
  })

const listenProblem = (error: NodeJS.ErrnoException, port: number, host: string): string => {
  switch (error.code) {
    case 'EADDRINUSE':
      return `port ${port} of ${host} is in use; choose another with --port`
    case 'EACCES':
      return `port ${port} of ${host} may not be used by this user; choose one from 1024 up with --port`
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return `${host} is not an address of this machine; choose another with --host`
    default:
      return `cannot listen on port ${port} of ${host}: ${error.code ?? error.message}`
  }
}

const greeting = (file: string, host: string, port: number, config: PluginConfig): string => {
  const name = isIP(host) === 6 ? `[${host}]` : host
  const lines = [`serving ${nameOf(file)} on http://${name}:${port}/, Ctrl-C to stop`]
  const why = declinesAll(config, port)
  if (why !== undefined) lines.push(`note: ${why}`)
  return lines.map(printable).join('\n')
}

/** Why requests that come in here are declined; undefined: some Route may take them. */
const declinesAll = (config: PluginConfig, port: number): string | undefined => {
  if (config.routes.length === 0) return 'there is no Route, so every request is declined'
  const takesPort = config.routes.some(({ virtualHostGroup: name }) => {
    if (name === undefined) return true
    const group = config.virtualHostGroups.find(each => each.name === name)
    return group?.virtualHosts.some(alias => alias.port === null || alias.port === port) === true
  })
  if (takesPort) return undefined
  return config.settings.vhostMatchingCompat
    ? `no VirtualHost has port ${port}, and with VHostMatchingCompat the port of the listener counts, so every request is declined`
    : `no VirtualHost has port ${port}, so a request whose Host header says ${port} is declined`
}

const close = async (server: Server, edge: Edge): Promise<void> => {
  const closed = new Promise<void>(resolve => {
    server.close(() => resolve())
  })
  server.closeIdleConnections()
  await edge.close()
  server.closeAllConnections()
  await closed
}
