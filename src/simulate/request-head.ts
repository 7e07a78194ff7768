import type { PluginConfig, Scheme } from '../config/model.ts'
import { bodyIsDropped, type RequestHead } from '../core/request.ts'
import { parseHost } from '../core/routing/virtual-host.ts'
import { type ImaginedBody, noBody } from './network.ts'

/** The parts of an http or https URL that routing looks at, byte for byte as written. */
export interface UrlParts {
  readonly scheme: Scheme
  /** As it would stand in the Host header. */
  readonly authority: string
  /** Path and query; `/` when the URL ends with the host. */
  readonly target: string
}

const urlParts = /^(https?):\/\/([^/?#\s]+)([^#\s]*)(?:#\S*)?$/i

/**
 * Takes a URL apart without changing it, so that odd paths reach the router as they are.
 *
 * @returns undefined when the text is no http or https URL with a host; {@link urlProblem} says why.
 */
export const parseUrl = (url: string): UrlParts | undefined => {
  const [, scheme = '', authority = '', rest = ''] = urlParts.exec(url) ?? []
  const parts: UrlParts = {
    scheme: scheme.toLowerCase() === 'https' ? 'https' : 'http',
    // A user name before the host is not part of what a browser sends.
    authority: authority.slice(authority.lastIndexOf('@') + 1),
    target: rest.startsWith('/') ? rest : `/${rest}`,
  }
  return isHost(parts) ? parts : undefined
}

/** `:8080` has a port and no host, which a Host header may have and a URL may not. */
const isHost = ({ authority, scheme }: UrlParts): boolean =>
  authority !== '' && !authority.startsWith(':') && parseHost(authority, scheme) !== null

/** Why a text is no URL of ours, and what to write. */
export const urlProblem = (url: string): string => {
  const [, , authority] = urlParts.exec(url) ?? []
  return authority === undefined
    ? `${JSON.stringify(url)} is not a URL; write http://HOST/PATH or https://HOST/PATH, a space as %20`
    : `${JSON.stringify(authority)} in the URL is not a host; write HOST or HOST:PORT, an IPv6 address in brackets, an international name in its xn-- form`
}

/** Several Host fields, as the edge makes one of them: a text that is no host, so that they are refused. */
export const hostOf = (fields: readonly string[]): string | undefined =>
  fields.length === 0 ? undefined : fields.join(' ')

/** What of a request body the edge forwards: nothing with some methods, unless AcceptAllContent is set (E4). */
export const forwardedBody = (
  method: string | undefined,
  body: ImaginedBody,
  { settings }: PluginConfig,
): ImaginedBody => (bodyIsDropped(method ?? 'GET', settings.acceptAllContent) ? noBody : body)

/** A request head from a URL and what is to be different about it. */
export const headOf = (
  parts: UrlParts,
  change: {
    readonly method?: string | undefined
    readonly target?: string | undefined
    /** null: no Host header. */
    readonly host?: string | null | undefined
    readonly cookies?: readonly string[] | undefined
    readonly localPort?: number | undefined
    readonly body?: number | 'unknown' | undefined
  },
): RequestHead => {
  const host = change.host === undefined ? parts.authority : change.host
  return {
    method: change.method ?? 'GET',
    target: change.target ?? parts.target,
    scheme: parts.scheme,
    ...(host !== null && { host }),
    ...(change.cookies !== undefined && change.cookies.length > 0 && { cookie: change.cookies }),
    ...(change.localPort !== undefined && { localPort: change.localPort }),
    ...(change.body !== undefined && { body: change.body }),
  }
}
