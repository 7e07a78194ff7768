import type { Place } from './findings.ts'

/** Items of the model, and how to find out where they came from. */
interface List {
  readonly items: readonly object[]
  readonly places: () => readonly Place[]
}

/**
 * The element that each object of the model, and each list of names in it, was read from. Only findings ask, and most
 * files have few: of the items of long lists we note no more than what it takes to find their elements again, and do
 * that for all of them when the first of them is asked for.
 */
export class Origins {
  readonly #places = new Map<object, Place>()
  #lists: List[] = []

  set(of: object, place: Place): void {
    this.#places.set(of, place)
  }

  /** The same for all items of a list, which come in the order of their places. */
  setAll(items: readonly object[], places: readonly Place[]): void {
    if (items.length > 0) this.#lists.push({ items, places: () => places })
  }

  /** The same for items that were read, one from each, from the children of this name. */
  setChildren(items: readonly object[], parent: Place, name: string): void {
    if (items.length > 0) this.#lists.push({ items, places: () => childrenNamed(parent, name) })
  }

  /** The place of something that is no item of a list. */
  ofOne(of: object): Place | undefined {
    return this.#places.get(of)
  }

  /** The place of whatever was noted. */
  get(of: object): Place | undefined {
    const known = this.#places.get(of)
    if (known !== undefined || this.#lists.length === 0) return known
    for (const { items, places } of this.#lists) {
      const found = places()
      items.forEach((item, index) => {
        const place = found[index]
        if (place !== undefined) this.#places.set(item, place)
      })
    }
    this.#lists = []
    return this.#places.get(of)
  }
}

/** The children of this name, in the order of the file. */
export const childrenNamed = (parent: Place, name: string): readonly Place[] =>
  parent.element.children
    .filter(element => element.name === name)
    .map(element => ({ element, parent }))
