import { fixed, table } from '../table.mjs'

/** The figures for people. */
export const edgeTables = result => result.scenarios.map(tableOf)

const tableOf = ({ title, rows }) => {
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
  if (!rows.some(({ rateToAlive }) => rateToAlive !== undefined)) return table(heads, lines)
  const more = rows.map(row => [fixed(row.rateToAlive, 2), fixed(row.attempts, 2)])
  return table(
    [...heads, '× req/s of all alive', 'connects refused an interval, most'],
    lines.map((line, i) => [...line, ...more[i]]),
  )
}
