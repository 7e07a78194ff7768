import { longestValue } from './clone-id.ts'

/**
 * Calls `take` with every non-empty value of a cookie, in header order, until it returns true. A neighbour that is no
 * cookie at all is stepped over (A3); the name is compared exactly (A4); one pair of quotes is taken off and nothing
 * is decoded (A6).
 */
export const eachCookie = (
  lines: string | readonly string[],
  name: string,
  take: (value: string) => boolean,
): void => {
  if (typeof lines === 'string') inLine(lines, name, take)
  else for (const line of lines) if (inLine(line, name, take)) return
}

/** @returns whether `take` has said that it is enough. */
const inLine = (line: string, name: string, take: (value: string) => boolean): boolean => {
  let at = line.indexOf(name)
  while (at !== -1) {
    const equals = skipBlanks(line, at + name.length)
    if (line.charCodeAt(equals) === equalsSign && beginsPair(line, at)) {
      let end = line.indexOf(';', equals)
      if (end === -1) end = line.length
      const value = unquoted(line, equals + 1, end)
      if (value !== '' && take(value)) return true
      at = line.indexOf(name, end)
    } else at = line.indexOf(name, at + name.length)
  }
  return false
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
