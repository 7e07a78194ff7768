import type { Why } from '../core/step.ts'
import type {
  CheckRecord,
  IdsRecord,
  OutcomeRecord,
  RouteRecord,
  SkipReason,
  StatsRecord,
  TraceKind,
  TraceRecord,
  WeightsRecord,
} from '../core/trace.ts'
import { counted } from './counted.ts'
import { printable } from './printable.ts'

/** Why a server was chosen, to follow "because". */
export const whyText: Readonly<Record<Why, string>> = {
  affinity: 'the session names it',
  'round-robin': 'it is its turn in weighted round robin',
  random: 'chance drew it',
  'only-server': 'it is the only server of its cluster that can be used',
  backup: 'no primary can take the request, and it is the first backup that can',
  'next-in-list': "it follows the session's server in the list of primaries",
  'cluster-address':
    'no session leads to a member that can take the request, and the cluster has a ClusterAddress',
  'same-server': 'the pooled stream was stale, which says nothing about the server',
  'least-recently-failed': 'every server is down and it failed longest ago',
}

const skipText: Readonly<Record<SkipReason, string>> = {
  'marked-down': 'marked down',
  probing: 'marked down, and another request is probing it',
  busy: 'at its MaxConnections',
  weight: 'no weight left',
  tried: 'this request has been there',
  'answered-503': 'it answered this request with 503',
  'no-transport': 'no transport for this request',
  draining: 'it is draining, so it takes the requests of its sessions and no others',
  stopped: 'an operator has stopped it',
}

type Describers = {
  readonly [K in TraceKind]: (record: Extract<TraceRecord, { kind: K }>) => string
}

const seconds = (ms: number): string => `${ms / 1000} s`
const bit = (flag: boolean): string => (flag ? '1' : '0')

const describers: Describers = {
  route: record => describeRoute(record),
  decline: record =>
    `No Route matches ${hostText(record)} and path ${record.path}: the plug-in declines, and the web server handles the request itself`,
  ids: record => describeIds(record),
  compare: record =>
    record.match
      ? `${record.id} is the clone ID of ${record.server}`
      : `${record.id} is not the clone ID of ${record.server} (${record.serverCloneId ?? 'it has none'})`,
  check: record => describeCheck(record),
  skip: record =>
    `${record.server} is passed over: ${skipText[record.reason]}${record.retryInSec === null || record.reason !== 'marked-down' ? '' : `, ${record.retryInSec} s left on its retry timer`}`,
  select: record =>
    `${record.server} is chosen because ${whyText[record.why]}${record.probe ? '; its retry timer has expired, so this request is the probe' : ''} (attempt ${record.attempt}, pending ${record.pending}, total ${record.total})`,
  transport: record =>
    `Its ${record.protocol} transport ${record.hostname}:${record.port} is taken (case ${record.case})`,
  stream: record =>
    record.from === 'pooled'
      ? `An idle stream to ${record.server} is reused`
      : `No idle stream to ${record.server}: a new one is to be opened`,
  connect: record =>
    record.result === 'ok'
      ? `${record.server} accepts the connection`
      : record.result === 'timeout'
        ? `${record.server} does not accept a connection within ConnectTimeout, ${seconds(record.connectTimeoutMs)}`
        : `${record.server} cannot be connected to${record.code === undefined ? '' : `: ${record.code}`}`,
  fail: record => {
    if (record.server === undefined) return `${refusals[record.cause] ?? noServer}: ${record.text}`
    const row = record.row === undefined ? '' : `, rule ${record.row}`
    const timer =
      record.timeoutMs === undefined
        ? ''
        : `; time out ${seconds(record.timeoutMs)}, retry count ${record.retryCount ?? 0}, serverIOTimeoutRetry ${record.serverIoTimeoutRetry ?? -1}, retry ${record.retry === true ? 'YES' : 'NO'}`
    return `Attempt at ${record.server} failed: ${record.text}${row}${timer}`
  },
  'mark-down': record => {
    const why = {
      failure: '',
      'probe-failed': ', because its probe failed',
      'failed-again': ', because it failed once more',
      busy: ', because it is at its MaxConnections',
    }[record.reason]
    return `${record.server} is marked down${why}; its retry timer of ${seconds(record.retryIntervalMs)} starts`
  },
  retry: record =>
    record.how === 'same-server'
      ? `The request is sent to ${record.server} once more, on a new stream`
      : `The transaction to ${record.server} on host ${record.hostname} failed; another attempt is made if the rules allow one`,
  'mark-up': record =>
    record.reason === 'probe-answered'
      ? `${record.server} has answered its probe and is marked up`
      : `${record.server} has answered a request sent before it went down, and is marked up`,
  stats: record => describeStats(record),
  weights: record => describeWeights(record),
  outcome: record => describeOutcome(record),
}

/** One plain sentence about a trace record, in the words of the plug-in's configuration. Without the final full stop. */
export const describeRecord = (record: TraceRecord): string =>
  printable((describers[record.kind] as (record: TraceRecord) => string)(record))

