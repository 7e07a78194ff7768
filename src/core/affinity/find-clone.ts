import type { ClusterState } from '../cluster.ts'
import type { Missed } from '../reason-code.ts'
import { check, isOnlyBusy, type Moment, skip } from '../selection/check.ts'
import type { Past, ServerState } from '../server.ts'
import type { CloneId } from './clone-id.ts'

/**
 * The server a session names (2.3): ids outside, servers inside, from the first primary for every id (C1); a server
 * that cannot take the request does not end the scan (C2). Weights are ignored (C3).
 *
 * An id that the partition table knows stands for the clone ids it gives, and for those the lists do not matter (H5).
 *
 * @param backupsToo false: backups are passed over, as long as a primary is available (Q7).
 * @param past what this exchange has been through; whom it rules out is not offered again.
 */
export const findClone = (
  ids: readonly CloneId[],
  cluster: ClusterState,
  backupsToo: boolean,
  past: Past,
  moment: Moment,
): ServerState | null => {
  for (const id of ids) {
    const owners = cluster.partitions?.get(id.text)
    if (owners === undefined) {
      const found = scan(id.text, candidates(id, cluster, moment), backupsToo, past, moment)
      if (found !== null) return found
    } else {
      for (const owner of owners) {
        const found = scan(owner, cluster.servers, true, past, moment)
        if (found !== null) return found
      }
    }
  }
  return null
}

/** Every comparison matters to who follows the trace; otherwise those that can succeed are enough. */
const candidates = (id: CloneId, cluster: ClusterState, moment: Moment): readonly ServerState[] =>
  moment.tracer === undefined ? id.servers : cluster.affinityList

const scan = (
  id: string,
  servers: readonly ServerState[],
  backupsToo: boolean,
  past: Past,
  moment: Moment,
): ServerState | null => {
  for (const server of servers) {
    if (!server.usable || (server.list === 'backup' && !backupsToo)) continue
    const match = server.cloneId === id
    moment.tracer?.emit('compare', {
      id,
      server: server.name,
      serverCloneId: server.cloneId,
      list: server.list === 'primary' || server.list === 'backup' ? server.list : 'none',
      match,
    })
    if (!match) continue
    if (server.outOfService === 'stopped') {
      skip(server, 'stopped', moment)
    } else if (past.answered503.includes(server)) {
      skip(server, 'answered-503', moment)
    } else if (check(server, true, moment) === null) {
      if (!past.downed.includes(server)) return server
      skip(server, 'tried', moment)
    }
  }
  return null
}

/** Why {@link findClone} has found nobody: what is the matter with the first server that the session names. */
export const whyMissed = (
  ids: readonly CloneId[],
  cluster: ClusterState,
  moment: Moment,
): Missed => {
  for (const id of ids) {
    const owners = cluster.partitions?.get(id.text)
    const named = owners === undefined ? id.servers[0] : firstOwner(owners, cluster.servers)
    if (named !== undefined) return whatAils(named, moment)
  }
  return 'unknown'
}

const firstOwner = (
  owners: readonly string[],
  servers: readonly ServerState[],
): ServerState | undefined => {
  for (const owner of owners) {
    const named = servers.find(server => server.cloneId === owner && server.usable)
    if (named !== undefined) return named
  }
  return undefined
}

const whatAils = (server: ServerState, moment: Moment): Missed => {
  if (server.outOfService === 'stopped') return 'stopped'
  if (isOnlyBusy(server, moment)) return 'busy'
  // Q7: it could take the request, and primaries come first.
  return server.markedDown ? 'marked-down' : 'backup'
}
