import type { SessionId, SessionIdForm } from './session-id.ts'
import { cookieValues, parseSessionId, urlParameter } from './session-id.ts'
import type { Session, SessionManager } from './session-manager.ts'

/** Where a server looks for the session identifier of a request. */
export interface SessionTracking extends SessionIdForm {
  readonly cookieName: string
  readonly urlIdentifier: string
  readonly cookies: boolean
  readonly urlRewriting: boolean
}

/** What a request asked for, and what came of it. */
export interface RequestedSession {
  /** The identifier that was used; null: none, or none that could be. */
  readonly id: SessionId | null
  /** Where the identifier was found, used or not. */
  readonly from: 'cookie' | 'url' | null
  /** The key the application sees as the requested one, also when it came by a way that is switched off. */
  readonly key: string | null
  readonly session: Session | undefined
}

/**
 * Looks for the session of a request (sessions.md §1.3): cookies first, then the URL. Of several cookies the first one
 * that leads to a session wins. A clone id of another server changes nothing: the key alone is looked up.
 */
export const findRequestedSession = async (
  head: { readonly target: string; readonly cookie: string | undefined },
  tracking: SessionTracking,
  sessions: SessionManager,
): Promise<RequestedSession> => {
  const inCookies = cookieValues(head.cookie, tracking.cookieName)
  const inUrl = urlParameter(head.target, tracking.urlIdentifier)
  const urlValues = inUrl === undefined ? [] : [inUrl]

  if (tracking.cookies && inCookies.length > 0) {
    return firstThatLeads(inCookies, 'cookie', tracking, sessions)
  }
  if (tracking.urlRewriting && inUrl !== undefined) {
    return firstThatLeads(urlValues, 'url', tracking, sessions)
  }
  // By a way that is switched off: told to the application, used for nothing.
  const [from, value] = tracking.cookies
    ? (['url', inUrl] as const)
    : (['cookie', inCookies[0]] as const)
  if (value === undefined) return { id: null, from: null, key: null, session: undefined }
  const key = parseSessionId(value, tracking)?.key ?? null
  return { id: null, from, key, session: undefined }
}

const firstThatLeads = async (
  values: readonly string[],
  from: 'cookie' | 'url',
  form: SessionIdForm,
  sessions: SessionManager,
): Promise<RequestedSession> => {
  let first: SessionId | null = null
  for (const value of values) {
    const id = parseSessionId(value, form)
    if (id === null) continue
    first ??= id
    const session = await sessions.find(id)
    if (session !== undefined) return { id, from, key: id.key, session }
  }
  return { id: first, from, key: first?.key ?? null, session: undefined }
}
