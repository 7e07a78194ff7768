import { quote } from '../diagnostics.ts'
import type { Server } from '../model.ts'
import { lineOf, listed, type Rule } from './rule.ts'

/** What makes sessions lose their server. */
export const sessionRules: readonly Rule[] = [
  {
    code: 'L20',
    severity: 'warning',
    title: 'a cluster of several servers, some of them without CloneID',
    check: (lint, report) => {
      for (const cluster of lint.config.clusters) {
        if (cluster.servers.length < 2) continue
        const nameless = cluster.servers.filter(server => server.cloneId === undefined)
        const first = nameless[0]
        if (first === undefined) continue
        report(first, 'CloneID', {
          message: `${listed(nameless.map(server => server.name))} of cluster ${quote(cluster.name)} ${nameless.length === 1 ? 'has' : 'have'} no CloneID`,
          effect: 'sessions cannot hold on to them: each request may go to another server',
          advice: 'write the CloneID that the server puts into its session identifiers',
        })
      }
    },
  },
  {
    code: 'L21',
    severity: 'error',
    title: 'two servers of one cluster have the same CloneID',
    check: (lint, report) => {
      for (const cluster of lint.config.clusters) {
        const first = new Map<string, Server>()
        for (const server of cluster.servers) {
          if (server.cloneId === undefined) continue
          const earlier = first.get(server.cloneId)
          if (earlier === undefined) {
            first.set(server.cloneId, server)
            continue
          }
          report(server, 'CloneID', {
            message: `CloneID ${quote(server.cloneId)} is also that of server ${quote(earlier.name)} on line ${lineOf(lint, earlier)}`,
            effect: 'sessions of this server go to the other one',
            advice: 'give each server its own; cloned profiles need a new one before merging',
          })
        }
      }
    },
  },
  {
    code: 'L23',
    severity: 'warning',
    title: 'a CloneID that contains the separator of clone IDs',
    check: (lint, report) => {
      for (const cluster of lint.config.clusters) {
        for (const server of cluster.servers) {
          if (!server.cloneId?.includes(cluster.cloneSeparator)) continue
          report(server, 'CloneID', {
            message: `CloneID ${quote(server.cloneId)} contains ${quote(cluster.cloneSeparator)}, which separates clone IDs in this cluster`,
            effect: 'no session identifier can name this server',
            advice: 'correct the CloneID, or CloneSeparatorChange; the servers must agree with it',
          })
        }
      }
    },
  },
  {
    code: 'L67',
    severity: 'warning',
    title: 'Liberty servers were merged without a cloneId in each of them',
    check: (lint, report) => {
      for (const cluster of lint.config.clusters) {
        const liberty = cluster.servers.filter(server => /^default_node_/.test(server.name))
        if (liberty.length < 2 || liberty.some(server => server.cloneId !== undefined)) continue
        report(cluster, 'Name', {
          message: `cluster ${quote(cluster.name)} joins Liberty servers, none of which has a CloneID`,
          effect: 'the cluster has no session affinity',
          advice:
            'set cloneId in the httpSession element of each server.xml, generate each file again and merge them',
        })
      }
    },
  },
]
