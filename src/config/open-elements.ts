import { closest } from './did-you-mean.ts'
import { type Flaws, limits } from './flaws.ts'
import type { Repairs } from './repair.ts'

/** What the scan knows about the elements of the format. */
export interface Vocabulary {
  /** Whether an element of the one name may stand in one of the other. */
  readonly fits: (parent: string, child: string) => boolean
  /** Whether nothing may stand in an element of this name. */
  readonly isLeaf: (name: string) => boolean
}

interface Open {
  readonly name: string
  readonly offset: number
  /** Name of a child that may stand in it: most of its children have the same. */
  fitting: string | undefined
  /** The first child that may not stand in it: if no end tag comes, it was meant to end before that. */
  misfit: { readonly name: string; readonly offset: number } | undefined
}

/** The elements that are open at a place of the text. Sees to it that each of them is closed once. */
export class OpenElements {
  readonly #stack: Open[] = []
  readonly #vocabulary: Vocabulary
  readonly #flaws: Flaws
  readonly #repairs: Repairs

  constructor(vocabulary: Vocabulary, flaws: Flaws, repairs: Repairs) {
    this.#vocabulary = vocabulary
    this.#flaws = flaws
    this.#repairs = repairs
  }

  /** Whether the place is outside every element. */
  get none(): boolean {
    return this.#stack.length === 0
  }

  /** A start tag begins here, of an element that may turn out to have no content. */
  meet(name: string, offset: number): void {
    const parent = this.#stack.at(-1)
    if (!parent || parent.misfit || parent.fitting === name) return
    if (this.#vocabulary.fits(parent.name, name)) parent.fitting = name
    else parent.misfit = { name, offset }
  }

  /** A start tag has ended. */
  open(name: string, offset: number): void {
    if (this.#stack.length >= limits.depth) {
      this.#flaws.refuse(
        offset,
        `elements are nested more than ${limits.depth} deep`,
        'close the elements before this place',
      )
    }
    this.#stack.push({ name, offset, fitting: undefined, misfit: undefined })
  }

  /** An end tag from `start` to `end`, whose name ends at `nameEnd`. */
  close(name: string, start: number, nameEnd: number, end: number): void {
    if (this.#stack.at(-1)?.name === name) {
      this.#stack.pop()
      return
    }
    const depth = this.#stack.findLastIndex(element => element.name === name)
    if (depth !== -1) {
      this.closeDownTo(depth + 1, start)
      this.#stack.pop()
      return
    }
    const top = this.#stack.at(-1)
    if (top && closest(name, [top.name]) !== undefined) {
      this.#flaws.malformed(
        start,
        `</${name}> where </${top.name}> is expected`,
        `write </${top.name}>`,
      )
      this.#repairs.replace(start + 2, nameEnd, top.name)
      this.#stack.pop()
      return
    }
    this.#flaws.malformed(
      start,
      `</${name}> closes nothing: no such element is open`,
      'remove it, or write the start tag',
    )
    this.#repairs.remove(start, end)
  }

  /** Notes the elements from this depth on as never closed, and closes them where that makes most sense. */
  closeDownTo(depth: number, offset: number): void {
    while (this.#stack.length > depth) {
      const element = this.#stack.pop()
      if (!element) return
      const { name, misfit } = element
      this.#flaws.malformed(
        element.offset,
        `<${name}> is never closed`,
        `write </${name}> where it ends`,
      )
      this.#repairs.insert(misfit?.offset ?? offset, `</${name}>`)
      const parent = this.#stack.at(-1)
      if (misfit && parent && !this.#vocabulary.fits(parent.name, misfit.name)) {
        parent.misfit ??= misfit
      }
    }
  }
}
