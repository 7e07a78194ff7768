/**
 * §2.1 and §2.2: the session of a request and the identifiers in it. A1 to A8, V1 to V7, E14, sessions.md §4.4.
 */

import type { Binding } from '../../../src/core/binding.ts'
import type { AffinityDialect } from '../../../src/core/options.ts'
import type { RequestHead } from '../../../src/core/request.ts'
import { type Cluster, hasCloneIds } from './cluster.ts'

/** Where a session identifier was found, and who it names. */
export interface Session {
  readonly source: 'ssl-session' | 'cookie' | 'url' | 'none'
  readonly name?: string
  readonly value?: string
  readonly ids: readonly string[]
}

/** E14. */
const longestValue = 8192
const mostIds = 64

/** §2.1, in its order. A1: the first source with a value is the only one. */
export const findSession = (
  head: RequestHead,
  rawPath: string,
  binding: Binding,
  cluster: Cluster,
  dialect: AffinityDialect,
): Session => {
  // A8: nobody can be named.
  if (!hasCloneIds(cluster)) return { source: 'none', ids: [] }
  const idsOf = (value: string): readonly string[] =>
    takeApart(value, dialect, cluster.settings.cloneSeparator)
      .filter(id => id !== '')
      .slice(0, mostIds)

  for (const [source, name] of [
    ['ssl-session', 'SSLJSESSION'],
    ['cookie', binding.affinityCookie],
  ] as const) {
    const values = cookieValues(head.cookie, name).map(value => value.slice(0, longestValue))
    // A5: the first that names somebody, else the first.
    const value = values.find(v => idsOf(v).some(id => isConfigured(cluster, id))) ?? values[0]
    if (value !== undefined) return { source, name, value, ids: idsOf(value) }
  }

  const name = binding.affinityUrlIdentifier
  const value = pathParameter(rawPath, name)?.slice(0, longestValue)
  if (value !== undefined) return { source: 'url', name, value, ids: idsOf(value) }
  return { source: 'none', ids: [] }
}

/** A5, V7: the CloneID of any server of the cluster, or a partition id of the table. */
const isConfigured = (cluster: Cluster, id: string): boolean =>
  cluster.members.some(member => member.settings.cloneId === id) ||
  Object.hasOwn(cluster.partitionTable ?? {}, id)

/** A2 to A6: the values of every cookie of this name, in header order; empty ones do not count. */
export const cookieValues = (cookie: RequestHead['cookie'], name: string): readonly string[] => {
  const lines = cookie === undefined ? [] : typeof cookie === 'string' ? [cookie] : cookie
  return lines
    .flatMap(line => line.split(';'))
    .map(pair => pair.replace(/^[ \t]+|[ \t]+$/g, ''))
    .filter(pair => pair.startsWith(`${name}=`))
    .map(pair => unquote(pair.slice(name.length + 1)))
    .filter(value => value !== '')
}

/** A6. */
const unquote = (value: string): string =>
  value.length >= 2 && value.startsWith('"') && value.endsWith('"') ? value.slice(1, -1) : value

/** A7: path parameters only, up to the next `;`, `/`, `?`, `#` or the end; never the query. */
export const pathParameter = (rawPath: string, name: string): string | undefined =>
  rawPath
    .split(`;${name}=`)
    .slice(1)
    .map(text => text.split(/[;/?#]/)[0]!)
    .find(value => value !== '')

/** V2: what stands before the first separator is the session's own key. */
const takeApart = (
  value: string,
  dialect: AffinityDialect,
  separator: ':' | '+',
): readonly string[] => {
  switch (dialect) {
    case 'websphere':
      return value.split(separator).slice(1)
    case 'bang':
      return value.split('!').slice(1)
    case 'jvmroute-ranked':
      return value.split('.').slice(1)
    case 'jvmroute':
      return value.includes('.') ? [value.slice(value.indexOf('.') + 1)] : []
    case 'jvmroute-last':
      return value.includes('.') ? [value.slice(value.lastIndexOf('.') + 1)] : []
  }
}
