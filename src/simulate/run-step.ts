import type { Diagnostic } from '../config/diagnostics.ts'
import type { Outcome } from '../core/step.ts'
import type { TraceRecord } from '../core/trace.ts'
import { CannotGoOn } from './cannot-go-on.ts'
import { depart } from './departure.ts'
import { compareExchange, compareState, factsOf, type Mismatch } from './expect.ts'
import type { Flight } from './flight.ts'
import { member } from './json.ts'
import { many } from './many.ts'
import { markedState } from './mark.ts'
import { errorsOf } from './read-scenario.ts'
import type { ExchangeExpectation, ReloadStep, RequestStep, ScenarioStep } from './scenario.ts'
import { unknownCluster } from './server-names.ts'
import type { World } from './world.ts'

/** What one step has to report; filled while it runs. */
export interface StepLog {
  readonly events: string[]
  readonly notes: string[]
  readonly records: TraceRecord[]
  readonly mismatches: Mismatch[]
}

/**
 * Carries out one step of a scenario.
 *
 * @throws CannotGoOn, StateError, PluginError when it cannot be carried out.
 */
export const runStep = (step: ScenarioStep, world: World, log: StepLog): void => {
  if ('network' in step) {
    for (const [name, behaviours] of Object.entries(step.network)) {
      world.setBehaviours(name, behaviours)
      log.events.push(`${name === '*' ? 'other servers' : name}: ${JSON.stringify(behaviours)}`)
    }
  } else if ('request' in step) runRequest(step, world, log)
  else if ('wait' in step) {
    world.clock.advance(Math.round(step.wait * 1000))
    log.events.push(`${step.wait} s pass; the clock stands at ${world.clock.now() / 1000} s`)
  } else if ('reload' in step) runReload(step, world, log)
  else if ('restart' in step) {
    world.restart(step.restart === 'settled')
    log.events.push(`a new router in the ${step.restart} state of the old one`)
  } else if ('partitionTable' in step) {
    for (const [cluster, table] of Object.entries(step.partitionTable)) {
      const { config } = world.router
      if (!config.clusters.some(each => each.name === cluster)) {
        throw new CannotGoOn(unknownCluster(config, cluster), member('.partitionTable', cluster))
      }
      world.router.setPartitionTable(cluster, table)
      log.events.push(`${cluster} has a new partition table`)
    }
  } else if ('mark' in step) {
    const { router, clock } = world
    router.restore(markedState(router.snapshot(), router.config, step, clock.now()))
    for (const [name, state] of Object.entries(step.mark)) {
      log.events.push(`${name} is marked by hand: ${JSON.stringify(state)}`)
    }
  } else if ('answer' in step || 'fail' in step || 'finish' in step || 'abort' in step) {
    const { names, outcome } = reported(step)
    onHeld(names, step.expect, world, log, (flight, name) => {
      if (!('abort' in step)) expectUnderWay(flight, name)
      flight.report(outcome)
    })
  } else if ('release' in step) {
    onHeld(step.release, step.expect, world, log, flight => flight.run(world.network))
  } else if ('is' in step) {
    onHeld(step.body, step.expect, world, log, (flight, name) => {
      expectUnderWay(flight, name)
      flight.report(bodyOutcome(step, flight))
    })
  } else {
    const { router, clock } = world
    const state = router.snapshot()
    log.events.push('the state is looked at')
    log.mismatches.push(
      ...compareState(step.expect, state, router.config, world.inFlight(), clock.now()),
    )
  }
}

/** A client may leave at any time; a server that answers a request twice is a mistake of the scenario. */
const expectUnderWay = (flight: Flight, name: string): void => {
  if (flight.ended) {
    throw new CannotGoOn(`the request ${JSON.stringify(name)} has ended; nothing can follow`)
  }
}

type ReportStep = Extract<
  ScenarioStep,
  { answer: unknown } | { fail: unknown } | { finish: unknown } | { abort: unknown }
>

/** What a step tells the core, and about which requests. */
const reported = (
  step: ReportStep,
): { readonly names: string | readonly string[]; readonly outcome: Outcome } => {
  if ('finish' in step) return { names: step.finish, outcome: { kind: 'relayed' } }
  if ('abort' in step) return { names: step.abort, outcome: { kind: 'client-aborted' } }
  const origin = {
    ...(step.stream !== undefined && { stream: step.stream }),
    ...(step.bodySent !== undefined && { bodySent: step.bodySent }),
  }
  if ('answer' in step) {
    const { status = 200, streaming = false } = step
    return { names: step.answer, outcome: { kind: 'answered', status, streaming, ...origin } }
  }
  const code = step.code === undefined ? {} : { code: step.code }
  return { names: step.fail, outcome: { kind: 'failed', cause: step.cause, ...origin, ...code } }
}

