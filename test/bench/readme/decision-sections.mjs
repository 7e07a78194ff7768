import { fixed, table } from '../table.mjs'

/** Time and memory of one decision, with the trace off. */
export const decisionSection = decisions => {
  if (decisions === undefined) return []
  const kinds = decisions[0].rows.filter(({ traced }) => !traced).map(({ kind }) => kind)
  return [
    'One decision, trace off, in nanoseconds / bytes: `route()`, for a failover with the reports of the refused connection ' +
      'and of the answer. find-my-way looks up the same paths among as many routes:',
    table(
      ['ns / bytes', ...kinds, 'find-my-way'],
      decisions.map(({ configuration, rows, findMyWay }) => [
        configuration,
        ...kinds.map(kind => {
          const row = rows.find(one => one.kind === kind && !one.traced)
          return cost(row.route ?? row.whole)
        }),
        cost(findMyWay),
      ]),
    ),
  ]
}

const cost = ({ nanoseconds, bytes }) => `${fixed(nanoseconds)} / ${fixed(bytes)}`

/** Time and memory for the file. */
export const readingSection = reading =>
  reading === undefined
    ? []
    : [
        'Reading a plugin-cfg.xml, beside fast-xml-parser alone; memory is what the process grows by at its peak, in sizes of ' +
          'the file:',
        table(
          ['reading', 'ms', '× parser', 'growth × file'],
          reading.map(row => [
            `${row.megabytes} MB: ${row.reader}`,
            fixed(row.milliseconds),
            fixed(row.toParser, 2),
            fixed(row.peakToFile, 1),
          ]),
        ),
      ]
