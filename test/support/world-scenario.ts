/**
 * A world as a scenario file (plugin-cfg/README.md): the same requests, outcomes, pauses and reloads, and what a router
 * of our choice makes of them as expectations. Times and random numbers are those of the world.
 */
import type { RequestHead } from '../../src/core/request.ts'
import type { Outcome } from '../../src/core/step.ts'
import { parseUrl } from '../../src/simulate/request-head.ts'
import type {
  ExchangeExpectation,
  RequestStep,
  Scenario,
  ScenarioStep,
  StateExpectation,
} from '../../src/simulate/scenario.ts'
import { primaryNames } from '../../src/simulate/start-state.ts'
import type { RecordPattern } from '../../src/simulate/trace-fields.ts'
import { type Deed, Divergence } from './divergence.ts'
import { type Projection, type RouterFactory, runWorld, type Sight } from './random-world.ts'
import { createReferenceRouter } from './reference/reference.ts'
import type { World } from './world-actions.ts'
import { configOf, optionsOf } from './world-config.ts'
import { type LoadedConfigs, loadedConfigs } from './world-transports.ts'

/**
 * Turns a world into a scenario. After every step stands another that looks at the whole state. What the format has no
 * words for is named in the notes.
 *
 * @param expected the router whose steps, records and states are the expectations. Default: the reference.
 */
export const worldScenario = (
  world: World,
  title: string,
  expected: RouterFactory = createReferenceRouter,
): Scenario => {
  const { looks, foreign } = lookAt(world, expected)
  const reloads = looks.some(({ deed }) => deed !== null && 'reload' in deed && deed.reload === 1)
  const [first, second] = world.configs
  const loaded = loadedConfigs((reloads ? [first, second] : [first]).map(configOf))
  const notes = [
    ...(foreign ? ['It goes on with a restart by the other configuration.'] : []),
    ...(looks.some(({ deed }) => deed !== null && isMisfit(deed))
      ? ['Reports that do not fit where their request stands are left out.']
      : []),
    ...(world.trace === 'off' ? ['Nobody listened to the trace; the simulator always does.'] : []),
  ]
  return {
    title,
    ...(notes.length > 0 && { notes }),
    config: { model: loaded.models[0]! },
    options: optionsIn(world, reloads, loaded.unusable),
    steps: looks.flatMap(look => stepsOf(look, loaded)),
  }
}

/** A deed, what it did, and the state after it. */
interface Look extends Sight {
  readonly state: StateExpectation
}

/** Everything a router does in a world, until a restart by another configuration (`foreign`), or its end. */
const lookAt = (
  world: World,
  factory: RouterFactory,
): { readonly looks: readonly Look[]; readonly foreign: boolean } => {
  const looks: Look[] = []
  try {
    // Somebody must listen for the records.
    runWorld({ ...world, trace: 'exchange' }, factory, factory, patternOf, sight => {
      looks.push({ ...sight, state: stateOf(sight) })
    })
  } catch (error) {
    // A router that breaks an invariant has done so much and no more.
    if (!(error instanceof Divergence)) throw error
  }
  let config = 0
  const foreign = looks.findIndex(({ deed }) => {
    if (deed !== null && 'reload' in deed) config = deed.reload
    return deed !== null && 'restore' in deed && deed.config !== config
  })
  return foreign === -1
    ? { looks, foreign: false }
    : { looks: looks.slice(0, foreign), foreign: true }
}

/** Kind, server or Route, and the reason where there is one. */
const patternOf: Projection = record => ({
  kind: record.kind,
  ...(record.kind === 'route' && { route: record.route }),
  ...('server' in record && record.server !== undefined && { server: record.server }),
  ...('why' in record && { why: record.why }),
  ...('reason' in record && record.reason !== undefined && { reason: record.reason }),
})

const optionsIn = (
  world: World,
  reloads: boolean,
  unusable: readonly string[],
): NonNullable<Scenario['options']> => {
  const [first, second] = world.configs
  const configs = [first, reloads ? second : first] as const
  const { transportUsable: _, ...options } = optionsOf(configs, world.switches)
  return { seed: world.seed, ...options, ...(unusable.length > 0 && { unusable }) }
}

/** Only a client can leave when its request has ended. */
const isMisfit = (deed: Deed): boolean => 'misreport' in deed && deed.is.kind !== 'client-aborted'

const stepsOf = (look: Look, loaded: LoadedConfigs): readonly ScenarioStep[] => {
  const step = stepOf(look, loaded)
  return step === null ? [] : [step, { expect: look.state }]
}

