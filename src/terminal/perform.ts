import type { TraceRecord } from '../core/trace.ts'
import { PluginError } from '../errors.ts'
import { CannotGoOn } from '../simulate/cannot-go-on.ts'
import type { Breakpoint, NetworkChoice, Stepper, StepperView, Stop } from '../stepper/stepper.ts'
import { breakpointText, CommandError, type StepCommand } from './command.ts'
import { relativeTo, saveScenario } from './save-scenario.ts'
import { proposedText } from './upcoming.ts'

/** A debugger under way, and where its configuration comes from. */
export interface Session {
  readonly stepper: Stepper
  /** Path of the plugin-cfg.xml; undefined: a saved scenario has to carry the configuration itself. */
  readonly configFile: string | undefined
  /** Title of a saved scenario. */
  readonly title: string
}

/** A decision that was stepped over, with its number in its request. */
export interface Stepped {
  readonly number: number
  readonly record: TraceRecord
}

/** What came of a command. */
export interface Done {
  /** Decisions stepped over by it, oldest first. */
  readonly stepped: readonly Stepped[]
  /** What else a reader should know, a line each. */
  readonly notes: readonly string[]
  /** What is to be shown now. */
  readonly show?: 'all' | 'trace' | 'help' | 'quit'
}

/**
 * Does what a command says. Keys and scripts both end up here.
 *
 * @throws CommandError when it cannot be done; then nothing has changed.
 */
export const perform = async (command: StepCommand, session: Session): Promise<Done> => {
  try {
    return await act(command, session)
  } catch (error) {
    // Names and states that cannot be, and answers that do not fit where the request stands.
    if (!(error instanceof CannotGoOn || error instanceof PluginError)) throw error
    throw new CommandError(error.message)
  }
}

const act = async (command: StepCommand, session: Session): Promise<Done> => {
  const { stepper } = session
  switch (command.do) {
    case 'next':
      return run(stepper, () => times(stepper, command.times))
    case 'network':
      return run(stepper, () => stepper.toNetwork())
    case 'end':
      return run(stepper, () => stepper.toEnd())
    case 'answer':
      return answer(stepper, command.answer)
    case 'back':
      return back(stepper, command.to)
    case 'wait':
      return changed(stepper, () => stepper.advance(command.seconds), [
        `${command.seconds} s have passed`,
      ])
    case 'mark':
      return changed(stepper, () => stepper.mark(command.server, command.health), [
        `${command.server} is marked ${command.health} by hand`,
      ])
    case 'send':
      return send(stepper, command.url)
    case 'edit':
      return edited(() => stepper.edit(command.edit))
    case 'edit-header':
      return edited(() => {
        stepper.edit({ headers: headersWith(stepper.view, command.name, command.value) })
      })
    case 'break':
      stepper.setBreakpoint(command.at)
      return noted(`stops at ${breakpointText(command.at)}`)
    case 'unbreak':
      return unbreak(stepper, command.at)
    case 'unbreak-all':
      for (const each of stepper.view.breakpoints) stepper.clearBreakpoint(each)
      return noted('there are no breakpoints now')
    case 'save': {
      const { file, replace } = command
      const source = session.configFile && relativeTo(file, session.configFile)
      await saveScenario(stepper.scenario(session.title, source), file, replace)
      return noted(`saved; replay it with: plugin-cfg simulate ${file}`)
    }
    case 'show':
      return { ...nothing, show: 'all' }
    default:
      return { ...nothing, show: command.do }
  }
}

const nothing: Done = { stepped: [], notes: [] }
const noted = (...notes: readonly string[]): Done => ({ stepped: [], notes })

/** Goes on, and tells what was stepped over and why it stopped. */
const run = (stepper: Stepper, go: () => Stop): Done => {
  const before = stepper.view
  if (before.next.kind === 'end') {
    return noted('the request has ended; send sends the next one, back goes back')
  }
  const stop = go()
  const stepped = newSince(before, stepper.view)
  const why = stop === 'breakpoint' ? [`stopped: ${reached(stepper.view)}`] : []
  return { stepped, notes: [...why, ...newNotes(before, stepper.view)] }
}

const times = (stepper: Stepper, most: number): Stop => {
  let stop = stepper.next()
  for (let done = 1; done < most && stop !== 'end' && stop !== 'breakpoint'; done++) {
    stop = stepper.next()
  }
  return stop
}

