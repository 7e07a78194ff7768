import type { LogLevel } from '../config/model.ts'
import type {
  DeclineRecord,
  MarkDownRecord,
  MarkUpRecord,
  RetryRecord,
  RouteRecord,
  StatsRecord,
  StreamRecord,
  TraceKind,
  TraceRecord,
  TransportRecord,
} from '../core/trace.ts'
import { connectLines, failLines, outcomeLines } from './attempt-message.ts'
import { quoted, safe } from './escape.ts'
import { type LogLine, line, type MessageOptions } from './line.ts'
import {
  checkLines,
  compareLines,
  idsLines,
  selectLines,
  skipLines,
  weightsLines,
} from './selection-message.ts'

type Writers = {
  readonly [K in TraceKind]: {
    /** The coarsest level at which a record of this kind writes anything. */
    readonly from: LogLevel
    readonly lines: (
      record: Extract<TraceRecord, { kind: K }>,
      options: MessageOptions,
    ) => readonly LogLine[]
  }
}

/** Every kind of record, and the lines that the plug-in's functions would have written about it (routing.md 10.3). */
const writers: Writers = {
  route: { from: 'detail', lines: record => [...beginning(record), ...routeLines(record)] },
  decline: { from: 'detail', lines: record => [...beginning(record), ...declineLines(record)] },
  ids: { from: 'trace', lines: idsLines },
  compare: { from: 'trace', lines: compareLines },
  check: { from: 'stats', lines: checkLines },
  skip: { from: 'trace', lines: skipLines },
  select: { from: 'trace', lines: selectLines },
  transport: { from: 'detail', lines: record => transportLines(record) },
  stream: { from: 'debug', lines: record => streamLines(record) },
  connect: { from: 'error', lines: connectLines },
  fail: { from: 'error', lines: failLines },
  'mark-down': { from: 'error', lines: record => markDownLines(record) },
  retry: { from: 'error', lines: record => retryLines(record) },
  'mark-up': { from: 'warn', lines: record => markUpLines(record) },
  stats: { from: 'stats', lines: record => [statsLine(record)] },
  weights: { from: 'trace', lines: weightsLines },
  outcome: { from: 'error', lines: outcomeLines },
}

/** The coarsest level at which a record of this kind writes anything. */
export const coarsestLevel = (kind: TraceKind): LogLevel => writers[kind].from

/** The lines of a record at Trace, in their order; each has its own level. */
export const linesOf = (record: TraceRecord, options: MessageOptions): readonly LogLine[] => {
  const lines = writers[record.kind].lines as (
    record: TraceRecord,
    options: MessageOptions,
  ) => readonly LogLine[]
  return lines(record, options)
}

/** The first of a request. What is in front of the function is the module of the web server. */
const beginning = (record: RouteRecord | DeclineRecord): readonly LogLine[] => [
  line('debug', 'node_http', 'ws_handle_request', 'start of handling'),
  line(
    'detail',
    'ws_common',
    'websphereBeginRequest',
    `request: host=${quoted(record.host)}; port=${record.port}; uri=${quoted(record.path)}`,
  ),
]

const routeLines = (record: RouteRecord): readonly LogLine[] => {
  const { virtualHostGroup, virtualHost = '', uriGroup, uri = '', host, port, path } = record
  const trace = (fn: string, message: string): LogLine => line('trace', 'ws_common', fn, message)
  return [
    ...(virtualHostGroup === undefined
      ? []
      : [
          trace(
            'websphereVhostMatch',
            `Comparing ${quoted(virtualHost)} to ${quoted(`${host}:${port}`)} in VhostGroup ${quoted(virtualHostGroup)}: match`,
          ),
        ]),
    ...(uriGroup === undefined
      ? []
      : [
          trace(
            'websphereUriMatch',
            `Comparing ${quoted(uri)} to ${quoted(path)} in UriGroup ${quoted(uriGroup)}: match, score ${record.score}`,
          ),
        ]),
    trace(
      'websphereShouldHandleRequest',
      `Route ${record.route + 1} matches, cluster ${safe(record.cluster)}`,
    ),
  ]
}

const declineLines = ({ host, port, path }: DeclineRecord): readonly LogLine[] => [
  line(
    'trace',
    'ws_common',
    'websphereShouldHandleRequest',
    `No route matches ${quoted(`${host}:${port}`)} and ${quoted(path)}`,
  ),
]

const transportLines = ({ server, hostname, ...record }: TransportRecord): readonly LogLine[] => [
  line(
    'trace',
    'ws_common',
    'websphereFindTransport',
    `Looking for a transport of ${safe(server)}`,
  ),
  line(
    'detail',
    'ws_common',
    'websphereFindTransport',
    `transport case ${record.case}: host ${safe(hostname)}, port ${record.port}`,
  ),
]

const streamLines = ({ server, from }: StreamRecord): readonly LogLine[] => [
  line('trace', 'ws_common', 'websphereExecute', 'executing the request'),
  line('debug', 'ws_common', 'websphereGetStream', `Getting a stream to ${safe(server)}`),
  line('trace', 'ws_transport', 'transportStreamDequeue', 'looking for an idle stream'),
  from === 'pooled'
    ? line('trace', 'ws_common', 'websphereGetStream', 'An idle stream is reused')
    : line('debug', 'lib_stream', 'openStream', 'Opening a new stream'),
]

const markReasons: Readonly<Record<MarkDownRecord['reason'], string>> = {
  failure: '',
  'probe-failed': ', its probe failed',
  'failed-again': ', it failed once more',
  busy: ', it is at its MaxConnections',
}

const failover = 'serverSetFailoverStatus'

const markDownLines = ({ server, retryIntervalMs, reason }: MarkDownRecord): readonly LogLine[] => [
  line(
    'error',
    'ws_server',
    failover,
    `marking ${safe(server)} down, retry in ${retryIntervalMs / 1000}${markReasons[reason]}`,
  ),
]

/** Ours: the plug-in says nothing of it, and people miss it. */
const markUpLines = ({ server, reason }: MarkUpRecord): readonly LogLine[] => [
  line('warn', 'ws_server', failover, `marking ${safe(server)} up, ${reason.replace('-', ' ')}`),
]

/** 10.4. Programs read this one. */
const statsLine = (record: StatsRecord): LogLine => {
  const { server, pending, failed, affinity, total } = record
  const what = record.vocabulary === 'connections' ? 'Connections' : 'Requests'
  return line(
    'stats',
    'ws_server',
    failover,
    `${safe(server)} : pending${what} ${pending} failed${what} ${failed} affinity${what} ${affinity} total${what} ${total}.`,
  )
}

const retryLines = ({ server, hostname, how }: RetryRecord): readonly LogLine[] => [
  line(
    how === 'same-server' ? 'warn' : 'error',
    'ws_common',
    'websphereHandleRequest',
    `transaction to ${safe(server)} on host ${safe(hostname)} failed, ${
      how === 'same-server' ? 'a new stream is tried' : 'another server is tried'
    }`,
  ),
]
