import type { PluginConfig } from '../config/model.ts'
import type { ClusterSnapshot } from '../core/snapshot.ts'
import type { MarkDownRecord, MarkUpRecord, RetryRecord } from '../core/trace.ts'
import type { ExchangeRecord } from '../edge/context.ts'
import type { FailureRecord } from '../edge/events.ts'
import { limitLabels, other } from './limited-labels.ts'
import type { Maker } from './maker.ts'
import type { MetricsSettings } from './options.ts'

/** What counts failures, and what has to be told to it. */
export interface FailureMetrics {
  failed(record: FailureRecord): void
  over(record: ExchangeRecord): void
}

/**
 * The metrics of what goes wrong, counted when it happens.
 *
 * The records name the server only. Where two clusters have a server of that name, or none in force has, the count waits
 * for the end of the request, which knows the cluster.
 */
export const failureMetrics = (
  maker: Maker,
  { maxLabelSets }: MetricsSettings,
  edge: { readonly config: PluginConfig },
  clusters: () => readonly ClusterSnapshot[],
): FailureMetrics => {
  const limit = limitLabels(maxLabelSets, ['cluster', 'server'])
  const byServer = (name: string, help: string, label: string, values: readonly string[]) => {
    const count = (cluster: string, server: string, value: string, times: number): void =>
      counter.inc({ ...limit({ cluster, server }), [label]: value }, times)
    // A series that begins with its first failure hides that failure from rate().
    const counter = maker.counter<string>(name, help, ['cluster', 'server', label], () => {
      for (const { name: cluster, servers } of clusters()) {
        for (const server of servers) {
          for (const value of values) count(cluster, server.name, value, 0)
        }
      }
    })
    return (cluster: string, server: string, value: string): void =>
      count(cluster, server, value, 1)
  }
  const failure = byServer(
    'attempt_failures_total',
    'Attempts at a server that failed, by cause.',
    'cause',
    [],
  )
  const markDown = byServer(
    'mark_downs_total',
    'Times that a server was marked down, by reason.',
    'reason',
    Object.keys(markDownReasons),
  )
  const markUp = byServer(
    'mark_ups_total',
    'Times that a server that was marked down was marked up again, by reason.',
    'reason',
    Object.keys(markUpReasons),
  )
  const retry = byServer(
    'retries_total',
    'Attempts that followed a failed one, by the server that failed and where the next one went.',
    'how',
    Object.keys(retryTargets),
  )
  const count = (record: FailureRecord, cluster: string, server: string): void => {
    if (record.kind === 'fail') failure(cluster, server, record.cause)
    else if (record.kind === 'mark-down') markDown(cluster, server, record.reason)
    else if (record.kind === 'mark-up') markUp(cluster, server, record.reason)
    else retry(cluster, server, record.how)
  }
  const owners = ownersIn(edge)
  const waiting = new Map<number, FailureRecord[]>()
  return {
    failed: record => {
      const { server, exchange } = record
      // The end of a request that no server answers; `requests_total` has it.
      if (server === undefined) return
      const cluster = owners(server)
      if (cluster !== null) count(record, cluster, server)
      else if (waiting.has(exchange)) waiting.get(exchange)?.push(record)
      else if (waiting.size < mostWaiting) waiting.set(exchange, [record])
      else count(record, other, server)
    },
    over: ({ exchange, cluster = other }) => {
      const records = waiting.get(exchange)
      if (records === undefined) return
      waiting.delete(exchange)
      for (const record of records) count(record, cluster, record.server ?? other)
    },
  }
}

/** Requests whose failures wait for their end; those beyond are counted without a cluster. */
const mostWaiting = 1000

/** The only cluster in force that has a server of that name; null: it is not the only one. */
const ownersIn = (edge: { readonly config: PluginConfig }) => {
  let config: PluginConfig | null = null
  let owners = new Map<string, string | null>()
  return (server: string): string | null => {
    if (config !== edge.config) {
      config = edge.config
      owners = new Map()
      for (const { name, servers, clusterAddress } of config.clusters) {
        const members = [...servers, ...(clusterAddress === undefined ? [] : [clusterAddress])]
        for (const member of members) {
          const known = owners.get(member.name)
          owners.set(member.name, known === undefined || known === name ? name : null)
        }
      }
    }
    return owners.get(server) ?? null
  }
}

// Tables, so that the compiler asks about a new reason.
const markDownReasons: Readonly<Record<MarkDownRecord['reason'], true>> = {
  failure: true,
  'probe-failed': true,
  'failed-again': true,
  busy: true,
}

const markUpReasons: Readonly<Record<MarkUpRecord['reason'], true>> = {
  'probe-answered': true,
  'late-answer': true,
}

const retryTargets: Readonly<Record<RetryRecord['how'], true>> = {
  'same-server': true,
  'another-server': true,
}
