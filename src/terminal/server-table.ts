import type { ClusterSnapshot, RouterSnapshot, ServerSnapshot } from '../core/snapshot.ts'
import { printable } from '../debug/printable.ts'
import { stateOf } from '../debug/render.ts'
import type { Upcoming } from '../stepper/stepper.ts'
import type { Line, Style } from './line.ts'
import { clipMiddle, fit, textWidth } from './text-width.ts'

interface Column {
  readonly title: string
  /** Title where room is scarce. */
  readonly short: string
  readonly align: 'left' | 'right'
  readonly cell: (server: ServerSnapshot) => string
}

const left = (title: string, cell: Column['cell']): Column => ({
  title,
  short: title,
  align: 'left',
  cell,
})
const right = (title: string, short: string, cell: Column['cell']): Column => ({
  title,
  short,
  align: 'right',
  cell,
})

const nameColumn = left('server', server => server.name)
const listColumn = left('list', server => server.list)
const columns: readonly Column[] = [
  nameColumn,
  left('clone ID', server => server.cloneId ?? '-'),
  listColumn,
  left('state', server => stateOf(server)),
  right('retry in', 'retry', server => countdown(server)),
  right('weight', 'weight', server => `${server.weight.current}/${server.weight.start}`),
  right('pending', 'pend', server =>
    server.maxConnections > 0
      ? `${server.pending}/${server.maxConnections}`
      : String(server.pending),
  ),
  right('failed', 'fail', server => String(server.failed)),
  right('affinity', 'aff', server => String(server.affinity)),
  right('total', 'tot', server => String(server.total)),
]

const countdown = ({ retryInMs }: ServerSnapshot): string => {
  if (retryInMs === null) return '-'
  return retryInMs === 0 ? 'now' : `${Math.ceil(retryInMs / 1000)} s`
}

const styleOf = (server: ServerSnapshot): Style | undefined => {
  if (!server.usable || server.health === 'down') return 'bad'
  if (server.health === 'probing' || server.busy) return 'waiting'
  return undefined
}

/** Names longer than this are cut off, so that the numbers stay on the screen. */
const widestName = 28
/** Names are not cut off to less than this. */
const narrowestName = 8

/** How the table is laid out for lines of a certain length. */
interface Layout {
  readonly columns: readonly Column[]
  readonly titles: readonly string[]
  readonly widths: readonly number[]
  readonly gap: string
}

/** The most generous layout that fits: shorter titles, then less space, then without the list, then shorter names. */
const layoutFor = (servers: readonly ServerSnapshot[], room: number): Layout => {
  const withoutList = columns.filter(column => column !== listColumn)
  const layouts = [
    layoutOf(servers, columns, false, '  '),
    layoutOf(servers, columns, true, '  '),
    layoutOf(servers, columns, true, ' '),
  ]
  const last = layoutOf(servers, withoutList, true, ' ')
  const fitting = layouts.find(each => widthOf(each) <= room)
  if (fitting !== undefined) return fitting
  const [name = 0, ...widths] = last.widths
  const shorter = Math.max(narrowestName, name - Math.max(0, widthOf(last) - room))
  return { ...last, widths: [Math.min(name, shorter), ...widths] }
}

const layoutOf = (
  servers: readonly ServerSnapshot[],
  chosen: readonly Column[],
  short: boolean,
  gap: string,
): Layout => {
  const titles = chosen.map(column => (short ? column.short : column.title))
  const widths = chosen.map(({ cell }, at) =>
    Math.min(
      widestName,
      Math.max(titles[at]?.length ?? 0, ...servers.map(each => textWidth(printable(cell(each))))),
    ),
  )
  return { columns: chosen, titles, widths, gap }
}

/** The marks before a row count as well. */
const widthOf = ({ widths, gap }: Layout): number =>
  widths.reduce((sum, width) => sum + width, 2 + gap.length * (widths.length - 1))

const rowText = (cells: readonly string[], { columns: own, widths, gap }: Layout): string =>
  own
    .map(({ align }, at) => {
      const width = widths[at] ?? 0
      return fit(clipMiddle(printable(cells[at] ?? ''), width), width, align)
    })
    .join(gap)

/**
 * Clusters as tables that are in line: each server with its state, retry countdown, weight now and at the start, and
 * counters. The server concerned has a `>` before it and is highlighted.
 *
 * @param room columns of a line.
 */
export const serverLines = (
  clusters: readonly ClusterSnapshot[],
  concerned: string | undefined,
  room: number,
): readonly Line[] => {
  const layout = layoutFor(clusters.flatMap(serversOf), room)
  return clusters.flatMap(cluster => [
    [clusterTitle(cluster)],
    [{ text: `  ${rowText(layout.titles, layout)}`, style: 'faint' } as const],
    ...serversOf(cluster).map((server): Line => {
      const cells = layout.columns.map(({ cell }) => cell(server))
      const marked = server.name === concerned
      const text = `${marked ? '> ' : '  '}${rowText(cells, layout)}`
      const style = marked ? 'marked' : styleOf(server)
      return [style === undefined ? text : { text, style }]
    }),
  ])
}

/** Every server of a cluster, its ClusterAddress last. */
const serversOf = (cluster: ClusterSnapshot): readonly ServerSnapshot[] => [
  ...cluster.servers,
  ...(cluster.clusterAddress === undefined ? [] : [cluster.clusterAddress]),
]

/** Name, policy and retry interval of a cluster. */
const clusterTitle = (cluster: ClusterSnapshot): string => {
  const policy = cluster.loadBalance === 'random' ? 'Random' : 'Round Robin'
  return `${cluster.name}: ${policy}, RetryInterval ${cluster.retryIntervalMs / 1000} s`
}

/** The cluster of the request; while that is not known yet, every one. */
export const clustersToShow = (
  state: RouterSnapshot,
  cluster: string | undefined,
): readonly ClusterSnapshot[] => {
  const own = state.clusters.filter(each => each.name === cluster)
  return own.length > 0 ? own : state.clusters
}

/** The server that the upcoming step is about. */
export const concernedBy = (next: Upcoming): string | undefined => {
  if (next.kind === 'decision') return 'server' in next.record ? next.record.server : undefined
  return 'server' in next.step ? next.step.server : undefined
}
