import type { Uri } from '../../config/model.ts'
import { type Binding, bindingOf } from '../binding.ts'
import type { ClusterState } from '../cluster.ts'
import { compilePattern, fitsParts, type UriPattern } from './uri.ts'

/** What a table finds: a Uri of a Route, with what decides between it and those of other tables (E1). */
export interface FoundEntry {
  /** Index of the Route in the file. */
  readonly route: number
  /** null: the Route has no UriGroup and takes every path. */
  readonly uri: Uri | null
  /** What a request of this entry is bound to; null: the Route names a cluster that is not defined (Q4). */
  readonly target: RouteTarget | null
  readonly score: number
  readonly exact: boolean
}

/** One Uri of one Route, as a table keeps it. */
export interface RouteEntry extends FoundEntry {
  /** Place in the document over all Routes and their Uris; the lower wins a tie within a table (M5). */
  readonly order: number
  readonly pattern: UriPattern
}

/** A binding, made once for all requests of a Uri, and the cluster it names. */
export interface RouteTarget {
  readonly binding: Binding
  readonly cluster: ClusterState
}

/**
 * The entry of one Uri, or of a Route that takes every path.
 *
 * @param known as in {@link targetOf}: one target for 100,000 Uris is at hand when a request comes, 100,000 are not.
 */
export const entryOf = (
  route: number,
  order: number,
  uri: Uri | null,
  cluster: ClusterState | undefined,
  known?: RouteTarget | null,
): RouteEntry => {
  const pattern = compilePattern(uri === null ? '*' : uri.name)
  const { score } = pattern
  const target = targetOf(route, uri, cluster, known)
  return { route, order, uri, target, pattern, score, exact: pattern.kind === 'exact' }
}

/**
 * What the requests of a Uri in a Route are bound to; null when the cluster is not defined.
 *
 * @param known the target of another Uri of the same Route, which is shared where it would be the same.
 */
export const targetOf = (
  route: number,
  uri: Uri | null,
  cluster: ClusterState | undefined,
  known?: RouteTarget | null,
): RouteTarget | null => {
  if (cluster === undefined) return null
  const binding = bindingOf(route, uri, cluster.config)
  const alike =
    known?.binding.affinityCookie === binding.affinityCookie &&
    known.binding.affinityUrlIdentifier === binding.affinityUrlIdentifier
  return alike ? known : { cluster, binding }
}

/** Whether `a` beats `b` where both match: more literal characters, then no wildcard, then earlier in the file. */
export const beats = (a: RouteEntry, b: RouteEntry): boolean =>
  a.score !== b.score ? a.score > b.score : a.exact !== b.exact ? a.exact : a.order < b.order

/**
 * All patterns that can match under one virtual host alias, arranged so that the best is found by look-up: whole
 * path, one prefix for each slash of the path, one suffix for each suffix length in use. Only patterns with an inner
 * star are tried one by one, and only where their literal beginning fits (E19).
 */
export class UriTable {
  /** Exact patterns, and `/ctx` for `/ctx/*`; the latter counts the slash and so wins over an exact `/ctx`. */
  readonly #whole = new Map<string, RouteEntry>()
  /** Prefixes ending in a slash. */
  readonly #folders = new Map<string, RouteEntry>()
  /** Marks the lengths in use among them, and among the whole paths. */
  readonly #folderLengths: boolean[] = []
  readonly #wholeLengths: boolean[] = []
  readonly #prefixes = new ByLength()
  readonly #suffixes = new ByLength()
  readonly #inner = new Map<string, { entry: RouteEntry; parts: readonly string[] }[]>()
  readonly #innerLengths = new Set<number>()
  #any: RouteEntry | undefined
  /** Nothing but whole paths, folders and stars. */
  #fewKinds = true

