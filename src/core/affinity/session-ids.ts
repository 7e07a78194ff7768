import type { ClusterState } from '../cluster.ts'
import type { RequestHead } from '../request.ts'
import { eachCookie, inUrl } from './session-id.ts'

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
  let first: SessionIds | undefined
  let known: SessionIds | undefined
  eachCookie(lines, name, value => {
    const session: SessionIds = { source, name, value, cloneIds: cluster.split(value) }
    first ??= session
    if (!session.cloneIds.some(id => cluster.knows(id))) return false
    known = session
    return true
  })
  return known ?? first
}
