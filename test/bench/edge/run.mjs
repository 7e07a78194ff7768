import { join } from 'node:path'
import { build, ourSource } from '../build.mjs'
import { versions } from '../machine.mjs'
import { ask, cpuMicroseconds, residentMiB, stop } from '../processes.mjs'
import { shuffled } from '../statistics.mjs'
import { check } from './check.mjs'
import { allContenders, bareName, ours, oursName } from './contenders.mjs'
import { idleClients } from './idle-clients.mjs'
import { generatorName, load } from './load.mjs'
import { nativeContenders } from './native.mjs'
import { startOrigins } from './origins.mjs'
import { programVersions } from './program-versions.mjs'
import { aliveSuffix, rowsOf } from './rows.mjs'
import { retrySeconds, scenarios } from './scenarios.mjs'

/** Packages whose versions belong to the figures. */
const packages = [
  'undici',
  'fast-proxy',
  '@fastify/reply-from',
  'fastify',
  'http-proxy',
  'httpxy',
  'http-proxy-middleware',
  'express',
]

/**
 * Measures the edge and its peers.
 *
 * @param {import('../options.mjs').Options} options
 * @param {string} folder for builds and configurations
 * @param {(line: string) => void} say progress
 */
export const edge = async (options, folder, say) => {
  const chosen = chosenScenarios(options.scenarios)
  const { contenders, missing } = contendersFor(options, folder)
  for (const name of missing) say(`${name} is left out: it is not installed.`)
  const { place, stop: stopOrigins } = await startOrigins(folder, {
    pin: options.pin,
    ajp: needsAjp(contenders),
  })
  try {
    const results = []
    for (const scenario of chosen) {
      const able = contenders.filter(contender => contender.can(scenario))
      results.push(await measureScenario(scenario, able, place, options, say))
    }
    return {
      ...(options.compare !== undefined && { compare: options.compare }),
      generator: generatorName(options.seconds),
      versions: { ...versions(packages), ...programVersions(contenders) },
      scenarios: results,
    }
  } finally {
    await stopOrigins()
  }
}

const chosenScenarios = wanted => {
  const unknown = wanted?.find(name => !scenarios.some(scenario => scenario.name === name))
  if (unknown !== undefined) {
    const names = scenarios.map(({ name }) => name).join(', ')
    throw new Error(`--scenarios ${unknown}: write ${names}`)
  }
  return scenarios.filter(({ name }) => wanted?.includes(name) ?? true)
}

const contendersFor = ({ only, at, compare: revision }, folder) => {
  const current = ours(oursName, build(ourSource(at, folder), join(folder, 'ours')).folder)
  const { contenders, missing } = allContenders()
  if (revision !== undefined) {
    const { folder: built } = build(ourSource(revision, folder), join(folder, 'other'))
    const other = ours(`${oursName} ${revision}`, built)
    const [bare] = contenders
    return { contenders: [current, other, bare], missing: [] }
  }
  const wanted = ({ name }) =>
    only === undefined || only.some(part => name.toLowerCase().includes(part.toLowerCase()))
  const list = [current, ...contenders].filter(wanted)
  if (list.length === 0) {
    const names = [current, ...contenders].map(({ name }) => name).join(', ')
    throw new Error(`--only ${only.join(',')} names no contender; there are ${names}`)
  }
  return { contenders: list, missing: only === undefined ? missing : [] }
}

const needsAjp = contenders => {
  const names = new Set(contenders.map(({ name }) => name))
  return nativeContenders().found.some(({ name }) => names.has(name) && name.includes('mod_jk'))
}

/**
 * All contenders are started, proven to answer, and then loaded in turn, in another order in each round. Every
 * `options.restart` rounds they begin anew, because two processes of one program differ for as long as they live.
 */