  add(entry: RouteEntry): void {
    const pattern = entry.pattern
    switch (pattern.kind) {
      case 'exact':
        put(this.#whole, pattern.text, entry)
        this.#wholeLengths[pattern.text.length] = true
        break
      case 'prefix':
        if (pattern.text.endsWith('/')) {
          put(this.#folders, pattern.text, entry)
          this.#folderLengths[pattern.text.length] = true
          put(this.#whole, pattern.text.slice(0, -1), entry)
          this.#wholeLengths[pattern.text.length - 1] = true
        } else {
          this.#prefixes.add(pattern.text, entry)
          this.#fewKinds = false
        }
        break
      case 'suffix':
        this.#suffixes.add(pattern.text, entry)
        this.#fewKinds = false
        break
      case 'inner': {
        this.#fewKinds = false
        const same = this.#inner.get(pattern.text)
        if (same === undefined) {
          this.#inner.set(pattern.text, [{ entry, parts: pattern.parts }])
          this.#innerLengths.add(pattern.text.length)
        } else same.push({ entry, parts: pattern.parts })
        break
      }
      case 'any':
        this.#any = better(this.#any, entry)
        break
    }
  }

  /**
   * The best entry for a path.
   *
   * @param text begins with the path
   * @param end where the path ends; it is cut out only where a pattern of its length is there to compare it with
   */
  match(text: string, end: number): RouteEntry | undefined {
    let best = this.#any
    if (this.#wholeLengths[end] === true) best = better(best, this.#whole.get(text.slice(0, end)))
    best = better(best, this.#longestFolder(text, end))
    if (!this.#fewKinds) best = this.#rarer(best, text.slice(0, end))
    return best
  }

  /** The patterns that most files do not have. */
  #rarer(known: RouteEntry | undefined, path: string): RouteEntry | undefined {
    let best = better(known, this.#prefixes.longestPrefix(path))
    best = better(best, this.#suffixes.longestSuffix(path))
    for (const length of this.#innerLengths) {
      const candidates = this.#inner.get(path.slice(0, length))
      if (candidates === undefined) continue
      for (const { entry, parts } of candidates) {
        if (best !== undefined && !beats(entry, best)) continue
        if (fitsParts(parts, path)) best = entry
      }
    }
    return best
  }

  #longestFolder(text: string, end: number): RouteEntry | undefined {
    const lengths = this.#folderLengths
    // No prefix is longer than the longest in the file, so that a path of 10,000 slashes costs no more than that.
    for (let length = Math.min(end, lengths.length - 1); length > 0; length--) {
      if (lengths[length] !== true || text.charCodeAt(length - 1) !== slash) continue
      const found = this.#folders.get(text.slice(0, length))
      if (found !== undefined) return found
    }
    return undefined
  }
}

const slash = 0x2f

const better = (
  best: RouteEntry | undefined,
  entry: RouteEntry | undefined,
): RouteEntry | undefined =>
  best === undefined || (entry !== undefined && beats(entry, best)) ? entry : best

const put = (map: Map<string, RouteEntry>, key: string, entry: RouteEntry): void => {
  const known = map.get(key)
  if (known === undefined || beats(entry, known)) map.set(key, entry)
}

/** Texts of few different lengths, found by cutting the path to each of them, longest first. */
class ByLength {
  readonly #entries = new Map<string, RouteEntry>()
  #lengths: readonly number[] = []

  add(text: string, entry: RouteEntry): void {
    put(this.#entries, text, entry)
    if (this.#lengths.includes(text.length)) return
    this.#lengths = [...this.#lengths, text.length].sort((a, b) => b - a)
  }

  longestPrefix(path: string): RouteEntry | undefined {
    for (const length of this.#lengths) {
      const found = this.#entries.get(path.slice(0, length))
      if (found !== undefined) return found
    }
    return undefined
  }

  longestSuffix(path: string): RouteEntry | undefined {
    for (const length of this.#lengths) {
      const found = this.#entries.get(path.slice(-length))
      if (found !== undefined) return found
    }
    return undefined
  }
}
