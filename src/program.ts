/** What the two programs of this package, the command line and the demo, do about signals and lost output. */

/**
 * Calls back at the first SIGINT or SIGTERM, so that the program can end in good order; a later one ends it at once.
 * npm passes a Ctrl-C on to a child that the terminal has already told, so two that come together are one.
 */
export const onStopSignal = (stop: () => void): void => {
  let stoppedAt: number | undefined
  const handle = (status: number) => (): void => {
    if (stoppedAt === undefined) {
      stoppedAt = performance.now()
      stop()
    } else if (performance.now() - stoppedAt > 300) process.exit(status)
  }
  process.on('SIGINT', handle(130))
  process.on('SIGTERM', handle(143))
}

/**
 * Calls back when output cannot be written any more. A reader that has enough, as `| head` does, is no failure; anything
 * else, such as a full disk, is one, and is said on standard error.
 */
export const onLostOutput = (lost: (failed: boolean) => void): void => {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    const failed = error.code !== 'EPIPE'
    if (failed) process.stderr.write(`cannot write the output: ${error.message}\n`)
    lost(failed)
  })
  process.stderr.on('error', (error: NodeJS.ErrnoException) => lost(error.code !== 'EPIPE'))
}
