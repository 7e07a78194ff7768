import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { installed, runProgram, startNode, stop } from '../processes.mjs'
import { cookiesFor, fields, variedFields } from './scenarios.mjs'

/** The program that makes the load; wrk knows whole seconds only. */
export const generatorName = seconds =>
  installed('wrk') && Number.isInteger(seconds) ? 'wrk' : 'node generator'

/**
 * Sends one scenario to a port from keep-alive connections, each with one request under way.
 *
 * @param {import('./scenarios.mjs').Scenario} scenario
 * @param {{ port: number, seconds: number, connections: number, folder: string, core?: number, separator?: string }} how
 * @returns {Promise<{ requests: number, failed: number, seconds: number, p50: number, p99: number, p999: number }>}
 *   latencies in milliseconds
 */
export const load = async (scenario, how) => {
  if (scenario.webSocket) return onWebSockets(scenario, how)
  const requests = requestsOf(scenario, how)
  // wrk sends as fast as it gets answers, and cannot do otherwise.
  return scenario.rate === undefined
    ? send(requests, how)
    : withOurs(requests, { ...how, rate: scenario.rate })
}

/**
 * Sends these requests in turn. Parameters and result are those of `load`.
 *
 * @param {readonly string[]} requests whole, in the order in which they are sent
 */
export const send = (requests, how) =>
  generatorName(how.seconds) === 'wrk' ? withWrk(requests, how) : withOurs(requests, how)

const requestsOf = (scenario, { port, separator }) => {
  const { deadShare = 0, varied = 1 } = scenario
  const turns = deadShare === 0 ? varied : Math.round(1 / deadShare)
  return Array.from({ length: turns }, (_, turn) => {
    const server = deadShare > 0 && turn === 0 ? 'dead' : 's1'
    const more = varied > 1 ? variedFields(turn) : []
    return requestText(scenario, port, cookiesFor(server, separator), more)
  })
}

/**
 * One request as it goes over the wire.
 *
 * @param {import('./scenarios.mjs').Scenario} scenario
 */
export const requestText = ({ method, path, body }, port, cookies, more = []) => {
  const lines = [
    `${method} ${path} HTTP/1.1`,
    `Host: 127.0.0.1:${port}`,
    ...[...fields, ...more].map(([name, value]) => `${name}: ${value}`),
    `Cookie: ${cookies}`,
    ...(body > 0
      ? [`Content-Length: ${body}`, 'Content-Type: application/x-www-form-urlencoded']
      : []),
  ]
  return `${lines.join('\r\n')}\r\n\r\n${'x'.repeat(body)}`
}

const onWebSockets = async ({ path, bytes }, { port, seconds, connections, core, separator }) => {
  const cookie = cookiesFor('s1', separator)
  const { child, first } = await startNode(new URL('websocket-generator.mjs', import.meta.url), {
    env: { LOAD: JSON.stringify({ port, path, cookie, bytes, connections, seconds }) },
    core,
  })
  await stop(child)
  return first
}

const withOurs = async (requests, { port, seconds, connections, core, rate }) => {
  const { child, first } = await startNode(new URL('generator.mjs', import.meta.url), {
    env: { LOAD: JSON.stringify({ port, requests, connections, seconds, rate }) },
    core,
  })
  await stop(child)
  return first
}

const withWrk = async (requests, { port, seconds, connections, folder, core }) => {
  const script = join(folder, 'load.lua')
  writeFileSync(script, luaOf(requests))
  const output = await runProgram(
    'wrk',
    ['-t1', `-c${connections}`, `-d${seconds}s`, '-s', script, `http://127.0.0.1:${port}/`],
    core,
  )
  const line = output.split('\n').find(text => text.startsWith('{'))
  if (line === undefined) throw new Error(`wrk said nothing of use:\n${output}`)
  const { microseconds, ...result } = JSON.parse(line)
  return { ...result, seconds: microseconds / 1e6 }
}

/** Text in Lua's long brackets begins after a line break, and loses its carriage returns: it is written as numbers. */
const luaOf = requests => `
local requests = { ${requests.map(text => JSON.stringify(text)).join(', ')} }
local turn = 0
request = function()
  turn = turn % #requests + 1
  return requests[turn]
end
done = function(summary, latency)
  local e = summary.errors
  io.write(string.format(
    '{"requests":%d,"failed":%d,"microseconds":%d,"p50":%.3f,"p99":%.3f,"p999":%.3f}\\n',
    summary.requests, e.connect + e.read + e.write + e.status + e.timeout, summary.duration,
    latency:percentile(50) / 1000, latency:percentile(99) / 1000, latency:percentile(99.9) / 1000))
end
`
