import type { Scheme } from '../config/model.ts'
import type { RequestHead } from '../core/request.ts'

/** The parts of an http or https URL that routing looks at, byte for byte as written. */
export interface UrlParts {
  readonly scheme: Scheme
  /** As it would stand in the Host header. */
  readonly authority: string
  /** Path and query; `/` when the URL ends with the host. */
  readonly target: string
}

const urlPattern = /^(https?):\/\/([^/?#\s]+)([^#\s]*)(?:#\S*)?$/i

/**
 * Takes a URL apart without changing it, so that odd paths reach the router as they are.
 *
 * @returns undefined when the text is no http or https URL.
 */
export const parseUrl = (url: string): UrlParts | undefined => {
  const [, scheme, authority, rest] = urlPattern.exec(url) ?? []
  if (scheme === undefined || authority === undefined || rest === undefined) return undefined
  // A user name before the host is not part of what a browser sends.
  const host = authority.slice(authority.lastIndexOf('@') + 1)
  if (host === '') return undefined
  return {
    scheme: scheme.toLowerCase() === 'https' ? 'https' : 'http',
    authority: host,
    target: rest.startsWith('/') ? rest : `/${rest}`,
  }
}

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
