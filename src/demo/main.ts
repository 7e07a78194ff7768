import { onLostOutput, onStopSignal } from '../program.ts'
import { runDemo } from './demo.ts'

const stop = new AbortController()
let failed = false
onStopSignal(() => stop.abort())
onLostOutput(broken => {
  failed ||= broken
  stop.abort()
})

const status = await runDemo(process.argv.slice(2), {
  out: text => process.stdout.write(text),
  err: text => process.stderr.write(text),
  stop: stop.signal,
  columns: process.stdout.columns,
})
process.exitCode = failed ? 1 : status
