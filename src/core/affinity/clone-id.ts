import type { AffinityDialect } from '../options.ts'

/** Takes the identifiers that name servers out of a session value, in their order. */
export type IdSplitter = (value: string) => string[]

/** E14: more than this is not looked at. */
export const longestValue = 8192
export const mostIds = 64

/**
 * The splitter of a cluster. For WebSphere: everything after the first separator, empty parts left out; no length is
 * relied on (V1, V2), and only the separator that is active counts (V3). For the others see sessions of that server.
 */
export const splitterFor = (dialect: AffinityDialect, separator: ':' | '+'): IdSplitter => {
  switch (dialect) {
    case 'websphere':
      return value => listAfterFirst(value, separator)
    case 'bang':
      return value => listAfterFirst(value, '!')
    case 'jvmroute-ranked':
      return value => listAfterFirst(value, '.')
    case 'jvmroute':
      return value => tokenAfter(value, value.indexOf('.'))
    case 'jvmroute-last':
      return value => tokenAfter(value, value.lastIndexOf('.'))
  }
}

const listAfterFirst = (value: string, separator: string): string[] => {
  let at = value.indexOf(separator)
  if (at === -1) return []
  // Most sessions name one server, and a list that is made whole takes less room than one that grows.
  if (value.indexOf(separator, at + 1) === -1)
    return at + 1 < value.length ? [value.slice(at + 1)] : []
  const ids: string[] = []
  while (at !== -1 && ids.length < mostIds) {
    const next = value.indexOf(separator, at + 1)
    const id = next === -1 ? value.slice(at + 1) : value.slice(at + 1, next)
    if (id !== '') ids.push(id)
    at = next
  }
  return ids
}

const tokenAfter = (value: string, dot: number): string[] =>
  dot === -1 || dot === value.length - 1 ? [] : [value.slice(dot + 1)]
