import type { Reading } from './attributes.ts'
import { readAttributes, readProperties } from './element-attributes.ts'
import { every, mapped, only, readChildren, readPropertyList, toProperties } from './elements.ts'
import type { Place } from './findings.ts'
import type { ClusterAddress, Server, ServerCluster, Transport } from './model.ts'
import {
  backupServerElement,
  backupServersElement,
  clusterAddressElement,
  clusterAddressTransportElement,
  clusterAddressTransportPropertyElement,
  primaryServerElement,
  primaryServersElement,
  serverClusterElement,
  serverElement,
  transportElement,
  transportPropertyElement,
} from './schema/cluster.ts'
import { unbracket } from './virtual-hosts.ts'
import { attributeNames } from './xml.ts'

/** Reads a ServerCluster with everything in it (plugin-cfg.md A.6 to A.11). */
export const readServerCluster = (reading: Reading, at: Place): ServerCluster => {
  const fields = readAttributes(reading, at, serverClusterElement)
  const children = readChildren(reading, [at], serverClusterElement)
  const address = only(children, 'ClusterAddress')
  const primaries = only(children, 'PrimaryServers')
  const backups = only(children, 'BackupServers')
  const members = every(children, 'Server')
  const servers = mapped(members, server => readServer(reading, server))
  reading.origins.setChildren(servers, at, 'Server')
  // Field by field, here and below, and those that may be absent one by one behind them: what is copied with `...` gets a
  // shape of its own each time, and everything that looks at it becomes slow.
  const cluster: Unfinished<ServerCluster> = {
    name: fields.name,
    loadBalance: fields.loadBalance,
    ignoreAffinityRequests: fields.ignoreAffinityRequests,
    retryIntervalMs: fields.retryIntervalMs,
    serverIoTimeoutRetry: fields.serverIoTimeoutRetry,
    removeSpecialHeaders: fields.removeSpecialHeaders,
    postSizeLimitBytes: fields.postSizeLimitBytes,
    postBufferSizeBytes: fields.postBufferSizeBytes,
    getDwlmTable: fields.getDwlmTable,
    cloneSeparator: fields.cloneSeparatorChange ? '+' : ':',
    servers,
  }
  if (address !== undefined) cluster.clusterAddress = readClusterAddress(reading, address)
  if (primaries !== undefined) {
    const element = primaryServersElement
    cluster.primaryServers = readMembers(reading, primaries, element, primaryServerElement)
  }
  if (backups !== undefined) {
    const element = backupServersElement
    cluster.backupServers = readMembers(reading, backups, element, backupServerElement)
  }
  return cluster
}

/** While it is being read. */
type Unfinished<T> = { -readonly [K in keyof T]: T[K] }

const readServer = (reading: Reading, at: Place): Server => {
  const fields = readAttributes(reading, at, serverElement)
  const children = readChildren(reading, [at], serverElement)
  // An empty clone ID could only be found in a broken identifier: it is none.
  const cloneId = fields.cloneId?.trim() ?? ''
  const server: Unfinished<Server> = {
    name: fields.name,
    loadBalanceWeight: fields.loadBalanceWeight,
    connectTimeoutMs: fields.connectTimeoutMs,
    wsServerIoTimeoutMs: fields.wsServerIoTimeoutMs,
    wsServerIdleTimeoutMs: fields.wsServerIdleTimeoutMs,
    extendedHandshake: fields.extendedHandshake,
    maxConnections: fields.maxConnections,
    waitForContinue: fields.waitForContinue,
    // A.7: the sign is a switch, not part of the time.
    serverIoTimeoutMs: Math.abs(fields.serverIoTimeoutMs),
    serverIoTimeoutMarksDown: fields.serverIoTimeoutMs < 0,
    transports: readTransports(
      reading,
      every(children, 'Transport'),
      transportElement,
      transportPropertyElement,
    ),
  }
  if (cloneId !== '') server.cloneId = cloneId
  return server
}

const readClusterAddress = (reading: Reading, at: Place): ClusterAddress => {
  const fields = readAttributes(reading, at, clusterAddressElement)
  const children = readChildren(reading, [at], clusterAddressElement)
  const address: ClusterAddress = {
    ...fields,
    transports: readTransports(
      reading,
      every(children, 'Transport'),
      clusterAddressTransportElement,
      clusterAddressTransportPropertyElement,
    ),
  }
  reading.origins.set(address, at)
  return address
}

const readTransports = (
  reading: Reading,
  places: readonly Place[],
  spec: typeof transportElement | typeof clusterAddressTransportElement,
  propertySpec: typeof transportPropertyElement | typeof clusterAddressTransportPropertyElement,
): readonly Transport[] => {
  const transports: Transport[] = []
  const usable: Place[] = []
  for (const at of places) {
    const fields = readAttributes(reading, at, spec)
    const { hostname, port, protocol, connectionTtlMs, hostnameAlias } = fields
    const children = readChildren(reading, [at], spec)
    const properties = readPropertyList(reading, children, propertySpec)
    const named = readProperties(reading, spec.properties, properties)
    if (port === undefined) noPort(reading, at)
    if (port === undefined || protocol === undefined || hostname.trim() === '') continue
    const transport: Unfinished<Transport> = {
      hostname: unbracket(hostname.trim()),
      port,
      protocol,
      properties: toProperties(reading, properties),
    }
    if (connectionTtlMs !== undefined) transport.connectionTtlMs = connectionTtlMs
    if (hostnameAlias !== undefined) transport.hostnameAlias = hostnameAlias
    transports.push(Object.assign(transport, named))
    usable.push(at)
  }
  reading.origins.setAll(transports, usable)
  return transports
}

const noPort = (reading: Reading, at: Place): void => {
  if (attributeNames(at.element).some(name => name.toLowerCase() === 'port')) return
  reading.findings.add({
    code: 'L57',
    severity: 'note',
    at,
    message: 'Transport has no Port',
    effect: 'the transport cannot be used and is left out',
    advice: 'write Port="9080" or whatever the server listens on',
  })
}

const readMembers = (
  reading: Reading,
  at: Place,
  spec: typeof primaryServersElement | typeof backupServersElement,
  memberSpec: typeof primaryServerElement | typeof backupServerElement,
): readonly string[] => {
  readAttributes(reading, at, spec)
  const children = readChildren(reading, [at], spec)
  const names = mapped(
    every(children, 'Server'),
    member => readAttributes(reading, member, memberSpec).name,
  )
  reading.origins.set(names, at)
  return names
}
