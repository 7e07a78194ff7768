import { printable } from '../debug/printable.ts'
import { renderTrace } from '../debug/render.ts'
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
}

/** A scenario report as people read it: a line for each thing that happened, each broken expectation with its place. */
export const renderReport = (report: ScenarioReport, layout: ReportLayout): string => {
  const lines = [report.title]
  for (const step of report.steps) lines.push(...stepLines(step, layout))
  const broken = report.steps.reduce((sum, step) => sum + step.mismatches.length, 0)
  const chance = report.usedChance ? `, seed ${report.seed}` : ''
  const steps = `${report.steps.length} steps, ${report.seconds} s on the virtual clock${chance}`
  lines.push(
    broken === 0
      ? `ok: ${steps}, everything as expected`
      : `failed: ${steps}, ${broken} ${broken === 1 ? 'expectation' : 'expectations'} not met`,
  )
  return lines.map(printable).join('\n')
}

const stepLines = (step: StepReport, { file, json, trace }: ReportLayout): readonly string[] => {
  const number = step.index < 0 ? '   ' : String(step.index + 1).padStart(3)
  const verb = step.verb.padEnd(9)
  const path = step.index < 0 ? '$.config' : `$.steps[${step.index}]`
  const lines = step.events.map((event, at) =>
    at === 0 ? `${number}  ${verb} ${event}` : `${' '.repeat(15)}${event}`,
  )
  if (lines.length === 0) lines.push(`${number}  ${verb}`.trimEnd())
  for (const note of step.notes) lines.push(`${' '.repeat(15)}note: ${note}`)
  if (trace && step.records.length > 0) {
    for (const line of renderTrace(step.records, { times: true }).split('\n')) {
      lines.push(`      ${line}`)
    }
  }
  for (const { what, expected, got } of step.mismatches) {
    const { line, column } = json.at(path)
    lines.push(
      `  !! ${file}:${line}:${column} ${step.index < 0 ? '' : `step ${step.index + 1} `}${step.verb}: ${what}`,
      `       expected ${expected}`,
      `       got      ${got}`,
    )
  }
  return lines
}
