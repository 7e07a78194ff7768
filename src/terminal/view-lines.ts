import { counted } from '../debug/counted.ts'
import { ruleOf } from '../stepper/rules.ts'
import type { StepperView } from '../stepper/stepper.ts'
import { breakpointText } from './command.ts'
import type { Line } from './line.ts'
import { clustersToShow, concernedBy, serverLines } from './server-table.ts'
import { fold } from './text-width.ts'
import { describeUpcoming } from './upcoming.ts'

/** The request as its user sends it. */
export const requestLines = ({ request }: StepperView): readonly Line[] => [
  [{ text: `${request.method} ${request.url}`, style: 'title' }],
  ...Object.entries(request.headers).map(([name, value]): Line => [`${name}: ${value}`]),
  ...(request.cookie === undefined ? [] : [[`cookie: ${request.cookie}`]]),
  ...(request.bodyBytes === 0 ? [] : [[`body: ${counted(request.bodyBytes, 'byte')}`]]),
]

/** Longer lines are hard to read. */
const widest = 110

/** What happens next, and by which rule. */
export const nextLines = (view: StepperView, columns: number): readonly Line[] => {
  const after = (heading: string, text: string): readonly string[] =>
    fold(text, Math.max(1, Math.min(columns, widest) - heading.length)).map(
      (line, at) => (at === 0 ? heading : ' '.repeat(heading.length)) + line,
    )
  const heading = view.next.kind === 'end' ? 'end:  ' : 'next: '
  return [
    ...after(heading, describeUpcoming(view)).map((text): Line => [{ text, style: 'title' }]),
    ...after('rule: ', ruleOf(view.next, view)).map((text): Line => [text]),
  ]
}

/** Number of the request, clock, code so far and breakpoints on one line. */
export const statusText = (view: StepperView): string =>
  [
    `request ${view.requestNumber}`,
    `clock ${view.now / 1000} s`,
    ...(view.code === '' ? [] : [`code ${view.code}`]),
    ...(view.breakpoints.length === 0
      ? []
      : [`stops at ${view.breakpoints.map(breakpointText).join(', ')}`]),
  ].join(', ')

/** The cluster of the request as a table; every cluster while it is not known. */
export const clusterLines = (view: StepperView, columns: number): readonly Line[] =>
  serverLines(clustersToShow(view.state, view.cluster), concernedBy(view.next), columns)
