import { compare, median, quantile } from '../statistics.mjs'
import { bareName } from './contenders.mjs'

/** Behind the name of a contender: the same load, with no request for a dead server. */
export const aliveSuffix = ', all alive'

/**
 * What the rounds of each contender come to.
 *
 * @param {ReadonlyMap<string, readonly Record<string, number>[]>} slices by contender, one for each round
 */
export const rowsOf = slices => {
  const column = (list, key) => list.map(result => result[key])
  const bare = slices.get(bareName)
  return [...slices].map(([name, list]) => {
    const middle = key => median(column(list, key))
    const cpu = column(list, 'cpu')
    const alive = slices.get(`${name}${aliveSuffix}`)
    return {
      name,
      cpu: middle('cpu'),
      cpuLow: quantile(cpu, 0.25),
      cpuHigh: quantile(cpu, 0.75),
      ...(bare !== undefined && { toBare: compare(cpu, column(bare, 'cpu')).ratio }),
      rate: middle('rate'),
      ...(alive !== undefined && {
        rateToAlive: compare(column(list, 'rate'), column(alive, 'rate')).ratio,
      }),
      ...(alive?.[0]?.attempts !== undefined && {
        attempts: Math.max(...column(list, 'attempts')),
      }),
      p50: middle('p50'),
      p99: middle('p99'),
      p999: middle('p999'),
      memory: middle('memory'),
      failed: list.reduce((sum, { failed }) => sum + failed, 0),
      rounds: list.length,
    }
  })
}
