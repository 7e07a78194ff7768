import type { Scheme, VirtualHost } from '../../config/model.ts'

/** Host and port a request arrived for: lower case, no brackets, no trailing dot. */
export interface HostPort {
  readonly host: string
  readonly port: number
}

/**
 * Takes a Host header (or the authority of an absolute-form target) apart. Without a port the scheme decides (M3).
 * An absent header gives an empty host, which only wildcard hosts match; null: not a host at all.
 */
export const parseHost = (header: string | undefined, scheme: Scheme): HostPort | null => {
  const standard = scheme === 'https' ? 443 : 80
  const match = hostHeader.exec(header ?? '')
  if (match === null) return null
  const digits = match[3]
  const port = digits === undefined || digits === '' ? standard : Number(digits)
  if (port > 65_535) return null
  const host = (match[1] ?? (match[2] as string)).toLowerCase()
  return { host: host.endsWith('.') ? host.slice(0, -1) : host, port }
}

const hostHeader =
  /^(?:\[([0-9a-fA-F:.]+(?:%25[A-Za-z0-9\-._~]+)?)\]|([A-Za-z0-9\-._~!$&'()*+,;=%]*))(?::(\d{0,5}))?$/

/**
 * How specific an alias is: `host:port` 3, `host:*` 2, `*:port` 1, `*:*` 0 (E1). It decides between routes whose URI
 * patterns are equally long.
 */
export type HostRank = 0 | 1 | 2 | 3

export const rankOf = (alias: VirtualHost): HostRank => {
  if (alias.host !== null) return alias.port !== null ? 3 : 2
  return alias.port !== null ? 1 : 0
}

/** The key under which the route table files an alias; a request looks under its four keys, one for each rank. */
export const keyOf = (host: string | null, port: number | null): string =>
  `${host ?? '*'}:${port ?? '*'}`

/** An alias with `*` as a part of the name matches nothing (A.4), not even a request that spells it that way. */
export const canMatch = (alias: VirtualHost): boolean =>
  alias.host === null || !alias.host.includes('*')
