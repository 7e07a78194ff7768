import type { ClusterSnapshot, ServerSnapshot } from '../core/snapshot.ts'
import type { Maker } from './maker.ts'

/**
 * The state of every server of the configuration in force, read when somebody asks. The counters are those of the
 * plug-in (routing.md 5.1) and begin again with a reload, as counters do when a process starts again.
 */
export const serverMetrics = (maker: Maker, clusters: () => readonly ClusterSnapshot[]): void => {
  const eachServer = (tell: (labels: ServerLabels, server: ServerSnapshot) => void): void => {
    for (const { name, servers, clusterAddress } of clusters()) {
      const all = clusterAddress === undefined ? servers : [...servers, clusterAddress]
      for (const server of all) tell({ cluster: name, server: server.name }, server)
    }
  }
  const gauge = (name: string, help: string, value: (server: ServerSnapshot) => number) =>
    maker.gauge(name, help, serverLabels, metric => {
      metric.reset()
      eachServer((labels, server) => metric.set(labels, value(server)))
    })
  const counter = (name: string, help: string, value: (server: ServerSnapshot) => number) =>
    maker.counter(name, help, serverLabels, metric => {
      metric.reset()
      eachServer((labels, server) => metric.inc(labels, value(server)))
    })

  maker.gauge(
    'server_state',
    'State of a server: 1 for the one of up, down and probing that it is in, 0 for the others.',
    [...serverLabels, 'state'],
    metric => {
      metric.reset()
      eachServer((labels, { health }) => {
        for (const state of ['up', 'down', 'probing'] as const) {
          metric.set({ ...labels, state }, Number(health === state))
        }
      })
    },
  )
  maker.gauge(
    'server_admin_state',
    'What an operator has said of a server: 1 for the one of in-service, draining and stopped that holds, 0 for the others.',
    [...serverLabels, 'state'],
    metric => {
      metric.reset()
      eachServer((labels, { admin = 'in-service' }) => {
        for (const state of ['in-service', 'draining', 'stopped'] as const) {
          metric.set({ ...labels, state }, Number(admin === state))
        }
      })
    },
  )
  gauge(
    'server_usable',
    '0: no transport of the server could be used when the configuration was loaded.',
    ({ usable }) => Number(usable),
  )
  gauge('server_busy', '1: the server is at MaxConnections.', ({ busy }) => Number(busy))
  gauge(
    'server_weight_current',
    'Weight that is left to a server before the weights are reset.',
    ({ weight }) => weight.current,
  )
  gauge(
    'server_weight_start',
    'Weight that a server begins with after a reset.',
    ({ weight }) => weight.start,
  )
  gauge(
    'server_pending_requests',
    'Requests that a server has been given and that are not over (pendingRequests).',
    ({ pending }) => pending,
  )
  counter(
    'server_requests_total',
    'Requests that a server has answered (totalRequests); begins again with a reload.',
    ({ total }) => total,
  )
  counter(
    'server_affinity_requests_total',
    'Requests that came to a server because of their session (affinityRequests); begins again with a reload.',
    ({ affinity }) => affinity,
  )
  counter(
    'server_failed_requests_total',
    'Attempts at a server that failed (failedRequests); begins again with a reload.',
    ({ failed }) => failed,
  )
}

const serverLabels = ['cluster', 'server'] as const

interface ServerLabels {
  readonly cluster: string
  readonly server: string
}
