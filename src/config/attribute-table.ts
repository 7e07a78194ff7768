import { defaultOf, type Found, type Reading, readValue } from './attributes.ts'
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
}

const tables = new WeakMap<readonly AttributeSpec[], AttributeTable>()

/** The table in that form. */
export const tableOf = (specs: readonly AttributeSpec[]): AttributeTable => {
  const known = tables.get(specs)
  if (known !== undefined) return known
  const columns = specs.map(spec => ({
    spec,
    field: spec.field,
    fallback: defaultOf(spec),
  }))
  const places = columns.map((_, place) => place)
  const table = {
    exact: new Map(specs.map((spec, place) => [spec.name, place])),
    columns,
    required: places.filter(place => specs[place]?.required === true),
  }
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
    const { field, fallback } = columns[place] as Column
    const given = found[place]
    const value = given === undefined ? fallback : readValue(reading, given)
    if (field !== undefined && value !== undefined) fields[field] = value
  }
  return fields as FieldsOf<L>
}