const measureScenario = async (scenario, contenders, place, options, say) => {
  const loads = loadsOf(scenario)
  const leftOut = new Map()
  // A peer that fails is no reason to lose the figures of all others; ours and the reference have to work.
  const orLeaveOut = async ({ name }, work) => {
    if (leftOut.has(name)) return
    try {
      await work()
    } catch (error) {
      if (name.startsWith(oursName) || name === bareName) throw error
      leftOut.set(name, error.message)
      say(`${name} is left out of ${scenario.name}: ${error.message}`)
    }
  }
  const slices = new Map(
    contenders.flatMap(({ name }) => loads.map(({ suffix }) => [`${name}${suffix}`, []])),
  )
  // At full speed, whatever the rate is: what has to be compiled is compiled by the number of requests.
  const warmUp = { ...scenario, rate: undefined }
  for (let round = 0; round < options.rounds; ) {
    const running = []
    try {
      for (const contender of contenders) {
        await orLeaveOut(contender, async () => {
          const started = await contender.start(placeFor(scenario, place))
          running.push({ contender, ...started })
          await check(contender, started.port, scenario)
          await slice(warmUp, running.at(-1), place, options, options.warmUpSeconds)
        })
      }
      // Connections end in the pauses. What was optimised without ever having seen that is thrown away then and made
      // anew, which takes a fifth of the cycles of the next second and does not come again.
      for (let i = 0; i < options.warmUpRounds; i++) {
        for (const one of running) {
          await orLeaveOut(one.contender, () => slice(warmUp, one, place, options, options.seconds))
        }
      }
      const until = Math.min(round + options.restart, options.rounds)
      for (; round < until; round++) {
        const turns = running.flatMap(one => loads.map(load => ({ one, ...load })))
        for (const { one, load, suffix } of shuffled(turns, round)) {
          const name = `${one.contender.name}${suffix}`
          await orLeaveOut(one.contender, async () => {
            const result = await slice(
              load,
              one,
              place,
              options,
              options.seconds * (load.longer ?? 1),
            )
            slices.get(name).push(result)
            say(sliceLine(scenario, round, name, result))
          })
        }
      }
    } finally {
      await Promise.all(running.map(({ child }) => stop(child)))
    }
  }
  const measured = [...slices].filter(([, list]) => list.length === options.rounds)
  return {
    name: scenario.name,
    title: scenario.title,
    leftOut: Object.fromEntries(leftOut),
    rows: rowsOf(new Map(measured)),
  }
}

/** A load with dead servers is measured beside the same load without. */
const loadsOf = scenario =>
  scenario.deadShare === undefined
    ? [{ load: scenario, suffix: '' }]
    : [
        { load: scenario, suffix: '' },
        { load: { ...scenario, deadShare: 0 }, suffix: aliveSuffix },
      ]

const placeFor = ({ tls = false, webSocket = false }, place) => {
  const { ports } = place
  return { ...place, tls, ports: webSocket ? { ...ports, s1: ports.echo, s2: ports.echo } : ports }
}

const slice = async (scenario, { contender, child, port }, place, options, seconds) => {
  const dismiss = scenario.idleClients ? await idleClients(port, scenario.idleClients) : null
  const loadFor = seconds =>
    load(scenario, {
      port,
      seconds,
      connections: options.connections,
      folder: place.folder,
      core: options.pin ? 1 : undefined,
      separator: contender.separator,
    })
  // While the others had their turn its connections were closed, and V8 has made its heap small.
  await loadFor(Math.min(seconds, settleSeconds))
  const refused = await refusedBy(contender, child)
  const before = cpuMicroseconds(child.pid)
  const result = await loadFor(seconds)
  const cpu = cpuMicroseconds(child.pid) - before
  const memory = residentMiB(child.pid)
  const stayed = dismiss?.()
  if (stayed < scenario.idleClients) {
    throw new Error(`${contender.name}, ${scenario.name}: ${stayed} idle clients were left`)
  }
  if (result.requests === 0 || (scenario.webSocket && result.failed > 0)) {
    // A contender that hangs says so here; one that answers had no time of its core, or lost what was under way.
    await check(contender, port, scenario)
    const what = `${result.requests} requests answered and ${result.failed} failed in ${seconds} s`
    throw new Error(`${contender.name}, ${scenario.name}: ${what}, though it answers now`)
  }
  return {
    cpu: cpu / result.requests,
    rate: result.requests / result.seconds,
    p50: result.p50,
    p99: result.p99,
    p999: result.p999,
    memory,
    failed: result.failed,
    ...(refused !== undefined && {
      attempts: ((await refusedBy(contender, child)) - refused) / intervalsBegun(result.seconds),
    }),
  }
}

/** Connections that the dead server has refused so far, where the contender tells. */
const refusedBy = async ({ tellsRefused }, child) =>
  tellsRefused ? await ask(child, 'refused') : undefined

/** Load before each one that is measured. */
const settleSeconds = 1

/** The first request for the dead server finds its retry interval over, and begins a new one. */
const intervalsBegun = seconds => Math.floor(seconds / retrySeconds) + 1

const sliceLine = ({ name, deadShare }, round, contender, { cpu, rate, failed, attempts }) =>
  `${name} round ${round + 1} ${contender}: ${cpu.toFixed(1)} µs, ${rate.toFixed(0)} req/s` +
  (deadShare && attempts !== undefined
    ? `, ${attempts.toFixed(2)} connects refused an interval`
    : '') +
  (failed > 0 ? `, ${failed} failed` : '')
