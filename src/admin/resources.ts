import type { Recording } from '../debug/recording.ts'
import { routeRowCount, routeRows } from '../debug/route-list.ts'
import type { TraceOptions } from '../edge/trace-options.ts'
import { PluginError } from '../errors.ts'
import { parseJson } from '../simulate/json.ts'
import { changeServer, serverRows } from './change-server.ts'
import { healthResources } from './health.ts'
import { explainLive } from './live.ts'
import {
  type EndpointInfo,
  endpointName,
  type LiveExplanation,
  protocolVersion,
  type RecordedRequest,
  type RecordingSummary,
  type ResourceInfo,
} from './messages.ts'
import type { AdminSettings } from './options.ts'
import { readQuery } from './query.ts'
import { redacted } from './redact.ts'
import { Refusal } from './refusal.ts'
import type { Access, Resource } from './resource.ts'
import { Told } from './told.ts'

/** Everything there is. */
export const resources: readonly Resource[] = [
  {
    method: 'GET',
    path: '/',
    does: 'this list',
    access: 'read',
    answer: ({ info, settings }): EndpointInfo => ({
      endpoint: endpointName,
      protocol: protocolVersion,
      edge: info(),
      resources: contents(settings),
    }),
  },
  ...healthResources,
  {
    method: 'GET',
    path: '/snapshot',
    does: 'the whole state of the router',
    access: 'read',
    answer: ({ edge }) => edge.snapshot(),
  },
  {
    method: 'GET',
    path: '/servers',
    does: 'every server of every cluster with its state, part, retry countdown, weight and counters',
    access: 'read',
    answer: ({ edge }) => serverRows(edge),
  },
  {
    method: 'GET',
    path: '/draining',
    does: 'how far the draining servers have come: sessions still seen, requests under way, done or not',
    access: 'read',
    answer: ({ edge }) => edge.draining(),
  },
  {
    method: 'GET',
    path: '/counters',
    does: 'counts of the edge since it was made',
    access: 'read',
    answer: ({ edge }) => edge.counters(),
  },
  {
    method: 'GET',
    path: '/config',
    does: 'the configuration in force, without its passwords',
    access: 'read',
    answer: ({ edge }) => redacted(edge.config),
  },
  {
    method: 'GET',
    path: '/routes',
    does: 'the route table in the order in which its rows win',
    access: 'read',
    answer: ({ edge }) => {
      const rows = routeRowCount(edge.config)
      if (rows > mostRows) {
        throw new Refusal(
          409,
          `the configuration has ${rows} pairs of virtual host and URI, more than the ${mostRows} that are listed; ask /explain what one request does`,
        )
      }
      return routeRows(edge.config)
    },
  },
  {
    method: 'POST',
    path: '/explain',
    does: 'what would happen to a request now, step by step; nothing is sent and nothing changes',
    access: 'read',
    answer: ({ edge, info, body }): LiveExplanation => ({
      edge: info(),
      ...explainLive(edge, readQuery(body)),
    }),
  },
  {
    method: 'GET',
    path: '/metrics',
    does: 'metrics for Prometheus, where they are collected',
    access: 'read',
    answer: async ({ settings: { metrics } }) => {
      if (metrics === undefined) {
        throw new Refusal(
          404,
          'no metrics are collected; start serve with --metrics, or give startAdmin the option metrics',
        )
      }
      return new Told(200, await metrics.text(), metrics.contentType)
    },
  },
  {
    method: 'GET',
    path: '/recordings',
    does: 'the requests that were recorded, oldest first',
    access: 'private',
    answer: ({ edge }): readonly RecordingSummary[] => edge.recordings().map(summary),
  },
  {
    method: 'GET',
    path: '/recordings/N',
    does: 'one of them by the number of its exchange, with its decisions and its configuration',
    access: 'private',
    answer: ({ edge, names: [number = ''] }): RecordedRequest => {
      const kept = /^\d{1,15}$/.test(number) ? edge.recording(Number(number)) : undefined
      if (kept === undefined) {
        throw new Refusal(
          404,
          `exchange ${JSON.stringify(number)} is not recorded, or not any more; /recordings lists those that are`,
        )
      }
      return { config: redacted(kept.config), recording: kept.recording }
    },
  },
  {
    method: 'POST',
    path: '/servers/CLUSTER/SERVER',
    does: 'marks a server down for its retry interval, or up: {"health": "down"}; lets it drain, stops it or takes it back: {"admin": "draining"}, "stopped", "in-service"',
    access: 'change',
    answer: ({ edge, names: [cluster = '', server = ''], body }) =>
      changeServer(edge, cluster, server, jsonOf(body)),
  },
  {
    method: 'POST',
    path: '/reload',
    does: 'loads the configuration now, changed or not',
    access: 'change',
    answer: async ({ edge }) => {
      const { result, path, diagnostics, error } = await edge.reload()
      const why = error instanceof Error ? { error: error.message } : {}
      return { result, path, diagnostics, ...why }
    },
  },
  {
    method: 'GET',
    path: '/trace',
    does: 'which requests are followed; null: none',
    access: 'read',
    answer: ({ edge }) => ({ trace: shownTrace(edge.tracing) }),
  },
  {
    method: 'POST',
    path: '/trace',
    does: 'which requests are followed from now on: trace options such as {"every": 100}; null: none',
    access: 'change',
    answer: ({ edge, body }) => {
      const options = jsonOf(body) as TraceOptions | null
      try {
        edge.trace(options)
      } catch (error) {
        if (error instanceof PluginError) throw new Refusal(400, error.message)
        throw error
      }
      return { trace: shownTrace(edge.tracing) }
    },
  },
  {
    method: 'POST',
    path: '/log/reopen',
    does: 'opens the log file again, after it was moved away',
    access: 'change',
    answer: ({ edge }) => {
      edge.reopenLog()
      return { reopened: true }
    },
  },
]

/** A table of more rows is read by nobody, and the edge has other things to do. */
const mostRows = 10_000

/** The resources as the table of contents has them. */
export const contents = (settings: AdminSettings): readonly ResourceInfo[] =>
  resources.map(({ method, path, does, access }) => ({
    method,
    path,
    does,
    token: needsToken(access, settings),
  }))

/** Whether a request has to carry the token. */
export const needsToken = (access: Access, { token, readsNeedToken }: AdminSettings): boolean =>
  access !== 'open' &&
  (access === 'change' || readsNeedToken || (access === 'private' && token !== undefined))

/** A program may have given a function, which JSON cannot show. */
const shownTrace = (options: TraceOptions | null): unknown =>
  typeof options?.when === 'function' ? { ...options, when: 'a function of the program' } : options

const summary = ({
  exchange,
  recordedAt,
  method,
  url,
  status,
  code,
}: Recording): RecordingSummary => ({ exchange, recordedAt, method, url, status, code })

/** What a body says. @throws Refusal 400 */
const jsonOf = (body: string): unknown => {
  const json = parseJson(body)
  if ('value' in json) return json.value
  throw new Refusal(400, `the body is not JSON: ${json.line}:${json.column} ${json.message}`)
}
