import type { PluginConfig } from '../config/model.ts'
import type { RouterSnapshot, ServerSnapshot } from '../core/snapshot.ts'
import type { TraceRecord } from '../core/trace.ts'
import { type RouteRow, routeRows } from './route-list.ts'
import { describeRecord } from './sentences.ts'
import { hanging, renderTable, wrap } from './table.ts'

/** The route table people read: host, URI pattern, cluster and servers, in the order in which they win (E1). */
export const renderRoutes = (config: PluginConfig): string => {
  const rows = routeRows(config)
  if (rows.length === 0) return 'No Route: every request is left to the web server.'
  const remarks = rows.map(row => remarkOf(row, rows))
  return renderTable(
    [
      { title: '', align: 'right' },
      { title: 'host' },
      { title: 'URI' },
      { title: 'cluster' },
      { title: 'servers' },
      ...(remarks.some(remark => remark !== '') ? [{ title: 'remark' }] : []),
    ],
    rows.map((row, at) => [
      String(row.rank),
      row.host,
      row.uri,
      row.cluster,
      serversOf(row),
      remarks[at] ?? '',
    ]),
  )
}

const serversOf = ({ primaries, backups, clusterAddress }: RouteRow): string =>
  [
    ...(clusterAddress === undefined ? [] : [`ClusterAddress ${clusterAddress};`]),
    primaries.join(', ') || 'none',
    ...(backups.length > 0 ? [`backup ${backups.join(', ')}`] : []),
  ].join(' ')

const remarkOf = (row: RouteRow, rows: readonly RouteRow[]): string => {
  if (row.never !== undefined) return `never matches: ${row.never}`
  if (row.coveredBy === undefined) return ''
  const other = rows[row.coveredBy - 1]
  if (other?.route === row.route) return `row ${row.coveredBy} of the same Route takes it all`
  return other?.cluster === row.cluster
    ? `row ${row.coveredBy} takes it all, to the same cluster`
    : `shadowed: row ${row.coveredBy} takes it all`
}

/** Every server of a snapshot as a table: state, retry countdown, weight, counters. */
export const renderServers = (snapshot: RouterSnapshot): string =>
  renderTable(
    [
      { title: 'cluster' },
      { title: 'server' },
      { title: 'clone ID' },
      { title: 'list' },
      { title: 'state' },
      { title: 'retry in', align: 'right' },
      { title: 'weight', align: 'right' },
      { title: 'pending', align: 'right' },
      { title: 'failed', align: 'right' },
      { title: 'affinity', align: 'right' },
      { title: 'total', align: 'right' },
    ],
    snapshot.clusters.flatMap(cluster =>
      [
        ...cluster.servers,
        ...(cluster.clusterAddress === undefined ? [] : [cluster.clusterAddress]),
      ].map(server => [
        cluster.name,
        server.name,
        server.cloneId ?? '-',
        server.list,
        stateOf(server),
        server.retryInMs === null ? '-' : `${Math.ceil(server.retryInMs / 1000)} s`,
        `${server.weight.current}/${server.weight.start}`,
        server.maxConnections > 0
          ? `${server.pending}/${server.maxConnections}`
          : String(server.pending),
        String(server.failed),
        String(server.affinity),
        String(server.total),
      ]),
    ),
  )

/** `up`, `down, busy` and the like. */
export const stateOf = (server: ServerSnapshot): string => {
  if (!server.usable) return 'unusable'
  return [
    server.health,
    ...(server.busy ? ['busy'] : []),
    ...(server.admin === undefined ? [] : [server.admin]),
  ].join(', ')
}

/** How a trace is laid out. */
export interface TraceLayout {
  /** Characters of a sentence before it is broken. Default 84. */
  readonly width?: number
  /** Show the seconds on the clock before each sentence. Default false. */
  readonly times?: boolean
  /** Where the plug-in's function name stands: in a column at the right (default), or behind the sentence. */
  readonly functions?: 'column' | 'behind'
}

/** Sentences narrower than this are hard to read beside a column of function names. */
const narrowest = 60
const widest = 84
/** Number, the longest function name and the space between the columns. */
const besideSentence = 51

/** The layout for lines of so many characters; undefined: nobody measures them. */
export const layoutFor = (columns: number | undefined): TraceLayout => {
  if (columns === undefined) return {}
  const width = Math.min(widest, columns - besideSentence)
  if (width >= narrowest) return { width }
  return { width: Math.min(120, Math.max(40, columns - 4)), functions: 'behind' }
}

/**
 * Trace records as numbered sentences, each with the plug-in's own component and function name, so that a reader of
 * http_plugin.log finds the place.
 */
export const renderTrace = (records: readonly TraceRecord[], layout: TraceLayout = {}): string => {
  const digits = Math.max(2, String(records.length).length)
  return records
    .flatMap((record, at) => recordLines(record, String(at + 1).padStart(digits), layout))
    .join('\n')
}

const recordLines = (
  record: TraceRecord,
  number: string,
  { width = widest, times = false, functions = 'column' }: TraceLayout,
): readonly string[] => {
  const time = times ? `${(record.time / 1000).toFixed(3).padStart(8)}  ` : ''
  const heading = `${number}  ${time}`
  const sentence = describeRecord(record)
  const place = `${record.component}: ${record.fn}`
  if (functions === 'behind') {
    // A space that lines are not broken at holds the two names together.
    const held = `${sentence} [${record.component}:\u00a0${record.fn}]`
    const lines = hanging(heading, held, heading.length + width)
    return lines.map(line => line.replace('\u00a0', ' '))
  }
  const [first = '', ...rest] = wrap(sentence, width)
  return [
    `${heading}${first.padEnd(width)}  ${place}`,
    ...rest.map(line => `${' '.repeat(heading.length)}${line}`),
  ]
}
