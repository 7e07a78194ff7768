/**
 * URI patterns. `*` stands for any run of characters, `/` included, at any place; a trailing `/*` also matches the path
 * without the slash (M9, E19). The score is the number of literal characters (M4).
 */
export type UriPattern =
  | { readonly kind: 'exact'; readonly text: string; readonly score: number }
  /** `/ctx/*`, `/ctx*`: found by the literal text before the star. */
  | { readonly kind: 'prefix'; readonly text: string; readonly score: number }
  /** `*.jsp`: found by the literal text after the star. */
  | { readonly kind: 'suffix'; readonly text: string; readonly score: number }
  /** A star inside: tried one by one where the literal beginning fits. */
  | {
      readonly kind: 'inner'
      readonly text: string
      readonly parts: readonly string[]
      readonly score: number
    }
  /** `*`. */
  | { readonly kind: 'any'; readonly text: ''; readonly score: 0 }

export const compilePattern = (name: string): UriPattern => {
  const parts = name.split('*')
  const first = parts[0] as string
  const score = name.length - (parts.length - 1)
  if (parts.length === 1) return { kind: 'exact', text: name, score }
  // Neighbouring stars say no more than one.
  const literal = parts.filter(
    (part, i) => part !== '' || i === 0 || i === parts.length - 1,
  ) as string[]
  const last = literal.at(-1) as string
  if (literal.length === 2) {
    if (first === '' && last === '') return { kind: 'any', text: '', score: 0 }
    if (last === '') return { kind: 'prefix', text: first, score }
    if (first === '') return { kind: 'suffix', text: last, score }
  }
  return { kind: 'inner', text: first, parts: literal, score }
}

/** Whether a path fits an `inner` pattern: leftmost fit of every part, linear in the path. */
export const fitsParts = (parts: readonly string[], path: string): boolean => {
  if (fits(parts, path)) return true
  // `/a/*/b/*` also matches `/a/x/b`.
  const n = parts.length
  const beforeLast = parts[n - 2] as string
  if (parts[n - 1] !== '' || !beforeLast.endsWith('/')) return false
  return fits([...parts.slice(0, n - 2), beforeLast.slice(0, -1)], path)
}

const fits = (parts: readonly string[], path: string): boolean => {
  const n = parts.length
  const first = parts[0] as string
  const last = parts[n - 1] as string
  if (path.length < first.length + last.length) return false
  if (!path.startsWith(first) || !path.endsWith(last)) return false
  const end = path.length - last.length
  let at = first.length
  for (let i = 1; i < n - 1; i++) {
    const part = parts[i] as string
    const found = path.indexOf(part, at)
    if (found === -1 || found + part.length > end) return false
    at = found + part.length
  }
  return true
}
