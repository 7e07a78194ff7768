import type { Server, ServerCluster } from '../config/model.ts'
import type { ServerState } from './server.ts'

/**
 * Which list each server is in. Without a PrimaryServers element, or with one that names nobody, all servers are
 * primaries (1.3, Q5); a name in both lists is a primary, a server in neither gets nothing (K10).
 */
export const resolveLists = (config: ServerCluster): Map<Server, 'primary' | 'backup'> => {
  const byName = new Map<string, Server>()
  for (const server of config.servers) {
    if (!byName.has(server.name)) byName.set(server.name, server)
  }
  const named = (names: readonly string[] | undefined): Server[] =>
    (names ?? []).flatMap(name => byName.get(name) ?? [])
  const primaries = named(config.primaryServers)
  const lists = new Map<Server, 'primary' | 'backup'>()
  for (const server of named(config.backupServers)) lists.set(server, 'backup')
  for (const server of primaries.length > 0 ? primaries : config.servers) {
    lists.set(server, 'primary')
  }
  return lists
}

export const inListOrder = (
  names: readonly string[] | undefined,
  servers: readonly ServerState[],
  list: 'primary' | 'backup',
): ServerState[] => {
  const members = servers.filter(server => server.list === list && server.usable)
  const place = new Map<string, number>()
  names?.forEach((name, i) => {
    if (!place.has(name)) place.set(name, i)
  })
  members.sort((a, b) => (place.get(a.name) ?? 0) - (place.get(b.name) ?? 0))
  members.forEach((server, i) => {
    server.place = i
  })
  return members
}
