import { fixed, table } from '../table.mjs'

/** So many lines say enough about the time between. */
const lines = 20

/** The figures for people. */
export const enduranceTables = result => {
  const { samples, verdicts, requests, failed, minutes } = result
  const sum = `${minutes.toFixed(2)} minutes, ${requests} requests, ${failed} failed.`
  return [samplesTable(samples), ...(verdicts.length === 0 ? [] : [verdictTable(verdicts)]), sum]
}

const samplesTable = samples => {
  const step = Math.ceil(samples.length / lines)
  const rows = samples.filter((_, i) => i % step === 0 || i === samples.length - 1)
  return table(
    [
      'minute',
      'req/s',
      'failed',
      'CPU µs/request',
      'p99 ms',
      'MiB',
      'heap MiB',
      'external MiB',
      'handles',
      'delay p50 ms',
      'delay p99 ms',
    ],
    rows.map(sample => [
      fixed(sample.minute, 2),
      fixed(sample.rate),
      sample.failed,
      fixed(sample.cpu, 1),
      fixed(sample.p99, 1),
      fixed(sample.rss),
      fixed(sample.heap, 1),
      fixed(sample.external, 1),
      sample.handles,
      fixed(sample.delay50, 1),
      fixed(sample.delay99, 1),
    ]),
  )
}

/** The first fifth of the time against the last. */
export const verdictTable = verdicts =>
  table(
    ['medians', 'first fifth', 'last fifth', 'verdict'],
    verdicts.map(({ title, first, last, grown }) => [
      title,
      fixed(first, 1),
      fixed(last, 1),
      grown === undefined ? 'yardstick' : grown ? 'grown' : 'flat',
    ]),
  )
