import { type Arguments, type Options, wholeNumber } from '../arguments.ts'
import type { Command } from '../command.ts'
import { expectOperands, readStdin } from '../input.ts'
import { type ExitStatus, type Io, UsageError } from '../io.ts'
import { type ConsoleSettings, consoleOptions, consoleSettings } from '../serve-console.ts'
import { greeting } from '../serve-greeting.ts'
import { limitOptions, limitsOf } from '../serve-limits.ts'
import { observing, observingOptions } from '../serve-options.ts'
import { portOptions, portsOf } from '../serve-ports.ts'
import { type ServeSettings, type Superior, serveInProcess } from '../serve-process.ts'
import { identityFiles, tlsOptions } from '../serve-tls.ts'
import { isWorker, joinCrew, refuseWorkersOfWorkers } from '../serve-worker.ts'
import { Crew } from '../serve-workers.ts'

/** `plugin-cfg serve`: a real edge server. */
export const serve: Command = {
  name: 'serve',
  summary: 'a real edge server in front of the application servers',
  usage:
    'serve FILE [--port PORT] [--tls-port PORT --cert FILE --key FILE] [--workers N] [options]',
  description:
    'Listens for http and https, routes by FILE, and looks at FILE again as its RefreshInterval says. A\n' +
    'request that no Route matches gets 404. FILE may be - for standard input, which is never looked at\n' +
    'again. SIGHUP opens the log again, after it was moved away, and loads FILE and the certificates,\n' +
    'changed or not; connections that are open keep what they have shown.\n\n' +
    'Ctrl-C or SIGTERM stops accepting, ends idle connections, and lets requests under way finish, as long\n' +
    'as --drain says; a second one ends at once. Tunnels are ended when the last request is answered.\n\n' +
    'With --workers N processes share the ports and nothing else: each has its own state, log lines and\n' +
    'admin endpoint, as the processes of a web server with the plug-in. One that dies is replaced.',
  options: {
    ...portOptions,
    ...tlsOptions,
    workers: {
      value: 'N',
      help: 'serve with N processes; default: this one, without others',
    },
    ...limitOptions,
    ...observingOptions,
    ...consoleOptions,
  },
  examples: [
    'plugin-cfg serve plugin-cfg/figure-5-12.xml --port 8080 --trace',
    'plugin-cfg serve plugin-cfg.xml --port 80 --tls-port 443 --cert edge.pem --key edge.key --host 0.0.0.0',
    'plugin-cfg serve plugin-cfg.xml --tls-port 8443 --cert edge.pem --key edge.key --client-ca clients.pem',
    'plugin-cfg serve plugin-cfg.xml --workers 4 --drain 60 --console-port 9090',
    'plugin-cfg serve plugin-cfg/figure-5-12.xml --console-port 9090 --record 100 --trace-header',
    'plugin-cfg serve plugin-cfg/figure-5-12.xml --log http_plugin.log --log-level stats',
  ],
  status:
    '0 after Ctrl-C, 1 requests were cut off, the file has an error or a port cannot be used, 2 wrong usage',
  run: async (args, io) => {
    const [file = ''] = expectOperands(args.operands, ['FILE'], serve.usage)
    const ports = portsOf(args)
    const settings: ServeSettings = {
      file,
      ports,
      identity: identityFiles(
        args,
        ports.ports.some(({ scheme }) => scheme === 'https'),
      ),
      limits: limitsOf(args),
      trace: args.has('trace'),
      observing: observing(args),
      console: consoleSettings(args),
    }
    const workers = workersOf(args, settings.console)
    if (workers === undefined) return serveInProcess(settings, io, operator(settings, io))
    if (isWorker()) return serveAsWorker(settings, workers, io)
    refuseWorkersOfWorkers()
    return serveWithWorkers(settings, workers, args, io)
  },
}

const workersOf = (
  args: Arguments<Options>,
  console: ConsoleSettings | undefined,
): number | undefined => {
  const text = args.value('workers')
  if (text === undefined) return undefined
  const workers = wholeNumber('--workers', text, 1, mostWorkers)
  const last = (console?.port ?? 0) + workers - 1
  if (console !== undefined && last > 65_535 && console.port !== 0) {
    throw new UsageError(
      `--console-port ${console.port} leaves no port for ${workers} workers, which take one each; write ${65_536 - workers} or less`,
    )
  }
  return workers
}

/** More than any machine of today has processors. */
const mostWorkers = 1024

const stopping = 'stopping: requests under way finish, Ctrl-C ends at once\n'

/** Somebody at a terminal, or a service manager. */
const operator = (settings: ServeSettings, io: Io): Superior => ({
  ready: (edge, listeners) =>
    io.out(
      `${greeting(settings, { host: settings.ports.host, ports: listeners.ports }, edge.config)}\n`,
    ),
  untilStopped: async () => {
    await io.untilStopped()
    io.out(stopping)
  },
  onHangUp,
})

/** Calls back at every SIGHUP, where the platform has it. @returns what ends that. */
const onHangUp = (called: () => void): (() => void) => {
  if (process.platform === 'win32') return () => {}
  process.on('SIGHUP', called)
  return () => process.off('SIGHUP', called)
}

const serveAsWorker = async (
  settings: ServeSettings,
  workers: number,
  io: Io,
): Promise<ExitStatus> => {
  const side = await joinCrew(settings, workers)
  try {
    return await serveInProcess(side.settings, io, side.superior)
  } finally {
    side.leave()
  }
}

const serveWithWorkers = async (
  { file, ports, console, limits }: ServeSettings,
  workers: number,
  args: Arguments<Options>,
  io: Io,
): Promise<ExitStatus> => {
  const crew = new Crew(
    {
      workers,
      args: ['serve', ...argumentsAgain(args), '--', file],
      stdin: file === '-' ? await readStdin(io) : undefined,
      ports,
      console,
      drainMs: limits.drainMs,
    },
    io,
  )
  const endHangUps = onHangUp(() => crew.hangUp())
  try {
    const stopped = io.untilStopped()
    const begun = crew.start().then(said => {
      if (said !== null) io.out(`${said}\n`)
      return said
    })
    const failed = begun.then(said => (said === null ? 'failed' : new Promise<never>(() => {})))
    const why = await Promise.race([stopped.then(() => 'stopped'), crew.lost, failed])
    if (why === 'stopped') io.out(stopping)
    return await crew.stop()
  } finally {
    endHangUps()
  }
}

/** The options as they were given. A token is not among them: command lines can be seen by others. */
const argumentsAgain = (args: Arguments<Options>): readonly string[] =>
  Object.entries(serve.options).flatMap(([name, { value }]) => {
    if (!args.has(name) || name in consoleOptions) return []
    return value === undefined ? [`--${name}`] : args.values(name).map(each => `--${name}=${each}`)
  })
