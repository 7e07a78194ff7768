/** Line and column of an offset, both from 1. */
export interface Position {
  readonly line: number
  readonly column: number
}

/**
 * Finds lines and columns in a text. The table of line starts is made when the first position is asked for, because
 * most files have few findings, and each question then costs one binary search.
 */
export const createLocator = (text: string): ((offset: number) => Position) => {
  let starts: Uint32Array | undefined
  return offset => {
    starts ??= lineStarts(text)
    let low = 0
    let high = starts.length - 1
    while (low < high) {
      const middle = (low + high + 1) >> 1
      if ((starts[middle] ?? 0) <= offset) low = middle
      else high = middle - 1
    }
    return { line: low + 1, column: offset - (starts[low] ?? 0) + 1 }
  }
}

const lineStarts = (text: string): Uint32Array => {
  let starts = new Uint32Array(1024)
  let count = 1
  const next = text.includes('\r') ? afterAnyBreak(text) : afterLineFeed(text)
  for (let start = next(0); start !== 0; start = next(start)) {
    if (count === starts.length) {
      const larger = new Uint32Array(starts.length * 2)
      larger.set(starts)
      starts = larger
    }
    starts[count] = start
    count += 1
  }
  return starts.subarray(0, count)
}

/** Each gives the offset after the next line break; 0: there is none. */
const afterLineFeed = (text: string) => (from: number) => text.indexOf('\n', from) + 1

const afterAnyBreak = (text: string) => {
  const breaks = /\r\n?|\n/g
  return (from: number) => {
    breaks.lastIndex = from
    return breaks.test(text) ? breaks.lastIndex : 0
  }
}