/** null: the deed has no effect, or none that a scenario could have. */
const stepOf = (look: Look, loaded: LoadedConfigs): ScenarioStep | null => {
  const { deed, router } = look
  // The clock of a world does not begin at 0.
  if (deed === null) return { wait: look.now / 1000 }
  if ('route' in deed) return requestStep(deed.route, deed.is, look)
  if ('report' in deed) return reportStep(deed.is, nameOf(deed.report), expectOf(look))
  if ('wait' in deed) return { wait: deed.wait / 1000 }
  if ('reload' in deed) return { reload: { model: loaded.models[deed.reload]! } }
  if ('restore' in deed) return { restart: deed.restore }
  if ('misreport' in deed) {
    return isMisfit(deed) ? null : { abort: nameOf(deed.misreport), expect: expectOf(look) }
  }
  const known = router.config.clusters.some(({ name }) => name === deed.table)
  return known ? { partitionTable: { [deed.table]: deed.is } } : null
}

const nameOf = (exchange: number): string => `r${exchange + 1}`

const expectOf = ({ step, trace }: Look): ExchangeExpectation => {
  const records = trace as readonly Exclude<RecordPattern, string>[]
  const kinds = records.map(({ kind }) => kind) as NonNullable<ExchangeExpectation['kinds']>
  const decided = records.filter(record => Object.keys(record).length > 1)
  return { step: { ...step }, kinds, ...(decided.length > 0 && { trace: decided }) }
}

const requestStep = (head: RequestHead, id: number, look: Look): RequestStep => {
  const { method, target, scheme, host, cookie = [], localPort, body = 0 } = head
  const url = `${scheme}://${host}${target}`
  const parts = parseUrl(url)
  const said = parts?.authority === host && parts?.target === target
  const cookies = typeof cookie === 'string' ? [cookie] : cookie
  return {
    ...(said ? { request: url } : { request: `${scheme}://x/`, host: host ?? null, target }),
    ...(method !== 'GET' && { method }),
    ...(cookies.length > 0 && { cookie: cookies.length === 1 ? cookies[0]! : cookies }),
    ...(localPort !== undefined && { localPort }),
    ...(body !== 0 && { body: body === 'unknown' ? { bytes: 5000, chunked: true } : body }),
    hold: nameOf(id),
    ...(look.step?.kind === 'buffer' && { holdAt: 'buffer' as const }),
    expect: expectOf(look),
  }
}

const reportStep = (outcome: Outcome, name: string, expect: ExchangeExpectation): ScenarioStep => {
  switch (outcome.kind) {
    case 'answered': {
      const { kind: _, ...how } = outcome
      return { answer: name, ...how, expect }
    }
    case 'failed': {
      const { kind: _, ...how } = outcome
      return { fail: name, ...how, expect }
    }
    case 'buffered':
      return { body: name, is: 'read', bytes: outcome.bytes, complete: outcome.complete, expect }
    case 'client-failed':
      return { body: name, is: 'short', expect }
    case 'body-too-large':
      return { body: name, is: 'too-large', expect }
    case 'relayed':
      return { finish: name, expect }
    case 'client-aborted':
      return { abort: name, expect }
  }
}

const stateOf = ({ router, now, underWay }: Sight): StateExpectation => {
  const { clusters, exchanges } = router.snapshot()
  const seconds = (ms: number | null): number | null => (ms === null ? null : ms / 1000)
  const servers = clusters.flatMap(cluster =>
    [...cluster.servers, ...(cluster.clusterAddress ? [cluster.clusterAddress] : [])].map(
      ({
        name,
        health,
        busy,
        usable,
        list,
        weight,
        pending,
        failed,
        affinity,
        total,
        ...times
      }) => [
        `${cluster.name}/${name}`,
        {
          health,
          retryInSeconds: seconds(times.retryInMs),
          lastFailureAtSeconds: seconds(times.lastFailureAt),
          ...{ busy, usable, list, weight: weight.current, startWeight: weight.start },
          ...{ pending, failed, affinity, total },
        },
      ],
    ),
  )
  const cursors = clusters.flatMap(cluster => {
    const { name, cursor } = cluster
    if (cursor === null) return [[name, null]]
    // Round robin that has looked at everybody and picked nobody can stand before the first primary.
    const primary = primaryNames(router.config, cluster)[cursor]
    return primary === undefined ? [] : [[name, primary]]
  })
  return {
    servers: Object.fromEntries(servers),
    cursor: Object.fromEntries(cursors),
    inFlight: underWay.map(nameOf),
    exchanges,
    nowSeconds: now / 1000,
  }
}
