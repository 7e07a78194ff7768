import type { Admin } from '../admin/admin.ts'
import { counted } from '../debug/counted.ts'
import { printable } from '../debug/printable.ts'
import { createEdge, type Edge } from '../edge/edge.ts'
import type { ConfigError } from '../edge/load.ts'
import type { EdgeOptions } from '../edge/options.ts'
import { PluginError } from '../errors.ts'
import { unusable, usableConfig } from './input.ts'
import { type ExitStatus, exit, type Io } from './io.ts'
import { type ConsoleSettings, consoleLine, startConsole } from './serve-console.ts'
import { follow } from './serve-follow.ts'
import { readIdentity } from './serve-identity.ts'
import type { Limits } from './serve-limits.ts'
import { type Listeners, openListeners } from './serve-listeners.ts'
import type { Ports } from './serve-ports.ts'
import type { IdentityFiles, NamedFile } from './serve-tls.ts'

/** What `serve` is asked to do, by one process or by each of its workers. */
export interface ServeSettings {
  readonly file: string
  readonly ports: Ports
  readonly identity: IdentityFiles | undefined
  readonly limits: Limits
  /** Print what is followed. */
  readonly trace: boolean
  readonly observing: Pick<EdgeOptions, 'trace' | 'recordings' | 'log'>
  /** undefined: no admin endpoint. */
  readonly console: ConsoleSettings | undefined
}

/** Whom a serving process obeys: a terminal and signals, or the process that started it. */
export interface Superior {
  /** It serves. */
  readonly ready: (edge: Edge, listeners: Listeners) => void
  /** Resolves when it is to end. */
  readonly untilStopped: () => Promise<void>
  /** Calls back whenever files are to be read and opened again. @returns what ends that. */
  readonly onHangUp: (called: () => void) => () => void
}

/**
 * One edge with its listeners, from its start to its end.
 *
 * @returns 0, or 1 when requests had to be cut off. @throws InputError, UsageError, PluginError
 */
export const serveInProcess = async (
  settings: ServeSettings,
  io: Io,
  superior: Superior,
): Promise<ExitStatus> => {
  const { file, limits } = settings
  const identity = settings.identity && (await readIdentity(settings.identity))
  for (const remark of identity?.remarks ?? []) warn(io, remark)
  const edge = await edgeOf(settings, io)
  follow(edge, settings.trace, io)
  let listeners: Listeners | undefined
  let admin: Admin | undefined
  let renewed = Promise.resolve()
  const endHangUps = superior.onHangUp(() => {
    edge.reopenLog()
    // What came from standard input cannot be read again, and its state would be lost.
    if (file !== '-') void edge.reload()
    // One after the other, so that the newest certificate is the last to be put in force.
    renewed = renewed.then(() => renew(listeners, settings.identity, io))
  })
  try {
    listeners = await openListeners(edge, settings.ports, limits, identity)
    admin = settings.console && (await startConsole(edge, settings.console))
    superior.ready(edge, listeners)
    if (admin && settings.console) io.out(`${consoleLine(admin, settings.console)}\n`)
    await superior.untilStopped()
    const cutOff = await listeners.drain(limits.drainMs)
    if (cutOff === 0) return exit.ok
    const were = cutOff === 1 ? 'was' : 'were'
    io.err(
      `gave up after ${limits.drainMs / 1000} s: ${counted(cutOff, 'request')} ${were} cut off\n`,
    )
    return exit.bad
  } finally {
    endHangUps()
    await Promise.all([admin?.close(), listeners?.drain(0), edge.close()])
  }
}

const edgeOf = async ({ file, observing }: ServeSettings, io: Io): Promise<Edge> => {
  try {
    const config = file === '-' ? await usableConfig(file, io) : file
    return await createEdge({ config, ...observing })
  } catch (error) {
    if (!(error instanceof PluginError && 'diagnostics' in error)) throw error
    throw unusable(file, (error as ConfigError).diagnostics, io)
  }
}

/** Reads the certificates again; what cannot be used leaves the one in force as it is. */
const renew = async (
  listeners: Listeners | undefined,
  files: IdentityFiles | undefined,
  io: Io,
): Promise<void> => {
  if (listeners === undefined || files === undefined) return
  try {
    const identity = await readIdentity(files)
    listeners.renew(identity)
    const told = (what: string, { path }: NamedFile): void =>
      io.out(`${printable(`${what} in ${JSON.stringify(path)}: read again`)}\n`)
    told('certificate', files.certificate)
    if (files.clients !== undefined) told('CA certificates of clients', files.clients.ca)
    for (const remark of identity.remarks) warn(io, remark)
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    const stays =
      files.clients === undefined ? 'certificate in force stays' : 'certificates in force stay'
    warn(io, `the ${stays}: ${why}`)
  }
}

const warn = (io: Io, message: string): void => io.err(`warning: ${printable(message)}\n`)