/** Which breakpoint it is that the view stands at. */
const reached = ({ breakpoints, next, cluster }: StepperView): string => {
  const about = next.kind === 'decision' ? next.record : next.step
  const server = 'server' in about ? about.server : undefined
  const at = 'cluster' in about ? about.cluster : cluster
  const hit = breakpoints.filter(each => {
    if (each.on === 'kind') return next.kind === 'decision' && next.record.kind === each.kind
    if (each.on === 'cluster') return each.name === at
    return each.name === server || each.name === `${at}/${server}`
  })
  return `breakpoint ${hit.map(breakpointText).join(', ')}`
}

const answer = (stepper: Stepper, how: NetworkChoice): Done => {
  const before = stepper.view
  stepper.answer(how)
  return {
    stepped: newSince(before, stepper.view),
    notes: [`chosen: ${proposedText(how)}`, ...newNotes(before, stepper.view)],
  }
}

const back = (stepper: Stepper, to: number | 'network' | 'start'): Done => {
  if (!stepper.view.canGoBack) {
    throw new CommandError('this is the beginning; there is nothing to go back to')
  }
  if (typeof to === 'number') {
    let steps = 0
    while (steps < to && stepper.back()) steps++
    return noted(backAt(stepper.view))
  }
  if (to === 'start') {
    const { requestNumber, trace } = stepper.view
    if (trace.length === 0) {
      throw new CommandError('this is the start of the request; back goes to what was before it')
    }
    while (stepper.view.requestNumber === requestNumber && stepper.view.trace.length > 0) {
      if (!stepper.back()) break
    }
    return noted(backAt(stepper.view))
  }
  while (stepper.back() && stepper.view.next.kind !== 'network') {}
  return noted(
    stepper.view.next.kind === 'network'
      ? backAt(stepper.view)
      : 'back at the beginning; the network has not acted before this',
  )
}

const backAt = ({ trace, requestNumber, canGoBack }: StepperView): string => {
  if (!canGoBack) return 'back at the beginning'
  const request = requestNumber > 1 ? ` of request ${requestNumber}` : ''
  return trace.length === 0
    ? `back at the start${request || ' of the request'}`
    : `back behind step ${trace.length}${request}`
}

/** Something from outside; in the middle of a decision that is then made again. */
const changed = (stepper: Stepper, change: () => void, notes: readonly string[]): Done => {
  const before = stepper.view.trace.length
  change()
  const { trace } = stepper.view
  const again =
    trace.length < before ? [`the decision is made again, from behind step ${trace.length}`] : []
  return noted(...notes, ...again)
}

const edited = (edit: () => void): Done => {
  edit()
  return noted('the request begins again')
}

const headersWith = (
  { request }: StepperView,
  name: string,
  value: string | undefined,
): Readonly<Record<string, string>> => {
  const others = Object.entries(request.headers).filter(([key]) => key.toLowerCase() !== name)
  if (value !== undefined) return { ...Object.fromEntries(others), [name]: value }
  if (others.length === Object.keys(request.headers).length) {
    throw new CommandError(`the request has no header ${JSON.stringify(name)} to take away`)
  }
  return Object.fromEntries(others)
}

/** No request has more; one that never ends is ended by the stepper. */
const mostLeft = 100_000

/** The next request. The one under way is run to its end first, so that its decisions can be told. */
const send = (stepper: Stepper, url: string | undefined): Done => {
  const before = stepper.view
  for (let steps = 0; stepper.view.next.kind !== 'end' && steps < mostLeft; steps++) stepper.next()
  const finished = stepper.view
  const stepped = newSince(before, finished)
  stepper.send(url === undefined ? undefined : { url })
  const { requestNumber } = stepper.view
  return {
    stepped,
    notes: [
      ...newNotes(before, finished),
      ...(before.next.kind === 'end'
        ? []
        : [`request ${before.requestNumber} has been run to its end`]),
      `request ${requestNumber} of the same user`,
    ],
  }
}

const unbreak = (stepper: Stepper, at: Breakpoint): Done => {
  const { breakpoints } = stepper.view
  const text = breakpointText(at)
  if (!breakpoints.some(each => breakpointText(each) === text)) {
    const there = breakpoints.map(breakpointText).join(', ') || 'none'
    throw new CommandError(`there is no breakpoint ${text} (breakpoints: ${there})`)
  }
  stepper.clearBreakpoint(at)
  return noted(`does not stop at ${text} any more`)
}

/** Remarks about the request that were not there before. */
const newNotes = (before: StepperView, after: StepperView): readonly string[] =>
  after.notes.filter(note => !before.notes.includes(note)).map(note => `note: ${note}`)

/** Decisions of the same request that were not there before. */
const newSince = (before: StepperView, after: StepperView): readonly Stepped[] => {
  const from = before.requestNumber === after.requestNumber ? before.trace.length : 0
  return after.trace.slice(from).map(({ record }, at) => ({ number: from + at + 1, record }))
}
