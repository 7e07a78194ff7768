import type { PluginConfig } from '../config/model.ts'
import type { RouterSnapshot, ServerSnapshot } from '../core/snapshot.ts'
import type { TraceRecord } from '../core/trace.ts'
import { describeRecord } from '../debug/sentences.ts'
import type { Flight } from './flight.ts'
import { member } from './json.ts'
import type { ExchangeExpectation, StateExpectation } from './scenario.ts'
import { findServers, unknownCluster, unknownServer } from './server-names.ts'
import { primaryNames } from './start-state.ts'
import type { RecordPattern } from './trace-fields.ts'

/** An expectation that did not hold. */
export interface Mismatch {
  /** Which one, such as `servedBy` or `servers.PluginMember1.health`. */
  readonly what: string
  /** Where it stands in its step, such as `.expect.servedBy`. */
  readonly path: string
  readonly expected: string
  readonly got: string
}

const show = (value: unknown): string => JSON.stringify(value) ?? 'nothing'

/** What is true of a request now, in the words of an expectation. */
export const factsOf = (flight: Flight, now: number) => {
  const step = flight.step
  const done = step.kind === 'done' ? step : undefined
  const outcome: NonNullable<ExchangeExpectation['outcome']> =
    done !== undefined
      ? done.result
      : step.kind === 'decline' || step.kind === 'fail'
        ? step.kind
        : 'in-flight'
  const end = flight.records.findLast(record => record.kind === 'outcome')
  const select = flight.records.findLast(record => record.kind === 'select')
  return {
    outcome,
    server: done?.server,
    servedBy: done?.result === 'served' ? done.server : undefined,
    cluster: flight.cluster,
    status: step.kind === 'fail' ? step.status : done?.status,
    reason: step.kind === 'fail' || step.kind === 'decline' ? step.reason : undefined,
    why: select?.kind === 'select' ? select.why : undefined,
    attempts: end?.kind === 'outcome' ? end.attempts : flight.contacted.length,
    contacted: flight.contacted,
    seconds: (now - flight.startedAt) / 1000,
    cookie: flight.sessionCookie ?? null,
  }
}

/**
 * Compares a request with what was expected of it.
 *
 * @param records those that the step under test has added.
 * @param turn number of the repetition from 0; lists of servers and statuses are read by it.
 */
export const compareExchange = (
  expected: ExchangeExpectation,
  flight: Flight,
  records: readonly TraceRecord[],
  now: number,
  turn: number | undefined,
): readonly Mismatch[] => {
  const facts = factsOf(flight, now)
  const found: Mismatch[] = []
  const same = (what: keyof typeof facts & keyof ExchangeExpectation, want: unknown) => {
    const got = facts[what]
    if (want !== undefined && !matches(want, got)) {
      const entry = Array.isArray(expected[what]) && !Array.isArray(want) ? `[${turn ?? 0}]` : ''
      found.push({
        what,
        path: `.expect.${what}${entry}`,
        expected: show(want),
        got: got === undefined ? atEnd(facts) : show(got),
      })
    }
  }
  const ofTurn = <T>(want: T | readonly T[] | undefined): T | undefined =>
    Array.isArray(want) ? (want as readonly T[])[turn ?? 0] : (want as T | undefined)
  const servedBy = ofTurn<string>(expected.servedBy)
  if (servedBy !== undefined && findServers(flight.config, servedBy, true).length === 0) {
    found.push({
      what: 'servedBy',
      path: '.expect.servedBy',
      expected: show(servedBy),
      got: unknownServer(flight.config, servedBy, true),
    })
  } else if (servedBy !== `${facts.cluster}/${facts.servedBy}`) same('servedBy', servedBy)
  same('outcome', expected.outcome)
  same('cluster', expected.cluster)
  same('status', ofTurn<number>(expected.status))
  same('reason', expected.reason)
  same('why', expected.why)
  same('attempts', expected.attempts)
  same('contacted', expected.contacted)
  same('seconds', expected.seconds)
  same('cookie', expected.cookie)
  if (expected.step !== undefined && !matches(expected.step, flight.step)) {
    const path = '.expect.step'
    found.push({ what: 'step', path, expected: show(expected.step), got: show(flight.step) })
  }
  if (expected.kinds !== undefined) {
    const kinds = records.map(record => record.kind)
    if (!matches(expected.kinds, kinds)) found.push(firstDifference(expected.kinds, kinds))
  }
  found.push(...compareTrace(expected.trace ?? [], records))
  for (const [index, pattern] of (expected.absent ?? []).entries()) {
    const at = records.findIndex(each => fits(pattern, each))
    const record = records[at]
    if (record !== undefined) {
      found.push({
        what: `absent[${index}]`,
        path: `.expect.absent[${index}]`,
        expected: `no record ${show(pattern)}`,
        got: `record ${at + 1}: ${describeRecord(record)}`,
      })
    }
  }
  return found
}

const atEnd = (facts: ReturnType<typeof factsOf>): string =>
  [facts.outcome, facts.status, facts.reason].filter(each => each !== undefined).join(' ')

