import type { TraceRecord } from '../core/trace.ts'
import { printable } from '../debug/printable.ts'
import { describeRecord } from '../debug/sentences.ts'
import type { Edge } from '../edge/edge.ts'
import { diagnosticText } from './input.ts'
import type { Io } from './io.ts'

/** Prints what the edge has to say. */
export const follow = (edge: Edge, trace: boolean, io: Io): void => {
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
