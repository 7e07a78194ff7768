/**
 * §1.2 and plugin-cfg.md §1: which Route a request belongs to. M1 to M9, E1, E7, E19.
 */
import type { PluginConfig, Route, Scheme, Uri, VirtualHost } from '../../../src/config/model.ts'
import type { RequestHead } from '../../../src/core/request.ts'

/** What a request asks for, as far as matching is concerned. */
export interface Asked {
  /** null: the request names no host. */
  readonly host: string | null
  readonly port: number
  /** E7: without query and parameters, decoded, dot segments resolved. */
  readonly path: string
  /** As received, up to the query: the place to look for a rewritten session (A7). */
  readonly rawPath: string
  /** false: `*` or an authority, which no URI pattern can match. */
  readonly matchable: boolean
}

/** What a head says, or why it cannot be understood. */
export type Reading = Asked | { readonly bad: 'bad-host' | 'bad-target' }

/** Understands Host and target. Both are judged before anything is matched. */
export const readHead = (
  head: RequestHead,
  ambiguous: 'refuse' | 'forward',
  physicalPort: boolean,
): Reading => {
  const parts = splitTarget(head.target)
  // E7: an absolute-form target is matched by its own host, wherever that host stands.
  const named = readAuthority(parts.authority ?? head.host ?? '', head.scheme)
  if (named === null && parts.authority !== undefined) return { bad: 'bad-host' }
  const path = readPath(head.target, parts, ambiguous)
  if (path === null) return { bad: 'bad-target' }
  if (named === null) return { bad: 'bad-host' }
  // A.1 VHostMatchingCompat: the physical port of the listener instead of the logical one.
  const port = physicalPort && head.localPort !== undefined ? head.localPort : named.port
  return {
    host: named.host,
    port,
    path,
    rawPath: parts.rawPath,
    matchable: parts.form !== 'other',
  }
}

interface TargetParts {
  readonly form: 'origin' | 'absolute' | 'other'
  readonly authority?: string
  readonly rawPath: string
}

