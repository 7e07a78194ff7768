import { XMLParser } from 'fast-xml-parser'
import { endOfName, skipBlanks } from './characters.ts'

/** An element of the file. */
export interface XmlElement {
  readonly name: string
  readonly children: readonly XmlElement[]
  /** The well-formed text that it stands in. Its attributes are read from there, by {@link Attributes}. */
  readonly text: string
  /** Offset of its `<` in that text. */
  readonly offset: number
}

/**
 * Builds the tree of a well-formed text. Comments, processing instructions and text are left out: nothing in
 * plugin-cfg.xml is text. The parser does not check what it reads, which is why `scan.ts` goes before it and hands over
 * nothing but well-formed text of bounded depth.
 *
 * The parser is asked for structure only. It tells of each element as it meets it, and each time we step to the next
 * start tag of the text ourselves: its own tree, its positions and its attributes would cost several times what they
 * are worth here, most of all in memory.
 *
 * @throws Error of fast-xml-parser, or of ours, when the text is not well-formed after all.
 */
export const parseXml = (text: string): readonly XmlElement[] => {
  const roots: XmlElement[] = []
  const names = new Names()
  /** Children of the elements that are open, and the roots: at place n stands where an element of depth n + 1 goes. */
  const open: Growing[] = [{ children: roots }]
  let offset = nextStartTag(text, 0)
  const parser = new XMLParser({
    ...structureOnly,
    transformTagName: names.guard,
    updateTag: (guarded: string, path: unknown) => {
      const depth = (path as { getDepth(): number }).getDepth()
      const parent = open[depth - 1]
      if (offset === -1 || parent === undefined) throw new Error('an element out of nowhere')
      const element = { name: names.plain(guarded), children: nothing, text, offset }
      if (parent.children === nothing) parent.children = [element]
      else (parent.children as XmlElement[]).push(element)
      open[depth] = element
      offset = nextStartTag(text, offset + 1)
      return false
    },
  })
  parser.parse(text)
  if (offset !== -1) throw new Error('an element was passed over')
  return roots
}

type Growing = { children: readonly XmlElement[] }

const nothing: readonly XmlElement[] = []

/** An element that stands nowhere, for what has to stand somewhere. */
export const elementWithoutText = (
  name: string,
  children: readonly XmlElement[] = nothing,
): XmlElement => ({ name, children, text: `<${name}/>`, offset: 0 })

/**
 * Walks over the attributes of an element in the order of the file. In well-formed text an attribute is a name, an
 * equals sign and a quoted value, with blanks between them where anybody likes.
 */
export class Attributes {
  /** Offset of the name. */
  offset = 0
  readonly #text: string
  #at: number
  #nameEnd = 0
  #open = 0
  #close = 0
  #plain = true

  constructor({ text, offset }: XmlElement) {
    this.#text = text
    this.#at = endOfName(text, offset + 1)
  }

  /** Goes on to the next attribute; false when there is none. */
  next(): boolean {
    const text = this.#text
    const start = skipBlanks(text, this.#at)
    const code = text.charCodeAt(start)
    if (code === greater || code === slash || start >= text.length) return false
    const end = endOfName(text, start)
    const open = skipBlanks(text, skipBlanks(text, end) + 1)
    const mark = text.charCodeAt(open)
    let close = open + 1
    let plain = true
    for (; close < text.length; close += 1) {
      const inside = text.charCodeAt(close)
      if (inside === mark) break
      if (inside === ampersand || inside < blank) plain = false
    }
    this.offset = start
    this.#nameEnd = end
    this.#open = open + 1
    this.#close = close
    this.#plain = plain
    this.#at = close + 1
    return true
  }

  /** As written. */
  get name(): string {
    return this.#text.slice(this.offset, this.#nameEnd)
  }

  /** Whether that is its name. Makes no text for the answer, nor a hash of one, as a look-up would. */
  isNamed(name: string): boolean {
    return this.#nameEnd - this.offset === name.length && this.#text.startsWith(name, this.offset)
  }

  /** Decoded. */
  get value(): string {
    const raw = this.#text.slice(this.#open, this.#close)
    return this.#plain ? raw : decodeValue(raw)
  }
}

const greater = 62
const slash = 47
const ampersand = 38
const blank = 32

/** Decoded value of an attribute; undefined when the element does not have it. */
export const attributeOf = (element: XmlElement, name: string): string | undefined => {
  const attributes = new Attributes(element)
  while (attributes.next()) if (attributes.isNamed(name)) return attributes.value
  return undefined
}

/** Names of its attributes, in the order of the file. */
export const attributeNames = (element: XmlElement): readonly string[] => {
  const names: string[] = []
  const attributes = new Attributes(element)
  while (attributes.next()) names.push(attributes.name)
  return names
}

const references: Readonly<Record<string, string>> = {
  lt: '<',
  gt: '>',
  amp: '&',
  apos: "'",
  quot: '"',
}

/** XML 1.0 §3.3.3: line breaks and tabs become blanks, then references are replaced. */
const decodeValue = (raw: string): string => {
  const flat = raw.replace(/\r\n|[\t\r\n]/g, ' ')
  return flat.replace(/&(?:#x([\da-fA-F]+)|#(\d+)|(\w+));/g, (whole, hex, decimal, name) => {
    if (name !== undefined) return references[name] ?? whole
    const code = hex === undefined ? Number.parseInt(decimal, 10) : Number.parseInt(hex, 16)
    return code <= 0x10ffff ? String.fromCodePoint(code) : whole
  })
}

/** Offset of the next start tag of a well-formed text, in which no `<` stands for anything but markup; -1: none. */
const nextStartTag = (text: string, from: number): number => {
  let at = text.indexOf('<', from)
  while (at !== -1) {
    const code = text.charCodeAt(at + 1)
    let end = at + 1
    if (code === exclamation) {
      const close = text.startsWith('<!--', at) ? '-->' : ']]>'
      end = text.indexOf(close, at + 4)
      if (end === -1) return -1
    } else if (code !== slash && code !== question) return at
    at = text.indexOf('<', end)
  }
  return -1
}

const exclamation = 33
const question = 63

/**
 * Tag names as the parser gets them, with a mark before them that keeps names such as `constructor` away from its
 * objects, and back. A file has few different ones, which are made once.
 */
class Names {
  readonly #known: string[] = []
  readonly #guarded: string[] = []
  readonly #plain = new Map<string, string>()

  /** The parser asks twice for `<a/>`, the second time for the name that it has got. */
  readonly guard = (name: string): string => {
    if (name.startsWith(mark)) return name
    // A short list: to compare costs less than the hash of a name that was just cut out of the text.
    const known = this.#guarded[this.#known.indexOf(name)]
    if (known !== undefined) return known
    const guarded = mark + name
    if (this.#known.length < mostKnown) {
      this.#known.push(name)
      this.#guarded.push(guarded)
    }
    return guarded
  }

  readonly plain = (guarded: string): string => {
    const known = this.#plain.get(guarded)
    if (known !== undefined) return known
    const name = guarded.slice(mark.length)
    this.#plain.set(guarded, name)
    return name
  }
}

const mark = '<'
/** More than the format has elements. */
const mostKnown = 40

const structureOnly = {
  preserveOrder: true,
  ignoreAttributes: true,
  ignoreDeclaration: true,
  ignorePiTags: true,
  processEntities: false,
  htmlEntities: false,
  parseTagValue: false,
  jPath: false,
  maxNestedTags: 1000,
  tagValueProcessor: () => '',
} as const
