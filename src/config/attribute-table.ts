import { defaultOf, type Found, type Reading, readerOf, type ValueReader } from './attributes.ts'
import type { AttributeSpec, FieldsOf } from './schema/spec.ts'

/**
 * What reading an element needs of its table, worked out once for all elements of the kind: the entries of the tables
 * have as many shapes as there are kinds of attributes, which makes every look at them slow.
 */
export interface AttributeTable {
  /** Place in the table by usual name: what nearly every file writes, found without a look at the case. */
  readonly exact: ReadonlyMap<string, number>
  readonly columns: readonly Column[]
  /** Places of those that have to be there. */
  readonly required: readonly number[]
}

/** One attribute of a table. */
export interface Column {
  readonly spec: AttributeSpec
  readonly field: string | undefined
  /** In the model's units; undefined when it has none. */
  readonly fallback: unknown
  readonly read: ValueReader
}

const tables = new WeakMap<readonly AttributeSpec[], AttributeTable>()

/** The table in that form. */
export const tableOf = (specs: readonly AttributeSpec[]): AttributeTable =>
  tables.get(specs) ?? makeTable(specs)

// Without `map`, see `mapped`.
const makeTable = (specs: readonly AttributeSpec[]): AttributeTable => {
  const exact = new Map<string, number>()
  const columns: Column[] = []
  const required: number[] = []
  specs.forEach((spec, place) => {
    const { name, field } = spec
    exact.set(name, place)
    columns.push({ spec, field, fallback: defaultOf(spec), read: readerOf(spec) })
    if (spec.required === true) required.push(place)
  })
  const table = { exact, columns, required }
  tables.set(specs, table)
  return table
}

/**
 * What the file says for some of the attributes of a table, in the model's units, and the defaults for the rest.
 *
 * @param found each at the place of its attribute in the table.
 */
export const toFields = <const L extends readonly AttributeSpec[]>(
  reading: Reading,
  specs: L,
  found: readonly (Found | undefined)[],
): FieldsOf<L> => {
  const fields: Record<string, unknown> = {}
  const { columns } = tableOf(specs)
  for (let place = 0; place < columns.length; place += 1) {
    const { field, fallback, read } = columns[place] as Column
    const given = found[place]
    const value = given === undefined ? fallback : read(reading, given)
    if (field !== undefined && value !== undefined) fields[field] = value
  }
  return fields as FieldsOf<L>
}
