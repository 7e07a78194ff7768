import { inOnePiece, lineOf } from './field-lines.ts'

/**
 * The field lines of the last request of a client connection. Most fields of the next one are the same, in the same
 * places; to compare them costs a fifth of what it costs to look at each character and put them together again.
 */
export class RepeatedLines {
  readonly #known: KnownLine[] = []
  /** Of the known lines these came last. */
  #count = 0
  /** All of them, in one piece; null: they have not been asked for again yet. */
  #text: string | null = null
  /** Of all known lines. */
  #length = 0

  /**
   * The same as `fieldLines`.
   *
   * @throws an error with the code of `fieldUnsendable`.
   */
  of(fields: readonly string[]): string {
    const known = this.#known
    const count = fields.length / 2
    let same = 0
    while (same < count && known[same]?.is(fields, same) === true) same++
    const repeated = same === count && same === this.#count
    if (repeated && this.#text !== null) return this.#text
    let text = ''
    for (let i = 0; i < same; i++) text += (known[i] as KnownLine).again
    for (let i = same; i < count; i++) text += this.#line(fields, i)
    this.#count = count
    this.#text = repeated ? inOnePiece(text) : null
    return text
  }

  #line(fields: readonly string[], index: number): string {
    const known = this.#known[index]
    if (known?.is(fields, index) === true) return known.again
    const name = fields[index * 2] as string
    const value = fields[index * 2 + 1] as string
    const line = lineOf(name, value)
    const length = this.#length - (known?.length ?? 0) + line.length
    if (length > rememberedLength) return line
    if (known !== undefined) known.become(name, value, line)
    else if (index === this.#known.length) this.#known.push(new KnownLine(name, value, line))
    else return line
    this.#length = length
    return line
  }
}

class KnownLine {
  #name: string
  #value: string
  #line: string
  #whole = false

  constructor(name: string, value: string, line: string) {
    this.#name = name
    this.#value = value
    this.#line = line
  }

  get length(): number {
    return this.#line.length
  }

  is(fields: readonly string[], index: number): boolean {
    return fields[index * 2] === this.#name && fields[index * 2 + 1] === this.#value
  }

  become(name: string, value: string, line: string): void {
    this.#name = name
    this.#value = value
    this.#line = line
    this.#whole = false
  }

  get again(): string {
    if (!this.#whole) {
      this.#whole = true
      this.#line = inOnePiece(this.#line)
    }
    return this.#line
  }
}

/** Nobody shall fill our memory with what is only there to be compared; an ordinary browser stays below it. */
const rememberedLength = 4096
