import { createServer, type Server } from 'node:http'
import { type AddressInfo, isIP } from 'node:net'
import type { Diagnostic } from '../../config/diagnostics.ts'
import type { PluginConfig } from '../../config/model.ts'
import type { TraceRecord } from '../../core/trace.ts'
import { printable } from '../../debug/printable.ts'
import { describeRecord } from '../../debug/sentences.ts'
import { createEdge, type Edge } from '../../edge/edge.ts'
import { PluginError } from '../../errors.ts'
import { wholeNumber } from '../arguments.ts'
import type { Command } from '../command.ts'
import { diagnosticText, expectOperands, stdinName, usableConfig } from '../input.ts'
import { exit, InputError, type Io } from '../io.ts'

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
    const host = args.value('host') ?? defaultHost
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

const edgeOf = async (file: string, io: Io): Promise<Edge> => {
  try {
    return await createEdge({ config: file === '-' ? await usableConfig(file, io) : file })
  } catch (error) {
    const found = findingsOf(error)
    if (found.length === 0) throw error
    for (const each of found) io.err(`${diagnosticText(each)}\n`)
    const count = found.length === 1 ? '1 error' : `${found.length} errors`
    throw new InputError(`${file === '-' ? stdinName : file} has ${count} and cannot be used`)
  }
}

/** The errors that a refused configuration comes with. */
const findingsOf = (error: unknown): readonly Diagnostic[] =>
  error instanceof PluginError && 'diagnostics' in error && Array.isArray(error.diagnostics)
    ? (error.diagnostics as readonly Diagnostic[]).filter(each => each.severity === 'error')
    : []

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
  const lines = [
    `serving ${file === '-' ? stdinName : file} on http://${name}:${port}/, Ctrl-C to stop`,
  ]
  if (!reachable(config, port)) {
    lines.push(
      `note: no VirtualHost has port ${port}, so a request whose Host header says ${port} is declined`,
    )
  }
  return lines.map(printable).join('\n')
}

/** Whether some Route takes requests for this port. */
const reachable = (config: PluginConfig, port: number): boolean =>
  config.routes.some(({ virtualHostGroup: name }) => {
    if (name === undefined) return true
    const group = config.virtualHostGroups.find(each => each.name === name)
    return group?.virtualHosts.some(alias => alias.port === null || alias.port === port) === true
  })

const close = async (server: Server, edge: Edge): Promise<void> => {
  const closed = new Promise<void>(resolve => {
    server.close(() => resolve())
  })
  server.closeIdleConnections()
  await edge.close()
  server.closeAllConnections()
  await closed
}
