import type { ServerCluster } from '../config/model.ts'
import { resolveLists } from '../core/lists.ts'

/** Names of the servers in each list of a cluster, in list order: what the core makes of the two elements (K1, K10, Q5). */
export const listNames = (
  cluster: ServerCluster,
): { readonly primaries: readonly string[]; readonly backups: readonly string[] } => {
  const lists = resolveLists(cluster)
  const namesIn = (
    list: 'primary' | 'backup',
    order: readonly string[] = [],
  ): readonly string[] => {
    const members = new Set(
      cluster.servers.filter(server => lists.get(server) === list).map(server => server.name),
    )
    // Names come in the order of the list element; without one, in that of the file.
    return [...new Set([...order.filter(name => members.has(name)), ...members])]
  }
  return {
    primaries: namesIn('primary', cluster.primaryServers),
    backups: namesIn('backup', cluster.backupServers),
  }
}
