/**
 * From the request target to the path that is matched (E7, A7). Only the copy for matching is folded, the way servlet
 * containers do it: parameters cut, percent-decoded once, dot segments resolved. What is forwarded stays as it came.
 */

/** The target has no path of ours: `*`, or the authority form of CONNECT. */
export const noPath = Symbol('no path')
/** The target must be answered with 400. */
export const badTarget = Symbol('bad target')

export type FoldedPath = string | typeof noPath | typeof badTarget

/** Scheme and authority of an absolute-form target; null for every other form. */
export const authorityOf = (target: string): string | null => {
  if (target.charCodeAt(0) === slash) return null
  return absoluteForm.exec(target)?.[1] ?? null
}

/** The path for matching. `refuse` answers encoded slashes, backslashes and `#` with {@link badTarget}. */
export const foldPath = (target: string, ambiguous: 'refuse' | 'forward'): FoldedPath => {
  let path = target
  if (target.charCodeAt(0) !== slash) {
    const absolute = absoluteForm.exec(target)
    if (absolute === null) return /^[^/?#\s]*$/.test(target) && target !== '' ? noPath : badTarget
    // RFC 9110 4.2.1: an http target without a host is none.
    if (absolute[1] === '') return badTarget
    path = target.slice(absolute[0].length)
    if (path.charCodeAt(0) !== slash) path = `/${path}`
  }
  const end = plainPathEnd(path)
  return end === -1 ? foldSlowly(path, ambiguous) : path.slice(0, end)
}

/**
 * Where the path of a target ends that is its own folded form, as those of nearly all requests are: only a query, or the
 * parameters of its last segment, have to be left out. -1: {@link foldPath} has to look.
 */
export const plainPathEnd = (target: string): number => {
  if (target.charCodeAt(0) !== slash) return -1
  const { length } = target
  let end = 0
  while (end < length) {
    const c = target.charCodeAt(end)
    if (c < ordinary.length && ordinary[c] === 0) {
      if (c === question || c === semicolon) break
      // Only a dot that begins a segment can mean another one.
      if (c !== dot || target.charCodeAt(end - 1) === slash) return -1
    }
    end++
  }
  let at = end
  if (target.charCodeAt(at) === semicolon) {
    // A parameter is forwarded, so that what is broken in it counts; and another segment may follow.
    while (at < length && target.charCodeAt(at) !== question) {
      const c = target.charCodeAt(at++)
      if (c === slash || isIllegal(c) || c === percent || c === backslash) return -1
    }
  }
  while (at < length) if (isIllegal(target.charCodeAt(at++))) return -1
  return end
}

const slash = 0x2f
const question = 0x3f
const space = 0x20
const del = 0x7f
const dot = 0x2e
const semicolon = 0x3b
const percent = 0x25
const backslash = 0x5c

/** 1 for the characters that stand for themselves wherever they are in a path. Beyond ASCII all of them do. */
const ordinary = Uint8Array.from({ length: 128 }, (_, c) =>
  c > space && c !== del && !'%;\\#?.'.includes(String.fromCharCode(c)) ? 1 : 0,
)

/** Refused or, a `#`, the end of all that counts. */
const isIllegal = (c: number): boolean => c <= space || c === del || c === hash
const hash = 0x23

const absoluteForm = /^https?:\/\/([^/?#]*)/i
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
const controls = /[\x00-\x20\x7f]/
// biome-ignore lint/suspicious/noControlCharactersInRegex: as above
const controlsOrHash = /[\x00-\x20\x7f#]/

const foldSlowly = (target: string, ambiguous: 'refuse' | 'forward'): FoldedPath => {
  const illegal = ambiguous === 'refuse' ? controlsOrHash : controls
  if (illegal.test(target)) return badTarget
  const end = target.search(/[?#]/)
  let path = end === -1 ? target : target.slice(0, end)
  if (ambiguous === 'refuse' && /\\|%2f|%5c/i.test(path)) return badTarget
  // Parameters take no part in the match but are forwarded, so that what is broken in them counts.
  if (/%(?![0-9a-f]{2})|%00/i.test(path)) return badTarget
  path = path.replace(/;[^/]*/g, '')
  return resolveDots(percentDecode(path), ambiguous)
}

/** Decodes once. Bytes that are not UTF-8 are read as ISO-8859-1, as old containers do. */
const percentDecode = (path: string): string => {
  try {
    return decodeURIComponent(path)
  } catch {
    return path.replace(/%([0-9a-f]{2})/gi, (_, hex: string) =>
      String.fromCharCode(Number.parseInt(hex, 16)),
    )
  }
}

/** RFC 3986 5.2.4, but a path that climbs above the root is refused instead of stopping there. */
const resolveDots = (path: string, ambiguous: 'refuse' | 'forward'): FoldedPath => {
  const kept: string[] = []
  const segments = path.split('/')
  const last = segments.length - 1
  for (let i = 1; i <= last; i++) {
    const segment = segments[i] as string
    if (segment === '..') {
      if (kept.length === 0) return badTarget
      // Who takes `//` for `/` climbs one segment higher than who does not.
      if (ambiguous === 'refuse' && kept.at(-1) === '') return badTarget
      kept.pop()
      if (i === last) kept.push('')
    } else if (segment === '.') {
      if (i === last) kept.push('')
    } else kept.push(segment)
  }
  return `/${kept.join('/')}`
}
