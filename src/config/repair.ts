/** A change to a text: so many characters removed at an offset, something put in their place. */
interface Edit {
  readonly at: number
  readonly remove: number
  readonly insert: string
}

/** A text after its edits, and the way back to the offsets it had before. */
export interface Repaired {
  readonly text: string
  readonly toOriginal: (offset: number) => number
}

/**
 * Collects the smallest changes that make a text well-formed, so that the rest of a broken file can still be read and
 * checked. Offsets are those of the original text throughout.
 */
export class Repairs {
  readonly #edits: Edit[] = []

  insert(at: number, insert: string): void {
    this.#edits.push({ at, remove: 0, insert })
  }

  replace(from: number, to: number, insert: string): void {
    this.#edits.push({ at: from, remove: to - from, insert })
  }

  remove(from: number, to: number): void {
    this.replace(from, to, '')
  }

  /** Applies everything. Without edits the text comes back as it is. */
  apply(original: string): Repaired {
    if (this.#edits.length === 0) return { text: original, toOriginal: offset => offset }
    // Stable: several insertions at one offset stay in the order in which they were asked for.
    const edits = this.#edits.toSorted((a, b) => a.at - b.at)
    const parts: string[] = []
    const starts: number[] = [0]
    const origins: number[] = [0]
    let length = 0
    let cursor = 0
    for (const { at, remove, insert } of edits) {
      // Inside something that was taken out as a whole.
      if (at < cursor) continue
      parts.push(original.slice(cursor, at), insert)
      length += at - cursor + insert.length
      cursor = at + remove
      starts.push(length)
      origins.push(cursor)
    }
    parts.push(original.slice(cursor))
    return {
      text: parts.join(''),
      toOriginal: offset => {
        let low = 0
        let high = starts.length - 1
        while (low < high) {
          const middle = (low + high + 1) >> 1
          if ((starts[middle] ?? 0) <= offset) low = middle
          else high = middle - 1
        }
        return (origins[low] ?? 0) + offset - (starts[low] ?? 0)
      },
    }
  }
}
