import { enterScreen, leaveScreen, type Terminal, type TerminalListener } from './terminal.ts'

/** What of the process a terminal needs. */
export type TerminalProcess = Pick<
  NodeJS.Process,
  'stdin' | 'stdout' | 'env' | 'on' | 'off' | 'kill' | 'platform'
>

/** A stopped process runs no timers, so that this one fires after it was continued, or when nothing stopped it. */
const resumeAfterMs = 100

/**
 * The terminal of a process. Whatever ends the process, the terminal is as before: an `exit` listener closes it.
 *
 * @returns undefined when standard input or output is no terminal, or one that cannot place its cursor.
 */
export const processTerminal = (process: TerminalProcess): Terminal | undefined => {
  const { stdin, stdout, env } = process
  if (stdin.isTTY !== true || stdout.isTTY !== true || env.TERM === 'dumb') return undefined
  let listener: TerminalListener | undefined
  let suspended = false

  const take = (): void => {
    // Another program may have changed the mode meanwhile, and Node sets none that it thinks is set.
    stdin.setRawMode(false)
    stdin.setRawMode(true)
    stdout.write(enterScreen)
  }
  const give = (): void => {
    stdout.write(leaveScreen)
    // A terminal that is gone has no mode.
    if (!stdin.destroyed) stdin.setRawMode(false)
  }
  const input = (text: string): void => listener?.input(text)
  const redraw = (): void => listener?.redraw()
  const ended = (): void => listener?.ended()
  const resumed = (): void => {
    if (listener === undefined) return
    suspended = false
    take()
    redraw()
  }
  const close = (): void => {
    if (listener === undefined) return
    listener = undefined
    stdin.off('data', input).off('end', ended).off('error', ended)
    stdout.off('resize', redraw)
    process.off('SIGCONT', resumed).off('exit', close)
    if (!suspended) give()
    stdin.pause()
  }
  return {
    // Some terminals do not tell their size.
    size: () => ({ columns: stdout.columns || 80, rows: stdout.rows || 24 }),
    // https://no-color.org: any value but the empty one counts.
    colours: (env.NO_COLOR ?? '') === '',
    write: text => {
      if (!suspended) stdout.write(text)
    },
    open: given => {
      listener = given
      stdin.setEncoding('utf8')
      stdin.on('data', input).on('end', ended).on('error', ended)
      stdout.on('resize', redraw)
      process.on('SIGCONT', resumed).on('exit', close)
      take()
      stdin.resume()
    },
    close,
    suspend: () => {
      if (process.platform === 'win32') return
      give()
      suspended = true
      // The whole group, as the terminal itself does it: the shell must see that its job has stopped.
      process.kill(0, 'SIGTSTP')
      setTimeout(() => {
        if (suspended) resumed()
      }, resumeAfterMs)
    },
  }
}
