import type { PluginConfig } from '../config/model.ts'
import type { RequestHead } from '../core/request.ts'
import { createRouter } from '../core/router.ts'
import type { DeclineRecord, IdsRecord } from '../core/trace.ts'
import type { Flight } from './flight.ts'
import type { ImaginedBody } from './network.ts'

/** What a reader of an explanation would ask next, and the steps do not say. */
export const remarks = (
  config: PluginConfig,
  head: RequestHead,
  body: ImaginedBody,
  flight: Flight,
): readonly string[] => {
  const decline = flight.records.find(record => record.kind === 'decline')
  const ids = flight.records.find(record => record.kind === 'ids')
  return [
    ...portRemark(config, head),
    ...(decline === undefined ? [] : declineRemark(config, head, decline)),
    ...(ids === undefined ? [] : sessionRemark(config, head, ids, flight.cluster)),
    ...bodyRemark(config, body, flight.cluster),
  ]
}

const portRemark = ({ settings }: PluginConfig, { localPort }: RequestHead): readonly string[] =>
  settings.vhostMatchingCompat && localPort === undefined
    ? [
        'VHostMatchingCompat is true, so the port of the listener counts; it is taken to be that of the URL (--local-port)',
      ]
    : []

/** Aliases that are tried; files with more have them generated. */
const mostAliases = 1000

/** Why nothing matched: the host and port, or the path. */
const declineRemark = (
  config: PluginConfig,
  head: RequestHead,
  { host, port, path }: DeclineRecord,
): readonly string[] => {
  if (config.routes.length === 0) return ['the file has no Route']
  const router = createRouter(config)
  const elsewhere = new Set<string>()
  for (const alias of config.virtualHostGroups.flatMap(g => g.virtualHosts).slice(0, mostAliases)) {
    const at = { host: alias.host ?? host, port: alias.port ?? port }
    const name = at.host.includes(':') ? `[${at.host}]` : at.host
    const there = { ...head, host: `${name}:${at.port}`, localPort: at.port }
    if (router.route(there).binding !== null) elsewhere.add(alias.name)
  }
  if (elsewhere.size === 0) return [`no Route takes ${path} on any host`]
  const names = [...elsewhere]
  const more = names.length > 5 ? ` and ${names.length - 5} more` : ''
  return [`Routes take ${path} on other hosts or ports: ${names.slice(0, 5).join(', ')}${more}`]
}

/** Why a session is not looked for, or why it leads to nobody. */
const sessionRemark = (
  config: PluginConfig,
  head: RequestHead,
  ids: IdsRecord,
  name: string | undefined,
): readonly string[] => {
  const cluster = config.clusters.find(each => each.name === name)
  if (cluster === undefined) return []
  const cloneIds = new Set(cluster.servers.map(server => server.cloneId))
  cloneIds.delete(undefined)
  if (cloneIds.size === 0) {
    const carries = head.cookie !== undefined || head.target.includes(';')
    return carries
      ? [`no server of ${cluster.name} has a CloneID, so no session is looked for`]
      : []
  }
  const other = cluster.cloneSeparator === ':' ? '+' : ':'
  const { value = '', cloneIds: found } = ids
  if (found.length === 0 && value.split(other).some(part => cloneIds.has(part))) {
    return [
      `the session has a clone ID behind ${other}, but CloneSeparatorChange of ${cluster.name} makes it ${cluster.cloneSeparator}`,
    ]
  }
  return []
}

/** Whether the body can be sent to a second server (B2). */
const bodyRemark = (
  config: PluginConfig,
  body: ImaginedBody,
  name: string | undefined,
): readonly string[] => {
  const cluster = config.clusters.find(each => each.name === name)
  const buffer = cluster?.postBufferSizeBytes ?? null
  if (buffer === null || body.bytes <= buffer) return []
  return buffer === 0
    ? ['PostBufferSize is 0, so the request body can be sent only once']
    : [
        `the request body has ${body.bytes} bytes, more than PostBufferSize (${buffer}), so it can be sent only once`,
      ]
}
