import { runDemo } from './demo.ts'

const stop = new AbortController()
let stoppedAt = 0

/**
 * The first signal ends the demo in good order, a later one at once. npm passes a Ctrl-C on to its child, which the
 * terminal has told already, so two that come together are one.
 */
const onSignal = (): void => {
  if (stop.signal.aborted && performance.now() - stoppedAt > 300) process.exit(130)
  if (!stop.signal.aborted) stoppedAt = performance.now()
  stop.abort()
}
process.on('SIGINT', onSignal)
process.on('SIGTERM', onSignal)
// Whoever reads along has enough, as `| head` does.
process.stdout.on('error', () => stop.abort())

process.exitCode = await runDemo(process.argv.slice(2), {
  out: text => process.stdout.write(text),
  err: text => process.stderr.write(text),
  stop: stop.signal,
  columns: process.stdout.columns,
})
