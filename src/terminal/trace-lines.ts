import type { TraceRecord } from '../core/trace.ts'
import { describeRecord } from '../debug/sentences.ts'
import type { Line } from './line.ts'
import { fit, fold, textWidth } from './text-width.ts'

/** Sentences narrower than this are hard to read beside a column of function names. */
const narrowest = 56
const widest = 96
/** `serverGroupCheckServerStatus` with its component is the longest name. */
const placeColumns = 45

/**
 * One decision as a numbered sentence. The plug-in's own component and function stand at the right where there is room.
 *
 * @param number of the decision in its request, from 1.
 * @param columns of a line.
 */
export const recordLines = (
  record: TraceRecord,
  number: number,
  columns: number,
): readonly Line[] => {
  const heading = `${String(number).padStart(3)}  `
  const beside = columns - heading.length - placeColumns - 2
  const withPlace = beside >= narrowest
  const width = withPlace ? Math.min(widest, beside) : Math.max(1, columns - heading.length)
  const [first = '', ...rest] = fold(describeRecord(record), width)
  const style = styleOf(record)
  const sentence = withPlace ? fit(first, width) : first
  const styled = (text: string) => (style === undefined ? text : { text, style })
  return [
    [
      { text: heading, style: 'faint' },
      styled(sentence),
      ...(withPlace
        ? [{ text: `  ${record.component}: ${record.fn}`, style: 'faint' } as const]
        : []),
    ],
    ...rest.map((line): Line => [' '.repeat(textWidth(heading)), styled(line)]),
  ]
}

const styleOf = (record: TraceRecord): 'good' | 'bad' | 'title' | undefined => {
  switch (record.kind) {
    case 'fail':
    case 'mark-down':
      return 'bad'
    case 'mark-up':
      return 'good'
    case 'select':
      return 'title'
    case 'outcome':
      return record.result === 'served' ? 'good' : 'bad'
    default:
      return undefined
  }
}
