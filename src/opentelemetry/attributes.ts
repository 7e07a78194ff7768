import type { TLSSocket } from 'node:tls'
import type { Attributes } from '@opentelemetry/api'
import type { RouteRecord, TraceRecord } from '../core/trace.ts'
import type { ExchangeRecord } from '../edge/context.ts'

/**
 * What a span says of a request: the names of the semantic conventions for HTTP servers, and ours with `plugin_cfg.` in
 * front. Session identifiers are left out, wherever they stand: traces go to people who must not have them.
 */
export const spanAttributes = (
  record: ExchangeRecord,
  route: RouteRecord | undefined,
  query: boolean,
): Attributes => {
  const { request, status, cluster, server, reason, clientAddress } = record
  const target = splitTarget(record.url)
  return {
    ...methodAttributes(record.method),
    'url.path': target.path,
    'url.scheme': (request.socket as Partial<TLSSocket>)?.encrypted === true ? 'https' : 'http',
    ...(query && target.query !== '' && { 'url.query': target.query }),
    ...(route?.uri !== undefined && { 'http.route': route.uri }),
    ...(status > 0 && { 'http.response.status_code': status }),
    ...(isError(record) && { 'error.type': errorType(record) }),
    ...addressAttributes(record.host),
    ...(clientAddress !== undefined && { 'network.peer.address': clientAddress }),
    // The conventions know 1.0, 1.1, 2 and 3.
    'network.protocol.version': request.httpVersion.replace(/^([2-9])\.0$/, '$1'),
    ...(cluster !== undefined && { 'plugin_cfg.cluster': cluster }),
    ...(server !== undefined && { 'plugin_cfg.server': server }),
    'plugin_cfg.code': record.code,
    'plugin_cfg.outcome': record.result,
    ...(reason !== undefined && { 'plugin_cfg.reason': reason }),
    'plugin_cfg.attempts': record.attempts,
  }
}

/** `GET /shop/*`: the pattern of the Uri that matched, since paths would make too many names. */
export const spanName = (method: string, route: RouteRecord | undefined): string => {
  const known = knownMethods.has(method) ? method : 'HTTP'
  return route?.uri === undefined ? known : `${known} ${route.uri}`
}

/** Nobody was served as it should be: the answer is an error of a server or of ours, or it broke off. */
export const isError = ({ status, result }: ExchangeRecord): boolean =>
  status >= 500 || result === 'response-broken'

/** What a record says, flat, each field under `plugin_cfg.` and its own name. */
export const eventAttributes = (record: TraceRecord): Attributes => {
  const attributes: Attributes = {}
  for (const [name, value] of Object.entries(record)) {
    if (value === null || known.has(name)) continue
    // The whole session identifier; the clone IDs in it are a field of their own.
    if (record.kind === 'ids' && name === 'value') continue
    attributes[`plugin_cfg.${name}`] = flat(value)
  }
  return attributes
}

/** Fields that are the event itself, or the same in all events of a span. */
const known: ReadonlySet<string> = new Set(['kind', 'exchange', 'time'])

const flat = (value: unknown): string | number | boolean | string[] => {
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') {
    return value
  }
  return isTexts(value) ? value : JSON.stringify(value)
}

const isTexts = (value: unknown): value is string[] =>
  Array.isArray(value) && value.every(item => typeof item === 'string')

const errorType = ({ result, reason, status }: ExchangeRecord): string =>
  result === 'served' ? String(status) : (reason ?? result)

const methodAttributes = (method: string): Attributes =>
  knownMethods.has(method)
    ? { 'http.request.method': method }
    : { 'http.request.method': '_OTHER', 'http.request.method_original': method }

const knownMethods: ReadonlySet<string> = new Set([
  'CONNECT',
  'DELETE',
  'GET',
  'HEAD',
  'OPTIONS',
  'PATCH',
  'POST',
  'PUT',
  'TRACE',
])

/** Path parameters are left out: `;jsessionid=…` is one. */
const splitTarget = (target: string): { readonly path: string; readonly query: string } => {
  const local = target.replace(/^[a-z][a-z0-9+.-]*:\/\/[^/?]*/i, '')
  const at = local.indexOf('?')
  const path = at < 0 ? local : local.slice(0, at)
  return {
    path: path.replace(/;[^/]*/g, '') || '/',
    query: at < 0 ? '' : local.slice(at + 1),
  }
}

/** The name by which the client knows this edge, and the port where it is written. */
const addressAttributes = (host: string | undefined): Attributes => {
  const parts = /^(?:\[([^\]]*)\]|([^:]*))(?::(\d{1,5}))?$/.exec(host ?? '')
  const name = parts?.[1] ?? parts?.[2] ?? ''
  if (name === '') return {}
  const port = parts?.[3]
  return { 'server.address': name, ...(port !== undefined && { 'server.port': Number(port) }) }
}