const bodyOutcome = (step: Extract<ScenarioStep, { is: unknown }>, flight: Flight): Outcome => {
  if (step.is === 'short') return { kind: 'client-failed' }
  if (step.is === 'too-large') return { kind: 'body-too-large' }
  if (step.bytes !== undefined && step.bytes > flight.bodyBytes) {
    throw new CannotGoOn(
      `${step.bytes} bytes cannot be read: the body of the request has ${flight.bodyBytes}`,
      '.bytes',
    )
  }
  return {
    kind: 'buffered',
    bytes: step.bytes ?? flight.bodyBytes,
    complete: step.complete ?? true,
  }
}

const runRequest = (step: RequestStep, world: World, log: StepLog): void => {
  const times = step.repeat ?? 1
  for (const key of ['servedBy', 'status'] as const) {
    const list = step.expect?.[key]
    if (Array.isArray(list) && list.length !== times) {
      throw new CannotGoOn(
        `${key} lists ${list.length}, but the request is sent ${times === 1 ? 'once' : `${times} times`}; write one for each time`,
        `.expect.${key}`,
      )
    }
  }
  for (let turn = 0; turn < times; turn++) {
    const flight = depart(step, world)
    if (step.hold === undefined) flight.run(world.network)
    else {
      world.hold(times === 1 ? step.hold : `${step.hold}-${turn + 1}`, flight)
      flight.run(world.network, step.holdAt ?? 'attempt')
    }
    const what = `${step.method ?? 'GET'} ${step.request}`
    settle(
      flight,
      step.expect,
      world,
      log,
      what,
      times === 1 ? '' : ` of request ${turn + 1}`,
      turn,
    )
  }
}

const onHeld = (
  names: string | readonly string[],
  expected: ExchangeExpectation | undefined,
  world: World,
  log: StepLog,
  act: (flight: Flight, name: string) => void,
): void => {
  const all = many(names)
  for (const name of all) {
    const flight = world.held(name)
    act(flight, name)
    settle(flight, expected, world, log, name, all.length === 1 ? '' : ` of ${name}`, 0)
  }
}

/** Writes down what a step has done to a request, and compares. */
const settle = (
  flight: Flight,
  expected: ExchangeExpectation | undefined,
  world: World,
  log: StepLog,
  what: string,
  which: string,
  turn: number,
): void => {
  const records = flight.takeRecords()
  const now = world.clock.now()
  log.records.push(...world.keep(records))
  log.notes.push(...flight.notes.splice(0))
  log.events.push(`${what} -> ${standing(flight, now)}`)
  for (const each of compareExchange(expected ?? {}, flight, records, now, turn)) {
    log.mismatches.push({ ...each, what: `${each.what}${which}` })
  }
}

const runReload = (step: ReloadStep, world: World, log: StepLog): void => {
  const reading = world.reading(step.reload)
  const errors = errorsOf(reading)
  const rejected = errors.length > 0
  const brief = errors.map(briefly).join('; ')
  if (!rejected) world.load(reading.config, step.given)
  log.events.push(
    rejected
      ? `the new configuration is rejected: ${brief}`
      : 'a new configuration, with fresh state',
  )
  const { rejected: wanted = false, codes = [] } = step.expect ?? {}
  if (rejected !== wanted) {
    log.mismatches.push({
      what: 'rejected',
      path: '.expect.rejected',
      expected: String(wanted),
      got: brief || 'false',
    })
  }
  const found = reading.diagnostics.map(diagnostic => diagnostic.code)
  for (const [index, code] of codes.entries()) {
    if (!found.includes(code)) {
      const path = `.expect.codes[${index}]`
      log.mismatches.push({ what: 'codes', path, expected: code, got: found.join(' ') || 'none' })
    }
  }
}

/** A finding on one line. */
export const briefly = ({ file = 'xml', line, column, code, message }: Diagnostic): string =>
  `${file}:${line}:${column} ${code} ${message}`

/** How a request stands, on one line. */
const standing = (flight: Flight, now: number): string => {
  const facts = factsOf(flight, now)
  const { step } = flight
  const why = facts.why === undefined ? '' : ` (${facts.why})`
  const after = (servers: readonly string[]): string =>
    servers.length === 0 ? '' : ` after ${servers.join(', ')}`
  switch (facts.outcome) {
    case 'served':
      return `${facts.server} ${facts.status}${why}${after(facts.contacted.slice(0, -1))}`
    case 'in-flight':
      return `waits: ${step.kind}${'server' in step ? ` ${step.server}` : ''}${why}${after(facts.contacted.slice(0, -1))}`
    case 'decline':
      return 'declined: no Route matches'
    case 'fail':
      return `${facts.status} ${facts.reason}${after(facts.contacted)}`
    default:
      return `${facts.outcome}${facts.server === undefined ? '' : `, server ${facts.server}`}`
  }
}
