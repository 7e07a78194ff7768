import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { build, ourSource } from '../build.mjs'
import { generatorName, requestText, send } from '../edge/load.mjs'
import { startOrigins } from '../edge/origins.mjs'
import { pluginConfig } from '../edge/plugin-config.mjs'
import { cookiesFor, scenarios } from '../edge/scenarios.mjs'
import { versions } from '../machine.mjs'
import { ask, cpuMicroseconds, startNode, stop } from '../processes.mjs'
import { verdictsOf } from './verdict.mjs'

/** Each of them with sessions on both servers, in turn. */
const mixed = ['get-1k', 'post-4k', 'get-100k']

/** Time for the connections of the clients to be gone before what is left is counted, milliseconds. */
const settleMs = 250

/**
 * Keeps our edge under full load and looks at its process after each interval.
 *
 * @param {import('../options.mjs').Options} options
 * @param {string} folder for the build and the configuration
 * @param {(line: string) => void} say progress
 * @param {(result: () => object) => void} interim gets a function that tells what has been measured so far
 */
export const endurance = async (options, folder, say, interim) => {
  const { seconds, intervals } = intervalsOf(options.minutes * 60)
  const warmUp = Math.max(1, Math.round(intervals / 6))
  const samples = []
  const result = () => ({
    minutes: (samples.length * seconds) / 60,
    warmUpMinutes: (warmUp * seconds) / 60,
    intervalSeconds: seconds,
    connections: options.connections,
    generator: generatorName(seconds),
    versions: versions(['undici']),
    requests: samples.reduce((sum, { requests }) => sum + requests, 0),
    failed: samples.reduce((sum, { failed }) => sum + failed, 0),
    verdicts: verdictsOf(samples),
    samples,
  })
  interim(result)
  const origins = await startOrigins(folder, options)
  const edge = await startEdge(origins.place, options)
  const requests = ['s1', 's2'].flatMap(server =>
    mixed.map(name => requestText(scenarioOf(name), edge.port, cookiesFor(server))),
  )
  const how = { ...options, seconds, folder, port: edge.port, core: options.pin ? 1 : undefined }
  try {
    // What has to be compiled, and what has a bound to grow to, does so before anything counts.
    for (let i = 0; i < warmUp; i++) await interval(edge.child, requests, how)
    for (let i = 0; i < intervals; i++) {
      const sample = await interval(edge.child, requests, how)
      samples.push({ minute: ((i + 1) * seconds) / 60, ...sample })
      say(sampleLine(samples.at(-1)))
    }
    return result()
  } finally {
    await stop(edge.child)
    await origins.stop()
  }
}

/** About sixty intervals, of whole seconds where the time is long enough, because wrk knows no others. */
const intervalsOf = seconds => {
  const each = seconds < 10 ? seconds / 10 : Math.max(1, Math.round(seconds / 60))
  return { seconds: each, intervals: Math.floor(seconds / each + 1e-9) }
}

const scenarioOf = wanted => scenarios.find(({ name }) => name === wanted)

const startEdge = async (place, { at }) => {
  const built = build(ourSource(at, place.folder), join(place.folder, 'ours')).folder
  const config = join(place.folder, 'plugin-cfg.xml')
  writeFileSync(config, pluginConfig(place))
  const { child, first } = await startNode(new URL('../contenders/watched.mjs', import.meta.url), {
    core: place.core,
    nodeOptions: ['--expose-gc'],
    env: { BUILD: built, CONFIG: config },
  })
  return { child, port: first.port }
}

const interval = async (child, requests, how) => {
  await ask(child, 'load begins')
  const before = cpuMicroseconds(child.pid)
  const { requests: done, failed, seconds, p50, p99 } = await send(requests, how)
  const cpu = (cpuMicroseconds(child.pid) - before) / Math.max(1, done)
  const loaded = await ask(child, 'load is over')
  await new Promise(resolve => setTimeout(resolve, settleMs))
  const rested = await ask(child, 'at rest')
  return { requests: done, failed, rate: done / seconds, cpu, p50, p99, ...loaded, ...rested }
}

const sampleLine = ({ minute, rate, failed, rss, heap, handles, delay50, delay99 }) =>
  `minute ${minute.toFixed(2)}: ${rate.toFixed(0)} req/s, ${failed} failed, ${rss.toFixed(0)} MiB, ` +
  `heap ${heap.toFixed(1)} MiB, ${handles} handles, delay ${delay50.toFixed(1)} and ${delay99.toFixed(1)} ms`
