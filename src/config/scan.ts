import { beginsName, endOfName, illegal, skipBlanks } from './characters.ts'
import { endOfDeclaration, faultIn } from './declaration.ts'
import { quote } from './diagnostics.ts'
import type { Findings } from './findings.ts'
import { Flaws, Refusal } from './flaws.ts'
import { OpenElements, type Vocabulary } from './open-elements.ts'
import { type Repaired, Repairs } from './repair.ts'
import {
  type Comment,
  type Markup,
  scanCdata,
  scanComment,
  scanDoctype,
  scanInstruction,
  scanOther,
} from './scan-markup.ts'
import { checkReferences } from './scan-references.ts'
import { checkName, scanAttributes } from './scan-tag.ts'

/**
 * The scan in front of the parser: one walk over the text, linear in its length whatever it contains.
 *
 * It guarantees what the parser takes for granted: tags balanced, attributes quoted and unique, names, characters and
 * references legal, comments, CDATA sections and instructions closed, depth bounded, no DOCTYPE. Each fault is noted
 * with its offset and repaired with the smallest edit, so that the parser gets well-formed text in any case and the
 * rest of a broken file is still checked. Where an end tag is missing, knowledge of which elements may stand in which
 * says where it belongs.
 */

/** What the scan hands on. */
export interface Scanned {
  /** Well-formed. */
  readonly repaired: Repaired
  /** Offset in the repaired text at which the document begins: behind the XML declaration, if that is left in it. */
  readonly beginning: number
  readonly comments: readonly Comment[]
}

/** Scans a text without byte order mark; undefined when the input is refused and nothing of it should be read. */
export const scanXml = (
  text: string,
  vocabulary: Vocabulary,
  findings: Findings,
  mostElements: number,
): Scanned | undefined => {
  const flaws = new Flaws(findings)
  const repairs = new Repairs()
  try {
    const legal = replaceIllegal(text, flaws)
    const scanner = new Scanner(legal, vocabulary, flaws, repairs, mostElements)
    scanner.run()
    const { comments } = scanner.markup
    return { repaired: repairs.apply(legal), beginning: scanner.beginning, comments }
  } catch (error) {
    if (error instanceof Refusal) return undefined
    throw error
  }
}

/** So many characters that no text contains, and it is none. */
const binary = 20

/** Replaces what no XML may contain by U+FFFD; offsets stay as they are. */
const replaceIllegal = (text: string, flaws: Flaws): string => {
  const first = text.search(illegal)
  if (first === -1) return text
  const found: RegExpExecArray[] = []
  for (const match of text.matchAll(illegal)) {
    found.push(match)
    if (found.length <= binary) continue
    flaws.refuse(
      first,
      'the file is not text: it contains control characters',
      'name a plugin-cfg.xml; if this is one, save it as UTF-8',
    )
  }
  for (const { 0: character, index } of found) {
    const shown = quote(character).slice(1, -1)
    flaws.malformed(index, `the character ${shown} is not allowed in XML`, 'remove it')
  }
  return text.replace(illegal, '\ufffd')
}

/** Longest run of text that is handed to the parser, which gathers it one character at a time. */
const longText = 4096

class Scanner {
  readonly markup: Markup
  beginning = 0
  readonly #vocabulary: Vocabulary
  readonly #open: OpenElements
  readonly #mostElements: number
  #at = 0
  #count = 0
  #root = false

  constructor(
    text: string,
    vocabulary: Vocabulary,
    flaws: Flaws,
    repairs: Repairs,
    mostElements: number,
  ) {
    this.#mostElements = mostElements
    this.markup = { text, flaws, repairs, comments: [], instructionsEnd: true }
    this.#vocabulary = vocabulary
    this.#open = new OpenElements(vocabulary, flaws, repairs)
  }

