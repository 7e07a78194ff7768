import { longestValue } from './clone-id.ts'

/**
 * Where the next pair of this name begins, from there on; -1: there is none. A neighbour that is no cookie at all is
 * stepped over (A3); the name is compared exactly (A4).
 */
export const findCookie = (line: string, name: string, from: number): number => {
  let at = line.indexOf(name, from)
  while (at !== -1) {
    const equals = skipBlanks(line, at + name.length)
    if (line.charCodeAt(equals) === equalsSign && beginsPair(line, at)) return at
    at = line.indexOf(name, at + name.length)
  }
  return -1
}

/** The value of the pair that begins there. One pair of quotes is taken off and nothing is decoded (A6). */
export const cookieValue = (line: string, name: string, at: number): string => {
  const equals = skipBlanks(line, at + name.length)
  const end = line.indexOf(';', equals)
  return unquoted(line, equals + 1, end === -1 ? line.length : end)
}

/** Only blanks may stand between the start of the pair and its name. */
const beginsPair = (line: string, at: number): boolean => {
  let before = at - 1
  while (isBlank(line.charCodeAt(before))) before--
  return before < 0 || line.charCodeAt(before) === semicolon
}

const skipBlanks = (line: string, from: number): number => {
  let at = from
  while (isBlank(line.charCodeAt(at))) at++
  return at
}

const unquoted = (line: string, from: number, to: number): string => {
  let start = skipBlanks(line, from)
  let end = to
  while (isBlank(line.charCodeAt(end - 1))) end-- // the equals sign stops it at the latest
  if (end - start >= 2 && line.charCodeAt(start) === quote && line.charCodeAt(end - 1) === quote) {
    start++
    end--
  }
  return line.slice(start, Math.min(end, start + longestValue))
}

const isBlank = (c: number): boolean => c === 0x20 || c === 0x09
const equalsSign = 0x3d
const semicolon = 0x3b
const quote = 0x22

/**
 * The session in the URL: the text after `;<identifier>=` up to the next `;`, `/`, `?`, `#` or the end. Only the path
 * is searched (A7). Empty values count as absent.
 */
export const inUrl = (target: string, identifier: string): string | undefined => {
  if (!target.includes(';')) return undefined
  const query = target.search(/[?#]/)
  const path = query === -1 ? target : target.slice(0, query)
  const name = `;${identifier}=`
  let at = path.indexOf(name)
  while (at !== -1) {
    const from = at + name.length
    let end = from
    while (end < path.length && path[end] !== ';' && path[end] !== '/') end++
    if (end > from) return path.slice(from, Math.min(end, from + longestValue))
    at = path.indexOf(name, end)
  }
  return undefined
}
