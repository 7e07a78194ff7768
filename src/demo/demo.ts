import { parseArgs } from 'node:util'
import { PluginError } from '../errors.ts'
import type { Entry } from './entry.ts'
import { renderEntry, renderVisit, renderWorld } from './tell.ts'
import { walk } from './walk.ts'
import type { World, WorldOptions } from './world.ts'
import { buildWorld } from './world.ts'

/** Where the demo writes, and how it is told to end. */
export interface DemoIo {
  /** Gets whole lines. */
  readonly out: (text: string) => void
  readonly err: (text: string) => void
  /** Aborted by Ctrl-C. */
  readonly stop: AbortSignal
  /** Width of what is written; 0 or absent: unknown, and 100 is taken. */
  readonly columns?: number | undefined
  /** How the world is made; the tests make a broken one. */
  readonly build?: (options: WorldOptions) => Promise<World>
}

const usage = `npm start -- [--once] [--port N]

Starts two application servers and an edge in front of them, walks once through a failover, and goes on serving.

  --once     end after the walk; status 0 if every step happened, else 1
  --port N   listen on port N; default 8080, or any free one while that is taken
  --help     this text
`

/**
 * Runs the demo from its arguments to its end.
 *
 * @returns the exit status: 0, 1 when a step did not happen or nothing could be started, 2 for wrong arguments.
 */
export const runDemo = async (args: readonly string[], io: DemoIo): Promise<number> => {
  const options = readArguments(args)
  if (typeof options === 'string') {
    io.err(`${options}\n`)
    return 2
  }
  if (options.help) {
    io.out(usage)
    return 0
  }
  io.out('The failover of the WebSphere plug-in, with real servers and requests on this machine\n')
  let world: World | undefined
  try {
    world = await (io.build ?? buildWorld)(
      options.port === undefined ? {} : { ports: [options.port] },
    )
    io.out(renderWorld(world, columnsOf(io)))
    const failed = await tour(world, io)
    if (!options.once) await serve(world, io)
    return failed ? 1 : 0
  } catch (error) {
    if (io.stop.aborted) return options.once ? 1 : 0
    io.err(`${explain(error, options.port)}\n`)
    return 1
  } finally {
    await world?.close()
  }
}

/** @returns true when something did not happen as documented. */
const tour = async (world: World, io: DemoIo): Promise<boolean> => {
  const failed = await walk(
    world,
    event =>
      io.out(
        event.kind === 'chapter'
          ? `\n${event.title}\n`
          : `\n${renderEntry(event.entry, columnsOf(io))}`,
      ),
    io.stop,
  )
  if (failed.length === 0) {
    io.out('\nAll ten steps happened, and the session has survived.\n')
    return false
  }
  io.err(`\nNot as documented:\n${failed.map(complaint).join('')}`)
  return true
}

/** Lines that are very short or very long are hard to read. */
const columnsOf = ({ columns }: DemoIo): number => Math.min(120, Math.max(60, columns || 100))

const complaint = ({ number, title, missing }: Entry): string =>
  `  ${number === null ? title : `step ${number}: ${title}`}\n    missing: ${missing}\n`

/** Until the end is asked for. Every request leaves a line. */
const serve = async (world: World, io: DemoIo): Promise<void> => {
  io.out(`
Serving ${world.url}/snoop until Ctrl-C. Each line below is one request. Try:

  curl -i -c cookies.txt -b cookies.txt ${world.url}/snoop

`)
  const unfollow = world.follow(record => {
    const line = renderVisit(record)
    if (line !== null) io.out(line)
  })
  if (!io.stop.aborted) {
    await new Promise<void>(resolve => io.stop.addEventListener('abort', () => resolve()))
  }
  unfollow()
}

interface Arguments {
  readonly once: boolean
  readonly help: boolean
  readonly port: number | undefined
}

/** @returns a text when something is wrong with the arguments. */
const readArguments = (args: readonly string[]): Arguments | string => {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        once: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
        port: { type: 'string' },
      },
    })
    const port = values.port === undefined ? undefined : Number(values.port)
    if (port !== undefined && !(/^\d+$/.test(values.port ?? '') && port <= 65_535)) {
      return `--port is '${values.port}'; write a number from 0 to 65535`
    }
    return { once: values.once, help: values.help, port }
  } catch (error) {
    // Node adds advice for programmers behind the first sentence.
    const [reason] = messageOf(error).split(/\.?\n|\. /)
    return `${reason}; --help lists the options`
  }
}

const explain = (error: unknown, port: number | undefined): string => {
  const code = (error as NodeJS.ErrnoException | undefined)?.code
  if (code === 'EADDRINUSE') {
    return `port ${port} is in use; name another with --port, or leave it out for any free one`
  }
  if (code === 'EACCES') return `port ${port} may not be used by this user; name one above 1023`
  return error instanceof PluginError ? error.message : `the demo failed: ${messageOf(error)}`
}

const messageOf = (error: unknown): string =>
  error instanceof Error ? error.message : String(error)