  run(): void {
    const { text, flaws } = this.markup
    const { end, kept } = scanDeclaration(this.markup)
    if (kept) this.beginning = end
    this.#at = end
    while (this.#at < text.length) {
      const next = text.indexOf('<', this.#at)
      const end = next === -1 ? text.length : next
      if (end > this.#at) this.#characters(this.#at, end)
      this.#at = next === -1 ? end : this.#next(next)
    }
    this.#open.closeDownTo(0, text.length)
    if (this.#root) return
    flaws.error(
      'L01',
      0,
      text.trim() === '' ? 'the file is empty' : 'there is no element in the file',
      'write a Config element, or name another file',
    )
  }

  #characters(from: number, to: number): void {
    const { text, flaws, repairs } = this.markup
    if (to - from > longText) repairs.remove(from, to)
    const start = skipBlanks(text, from)
    if (start >= to) return
    const piece = text.slice(start, to)
    if (this.#open.none) {
      flaws.malformed(
        start,
        `text outside the root element: ${quote(piece.trimEnd())}`,
        'remove it, or make it a comment',
      )
      repairs.remove(start, to)
      return
    }
    flaws.warn(
      'X05',
      start,
      `text between elements: ${quote(piece.trimEnd())}`,
      'it means nothing and is ignored',
      'remove it, or make it a comment',
    )
    checkReferences(text, start, to, flaws)
    const end = piece.indexOf(']]>')
    if (end !== -1) flaws.malformed(start + end, '"]]>" in text', 'write ]]&gt; instead')
  }

  /** Takes the markup that begins at this `<`, and returns the offset behind it. */
  #next(start: number): number {
    const { text } = this.markup
    const code = text.charCodeAt(start + 1)
    if (beginsName(code)) return this.#startTag(start)
    if (code === slash) return this.#endTag(start)
    if (code !== question && code !== exclamation) return this.#strayLess(start)
    if (text.startsWith('<!--', start)) return scanComment(this.markup, start)
    // What follows can leave something in memory for each one.
    this.#limit(start)
    if (code === question) return scanInstruction(this.markup, start)
    if (text.startsWith('<![CDATA[', start)) {
      return scanCdata(this.markup, start, this.#open.none)
    }
    return /^<!doctype/i.test(text.slice(start, start + 9))
      ? scanDoctype(this.markup, start)
      : scanOther(this.markup, start)
  }

  #limit(offset: number): void {
    this.#count += 1
    const most = this.#mostElements
    if (this.#count <= most) return
    this.markup.flaws.refuse(offset, `more than ${most} elements`, 'split the file')
  }

  #startTag(start: number): number {
    const { text, flaws, repairs } = this.markup
    const nameEnd = endOfName(text, start + 1)
    const name = text.slice(start + 1, nameEnd)
    checkName(name, start, flaws)
    this.#root = true
    this.#limit(start)
    this.#open.meet(name, start)
    const { kind, offset } = scanAttributes(text, nameEnd, flaws, repairs)
    if (kind === 'closed') return offset
    if (kind === 'broken') {
      const end = this.#vocabulary.isLeaf(name) ? '/>' : '>'
      flaws.malformed(start, `the tag <${name} does not end`, `write ${end} at its end`)
      repairs.insert(offset, end)
      if (end === '/>') return offset
    }
    this.#open.open(name, start)
    return offset
  }

  #endTag(start: number): number {
    const { text, flaws } = this.markup
    const nameStart = start + 2
    const nameEnd = beginsName(text.charCodeAt(nameStart)) ? endOfName(text, nameStart) : nameStart
    const name = text.slice(nameStart, nameEnd)
    checkName(name, start, flaws)
    const end = this.#endOfEndTag(nameEnd, name)
    this.#open.close(name, start, nameEnd, end)
    return end
  }

  #endOfEndTag(from: number, name: string): number {
    const { text, flaws, repairs } = this.markup
    let end = skipBlanks(text, from)
    if (text[end] === '>') return end + 1
    while (end < text.length && text[end] !== '>' && text[end] !== '<') end += 1
    flaws.malformed(from, `the tag </${name} does not end as it should`, `write </${name}>`)
    if (text[end] === '>') {
      repairs.remove(from, end)
      return end + 1
    }
    repairs.replace(from, end, '>')
    return end
  }

  #strayLess(start: number): number {
    const { text, flaws, repairs } = this.markup
    let end = start + 1
    while (text[end] === '<' && !beginsMarkup(text.charCodeAt(end + 1))) end += 1
    flaws.malformed(start, 'a < that begins no tag', 'write &lt; instead, or remove it')
    repairs.remove(start, end)
    return end
  }
}

const exclamation = 33
const slash = 47
const question = 63

const beginsMarkup = (code: number): boolean =>
  beginsName(code) || code === slash || code === question || code === exclamation

/** The XML declaration, if the text begins with one. E18: blank text before it is in files that are in use. */
const scanDeclaration = ({
  text,
  flaws,
  repairs,
}: Markup): { readonly end: number; readonly kept: boolean } => {
  const start = skipBlanks(text, 0)
  if (!/^<\?xml[ \t\r\n?]/.test(text.slice(start, start + 6))) return { end: 0, kept: false }
  if (start > 0) {
    flaws.warn(
      'X01',
      0,
      'blank text stands before the XML declaration',
      'it is accepted here; strict XML parsers refuse the file',
      'begin the file with <?xml',
    )
  }
  const end = endOfDeclaration(text, start)
  const wrong = faultIn(text, start, end)
  if (wrong !== undefined) {
    flaws.malformed(
      wrong,
      `the XML declaration is wrong from ${quote(text.slice(wrong, wrong + 20))} on`,
      'write <?xml version="1.0" encoding="UTF-8"?>',
    )
  }
  // The parser passes over one that is right. To take it out would mean to copy the whole text.
  const kept = start === 0 && wrong === undefined
  if (!kept) repairs.remove(start, end)
  return { end, kept }
}
