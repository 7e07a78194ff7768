/**
 * The records of §10 and §11 that only restate what is known.
 */
import type { Transport } from '../../../src/config/model.ts'
import type { Switches } from '../../../src/core/options.ts'
import type { AttemptStep, StreamOrigin, Why } from '../../../src/core/step.ts'
import type { Session } from './affinity.ts'
import type { Cluster, Member } from './cluster.ts'
import type { Asked, Match } from './matching.ts'
import type { Fact } from './records.ts'

/** P3. */
export const routeFact = (
  { host, port, path }: Asked,
  { route, index, virtualHost, uri, score }: Match,
): Fact => ({
  kind: 'route',
  host: host ?? '',
  port,
  path,
  cluster: route.serverCluster,
  route: index,
  ...(route.virtualHostGroup !== undefined && { virtualHostGroup: route.virtualHostGroup }),
  ...(virtualHost !== null && { virtualHost: virtualHost.name }),
  ...(route.uriGroup !== undefined && { uriGroup: route.uriGroup }),
  ...(uri !== null && { uri: uri.name }),
  score,
  affinityCookie: uri?.affinityCookie ?? 'JSESSIONID',
  affinityUrlIdentifier: uri?.affinityUrlIdentifier ?? 'jsessionid',
})

/** P6. §2.6: with the ids that the partition table knows, and the clone ids behind them. */
export const idsFact = (
  { source, name, value, ids }: Session,
  { partitionTable = {} }: Cluster,
  reparsed: boolean,
): Fact => {
  const known = [...new Set(ids)].filter(id => Object.hasOwn(partitionTable, id))
  const partitions = Object.fromEntries(known.map(id => [id, partitionTable[id]!]))
  return {
    kind: 'ids',
    source,
    ...(name !== undefined && { name }),
    ...(value !== undefined && { value }),
    cloneIds: ids,
    ...(known.length > 0 && { partitions }),
    reparsed,
  }
}

/** P7. */
export const selectFact = (
  { settings: { name: cluster } }: Cluster,
  { settings, pending, affinity, total, current }: Member,
  why: Why,
  probe: boolean,
  attempt: number,
): Fact => ({
  kind: 'select',
  cluster,
  server: settings.name,
  cloneId: settings.cloneId ?? null,
  why,
  attempt,
  probe,
  pending,
  affinity,
  total,
  weight: current,
})

/** P8, Y2. */
export const transportFact = (
  server: string,
  { protocol, hostname, port }: Transport,
  which: 1 | 2 | 3 | 4,
): Fact => ({ kind: 'transport', server, case: which, protocol, hostname, port })

/** P9: a pooled stream needs no connection. */
export const streamFacts = (
  { server, connectTimeoutMs }: AttemptStep,
  from: StreamOrigin,
  result: 'ok' | 'failed' | 'timeout',
  code: string | undefined,
): readonly Fact[] => {
  const detail = code === undefined ? {} : { code }
  const stream: Fact = { kind: 'stream', server, from }
  if (from === 'pooled') return [stream]
  return [stream, { kind: 'connect', server, result, connectTimeoutMs, ...detail }]
}

/** P11, P13, §10.4. */
export const statsFact = (
  { settings, pending, failed, affinity, total }: Member,
  { statsVocabulary: vocabulary }: Switches,
): Fact => ({ kind: 'stats', server: settings.name, pending, failed, affinity, total, vocabulary })

/** P11. */
export const retryFact = (
  { settings }: Member,
  how: 'same-server' | 'another-server',
  attempt: number,
): Fact => ({
  kind: 'retry',
  server: settings.name,
  hostname: settings.transports[0]?.hostname ?? '',
  how,
  attempt,
})
