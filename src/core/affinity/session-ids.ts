import type { Binding } from '../binding.ts'
import type { ClusterState } from '../cluster.ts'
import type { RequestHead } from '../request.ts'
import type { CloneId } from './clone-id.ts'
import {
  findCookie,
  findPairEnd,
  findParameter,
  parameterEnd,
  textEnd,
  textStart,
} from './session-id.ts'

/** What a request says about its session. */
export interface SessionIds {
  readonly source: 'ssl-session' | 'cookie' | 'url' | 'none'
  /** The cookie or path parameter it was found in. */
  readonly name?: string
  readonly value?: string
  readonly cloneIds: readonly string[]
}

export const noSession: SessionIds = { source: 'none', cloneIds: [] }

/**
 * Reads the session from the first carrier that has a value: the cookie of SSL session tracking, the affinity cookie,
 * the URL (2.1). Later carriers are not asked, even when the ids found match nobody (A1). Without a clone ID in the
 * cluster there is nothing to look for (A8).
 */
export const readSession = (
  head: RequestHead,
  binding: Binding,
  cluster: ClusterState,
): SessionIds => find(head, binding, cluster, allOfIt) ?? noSession

/** The ids alone, which is all that a decision asks for. */
export const readCloneIds = (
  head: RequestHead,
  binding: Binding,
  cluster: ClusterState,
): readonly CloneId[] => find(head, binding, cluster, idsAlone) ?? nobody

const nobody: readonly CloneId[] = []

/** What is made of a value that was found: it is a piece of a longer text. */
type Form<T> = (
  ids: readonly CloneId[],
  source: SessionIds['source'],
  name: string,
  text: string,
  from: number,
  to: number,
) => T

const idsAlone: Form<readonly CloneId[]> = ids => ids

const allOfIt: Form<SessionIds> = (ids, source, name, text, from, to) => ({
  source,
  name,
  value: text.slice(from, to),
  cloneIds: ids.map(id => id.text),
})

const find = <T>(
  head: RequestHead,
  { affinityCookie, affinityUrlIdentifier }: Binding,
  cluster: ClusterState,
  form: Form<T>,
): T | undefined => {
  if (!cluster.hasAffinity) return undefined
  const { cookie, target } = head
  if (cookie !== undefined) {
    const found =
      fromCookies(cookie, sslCarrier, 'ssl-session', cluster, form) ??
      fromCookies(cookie, affinityCookie, 'cookie', cluster, form)
    if (found !== undefined) return found
  }
  const from = findParameter(target, affinityUrlIdentifier)
  if (from === -1) return undefined
  const to = parameterEnd(target, from)
  return form(cluster.split(target, from, to), 'url', affinityUrlIdentifier, target, from, to)
}

const sslCarrier = 'SSLJSESSION'

/** A5: the first occurrence that names a configured clone decides; else the first occurrence is the value. */
const fromCookies = <T>(
  lines: string | readonly string[],
  name: string,
  source: 'ssl-session' | 'cookie',
  cluster: ClusterState,
  form: Form<T>,
): T | undefined => {
  let first: T | undefined
  const count = typeof lines === 'string' ? 1 : lines.length
  for (let i = 0; i < count; i++) {
    const line = typeof lines === 'string' ? lines : (lines[i] as string)
    let at = findCookie(line, name, 0)
    while (at !== -1) {
      const pairEnd = findPairEnd(line, at)
      const from = textStart(line, at, pairEnd)
      const to = textEnd(line, from, pairEnd)
      if (to > from) {
        const ids = cluster.split(line, from, to)
        if (namesClone(ids, cluster)) return form(ids, source, name, line, from, to)
        first ??= form(ids, source, name, line, from, to)
      }
      at = findCookie(line, name, at)
    }
  }
  return first
}

const namesClone = (cloneIds: readonly CloneId[], cluster: ClusterState): boolean => {
  for (const id of cloneIds) if (cluster.knows(id)) return true
  return false
}
