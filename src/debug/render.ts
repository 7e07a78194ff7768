import type { PluginConfig } from '../config/model.ts'
import type { RouterSnapshot, ServerSnapshot } from '../core/snapshot.ts'
import type { TraceRecord } from '../core/trace.ts'
import { type RouteRow, routeRows } from './route-list.ts'
import { describeRecord } from './sentences.ts'
import { renderTable, wrap } from './table.ts'

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

const stateOf = (server: ServerSnapshot): string => {
  if (!server.usable) return 'unusable'
  return server.busy ? `${server.health}, busy` : server.health
}

/** How a trace is laid out. */
export interface TraceLayout {
  /** Characters of a sentence before it is broken. Default 84. */
  readonly width?: number
  /** Show the seconds on the clock before each sentence. Default false. */
  readonly times?: boolean
}

/**
 * Trace records as numbered sentences, each with the plug-in's own component and function name in a column at the
 * right, so that a reader of http_plugin.log finds the place.
 */
export const renderTrace = (
  records: readonly TraceRecord[],
  { width = 84, times = false }: TraceLayout = {},
): string => {
  const number = Math.max(2, String(records.length).length)
  return records
    .map((record, index) => {
      const head = `${String(index + 1).padStart(number)}  `
      const time = times ? `${(record.time / 1000).toFixed(3).padStart(8)}  ` : ''
      const [first = '', ...rest] = wrap(describeRecord(record), width)
      const indent = ' '.repeat(head.length + time.length)
      return [
        `${head}${time}${first.padEnd(width)}  ${record.component}: ${record.fn}`,
        ...rest.map(line => `${indent}${line}`),
      ].join('\n')
    })
    .join('\n')
}
