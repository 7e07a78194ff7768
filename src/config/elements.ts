import { keepUnknown, type Reading } from './attributes.ts'
import { plain, quote } from './diagnostics.ts'
import { didYouMean } from './did-you-mean.ts'
import { type ReadProperty, readAttributes } from './element-attributes.ts'
import type { Place } from './findings.ts'
import type { Property } from './model.ts'
import type { propertyAttributes } from './schema/config.ts'
import type { managementPropertyAttributes } from './schema/side.ts'
import type { ElementSpec } from './schema/spec.ts'
import { childrenOf, elementsNamed, nameOf } from './schema.ts'

/** The children of an element, sorted by kind; those of one kind are in the order of the file. */
export type Children = readonly Kind[]

interface Kind {
  readonly spec: ElementSpec
  readonly places: readonly Place[]
}

/**
 * Sorts the children of an element by what the table says may stand there. What may not is reported and kept among the
 * unknown items; of an element that may occur once the first is used.
 */
export const readChildren = (
  reading: Reading,
  parents: readonly Place[],
  spec: ElementSpec,
): Children => {
  const table = childrenOf(spec)
  // An element has few kinds of children: a list is faster than a table, and far smaller.
  const kinds: { readonly spec: ElementSpec; readonly places: Place[] }[] = []
  for (const parent of parents) {
    for (const element of parent.element.children) {
      const at: Place = { element, parent }
      const known = table.get(element.name)
      if (known === undefined) {
        unknownElement(reading, at, table.keys())
        continue
      }
      const kind = kinds.find(other => other.spec === known)
      if (kind === undefined) kinds.push({ spec: known, places: [at] })
      else if (known.single) repeated(reading, at, kind.places[0])
      else kind.places.push(at)
    }
  }
  return kinds
}

/** The one child of this name, if there is one. */
export const only = (children: Children, name: string): Place | undefined =>
  every(children, name)[0]

/** All children of this name. */
export const every = (children: Children, name: string): readonly Place[] =>
  children.find(({ spec }) => nameOf(spec) === name)?.places ?? none

const none: readonly Place[] = []

/**
 * What is read from each of them. The `map` of arrays would do, but its result has another shape once V8 has optimised
 * the caller, and everything that has been optimised for the shape before is thrown away.
 */
export const mapped = <T>(places: readonly Place[], read: (at: Place) => T): readonly T[] => {
  const items: T[] = []
  for (const at of places) items.push(read(at))
  return items
}

/** Reads the `Property` children of an element, as written. */
export const readPropertyList = (
  reading: Reading,
  children: Children,
  spec: {
    readonly path: string
    readonly attributes: typeof propertyAttributes | typeof managementPropertyAttributes
  },
): readonly ReadProperty[] =>
  mapped(every(children, 'Property'), at => ({ ...readAttributes(reading, at, spec), at }))

/** The same for the model. */
export const toProperties = (
  reading: Reading,
  properties: readonly ReadProperty[],
): readonly Property[] => {
  if (properties.length === 0) return []
  const plain = properties.map(({ name, value }) => ({ name, value }))
  reading.origins.setAll(
    plain,
    properties.map(({ at }) => at),
  )
  return plain
}

const unknownElement = (reading: Reading, at: Place, known: Iterable<string>): void => {
  const { element, parent } = at
  keepUnknown(reading, at)
  const owner = parent && elementsNamed(element.name)[0]
  if (!reading.findings.hasRoom(owner === undefined ? 'L55' : 'L56')) return
  if (owner !== undefined) {
    const path = owner.path.slice(0, Math.max(0, owner.path.lastIndexOf('/')))
    reading.findings.add({
      code: 'L56',
      severity: 'warning',
      at,
      message: `${element.name} does not belong inside ${plain(parent?.element.name ?? '')}`,
      effect: 'it is ignored, with all that is in it',
      advice: path === '' ? 'remove it' : `move it into ${path}`,
    })
    return
  }
  reading.findings.add({
    code: 'L55',
    severity: 'warning',
    at,
    message: `nothing is known about an element ${quote(element.name)}${didYouMean(element.name, [
      ...known,
    ])}`,
    effect: 'it is ignored, with all that is in it',
    advice: 'correct the name (case matters), or remove the element',
  })
}

const repeated = (reading: Reading, at: Place, first: Place | undefined): void => {
  reading.findings.add({
    code: 'X07',
    severity: 'warning',
    at,
    message: `${at.element.name} is there a second time${
      first ? `; the first is on line ${reading.findings.lineOf(first)}` : ''
    }`,
    effect: 'the first one is used',
    advice: 'keep one of them',
  })
}
