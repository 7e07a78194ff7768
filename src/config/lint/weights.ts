import { quote } from '../diagnostics.ts'
import type { Server, ServerCluster } from '../model.ts'
import { type Rule, written } from './rule.ts'

/** Weights that do not do what they seem to. */
export const weightRules: readonly Rule[] = [
  {
    code: 'L31',
    severity: 'note',
    title: 'all servers of a cluster have the same LoadBalanceWeight above 1',
    check: (lint, report) => {
      for (const cluster of lint.config.clusters) {
        // K3: only primaries take turns.
        const primaries = primariesOf(cluster)
        const [first] = primaries
        if (first === undefined || primaries.length < 2) continue
        if (cluster.loadBalance === 'random' || first.loadBalanceWeight < 2) continue
        if (primaries.some(server => server.loadBalanceWeight !== first.loadBalanceWeight)) continue
        report(first, written(lint, first, 'LoadBalanceWeight'), {
          message: `all servers of cluster ${quote(cluster.name)} have weight ${first.loadBalanceWeight}`,
          effect: 'divided by their common divisor all become 1, and are reset after every round',
          advice: 'to have them reset less often, make one of them smaller by 1',
        })
      }
    },
  },
  {
    code: 'L32',
    severity: 'note',
    title: 'LoadBalanceWeight in a cluster with LoadBalance="Random"',
    check: (lint, report) => {
      for (const cluster of lint.config.clusters) {
        if (cluster.loadBalance !== 'random') continue
        const server = cluster.servers.find(
          member => written(lint, member, 'LoadBalanceWeight') !== undefined,
        )
        if (server === undefined) continue
        report(server, 'LoadBalanceWeight', {
          message: `cluster ${quote(cluster.name)} has weights, and LoadBalance="Random"`,
          effect: 'weights are ignored: every server gets the same share',
          advice: 'write LoadBalance="Round Robin", or remove the weights',
        })
      }
    },
  },
]

const primariesOf = ({ servers, primaryServers }: ServerCluster): readonly Server[] => {
  const listed = servers.filter(server => primaryServers?.includes(server.name))
  return listed.length > 0 ? listed : servers
}
