#!/usr/bin/env node
import { defaultMaxBytes } from '../config/read.ts'
import { run } from './run.ts'

// `plugin-cfg check ... | head` closes our output: nobody reads on, so there is nothing left to do or to say.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    process.exit(error.code === 'EPIPE' ? process.exitCode : 1)
  })
}

/** One byte more than the largest file is enough to know that it is too large. */
const stdin = async (): Promise<Uint8Array> => {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of process.stdin) {
    chunks.push(chunk as Uint8Array)
    size += chunk.length
    if (size > defaultMaxBytes) break
  }
  return Buffer.concat(chunks)
}

/**
 * The first signal ends in good order, a later one at once. npm passes a Ctrl-C on to a child that the terminal has
 * already told, so two that come together are one.
 */
const untilStopped = (): Promise<void> =>
  new Promise(resolve => {
    let stoppedAt: number | undefined
    const stop = (status: number) => (): void => {
      if (stoppedAt !== undefined && performance.now() - stoppedAt > 300) process.exit(status)
      stoppedAt ??= performance.now()
      resolve()
    }
    process.on('SIGINT', stop(130))
    process.on('SIGTERM', stop(143))
  })

process.exitCode = await run(process.argv.slice(2), {
  stdin,
  out: text => process.stdout.write(text),
  err: text => process.stderr.write(text),
  columns: process.stdout.isTTY ? process.stdout.columns : undefined,
  untilStopped,
})
