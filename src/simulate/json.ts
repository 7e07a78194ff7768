import { createLocator, type Position } from '../config/lines.ts'

/** What is wrong with a text, and where. */
export interface JsonProblem extends Position {
  readonly message: string
}

/** A parsed JSON text that still knows where each part of it stood. */
export interface JsonText {
  readonly value: unknown
  /** Position of the value at a path such as `$.steps[2].wait`; of what encloses it when there is no such value. */
  at(path: string): Position
  /** Position of the key that introduces the member at this path. */
  keyAt(path: string): Position
}

/** Deeper nesting than any scenario needs is refused, so that hostile input cannot exhaust the stack. */
const deepest = 100

class Unreadable extends Error {
  readonly offset: number
  constructor(message: string, offset: number) {
    super(message)
    this.offset = offset
  }
}

/** Appends a member name to a path. */
export const member = (path: string, key: string): string =>
  /^[A-Za-z_$][\w$-]*$/.test(key) ? `${path}.${key}` : `${path}[${JSON.stringify(key)}]`

/** Where the last member or entry of a path begins. */
const lastSegment = (path: string): number =>
  Math.max(0, path.search(/(?:\.[\w$-]+|\[\d+\]|\["(?:[^"\\]|\\.)*"\])$/))

/**
 * Parses JSON strictly (RFC 8259), refuses repeated keys, and remembers where everything stood. `JSON.parse` alone
 * knows no positions and lets the last of two equal keys win without a word.
 */
export const parseJson = (text: string): JsonText | JsonProblem => {
  const values = new Map<string, number>()
  const keys = new Map<string, number>()
  const position = createLocator(text)
  try {
    const value = new Reader(text, values, keys).document()
    const offsetOf = (path: string): number =>
      values.get(path) ?? (path === '' ? 0 : offsetOf(path.slice(0, lastSegment(path))))
    return {
      value,
      at: path => position(offsetOf(path)),
      keyAt: path => position(keys.get(path) ?? offsetOf(path)),
    }
  } catch (error) {
    if (!(error instanceof Unreadable)) throw error
    return { ...position(error.offset), message: error.message }
  }
}

const numberPattern = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y
const stringPattern = /"[^"\\\r\n]*(?:\\.[^"\\\r\n]*)*"/y
const spacePattern = /[ \t\r\n]*/y

/** One pass over the text. `at` is the offset of the next character. */
class Reader {
  readonly #text: string
  readonly #values: Map<string, number>
  readonly #keys: Map<string, number>
  #at = 0

  constructor(text: string, values: Map<string, number>, keys: Map<string, number>) {
    this.#text = text.startsWith('\ufeff') ? ` ${text.slice(1)}` : text
    this.#values = values
    this.#keys = keys
  }

  document(): unknown {
    const value = this.#value('$', 0)
    this.#space()
    if (this.#at < this.#text.length) this.#fail(`${this.#found()} after the end of the document`)
    return value
  }

  #value(path: string, depth: number): unknown {
    this.#space()
    if (depth > deepest) this.#fail(`more than ${deepest} levels of nesting`)
    this.#values.set(path, this.#at)
    const first = this.#text[this.#at]
    if (first === '{') return this.#object(path, depth)
    if (first === '[') return this.#array(path, depth)
    if (first === '"') return this.#string()
    for (const [word, value] of [
      ['true', true],
      ['false', false],
      ['null', null],
    ] as const) {
      if (this.#text.startsWith(word, this.#at)) {
        this.#at += word.length
        return value
      }
    }
    const start = this.#at
    const number = this.#take(numberPattern)
    if (number === '') this.#fail(`${this.#found()} where a value should be`)
    const value = Number(number)
    if (!Number.isFinite(value)) this.#fail('a number that is too large', start)
    return value
  }

  #object(path: string, depth: number): unknown {
    const members: [string, unknown][] = []
    const seen = new Set<string>()
    this.#at++
    if (this.#skip('}')) return {}
    do {
      this.#space()
      const start = this.#at
      if (this.#text[start] !== '"')
        this.#fail(`${this.#found()} where a key in double quotes should be`)
      const key = this.#string()
      if (seen.has(key)) this.#fail(`the key ${JSON.stringify(key)} is given twice`, start)
      seen.add(key)
      const inner = member(path, key)
      this.#keys.set(inner, start)
      if (!this.#skip(':')) this.#fail(`${this.#found()} where : should be`)
      members.push([key, this.#value(inner, depth + 1)])
    } while (this.#skip(','))
    if (!this.#skip('}')) this.#fail(`${this.#found()} where , or } should be`)
    return Object.fromEntries(members)
  }

  #array(path: string, depth: number): unknown {
    const items: unknown[] = []
    this.#at++
    if (this.#skip(']')) return items
    do {
      items.push(this.#value(`${path}[${items.length}]`, depth + 1))
    } while (this.#skip(','))
    if (!this.#skip(']')) this.#fail(`${this.#found()} where , or ] should be`)
    return items
  }

  #string(): string {
    const start = this.#at
    const raw = this.#take(stringPattern)
    if (raw === '') this.#fail('a string that does not end on its line', start)
    try {
      return JSON.parse(raw) as string
    } catch {
      return this.#fail(`an unknown escape or a control character in the string ${raw}`, start)
    }
  }

  #take(pattern: RegExp): string {
    pattern.lastIndex = this.#at
    const taken = pattern.exec(this.#text)?.[0] ?? ''
    this.#at += taken.length
    return taken
  }

  #space(): void {
    this.#take(spacePattern)
  }

  #skip(character: string): boolean {
    this.#space()
    if (this.#text[this.#at] !== character) return false
    this.#at++
    return true
  }

  #found(): string {
    const code = this.#text.codePointAt(this.#at)
    return code === undefined ? 'the end of the text' : JSON.stringify(String.fromCodePoint(code))
  }

  #fail(message: string, offset = this.#at): never {
    throw new Unreadable(message, offset)
  }
}
