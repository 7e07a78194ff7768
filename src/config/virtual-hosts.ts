import type { Reading } from './attributes.ts'
import { readAttributes } from './element-attributes.ts'
import { every, readChildren } from './elements.ts'
import type { Place } from './findings.ts'
import type { VirtualHost, VirtualHostGroup } from './model.ts'
import {
  trustedProxyElement,
  trustedProxyGroupElement,
  virtualHostElement,
  virtualHostGroupElement,
} from './schema/groups.ts'

/** Reads a VirtualHostGroup (plugin-cfg.md A.4). */
export const readVirtualHostGroup = (reading: Reading, at: Place): VirtualHostGroup => {
  const fields = readAttributes(reading, at, virtualHostGroupElement)
  const children = readChildren(reading, [at], virtualHostGroupElement)
  const places = every(children, 'VirtualHost')
  const virtualHosts = places.map(host => readVirtualHost(reading, host))
  reading.origins.setChildren(virtualHosts, at, 'VirtualHost')
  const group: VirtualHostGroup = { name: fields.name, virtualHosts }
  reading.origins.set(group, at)
  return group
}

const readVirtualHost = (reading: Reading, at: Place): VirtualHost => {
  const { name } = readAttributes(reading, at, virtualHostElement)
  return { name, ...splitAlias(name) }
}

/**
 * Takes an alias apart. Without a port it means port 80; `*` alone stands for any host on port 80. A text that is no
 * alias is kept whole as a host, which no request has.
 */
export const splitAlias = (
  name: string,
): { readonly host: string | null; readonly port: number | null } => {
  const text = name.trim()
  const colon = text.lastIndexOf(':')
  const before = text.slice(0, Math.max(0, colon))
  const port = text.slice(colon + 1)
  const split = isHost(before) && (port === '*' || /^\d{1,5}$/.test(port))
  const host = split ? before : text
  return {
    host: host === '*' ? null : unbracket(host).toLowerCase(),
    port: !split ? 80 : port === '*' ? null : Number(port),
  }
}

const isHost = (text: string): boolean =>
  text !== '' && (!text.includes(':') || (text.startsWith('[') && text.endsWith(']')))

/** An IPv6 literal without its brackets. Liberty writes two pairs around a proxy that has one already (A.5). */
export const unbracket = (host: string): string => {
  let bare = host
  while (bare.startsWith('[') && bare.endsWith(']')) bare = bare.slice(1, -1)
  return bare
}

/** Reads a TrustedProxyGroup (A.5). */
export const readTrustedProxies = (reading: Reading, at: Place): readonly string[] => {
  readAttributes(reading, at, trustedProxyGroupElement)
  const children = readChildren(reading, [at], trustedProxyGroupElement)
  const names = every(children, 'TrustedProxy')
    .map(proxy => unbracket(readAttributes(reading, proxy, trustedProxyElement).name.trim()))
    .filter(name => name !== '')
  reading.origins.set(names, at)
  return names
}
