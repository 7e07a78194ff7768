import { counted } from '../debug/counted.ts'
import { printable } from '../debug/printable.ts'
import { layoutFor, renderTrace } from '../debug/render.ts'
import type { JsonText } from './json.ts'
import type { ScenarioReport, StepReport } from './simulate.ts'

/** How a report is written. */
export interface ReportLayout {
  /** Name of the scenario file, for places. */
  readonly file: string
  /** Where the steps stand in it. */
  readonly json: JsonText
  /** Show the trace of every request. */
  readonly trace: boolean
  /** Width of what is written; absent: unknown. */
  readonly columns?: number | undefined
}

/** A repeated request shows so many of its lines; the others are counted. */
const mostLines = 20
/** More broken expectations than this are counted only. */
const mostMismatches = 100

/** A scenario report as people read it: a line for each thing that happened, each broken expectation with its place. */
export const renderReport = (report: ScenarioReport, layout: ReportLayout): string => {
  const broken = report.steps.reduce((sum, step) => sum + step.mismatches.length, 0)
  let shown = 0
  const steps = report.steps.flatMap(step => {
    const from = shown
    shown = Math.min(mostMismatches, shown + step.mismatches.length)
    return stepLines(step, shown - from, layout)
  })
  const lines = [report.title, ...steps]
  if (broken > shown) lines.push(`  !! and ${counted(broken - shown, 'more broken expectation')}`)
  if (layout.trace && report.recordsLeftOut > 0) {
    lines.push(`note: ${counted(report.recordsLeftOut, 'trace record')} left out, for want of room`)
  }
  return [...lines.map(printable), summaryOf(report, broken)].join('\n')
}

const summaryOf = (report: ScenarioReport, broken: number): string => {
  const chance = report.usedChance ? `, seed ${report.seed}` : ''
  const ran = report.steps.filter(step => step.index >= 0).length
  const steps = `${counted(ran, 'step')}, ${report.seconds} s on the virtual clock${chance}`
  if (report.passed) return `ok: ${steps}, everything as expected`
  const blocked = report.steps.at(-1)?.blocked === undefined ? undefined : ran
  const failed = [
    ...(broken > 0 ? [`${counted(broken, 'expectation')} not met`] : []),
    ...(blocked === undefined
      ? []
      : [blocked === 0 ? 'it cannot begin' : `step ${blocked} cannot be carried out`]),
    ...(report.notRun > 0 ? [`${report.notRun} not run`] : []),
  ]
  return `failed: ${steps}, ${failed.join(', ')}`
}

/** Below the number and the verb of a step. */
const indent = ' '.repeat(15)

const stepLines = (
  step: StepReport,
  mismatches: number,
  { file, json, trace, columns }: ReportLayout,
): readonly string[] => {
  const number = step.index < 0 ? '   ' : String(step.index + 1).padStart(3)
  const heading = `${number}  ${step.verb.padEnd(9)} `
  const events = shortened(step.events)
  const name = step.index < 0 ? step.verb : `step ${step.index + 1} ${step.verb}`
  const place = (path: string): string => {
    const { line, column } = json.at(path)
    return `  !! ${file}:${line}:${column} ${name}:`
  }
  const path = `$.steps[${step.index}]`
  return [
    `${heading}${events[0] ?? ''}`.trimEnd(),
    ...events.slice(1).map(event => `${indent}${event}`),
    ...shortened(step.notes).map(note => `${indent}note: ${note}`),
    ...(trace ? traceLines(step, columns) : []),
    ...step.mismatches
      .slice(0, mismatches)
      .flatMap(({ what, path: within, expected, got }) => [
        `${place(path + within)} ${what}`,
        `       expected ${clipped(expected)}`,
        `       got      ${clipped(got)}`,
      ]),
    ...(step.blocked === undefined
      ? []
      : [`${place(step.blocked.path)} cannot be carried out`, `       ${step.blocked.message}`]),
  ]
}

/** Values longer than this are cut; all of them are in the report as JSON. */
const mostCharacters = 1000

const clipped = (text: string): string =>
  text.length <= mostCharacters ? text : `${text.slice(0, mostCharacters)}…`

const traceLines = ({ records }: StepReport, columns: number | undefined): readonly string[] => {
  if (records.length === 0) return []
  // The indent, and the clock that stands before each sentence.
  const layout = layoutFor(columns === undefined ? undefined : columns - 16)
  const lines = renderTrace(records, { ...layout, times: true }).split('\n')
  return lines.map(line => `      ${line}`)
}

/** The first lines as they are; of many more, how often each of them came. */
const shortened = (lines: readonly string[]): readonly string[] => {
  if (lines.length <= mostLines) return lines
  const rest = new Map<string, number>()
  for (const line of lines.slice(mostLines / 2)) rest.set(line, (rest.get(line) ?? 0) + 1)
  const groups = [...rest].map(([line, times]) => `${line}, ${times} times`)
  const more = groups.length - mostLines / 2
  return [
    ...lines.slice(0, mostLines / 2),
    `and ${lines.length - mostLines / 2} more:`,
    ...groups.slice(0, mostLines / 2),
    ...(more > 0 ? [`and ${counted(more, 'other line')}`] : []),
  ]
}
