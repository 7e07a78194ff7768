import { aliveSuffix } from '../edge/rows.mjs'
import { scenarios as known } from '../edge/scenarios.mjs'
import { fixed, table } from '../table.mjs'

/** Each contender with its share of the bare pipe, and what that is, for every load but that with a dead server. */
export const edgeSection = scenarios => {
  const loads = ordered(scenarios).filter(({ name }) => name !== 'dead-10')
  if (loads.length === 0) return []
  const names = [...new Set(loads.flatMap(({ rows }) => rows.map(({ name }) => name)))]
  const heads = loads.map(({ name }) => known.find(one => one.name === name).short)
  const grid = (title, cell) =>
    table(
      [title, ...heads],
      names.map(name => [
        strong(name),
        ...loads.map(({ rows }) => {
          const row = rows.find(one => one.name === name)
          return row === undefined ? undefined : cell(row)
        }),
      ]),
    )
  return [
    'CPU time of the proxy’s process for one request, as a multiple of what a pipe of `node:http` and undici takes that does ' +
      'nothing else; medians of the ratios within each round:',
    grid('× bare undici', ({ toBare }) => fixed(toBare, 2)),
    'The same in microseconds, and the latency in milliseconds below which 99 % of the requests stay. 64 connections send as ' +
      'fast as they are answered, but for a load that has a rate: there latencies compare.',
    grid('CPU µs / p99 ms', ({ cpu, p99 }) => `${fixed(cpu, 1)} / ${fixed(p99, 1)}`),
  ]
}

/** What a dead server costs. */
export const deadSection = scenarios => {
  const dead = scenarios.find(({ name }) => name === 'dead-10')
  if (dead === undefined) return []
  const rowOf = name => dead.rows.find(row => row.name === name)
  const rows = dead.rows.filter(({ name }) => !name.endsWith(aliveSuffix))
  return [
    'One request in ten has its session on a server that is down, which is asked again after a second. The last column ' +
      'is how many requests met its refusal in each of these intervals, in the round with most of them:',
    table(
      [
        '10 % dead',
        'req/s',
        '× all alive',
        'p99 ms',
        'p99 ms, all alive',
        'failed',
        'connects refused an interval, most',
      ],
      rows.map(row => [
        strong(row.name),
        fixed(row.rate),
        fixed(row.rateToAlive, 2),
        fixed(row.p99, 1),
        fixed(rowOf(`${row.name}${aliveSuffix}`)?.p99, 1),
        row.failed,
        fixed(row.attempts, 2),
      ]),
    ),
  ]
}

const ordered = scenarios =>
  known.flatMap(({ name }) => scenarios.filter(scenario => scenario.name === name))

const strong = name => (name === 'plugin-cfg-router' ? `**${name}**` : name)