/** The patterns must be found in this order; records between them do not matter. */
const compareTrace = (
  patterns: readonly RecordPattern[],
  records: readonly TraceRecord[],
): Mismatch[] => {
  let next = 0
  for (const [index, pattern] of patterns.entries()) {
    const at = records.findIndex((record, i) => i >= next && fits(pattern, record))
    if (at === -1) {
      const kind = typeof pattern === 'string' ? pattern : pattern.kind
      const later = records.slice(next).filter(record => record.kind === kind)
      const before =
        next === 0 ? 'in the trace' : `after record ${next} (${records[next - 1]?.kind})`
      const got =
        later.length > 0
          ? later.map(record => show(asFarAs(pattern, record))).join(' ')
          : `no record of kind ${show(kind)} ${before}; there: ${records
              .slice(next)
              .map(record => record.kind)
              .join(' ')}`
      const what = `trace[${index}]`
      return [{ what, path: `.expect.${what}`, expected: `${show(pattern)} ${before}`, got }]
    }
    next = at + 1
  }
  return []
}

const firstDifference = (expected: readonly string[], got: readonly string[]): Mismatch => {
  const length = Math.max(expected.length, got.length)
  let at = 0
  while (at < length && expected[at] === got[at]) at++
  return {
    what: `kinds[${at}]`,
    path: `.expect.kinds[${at}]`,
    expected: expected[at] ?? 'the end',
    got: `${got[at] ?? 'the end'} (all: ${got.join(' ')})`,
  }
}

/** The members of a value that a pattern names: what is worth showing when they do not fit. */
const asFarAs = (pattern: unknown, value: unknown): unknown => {
  if (typeof pattern !== 'object' || pattern === null || Array.isArray(pattern)) return value
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  const members = value as Readonly<Record<string, unknown>>
  return Object.fromEntries(
    Object.entries(pattern).map(([key, each]) => [key, asFarAs(each, members[key])]),
  )
}

const fits = (pattern: RecordPattern, record: TraceRecord): boolean =>
  typeof pattern === 'string' ? record.kind === pattern : matches(pattern, record)

/** Objects need the named members only; lists must be as long and fit one by one. */
export const matches = (pattern: unknown, value: unknown): boolean => {
  if (Array.isArray(pattern)) {
    return (
      Array.isArray(value) &&
      value.length === pattern.length &&
      pattern.every((each, index) => matches(each, value[index]))
    )
  }
  if (typeof pattern !== 'object' || pattern === null) return pattern === value
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
  return Object.entries(pattern).every(([key, each]) =>
    matches(each, (value as Readonly<Record<string, unknown>>)[key]),
  )
}

/** Compares the state of a router with what was expected of it. */
export const compareState = (
  expected: StateExpectation,
  snapshot: RouterSnapshot,
  config: PluginConfig,
  inFlight: readonly string[],
  now: number,
): readonly Mismatch[] => {
  const found: Mismatch[] = []
  const same = (path: string, want: unknown, got: unknown) => {
    if (want !== undefined && !matches(want, got)) {
      found.push({
        what: path.slice(1),
        path: `.expect${path}`,
        expected: show(want),
        got: show(got),
      })
    }
  }
  const each = (
    name: string,
    path: string,
    want: unknown,
    compare: (server: ServerSnapshot) => void,
  ) => {
    const places = findServers(config, name, true)
    if (places.length === 0) {
      const got = unknownServer(config, name, true)
      found.push({ what: path.slice(1), path: `.expect${path}`, expected: show(want), got })
    }
    for (const { cluster, server } of places) {
      const state = snapshot.clusters.find(at => at.name === cluster)
      const own =
        state?.servers.find(at => at.name === server) ??
        (state?.clusterAddress?.name === server ? state.clusterAddress : undefined)
      if (own !== undefined) compare(own)
    }
  }
  for (const [name, want] of Object.entries(expected.servers ?? {})) {
    const path = member('.servers', name)
    each(name, path, want, server => {
      const facts = stateFacts(server)
      for (const [key, value] of Object.entries(
        typeof want === 'string' ? { health: want } : want,
      )) {
        same(`${path}.${key}`, value, facts[key as keyof typeof facts])
      }
    })
  }
  for (const [name, want] of Object.entries(expected.weights ?? {})) {
    const path = member('.weights', name)
    each(name, path, want, server => same(path, want, server.weight.current))
  }
  for (const [name, want] of Object.entries(expected.cursor ?? {})) {
    const cluster = snapshot.clusters.find(at => at.name === name)
    const at = cluster?.cursor ?? null
    const got = cluster === undefined || at === null ? null : primaryNames(config, cluster)[at]
    const path = member('.cursor', name)
    if (cluster === undefined) {
      found.push({
        what: path.slice(1),
        path: `.expect${path}`,
        expected: show(want),
        got: unknownCluster(config, name),
      })
    } else same(path, want, got)
  }
  if (expected.inFlight !== undefined) {
    same('.inFlight', [...expected.inFlight].sort(), [...inFlight].sort())
  }
  same('.exchanges', expected.exchanges, snapshot.exchanges)
  same('.nowSeconds', expected.nowSeconds, now / 1000)
  return found
}

const seconds = (ms: number | null): number | null => (ms === null ? null : ms / 1000)

/** A server in the words of an expectation. */
const stateFacts = (server: ServerSnapshot) => ({
  health: server.health,
  admin: server.admin ?? 'in-service',
  retryInSeconds: seconds(server.retryInMs),
  lastFailureAtSeconds: seconds(server.lastFailureAt),
  busy: server.busy,
  usable: server.usable,
  list: server.list,
  weight: server.weight.current,
  startWeight: server.weight.start,
  pending: server.pending,
  failed: server.failed,
  affinity: server.affinity,
  total: server.total,
})
