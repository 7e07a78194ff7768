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

/**
 * The path for matching, for targets of which {@link plainPathEnd} does not say it in less time. `refuse` answers encoded
 * slashes, backslashes and `#` with {@link badTarget}.
 */
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
  return fold(path, ambiguous)
}

/**
 * Where the path of a target ends that is its own folded form, as those of nearly all requests are: only a query, or the
 * parameters of its last segment, have to be left out. -1: {@link foldPath} has to look.
 */
export const plainPathEnd = (target: string): number => {
  const { length } = target
  if (length < longTarget) {
    const end = shortPathEnd(target)
    if (end !== -1) return end
  }
  return length <= longestMatched && plainTarget.test(target) ? pathEndOf(target) : -1
}

/** The path without a dot that begins a segment, then parameters of the last segment, then a query. */
const plainTarget =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
  /^(?:\/(?!\.)[^\x00-\x20\x7f%;\\#?/]*)+(?:;[^\x00-\x20\x7f%\\#/?]*)?(?:\?[^\x00-\x20\x7f#]*)?$/

/** The pattern remembers each segment, and V8 throws when there are some millions of them. */
const longestMatched = 1_048_576

/** Where the path ends of a target that fits. */
const pathEndOf = (target: string): number => {
  const query = target.indexOf('?')
  const end = query === -1 ? target.length : query
  const parameters = target.indexOf(';')
  return parameters === -1 || parameters > end ? end : parameters
}

/**
 * The same for most of those without parameters, -1 for all others. A loop is faster than a pattern up to some 40 characters;
 * with 99 it takes 130 ns, where the pattern takes 71.
 */
const shortPathEnd = (target: string): number => {
  const { length } = target
  if (target.charCodeAt(0) !== slash) return -1
  let seen = 0
  let last = marksOf[slash] as number
  let end = 1
  while (end < length) {
    // Of characters beyond Latin-1 the lower half counts: taken for another one, it makes the pattern look, too.
    const marks = marksOf[target.charCodeAt(end) & 0xff] as number
    if (marks === queryMark) break
    // No branch for each character: what they are is added up.
    seen |= marks | (((last << 1) & marks) << 2)
    last = marks
    end++
  }
  if (end < length && target.charCodeAt(end) !== question) return -1
  for (let at = end; at < length; at++) {
    seen |= (marksOf[target.charCodeAt(at) & 0xff] as number) & illegalMark
  }
  return (seen & (otherMark | illegalMark | dotSegmentMark)) === 0 ? end : -1
}

/** From so many characters on. */
const longTarget = 48

const slashMark = 1
const dotMark = 2
const queryMark = 4
/** A dot behind a slash: the mark of the one, moved up to that of the other, and out of its way. */
const dotSegmentMark = 8
/** Something that the path may have but that is not plain. */
const otherMark = 16
const illegalMark = 32

const slash = 0x2f
const question = 0x3f
const space = 0x20
const del = 0x7f
const dot = 0x2e
const semicolon = 0x3b
const percent = 0x25
const backslash = 0x5c

const hash = 0x23

/** Refused or, a `#`, the end of all that counts. */
const isIllegal = (c: number): boolean => c <= space || c === del || c === hash

/** What the characters of Latin-1 mean in a target. Those beyond ASCII stand for themselves. */
const marksOf = Uint8Array.from({ length: 256 }, (_, c) => {
  if (c === slash) return slashMark
  if (c === dot) return dotMark
  if (c === question) return queryMark
  if (isIllegal(c)) return illegalMark
  return c === percent || c === semicolon || c === backslash ? otherMark : 0
})

const absoluteForm = /^https?:\/\/([^/?#]*)/i
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
const controls = /[\x00-\x20\x7f]/
// biome-ignore lint/suspicious/noControlCharactersInRegex: as above
const controlsOrHash = /[\x00-\x20\x7f#]/

const fold = (target: string, ambiguous: 'refuse' | 'forward'): FoldedPath => {
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
