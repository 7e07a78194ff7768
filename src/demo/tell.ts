import type { TraceRecord } from '../core/trace.ts'
import { describeRecord } from '../debug/sentences.ts'
import { hanging } from '../debug/table.ts'
import type { Entry } from './entry.ts'
import type { World } from './world.ts'

/** Who is there, and what of the sample file is not as written. */
export const renderWorld = ({ members, url, source, changes }: World, columns: number): string => {
  const width = Math.max(...members.map(member => member.name.length))
  return [
    '',
    ...members.map(
      ({ name, cloneId, url: at }) => `  ${name.padEnd(width)}  CloneID ${cloneId}  ${at}`,
    ),
    `  ${'edge'.padEnd(width)}  ${url}, configured by ${source}`,
    ...changes.flatMap(change => hanging(`  ${' '.repeat(width)}  `, change, columns)),
    '',
  ].join('\n')
}

/** An entry of the walk with its facts below it; the plug-in's own function names stand behind its records. */
export const renderEntry = (
  { number, title, notes, records, missing }: Entry,
  columns: number,
): string => {
  const below = (text: string): readonly string[] => hanging('       ', text, columns)
  return [
    ...hanging(number === null ? '  -  ' : `${String(number).padStart(3)}  `, title, columns),
    ...notes.flatMap(below),
    ...records.flatMap(record => below(`${describeRecord(record)} [${record.fn}]`)),
    ...(missing === null ? [] : hanging('  MISSING: ', missing, columns)),
    '',
  ].join('\n')
}

/** One line about a request that is over; null: the record is about something else. */
export const renderVisit = (record: TraceRecord): string | null =>
  record.kind === 'outcome' || record.kind === 'mark-down' || record.kind === 'mark-up'
    ? `  #${record.exchange}  ${describeRecord(record)}\n`
    : null