const capital = (text: string): string => `${text.slice(0, 1).toUpperCase()}${text.slice(1)}`

const hostText = (record: { readonly host: string; readonly port: number }): string =>
  `${record.host === '' ? 'no host' : `host ${record.host}`}, port ${record.port}`

const describeRoute = (record: RouteRecord): string => {
  const host =
    record.virtualHostGroup === undefined
      ? 'the Route takes every host'
      : `alias ${record.virtualHost ?? '?'} of ${record.virtualHostGroup}`
  const path =
    record.uriGroup === undefined
      ? 'the Route takes every path'
      : `${record.uri ?? '?'} of ${record.uriGroup}, score ${record.score}`
  return `Route ${record.route + 1} matches: ${hostText(record)} (${host}) and path ${record.path} (${path}); cluster ${record.cluster}`
}

const describeIds = (record: IdsRecord): string => {
  const again = record.reparsed ? 'Again: ' : ''
  if (record.source === 'none') {
    return capital(`${again}no session identifier to go by`)
  }
  const carrier =
    record.source === 'url'
      ? `URL parameter ${record.name ?? ''}`
      : record.source === 'ssl-session'
        ? `SSL session cookie ${record.name ?? ''}`
        : `cookie ${record.name ?? ''}`
  const ids =
    record.cloneIds.length === 0
      ? 'carries no clone ID'
      : `carries the clone ID${record.cloneIds.length === 1 ? '' : 's'} ${record.cloneIds.join(', ')}`
  const partitions = Object.entries(record.partitions ?? {})
    .map(([id, owners]) => `; partition ${id} belongs to ${owners.join(', ')}`)
    .join('')
  return capital(`${again}${carrier} ${ids}${partitions}`)
}

const describeCheck = (record: CheckRecord): string => {
  const verdict = record.eligible ? 'can take the request' : 'cannot take the request'
  return `Status of ${record.server}: ${verdict} (ignoreWeights ${bit(record.ignoreWeights)}, markedDown ${bit(record.markedDown)}, retryNow ${bit(record.retryNow)}, retryInSec ${record.retryInSec ?? '--'}, wlbAllows ${bit(record.wlbAllows)}, reachedMaxConnectionsLimit ${bit(record.reachedMaxConnectionsLimit)})`
}

const describeStats = (record: StatsRecord): string => {
  const what = record.vocabulary === 'connections' ? 'Connections' : 'Requests'
  return `Counters of ${record.server}: pending${what} ${record.pending}, failed${what} ${record.failed}, affinity${what} ${record.affinity}, total${what} ${record.total}`
}

const describeWeights = (record: WeightsRecord): string => {
  const weights = record.weights
    .map(each => `${each.server} ${each.current} of ${each.start}`)
    .join(', ')
  return record.reset > 0
    ? `No server has weight left: ${record.reset} times the start weight is added; weights now ${weights}`
    : `Weights now ${weights}`
}

const describeOutcome = (record: OutcomeRecord): string => {
  const attempts = counted(record.attempts, 'attempt')
  switch (record.result) {
    case 'served':
      return `${record.server ?? '?'} answers with status ${record.status ?? '?'}, ${attempts}`
    case 'decline':
      return 'The request is left to the web server'
    case 'fail':
      return `The client gets status ${record.status ?? '?'}: ${reasonText(record.reason)}, ${attempts}`
    case 'client-aborted':
      return `The client has gone away, ${attempts}; no server is blamed`
    case 'response-broken':
      return `The answer of ${record.server ?? '?'} broke off; the connection to the client is closed, ${attempts}`
  }
}

/** What the plug-in's own answer means when it is not that no server is left. */
const refusals: Readonly<Record<string, string>> = {
  'bad-host': 'The request is refused',
  'bad-target': 'The request is refused',
  'client-body': 'The request is refused',
  'body-too-large': 'The request is refused',
  'not-replayable': 'The request cannot be sent to another server',
  'server-503': 'No server wants the request',
}
const noServer = 'No server can be found for the request'

const reasons: Readonly<Record<string, string>> = {
  'no-route': 'no Route matches',
  'bad-host': 'the Host header is not understood',
  'bad-target': 'the path is not understood or leaves its root',
  'client-body': 'the request body broke off',
  'body-too-large': 'the request body is larger than PostSizeLimit',
  'cluster-unknown': 'the Route names a cluster that is not defined',
  'no-server': 'the cluster has no server that can take the request',
  'all-down': 'every server is marked down, and none was contacted',
  'all-out-of-service': 'every server is draining or stopped, and none was contacted',
  'all-busy': 'every server that is not down is at its MaxConnections',
  'attempts-failed': 'every attempt that the rules allow has failed',
  'not-replayable': 'the attempt failed, and the request body cannot be sent again',
  'server-503': 'the best answer was a 503',
}

/** Why the plug-in itself answered, in words; the reason itself when it is not one of those. */
export const reasonText = (reason: string | undefined): string =>
  reason === undefined ? 'no reason given' : (reasons[reason] ?? reason)
