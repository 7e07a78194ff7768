import type { ExchangeRecord } from '../edge/context.ts'
import { limitLabels } from './limited-labels.ts'
import type { Maker } from './maker.ts'
import type { MetricsSettings } from './options.ts'

/**
 * The metrics that requests leave behind when they are over.
 *
 * @returns what has to be told of every request.
 */
export const requestMetrics = (
  maker: Maker,
  { serverBuckets, edgeBuckets, maxLabelSets }: MetricsSettings,
): ((record: ExchangeRecord) => void) => {
  const requests = maker.counter(
    'requests_total',
    'Requests that are over, by cluster, answering server, reason code and outcome.',
    ['cluster', 'server', 'reason', 'outcome'],
  )
  const responses = maker.counter(
    'responses_total',
    'The same requests by the class of the status that the client got; none: it got no status from here.',
    ['cluster', 'server', 'status_class'],
  )
  const serverTime = maker.histogram(
    'request_server_seconds',
    'Time of a request in which an attempt at a server was under way, failed attempts included; tunnels are left out.',
    ['cluster', 'server'],
    serverBuckets,
  )
  const edgeTime = maker.histogram(
    'request_edge_seconds',
    'Time of a request in which no attempt at a server was under way; tunnels are left out.',
    ['cluster'],
    edgeBuckets,
  )
  const limitReasons = limitLabels(
    maxLabelSets,
    ['reason'],
    ['cluster', 'server', 'reason', 'outcome'],
  )
  const limitServers = limitLabels(maxLabelSets, ['cluster', 'server'])
  const limitClusters = limitLabels(maxLabelSets, ['cluster'])

  return record => {
    const { cluster = '', server = '', code, result, status, attempts, serverMs } = record
    const place = limitServers({ cluster, server })
    requests.inc(limitReasons({ cluster, server, reason: code, outcome: result }))
    responses.inc({ ...place, status_class: classOf(status) })
    // A tunnel lasts as long as its two ends like, which says nothing of the server.
    if (result === 'decline' || status === switchingProtocols) return
    if (attempts > 0) serverTime.observe(place, serverMs / 1000)
    const edgeMs = Math.max(record.durationMs - serverMs, 0)
    edgeTime.observe(limitClusters({ cluster }), edgeMs / 1000)
  }
}

const switchingProtocols = 101

const classOf = (status: number): string =>
  status < 100 ? 'none' : `${Math.floor(status / 100)}xx`
