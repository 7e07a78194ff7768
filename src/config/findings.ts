import { type Diagnostic, plain, type Severity } from './diagnostics.ts'
import type { Position } from './lines.ts'
import { attributeOf, type XmlElement } from './xml.ts'

/** An element together with those around it: enough to say where it is. */
export interface Place {
  readonly element: XmlElement
  readonly parent?: Place
}

/** What a check has to say; the collector adds file, line, column and path. */
export interface Finding {
  readonly code: string
  readonly severity: Severity
  /** The element at fault. */
  readonly at: Place
  /** The attribute at fault, as written in the file; absent: the element as a whole. */
  readonly attribute?: string | undefined
  readonly message: string
  readonly effect: string
  readonly advice: string
}

/** A finding about the text itself, before there are elements. */
export interface TextFinding extends Omit<Finding, 'at' | 'attribute'> {
  readonly offset: number
}

/** Where things are in the text that the elements were read from. */
export interface Source {
  readonly file?: string | undefined
  /** Offset of an attribute's name; of the element when it has no such attribute. */
  readonly offsetOf: (element: XmlElement, attribute?: string) => number
  readonly locate: (offset: number) => Position
}

/** Findings of one code that are kept; the rest is only counted, so that a hostile file cannot fill the memory. */
const keptPerCode = 1000

/** Collects findings in any order and hands them out in that of the file. */
export class Findings {
  readonly #source: Source
  readonly #found: { readonly offset: number; readonly diagnostic: Diagnostic }[] = []
  readonly #counts = new Map<string, number>()

  constructor(source: Source) {
    this.#source = source
  }

  /** Adds a finding about an element or one of its attributes. */
  add(finding: Finding): void {
    if (!this.#room(finding.code)) return
    const { at, attribute } = finding
    const offset = this.#source.offsetOf(at.element, attribute)
    const path = attribute === undefined ? pathOf(at) : `${pathOf(at)}@${plain(attribute)}`
    this.#keep(finding, offset, path)
  }

  /** Adds a finding about the text. */
  addText(finding: TextFinding): void {
    if (this.#room(finding.code)) this.#keep(finding, finding.offset, '')
  }

  /** false: another finding of this code is only counted, and has been. Lets a caller skip the work on its text. */
  hasRoom(code: string): boolean {
    const count = this.#counts.get(code) ?? 0
    if (count < keptPerCode) return true
    this.#counts.set(code, count + 1)
    return false
  }

  /** Line of an element, for messages that point at a second place. */
  lineOf(place: Place, attribute?: string): number {
    return this.#source.locate(this.#source.offsetOf(place.element, attribute)).line
  }

  /** Line of an offset in the text. */
  lineAt(offset: number): number {
    return this.#source.locate(offset).line
  }

  /** Everything found, in the order of the file. */
  all(): readonly Diagnostic[] {
    for (const [code, count] of this.#counts) {
      if (count <= keptPerCode) continue
      const more = count - keptPerCode
      this.#counts.set(code, 0)
      this.addText({
        code: 'X06',
        severity: 'note',
        offset: 0,
        message: `${more} more findings ${code} are not listed`,
        effect: 'none',
        advice: 'correct those that are listed and check again',
      })
    }
    return this.#found.toSorted((a, b) => a.offset - b.offset).map(found => found.diagnostic)
  }

  #room(code: string): boolean {
    const count = (this.#counts.get(code) ?? 0) + 1
    this.#counts.set(code, count)
    return count <= keptPerCode
  }

  #keep(finding: Omit<Finding, 'at'>, offset: number, path: string): void {
    const { file, locate } = this.#source
    const { line, column } = locate(offset)
    this.#found.push({
      offset,
      diagnostic: {
        severity: finding.severity,
        code: finding.code,
        ...(file === undefined ? {} : { file }),
        line,
        column,
        path,
        message: finding.message,
        effect: finding.effect,
        advice: finding.advice,
      },
    })
  }
}

/** Path of an element from the root, with the names that elements have: `Config/ServerCluster[Shop]/Server[m1]`. */
export const pathOf = (place: Place): string => {
  const { element, parent } = place
  const name = attributeOf(element, 'Name') ?? attributeOf(element, 'name')
  const step =
    name === undefined || name === ''
      ? plain(element.name)
      : `${plain(element.name)}[${plain(name)}]`
  return parent ? `${pathOf(parent)}/${step}` : step
}
