import type { ClusterState } from '../cluster.ts'
import type { RequestHead } from '../request.ts'
import { cookieValue, findCookie, inUrl } from './session-id.ts'

/** What a request says about its session. */
export interface SessionIds {
  readonly source: 'ssl-session' | 'cookie' | 'url' | 'none'
  /** The cookie or path parameter it was found in. */
  readonly name?: string
  readonly value?: string
  readonly cloneIds: readonly string[]
}

/**
 * Reads the session from the first carrier that has a value: the cookie of SSL session tracking, the affinity cookie,
 * the URL (2.1). Later carriers are not asked, even when the ids found match nobody (A1).
 */
export const readSession = (
  head: RequestHead,
  cookieName: string,
  urlIdentifier: string,
  cluster: ClusterState,
): SessionIds => {
  if (head.cookie !== undefined) {
    const found =
      fromCookie(head.cookie, sslCarrier, 'ssl-session', cluster) ??
      fromCookie(head.cookie, cookieName, 'cookie', cluster)
    if (found !== undefined) return found
  }
  const value = inUrl(head.target, urlIdentifier)
  return value === undefined
    ? noSession
    : { source: 'url', name: urlIdentifier, value, cloneIds: cluster.split(value) }
}

const sslCarrier = 'SSLJSESSION'

export const noSession: SessionIds = { source: 'none', cloneIds: [] }

/** A5: the first occurrence that names a configured clone decides; else the first occurrence is the value. */
const fromCookie = (
  lines: string | readonly string[],
  name: string,
  source: 'ssl-session' | 'cookie',
  cluster: ClusterState,
): SessionIds | undefined => {
  if (typeof lines === 'string') return fromLine(lines, name, source, cluster)
  let first: SessionIds | undefined
  for (const line of lines) {
    const found = fromLine(line, name, source, cluster)
    if (found !== undefined && namesClone(found.cloneIds, cluster)) return found
    first ??= found
  }
  return first
}

const fromLine = (
  line: string,
  name: string,
  source: 'ssl-session' | 'cookie',
  cluster: ClusterState,
): SessionIds | undefined => {
  let first: SessionIds | undefined
  let at = findCookie(line, name, 0)
  while (at !== -1) {
    const value = cookieValue(line, name, at)
    if (value !== '') {
      const cloneIds = cluster.split(value)
      if (namesClone(cloneIds, cluster)) return { source, name, value, cloneIds }
      first ??= { source, name, value, cloneIds }
    }
    at = findCookie(line, name, at + name.length)
  }
  return first
}

const namesClone = (cloneIds: readonly string[], cluster: ClusterState): boolean => {
  for (const id of cloneIds) if (cluster.knows(id)) return true
  return false
}
