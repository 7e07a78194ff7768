import { quote } from '../diagnostics.ts'
import type { Place } from '../findings.ts'
import type { ServerCluster } from '../model.ts'
import { type Lint, listed, memberPlaces, type Rule, written } from './rule.ts'

/** Members that are missing, or that get no requests. */
export const serverRules: readonly Rule[] = [
  {
    code: 'L09',
    severity: 'error',
    title: 'a ServerCluster without Server, or a Server without usable Transport',
    check: (lint, report) => {
      for (const cluster of lint.config.clusters) {
        if (cluster.servers.length === 0) {
          report(cluster, 'Name', {
            message: `cluster ${quote(cluster.name)} has no Server`,
            effect: 'every request routed to it fails',
            advice: 'add its servers, or remove the cluster and its Route',
          })
        }
        const { clusterAddress, servers } = cluster
        for (const server of clusterAddress ? [...servers, clusterAddress] : servers) {
          if (server.transports.length > 0) continue
          report(server, 'Name', {
            message: `${server === clusterAddress ? 'ClusterAddress' : 'Server'} ${quote(server.name)} has no Transport that can be used`,
            effect: 'nothing can be sent to it; merging fails',
            advice: 'add <Transport Hostname="…" Port="…" Protocol="http"/>',
          })
        }
      }
    },
  },
  {
    code: 'L11',
    severity: 'warning',
    title: 'a Server in neither PrimaryServers nor BackupServers, although there are lists',
    check: (lint, report) => {
      for (const cluster of lint.config.clusters) {
        if (!hasPrimaryList(lint, cluster)) continue
        const names = new Set(cluster.primaryServers)
        for (const name of cluster.backupServers ?? []) names.add(name)
        for (const server of cluster.servers) {
          if (server.name === '' || names.has(server.name)) continue
          report(server, 'Name', {
            message: `server ${quote(server.name)} is in neither PrimaryServers nor BackupServers`,
            effect: 'it gets no requests, not even those of its sessions',
            advice: 'add it to a list; leave it as it is if it is meant to be out of service',
          })
        }
      }
    },
  },
  {
    code: 'L61',
    severity: 'note',
    title: 'a cluster of one server, with settings for failover',
    check: (lint, report) => {
      for (const cluster of lint.config.clusters) {
        const [server] = cluster.servers
        if (server === undefined || cluster.servers.length > 1) continue
        const attribute = server.serverIoTimeoutMarksDown
          ? 'ServerIOTimeout'
          : cluster.retryIntervalMs !== 60_000
            ? 'RetryInterval'
            : undefined
        if (attribute === undefined) continue
        report(attribute === 'RetryInterval' ? cluster : server, attribute, {
          message: `cluster ${quote(cluster.name)} has one server; its ${attribute} is set for failover`,
          effect: 'the only server is never marked down, so this never comes into play',
          advice: 'add a second server, or leave the default',
        })
      }
    },
  },
  {
    code: 'L64',
    severity: 'warning',
    title: 'several BackupServers, which do not share the load',
    check: (lint, report) => {
      for (const cluster of lint.config.clusters) {
        const backups = cluster.backupServers ?? []
        if (backups.length < 2) continue
        report(backups, undefined, {
          message: `cluster ${quote(cluster.name)} has ${backups.length} backup servers`,
          effect:
            'they are used strictly in this order, one at a time, and only when no primary is available',
          advice: 'move those that should share the load to PrimaryServers',
        })
      }
    },
  },
  {
    code: 'X12',
    severity: 'warning',
    title: 'a Server in both lists, or twice in one',
    check: (lint, report) => {
      for (const cluster of lint.config.clusters) {
        const seen = new Set<string>()
        for (const list of [cluster.primaryServers, cluster.backupServers]) {
          if (list === undefined) continue
          let places: readonly Place[] | undefined
          list.forEach((name, index) => {
            if (seen.has(name)) places ??= memberPlaces(lint, list)
            const place = seen.has(name) ? places?.[index] : undefined
            if (place !== undefined) {
              report(place, 'Name', {
                message: `server ${quote(name)} of cluster ${quote(cluster.name)} is listed a second time`,
                effect: 'the first entry counts; a server in both lists is a primary',
                advice: 'keep one of the entries',
              })
            }
            if (name !== '') seen.add(name)
          })
        }
      }
    },
  },
  {
    code: 'X15',
    severity: 'warning',
    title: 'PrimaryServers is there, but names nobody',
    check: (lint, report) => {
      for (const cluster of lint.config.clusters) {
        if (cluster.primaryServers === undefined || hasPrimaryList(lint, cluster)) continue
        if (cluster.servers.length === 0) continue
        report(cluster.primaryServers, undefined, {
          message: `PrimaryServers of cluster ${quote(cluster.name)} names no server`,
          effect: `it is treated as absent: ${listed(cluster.servers.map(server => server.name))} ${cluster.servers.length === 1 ? 'is' : 'are all'} primary`,
          advice:
            'name the primary servers, or remove the element; to stop a cluster, remove its Route',
        })
      }
    },
  },
  {
    code: 'L30',
    severity: 'warning',
    title: 'MaxConnections set low; it counts in each process',
    check: (lint, report) => {
      for (const { server } of lint.members) {
        const { maxConnections } = server
        if (maxConnections === 0 || maxConnections >= 20) continue
        report(server, written(lint, server, 'MaxConnections'), {
          message: `MaxConnections is ${maxConnections}`,
          effect:
            'it limits the pending requests of each web server process, not of all together; when every server is full, clients get 503',
          advice: 'write -1, or well above the requests one process has pending in a busy moment',
        })
      }
    },
  },
]

/** routing.md §1.3: a list without a known name counts as absent. */
const hasPrimaryList = (lint: Lint, cluster: ServerCluster): boolean => {
  const names = lint.serverNames.get(cluster)
  return cluster.primaryServers?.some(name => names?.has(name)) ?? false
}
