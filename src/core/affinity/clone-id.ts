import type { AffinityDialect } from '../options.ts'
import type { ServerState } from '../server.ts'

/** An identifier out of a session value, with all that its cluster has to say about it: looked up once. */
export interface CloneId {
  readonly text: string
  /** A server of the cluster has it, listed or not (A5). */
  readonly known: boolean
  /** The servers that affinity may find by it, in order (2.3). */
  readonly servers: readonly ServerState[]
  /** A list of it alone: most sessions name one server. */
  readonly alone: readonly CloneId[]
}

/** What a cluster knows of its clone IDs. */
export const cloneIdsOf = (
  servers: readonly ServerState[],
  affinityList: readonly ServerState[],
): ReadonlyMap<string, CloneId> => {
  const ids = new Map<string, CloneId>()
  const found = new Map<string, ServerState[]>()
  for (const { cloneId } of servers) {
    if (cloneId === null || found.has(cloneId)) continue
    const named: ServerState[] = []
    found.set(cloneId, named)
    ids.set(cloneId, cloneIdOf(cloneId, true, named))
  }
  for (const server of affinityList) {
    if (server.cloneId !== null) found.get(server.cloneId)?.push(server)
  }
  return ids
}

const cloneIdOf = (text: string, known: boolean, servers: readonly ServerState[]): CloneId => {
  const alone: CloneId[] = []
  const id = { text, known, servers, alone }
  alone.push(id)
  return id
}

const unknown = (text: string): CloneId => cloneIdOf(text, false, noServers)
const noServers: readonly ServerState[] = []

/**
 * Takes the identifiers that name servers out of a session value, in their order. The value is a piece of a longer text,
 * which is not cut out for it.
 */
export type IdSplitter = (text: string, from: number, to: number) => readonly CloneId[]

/** E14: more than this is not looked at. */
export const longestValue = 8192
export const mostIds = 64

/**
 * The splitter of a cluster. For WebSphere: everything after the first separator, empty parts left out; no length is
 * relied on (V1, V2), and only the separator that is active counts (V3). For the others see sessions of that server.
 *
 * @param known what the cluster knows of its clone IDs.
 */
export const splitterFor = (
  dialect: AffinityDialect,
  separator: ':' | '+',
  known: ReadonlyMap<string, CloneId>,
): IdSplitter => {
  const listAfterFirst =
    (mark: string): IdSplitter =>
    (text, from, to) =>
      idsAfter(text, find(text, mark, from, to), to, mark, known)
  switch (dialect) {
    case 'websphere':
      return listAfterFirst(separator)
    case 'bang':
      return listAfterFirst('!')
    case 'jvmroute-ranked':
      return listAfterFirst('.')
    case 'jvmroute':
      return (text, from, to) => tokenAfter(text, find(text, '.', from, to), to, known)
    case 'jvmroute-last':
      return (text, from, to) => tokenAfter(text, findLast(text, dot, from, to), to, known)
  }
}

const dot = 0x2e

/**
 * Within so many characters of the end of the text the search of the engine is faster than a loop, wherever the piece
 * ends. Further away it is not asked, because it would go on behind each of many pieces without a mark.
 */
const near = 1024

/** Where the character stands within the piece; its end: nowhere. */
const find = (text: string, mark: string, from: number, to: number): number => {
  if (text.length - from <= near) {
    const found = text.indexOf(mark, from)
    return found === -1 ? to : Math.min(found, to)
  }
  const code = mark.charCodeAt(0)
  let at = from
  while (at < to && text.charCodeAt(at) !== code) at++
  return at
}

const findLast = (text: string, code: number, from: number, to: number): number => {
  let at = to - 1
  while (at >= from && text.charCodeAt(at) !== code) at--
  return at < from ? to : at
}

/** The parts behind the first separator, which stands there. */
const idsAfter = (
  text: string,
  first: number,
  to: number,
  mark: string,
  known: ReadonlyMap<string, CloneId>,
): readonly CloneId[] => {
  let at = first
  let next = find(text, mark, at + 1, to)
  if (next >= to) return tokenAfter(text, at, to, known)
  const ids: CloneId[] = []
  while (at < to && ids.length < mostIds) {
    if (next > at + 1) {
      const id = text.slice(at + 1, next)
      ids.push(known.get(id) ?? unknown(id))
    }
    at = next
    next = find(text, mark, at + 1, to)
  }
  return ids
}

/** All that follows the separator as one id. */
const tokenAfter = (
  text: string,
  separator: number,
  to: number,
  known: ReadonlyMap<string, CloneId>,
): readonly CloneId[] => {
  if (separator + 1 >= to) return nobody
  const id = text.slice(separator + 1, to)
  return (known.get(id) ?? unknown(id)).alone
}

const nobody: readonly CloneId[] = []
