#!/usr/bin/env node
import { defaultMaxBytes } from '../config/read.ts'
import { onLostOutput, onStopSignal } from '../program.ts'
import { processTerminal } from '../terminal/process-terminal.ts'
import { run } from './run.ts'

// `plugin-cfg check ... | head` closes our output: nobody reads on, so there is nothing left to do or to say.
onLostOutput(failed => process.exit(failed ? 1 : process.exitCode))

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

process.exitCode = await run(process.argv.slice(2), {
  stdin,
  out: text => process.stdout.write(text),
  err: text => process.stderr.write(text),
  columns: process.stdout.isTTY ? process.stdout.columns : undefined,
  terminal: processTerminal(process),
  untilStopped: () => new Promise(resolve => onStopSignal(resolve)),
})
