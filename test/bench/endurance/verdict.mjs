import { median } from '../statistics.mjs'

/**
 * What may not grow, and by how much it may differ all the same: a share of the first figure, but at least so much. The
 * time of a request has no limit: it is the yardstick for the delays, because the machine itself does not keep its pace.
 */
export const figures = [
  { key: 'rss', title: 'memory of the process, MiB', share: 0.1, least: 8 },
  { key: 'heap', title: 'heap after a collection, MiB', share: 0.1, least: 2 },
  { key: 'external', title: 'memory outside the heap, MiB', share: 0.1, least: 2 },
  { key: 'handles', title: 'handles', share: 0.1, least: 8 },
  { key: 'descriptors', title: 'open files', share: 0.1, least: 8 },
  { key: 'delay50', title: 'event-loop delay p50, ms', share: 0.2, least: 1 },
  { key: 'delay99', title: 'event-loop delay p99, ms', share: 0.2, least: 2 },
  { key: 'cpu', title: 'CPU µs/request' },
]

/**
 * Compares the last fifth of the time with the first, by the median of each.
 *
 * @param {readonly Record<string, number>[]} samples in the order of time
 * @returns {{ key: string, title: string, first: number, last: number, grown?: boolean }[]} none for less than five
 *   samples; grown is missing where there is no limit
 */
export const verdictsOf = samples => {
  const fifth = Math.floor(samples.length / 5)
  if (fifth === 0) return []
  const middle = (list, key) => median(list.map(sample => sample[key]))
  return figures.map(({ key, title, share, least }) => {
    const first = middle(samples.slice(0, fifth), key)
    const last = middle(samples.slice(-fifth), key)
    if (share === undefined) return { key, title, first, last }
    return { key, title, first, last, grown: last - first > Math.max(first * share, least) }
  })
}
