/** `; did you mean X?`, or nothing when no candidate is close. */
export const didYouMean = (written: string, candidates: readonly string[]): string => {
  const best = closest(written, candidates)
  return best === undefined ? '' : `; did you mean ${best}?`
}

/** The candidate that needs fewest single-character changes, if those are few for the length of the word. */
export const closest = (written: string, candidates: readonly string[]): string | undefined => {
  if (written.length > 64) return undefined
  const word = written.toLowerCase()
  let best: string | undefined
  let least = Math.max(1, Math.floor(word.length / 4)) + 1
  for (const candidate of candidates) {
    const other = candidate.toLowerCase()
    // SSLConsolidatedConfig for SSLConsolidate: a longer word that begins with the right one.
    const changes = other.length >= 6 && word.startsWith(other) ? 1 : distance(word, other)
    if (changes < least) {
      least = changes
      best = candidate
    }
  }
  return best
}

/** Levenshtein distance. */
const distance = (a: string, b: string): number => {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i)
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i]
    for (let j = 1; j <= b.length; j += 1) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1
      next.push(Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, (row[j - 1] ?? 0) + same))
    }
    row = next
  }
  return row[b.length] ?? 0
}
