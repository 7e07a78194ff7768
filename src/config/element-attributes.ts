import { tableOf, toFields } from './attribute-table.ts'
import { type Attributed, type Found, keepUnknown, type Reading } from './attributes.ts'
import { quote } from './diagnostics.ts'
import { didYouMean } from './did-you-mean.ts'
import type { Place } from './findings.ts'
import type { Property } from './model.ts'
import type { AttributeSpec, ElementSpec, FieldsOf } from './schema/spec.ts'
import { byLowerCase, elements, nameOf } from './schema.ts'
import { Attributes, attributeNames } from './xml.ts'

/** Reads the attributes of an element by its table; everything odd about their names is reported. */
export const readAttributes = <const S extends Attributed>(
  reading: Reading,
  at: Place,
  spec: S,
): FieldsOf<S['attributes']> => {
  const specs: readonly AttributeSpec[] = spec.attributes
  const { exact, columns, required } = tableOf(specs)
  const found = new Array<Found | undefined>(columns.length)
  const attributes = new Attributes(at.element)
  while (attributes.next()) {
    const { name: written, value: text } = attributes
    const exactly = exact.get(written)
    const place = exactly ?? placeOf(specs, written)
    const column = columns[place]
    if (column === undefined) {
      keepUnknown(reading, at, { attribute: written, value: text })
      unknownAttribute(reading, at, spec, written)
      continue
    }
    if (found[place] !== undefined) {
      givenTwice(reading, at, column.spec, written)
      continue
    }
    if (exactly === undefined) checkSpelling(reading, at, column.spec, written, written)
    if (column.field === undefined) {
      keepUnknown(reading, at, { attribute: written, value: text })
    }
    found[place] = { spec: column.spec, text, at, attribute: written }
  }
  for (const needed of required) {
    const given = found[needed]
    if (given !== undefined && given.text.trim() !== '') continue
    missing(reading, at, spec, specs[needed] as AttributeSpec, given?.attribute)
  }
  return toFields<S['attributes']>(reading, spec.attributes, found)
}

/** Place of an attribute in its table by any of its names, in any case; -1: it is in none. */
const placeOf = (specs: readonly AttributeSpec[], name: string): number => {
  const known = byLowerCase(specs).get(name.toLowerCase())
  return known === undefined ? -1 : specs.indexOf(known)
}

/** One `Property` element, read. */
export interface ReadProperty extends Property {
  readonly at: Place
}

/** Sorts `Property` elements into the fields they fill; names are understood in any case. */
export const readProperties = <const L extends readonly AttributeSpec[]>(
  reading: Reading,
  specs: L,
  properties: readonly ReadProperty[],
): FieldsOf<L> => {
  const found = new Array<Found | undefined>(specs.length)
  for (const { name, value, at } of properties) {
    if (name === '') continue
    const attribute = attributeNames(at.element).find(key => key.toLowerCase() === 'name')
    const place = placeOf(specs, name)
    const known = specs[place]
    if (known === undefined) {
      if (!reading.findings.hasRoom('L55')) continue
      reading.findings.add({
        code: 'L55',
        severity: 'warning',
        at,
        attribute,
        message: `nothing is known about a property ${quote(name)}${didYouMean(
          name,
          specs.map(spec => spec.name),
        )}`,
        effect: 'it is ignored; whatever it was meant to switch is not switched',
        advice: 'correct the name, or remove the property',
      })
      continue
    }
    if (found[place] !== undefined) {
      givenTwice(reading, at, known, attribute)
      continue
    }
    checkSpelling(reading, at, known, name, attribute)
    const text = attributeNames(at.element).find(key => key.toLowerCase() === 'value')
    const pointed = text ?? attribute ?? ''
    found[place] = { spec: known, text: value, at, attribute: pointed, read: true }
  }
  return toFields<L>(reading, specs, found)
}

const unknownAttribute = (reading: Reading, at: Place, spec: Attributed, written: string): void => {
  const owner = owners.get(written.toLowerCase())?.find(other => other.path !== spec.path)
  if (!reading.findings.hasRoom(owner === undefined ? 'L55' : 'L56')) return
  if (owner !== undefined) {
    reading.findings.add({
      code: 'L56',
      severity: 'warning',
      at,
      attribute: written,
      message: `${written} does not belong on ${at.element.name}`,
      effect: 'it is ignored here',
      advice: `move it to the ${nameOf(owner)} element`,
    })
    return
  }
  reading.findings.add({
    code: 'L55',
    severity: 'warning',
    at,
    attribute: written,
    message: `nothing is known about an attribute ${quote(written)} of ${at.element.name}${didYouMean(
      written,
      spec.attributes.map(attribute => attribute.name),
    )}`,
    effect: 'it is ignored; whatever it was meant to switch is not switched',
    advice: 'correct the name, or remove the attribute',
  })
}

// Names such as Name and value occur everywhere and say nothing about where they belong.
const common = new Set(['name', 'value', 'type', 'enable', 'host', 'port', 'protocol'])

const owners = new Map<string, ElementSpec[]>()

for (const spec of elements) {
  for (const name of byLowerCase(spec.attributes).keys()) {
    if (!common.has(name)) owners.set(name, [...(owners.get(name) ?? []), spec])
  }
}

const checkSpelling = (
  reading: Reading,
  at: Place,
  known: AttributeSpec,
  written: string,
  attribute: string | undefined,
): void => {
  if (written === known.name || known.spellings?.includes(written)) return
  reading.findings.add({
    code: 'L55',
    severity: 'warning',
    at,
    attribute,
    message: `${quote(written)} is not the usual spelling of ${known.name}`,
    effect: `it is taken for ${known.name} here; the plug-in may not know it`,
    advice: `write ${known.name}`,
  })
}

const givenTwice = (
  reading: Reading,
  at: Place,
  known: AttributeSpec,
  attribute: string | undefined,
): void => {
  reading.findings.add({
    code: 'X07',
    severity: 'warning',
    at,
    attribute,
    message: `${known.name} is given a second time`,
    effect: 'the first one is used',
    advice: 'keep one of them',
  })
}

const missing = (
  reading: Reading,
  at: Place,
  spec: Attributed,
  required: AttributeSpec,
  written: string | undefined,
): void => {
  // A Route without a cluster and a transport without a port have findings of their own (L06, L57).
  if (spec.path === 'Config/Route' || required.type === 'integer') return
  const vital = indispensable.has(spec.path)
  reading.findings.add({
    code: 'X11',
    severity: vital ? 'error' : 'warning',
    at,
    attribute: written,
    message: `${at.element.name} has ${written === undefined ? 'no' : 'an empty'} ${required.name}`,
    effect: vital ? 'nothing can refer to it: the file is refused' : 'it is ignored',
    advice: `write ${required.name}="…"`,
  })
}

const indispensable = new Set([
  'Config/VirtualHostGroup',
  'Config/ServerCluster',
  'Config/ServerCluster/Server',
  'Config/ServerCluster/Server/Transport',
  'Config/ServerCluster/ClusterAddress/Transport',
  'Config/UriGroup',
])
