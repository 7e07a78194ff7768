import { longestValue } from './clone-id.ts'

/**
 * Where the value of the next pair of this name begins, just behind its equals sign; -1: there is none. A neighbour that
 * is no cookie at all is stepped over (A3); the name is compared exactly (A4).
 */
export const findCookie = (line: string, name: string, from: number): number => {
  let at = line.indexOf(name, from)
  while (at !== -1) {
    const equals = skipBlanks(line, at + name.length)
    if (line.charCodeAt(equals) === equalsSign && beginsPair(line, at)) return equals + 1
    at = line.indexOf(name, at + name.length)
  }
  return -1
}

/**
 * Where the text of a value begins: behind blanks and, where the value is in quotes, behind the first one (A6).
 *
 * @param from where the value begins
 * @param pairEnd where its pair ends
 */
export const textStart = (line: string, from: number, pairEnd: number): number => {
  const start = skipBlanks(line, from)
  const quoted =
    pairEnd - start >= 2 &&
    line.charCodeAt(start) === quote &&
    line.charCodeAt(pairEnd - 1) === quote
  return quoted ? start + 1 : start
}

/** Where that text ends; nothing is decoded (A6). It is empty where that is not behind its start. */
export const textEnd = (line: string, start: number, pairEnd: number): number =>
  Math.min(line.charCodeAt(start - 1) === quote ? pairEnd - 1 : pairEnd, start + longestValue)

/** The end of the pair, less the blanks before it; the equals sign stops them at the latest. */
export const findPairEnd = (line: string, from: number): number => {
  const semicolon = line.indexOf(';', from)
  let end = semicolon === -1 ? line.length : semicolon
  while (isBlank(line.charCodeAt(end - 1))) end--
  return end
}

/** Only blanks may stand between the start of the pair and its name. */
const beginsPair = (line: string, at: number): boolean => {
  let before = at - 1
  while (isBlank(line.charCodeAt(before))) before--
  return before < 0 || line.charCodeAt(before) === semicolonSign
}

const skipBlanks = (line: string, from: number): number => {
  let at = from
  while (isBlank(line.charCodeAt(at))) at++
  return at
}

const isBlank = (c: number): boolean => c === 0x20 || c === 0x09
const equalsSign = 0x3d
const semicolonSign = 0x3b
const slash = 0x2f
const quote = 0x22
const question = 0x3f
const hash = 0x23

/**
 * Where the session in the URL begins: behind the first `;<identifier>=` that a value follows; -1: there is none. Only
 * the path is searched (A7). Empty values count as absent.
 */
export const findParameter = (target: string, identifier: string): number => {
  const first = target.indexOf(';')
  if (first === -1) return -1
  const end = pathEnd(target)
  let at = target.indexOf(identifier, first)
  while (at !== -1 && at < end) {
    const equals = at + identifier.length
    if (
      target.charCodeAt(at - 1) === semicolonSign &&
      target.charCodeAt(equals) === equalsSign &&
      equals + 1 < end &&
      !endsParameter(target.charCodeAt(equals + 1))
    ) {
      return equals + 1
    }
    at = target.indexOf(identifier, at + 1)
  }
  return -1
}

/** Where the value that begins there ends: at the next `;`, `/`, `?`, `#` or the end of the target. */
export const parameterEnd = (target: string, from: number): number => {
  const longest = Math.min(target.length, from + longestValue)
  let end = from
  while (end < longest && !endsParameter(target.charCodeAt(end))) end++
  return end
}

const endsParameter = (c: number): boolean =>
  c === semicolonSign || c === slash || c === question || c === hash

const pathEnd = (target: string): number => {
  const query = target.indexOf('?')
  const path = query === -1 ? target.length : query
  const fragment = target.indexOf('#')
  return fragment === -1 ? path : Math.min(path, fragment)
}
