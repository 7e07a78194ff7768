import { join } from 'node:path'
import { build, ourSource } from '../build.mjs'
import { versions } from '../machine.mjs'
import { cpuMicroseconds, residentMiB, startNode, stop } from '../processes.mjs'
import { compare, median, quantile, shuffled } from '../statistics.mjs'
import { fixed, table } from '../table.mjs'
import { certificates } from './certificates.mjs'
import { check } from './check.mjs'
import { allContenders, bareName, freePort, ours } from './contenders.mjs'
import { idleClients } from './idle-clients.mjs'
import { generatorName, load } from './load.mjs'
import { nativeContenders } from './native.mjs'
import { scenarios } from './scenarios.mjs'

const oursName = 'plugin-cfg-router'

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
  const keys = await certificates()
  const origin = await startNode(new URL('origin.mjs', import.meta.url), {
    env: { KEY: keys.serverKey, CERTIFICATE: keys.serverCertificate },
    core: options.pin ? 1 : undefined,
  })
  const ajp = needsAjp(contenders)
    ? await startNode(new URL('ajp-origin.mjs', import.meta.url))
    : null
  const ports = { ...origin.first.ports, ...ajp?.first.ports, dead: await freePort() }
  const place = { folder, ports, certificates: keys, core: options.pin ? 0 : undefined }
  try {
    const results = []
    for (const scenario of chosen) {
      const able = contenders.filter(contender => contender.can(scenario))
      results.push(await measureScenario(scenario, able, place, options, say))
    }
    return {
      generator: generatorName(options.seconds),
      versions: versions(packages),
      scenarios: results,
    }
  } finally {
    await Promise.all([origin, ajp].map(started => started && stop(started.child)))
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
  for (let round = 0; round < options.rounds; ) {
    const running = []
    try {
      for (const contender of contenders) {
        await orLeaveOut(contender, async () => {
          const started = await contender.start(placeFor(scenario, place))
          running.push({ contender, ...started })
          await check(contender, started.port, scenario)
          await slice(scenario, running.at(-1), place, options, options.warmUpSeconds)
        })
      }
      const until = Math.min(round + options.restart, options.rounds)
      for (; round < until; round++) {
        const turns = running.flatMap(one => loads.map(load => ({ one, ...load })))
        for (const { one, load, suffix } of shuffled(turns, round)) {
          const name = `${one.contender.name}${suffix}`
          await orLeaveOut(one.contender, async () => {
            const result = await slice(load, one, place, options, options.seconds)
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
        { load: { ...scenario, deadShare: 0 }, suffix: ', all alive' },
      ]

const placeFor = ({ tls = false, webSocket = false }, place) => {
  const { ports } = place
  return { ...place, tls, ports: webSocket ? { ...ports, s1: ports.echo, s2: ports.echo } : ports }
}

const slice = async (scenario, { contender, child, port }, place, options, seconds) => {
  const dismiss = scenario.idleClients ? await idleClients(port, scenario.idleClients) : null
  const before = cpuMicroseconds(child.pid)
  const result = await load(scenario, {
    port,
    seconds,
    connections: options.connections,
    folder: place.folder,
    core: options.pin ? 1 : undefined,
    separator: contender.separator,
  })
  const cpu = cpuMicroseconds(child.pid) - before
  const memory = residentMiB(child.pid)
  dismiss?.()
  if (result.requests === 0 || (scenario.webSocket && result.failed > 0)) {
    throw new Error(`${contender.name}, ${scenario.name}: ${result.failed} requests failed`)
  }
  return {
    cpu: cpu / result.requests,
    rate: result.requests / result.seconds,
    p50: result.p50,
    p99: result.p99,
    p999: result.p999,
    memory,
    failed: result.failed,
  }
}

const sliceLine = ({ name }, round, contender, { cpu, rate, failed }) =>
  `${name} round ${round + 1} ${contender}: ${cpu.toFixed(1)} µs, ${rate.toFixed(0)} req/s` +
  (failed > 0 ? `, ${failed} failed` : '')

const rowsOf = slices => {
  const cpuOf = list => list.map(({ cpu }) => cpu)
  const bare = slices.get(bareName)
  return [...slices].map(([name, list]) => {
    const middle = key => median(list.map(result => result[key]))
    return {
      name,
      cpu: middle('cpu'),
      cpuLow: quantile(cpuOf(list), 0.25),
      cpuHigh: quantile(cpuOf(list), 0.75),
      ...(bare !== undefined && { toBare: compare(cpuOf(list), cpuOf(bare)).ratio }),
      rate: middle('rate'),
      p50: middle('p50'),
      p99: middle('p99'),
      p999: middle('p999'),
      memory: middle('memory'),
      failed: list.reduce((sum, { failed }) => sum + failed, 0),
      rounds: list.length,
    }
  })
}

/** The figures for people. */
export const edgeTables = result =>
  result.scenarios.map(({ title, rows }) => {
    const heads = [
      title,
      'CPU µs/request',
      'quartiles',
      '× bare undici',
      'req/s',
      'p50 ms',
      'p99 ms',
      'p99.9 ms',
      'MiB',
      'failed',
    ]
    const lines = rows.map(row => [
      row.name,
      fixed(row.cpu, 1),
      `${fixed(row.cpuLow, 1)}–${fixed(row.cpuHigh, 1)}`,
      fixed(row.toBare, 2),
      fixed(row.rate),
      fixed(row.p50, 2),
      fixed(row.p99, 2),
      fixed(row.p999, 2),
      fixed(row.memory),
      row.failed,
    ])
    return table(heads, lines)
  })