/** RFC 9112 §3.2: origin-form, absolute-form, and the two forms that have no path. */
const splitTarget = (target: string): TargetParts => {
  const absolute = /^https?:\/\/([^/?#]*)(.*)$/is.exec(target)
  const rest = absolute === null ? target : absolute[2]!
  const rawPath = /^[^?#]*/.exec(rest)![0]
  if (absolute !== null) {
    return {
      form: 'absolute',
      authority: absolute[1]!,
      rawPath: rawPath === '' ? '/' : rawPath,
    }
  }
  return { form: target.startsWith('/') ? 'origin' : 'other', rawPath }
}

/** E7 and its refusals; null: 400. */
const readPath = (
  target: string,
  parts: TargetParts,
  ambiguous: 'refuse' | 'forward',
): string | null => {
  if (hasControlOrSpace(target)) return null
  if (ambiguous === 'refuse' && target.includes('#')) return null
  if (parts.form === 'other') {
    // Neither a path nor a host: nothing, or a URI of another kind.
    return parts.rawPath === '' || /^[a-z][a-z0-9+.-]*:\/\//i.test(target) ? null : parts.rawPath
  }
  // What is refused is refused in parameters too: they are forwarded with the rest.
  if (/%00|%(?![0-9a-f]{2})/i.test(parts.rawPath)) return null
  if (ambiguous === 'refuse' && /\\|%5c|%2f/i.test(parts.rawPath)) return null
  const path = percentDecode(cutParameters(parts.rawPath))
  // Climbing out of an empty segment leads elsewhere for those who take `//` for `/`.
  if (ambiguous === 'refuse' && climbsFromEmpty(path)) return null
  return resolveDots(path)
}

const hasControlOrSpace = (text: string): boolean =>
  [...text].some(c => c.charCodeAt(0) <= 0x20 || c.charCodeAt(0) === 0x7f)

/** E7, first: the parameters of every segment. */
const cutParameters = (path: string): string =>
  path
    .split('/')
    .map(segment => segment.split(';')[0]!)
    .join('/')

/** E7, second: once; UTF-8, or each byte as ISO-8859-1 when it is not UTF-8. */
const percentDecode = (text: string): string => {
  try {
    return decodeURIComponent(text)
  } catch {
    return text.replace(/%([0-9a-f]{2})/gi, (_, hex: string) =>
      String.fromCharCode(Number.parseInt(hex, 16)),
    )
  }
}

/** Whether a `..` takes away a segment that is empty. */
const climbsFromEmpty = (path: string): boolean => {
  let before: readonly string[] = []
  for (const segment of path.slice(1).split('/')) {
    if (segment === '..' && before.at(-1) === '') return true
    if (segment === '..') before = before.slice(0, -1)
    else if (segment !== '.') before = [...before, segment]
  }
  return false
}

/** E7, third: `.` and `..`; `//` is kept. null: the path leaves the root. */
const resolveDots = (path: string): string | null => {
  const segments = path.slice(1).split('/')
  const kept: string[] = []
  for (const [i, segment] of segments.entries()) {
    const last = i === segments.length - 1
    if (segment === '..') {
      if (kept.length === 0) return null
      kept.pop()
    }
    if (segment !== '..' && segment !== '.') kept.push(segment)
    else if (last) kept.push('')
  }
  return `/${kept.join('/')}`
}

/** Host and port of a Host header or an authority; null: not valid. */
const readAuthority = (
  text: string,
  scheme: Scheme,
): { readonly host: string | null; readonly port: number } | null => {
  // plugin-cfg.md M3: without a port, 80 or 443 by the scheme of the connection, as the web server sees it.
  const defaultPort = scheme === 'https' ? 443 : 80
  const parts =
    /^(\[[0-9a-f:.]+(?:%25[a-z0-9\-._~]+)?\]|[a-z0-9\-._~!$&'()*+,;=%]*)(?::([0-9]*))?$/i.exec(text)
  if (parts === null) return null
  const port = parts[2] === undefined || parts[2] === '' ? defaultPort : Number(parts[2])
  if (port > 65_535) return null
  // plugin-cfg.md M4: host names compare without case.
  const host = parts[1]!
    .toLowerCase()
    .replace(/^\[|\]$/g, '')
    .replace(/\.$/, '')
  return { host: host === '' ? null : host, port }
}

/** P2: the winner of the walk over all Routes. */
export interface Match {
  readonly route: Route
  readonly index: number
  readonly virtualHost: VirtualHost | null
  readonly uri: Uri | null
  readonly score: number
}

/** M1: every Route is examined; the best one wins, M5 the earlier one among equals. null: M6, decline. */
export const matchRoute = (config: PluginConfig, asked: Asked): Match | null => {
  if (!asked.matchable) return null
  let best: Match | null = null
  for (const [index, route] of config.routes.entries()) {
    const match = matchOne(config, route, index, asked)
    if (match !== null && (best === null || beats(match, best))) best = match
  }
  return best
}

/** M2: the virtual host group first, then the URI group; a group that is not named matches everything. */
const matchOne = (
  config: PluginConfig,
  route: Route,
  index: number,
  asked: Asked,
): Match | null => {
  let virtualHost: VirtualHost | null = null
  if (route.virtualHostGroup !== undefined) {
    const group = config.virtualHostGroups.find(g => g.name === route.virtualHostGroup)!
    virtualHost = bestOf(
      group.virtualHosts.filter(v => hostFits(v, asked)),
      (a, b) => hostRank(a) > hostRank(b),
    )
    if (virtualHost === null) return null
  }
  let uri: Uri | null = null
  if (route.uriGroup !== undefined) {
    const group = config.uriGroups.find(g => g.name === route.uriGroup)!
    uri = bestOf(
      group.uris.filter(u => patternFits(u.name, asked.path)),
      (a, b) => uriBeats(a, b) > 0,
    )
    if (uri === null) return null
  }
  return { route, index, virtualHost, uri, score: uri === null ? 0 : literalLength(uri.name) }
}

/** The earliest element that no other one beats. */
const bestOf = <T>(list: readonly T[], better: (a: T, b: T) => boolean): T | null => {
  let best: T | null = null
  for (const item of list) if (best === null || better(item, best)) best = item
  return best
}

/** E1: literal length, then exact before wildcard, then virtual host rank. A tie beats nobody (M5). */
const beats = (a: Match, b: Match): boolean => {
  const uris = uriBeats(a.uri, b.uri)
  return uris !== 0 ? uris > 0 : hostRank(a.virtualHost) > hostRank(b.virtualHost)
}

const uriBeats = (a: Uri | null, b: Uri | null): number => {
  const byLength =
    (a === null ? 0 : literalLength(a.name)) - (b === null ? 0 : literalLength(b.name))
  return byLength !== 0 ? byLength : Number(isExact(a)) - Number(isExact(b))
}

/** M4 and E19: what a pattern scores. `/fon` 4, `/fon/*` 5. */
export const literalLength = (pattern: string): number => pattern.replaceAll('*', '').length

const isExact = (uri: Uri | null): boolean => uri !== null && !uri.name.includes('*')

/** E1: host:port 3, host:* 2, *:port 1, *:* or no group 0. */
const hostRank = (v: VirtualHost | null): number =>
  v === null ? 0 : (v.host === null ? 0 : 2) + (v.port === null ? 0 : 1)

const hostFits = (v: VirtualHost, asked: Asked): boolean =>
  (v.host === null || (v.host === asked.host && !v.host.includes('*'))) &&
  (v.port === null || v.port === asked.port)

/** E19 and plugin-cfg.md M9: `*` matches any run; a trailing `/*` also the path without the slash. */
export const patternFits = (pattern: string, path: string): boolean =>
  like(pattern, path) || (pattern.endsWith('/*') && like(pattern.slice(0, -2), path))

const like = (pattern: string, text: string): boolean => {
  const star = pattern.indexOf('*')
  if (star < 0) return pattern === text
  if (!text.startsWith(pattern.slice(0, star))) return false
  const rest = pattern.slice(star + 1)
  for (let from = star; from <= text.length; from++) {
    if (like(rest, text.slice(from))) return true
  }
  return false
}
