import type { PluginConfig, Route, VirtualHost } from '../../src/config/model.ts'
import type { RequestHead } from '../../src/core/request.ts'
import type { Place } from './plain-walk.ts'

/** A request that a Route ought to reach, and what it is matched by. */
export interface Probe extends Place {
  readonly head: RequestHead
}

/** Requests for every pair of virtual host and URI of a Route: one path for each way in which `*` may be filled. */
export const probesOf = (config: PluginConfig, route: Route): readonly Probe[] => {
  const hosts = config.virtualHostGroups.find(({ name }) => name === route.virtualHostGroup)
  const uris = config.uriGroups.find(({ name }) => name === route.uriGroup)
  return (hosts?.virtualHosts ?? []).flatMap(alias =>
    (uris?.uris ?? []).flatMap(({ name }) => pathsOf(name).flatMap(path => probesFor(alias, path))),
  )
}

const fillings = ['probe', 'probe/deeper', '']

const pathsOf = (pattern: string): readonly string[] => {
  const filled = fillings.map(text => pattern.replaceAll('*', text))
  const paths = pattern.endsWith('/*') ? [...filled, pattern.slice(0, -2)] : filled
  return [...new Set(paths.map(path => (path.startsWith('/') ? path : `/${path}`)))]
}

/** With the port in the Host header, and without it where the scheme has it. */
const probesFor = (alias: VirtualHost, path: string): readonly Probe[] => {
  const host = alias.host ?? 'probe.example'
  const name = host.includes(':') ? `[${host}]` : host
  const port = alias.port ?? 80
  const scheme = port === 443 ? 'https' : 'http'
  const headers = port === 80 || port === 443 ? [`${name}:${port}`, name] : [`${name}:${port}`]
  // What is in a file is decoded; what a browser sends is not.
  const target = encodeURI(path)
  return headers.map(header => ({
    host,
    port,
    path,
    head: { method: 'GET', scheme, target, host: header },
  }))
}
