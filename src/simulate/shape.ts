/** The part of JSON Schema 2020-12 that shapes are made of. */
export interface JsonSchema {
  readonly $ref?: string
  readonly description?: string
  readonly type?: JsonType
  readonly const?: string
  readonly enum?: readonly string[]
  readonly minimum?: number
  readonly maximum?: number
  readonly exclusiveMaximum?: number
  readonly pattern?: string
  readonly examples?: readonly string[]
  readonly minItems?: number
  readonly items?: JsonSchema
  readonly properties?: Readonly<Record<string, JsonSchema>>
  readonly required?: readonly string[]
  readonly additionalProperties?: boolean | JsonSchema
  readonly anyOf?: readonly JsonSchema[]
}

export type JsonType = 'string' | 'integer' | 'number' | 'boolean' | 'null' | 'object' | 'array'

/** Definitions that a schema refers to by name. */
export type Definitions = Readonly<Record<string, JsonSchema>>

/**
 * A JSON Schema together with the TypeScript type of what it accepts. Format, type, check and published schema of a
 * scenario are one text this way.
 */
export interface Shape<T> {
  readonly schema: JsonSchema
  readonly definitions: Definitions
  /** The member may be left out. */
  readonly optional: boolean
  /** For the compiler alone; never set. */
  readonly accepts?: T
}

/** A member that may be left out. */
export interface OptionalShape<T> extends Shape<T> {
  readonly optional: true
}

/** What a shape accepts. */
export type Accepted<S> = S extends Shape<infer T> ? T : never

type Members = Readonly<Record<string, Shape<unknown>>>
type Needed<M extends Members> = {
  [K in keyof M]: M[K] extends OptionalShape<unknown> ? never : K
}[keyof M]
type ObjectOf<M extends Members> = {
  readonly [K in Needed<M>]: Accepted<M[K]>
} & { readonly [K in Exclude<keyof M, Needed<M>>]?: Accepted<M[K]> }

const shape = <T>(schema: JsonSchema, definitions: Definitions = {}): Shape<T> => ({
  schema,
  definitions,
  optional: false,
})

const described = (description: string): Pick<JsonSchema, 'description'> =>
  description === '' ? {} : { description }

/** Any text. */
export const text = (description = ''): Shape<string> =>
  shape({ type: 'string', ...described(description) })

/** A text of a certain form, with an example of it for messages. */
export const matching = (pattern: string, example: string, description = ''): Shape<string> =>
  shape({ type: 'string', pattern, examples: [example], ...described(description) })

/** One of a few words. */
export const word = <const W extends string>(words: readonly W[], description = ''): Shape<W> =>
  shape({ type: 'string', enum: words, ...described(description) })

/** One word and no other: tells the members of a union apart. */
export const tag = <const W extends string>(value: W): Shape<W> =>
  shape({ type: 'string', const: value })

/** A whole number in these bounds. */
export const integer = (description = '', minimum?: number, maximum?: number): Shape<number> =>
  shape({
    type: 'integer',
    ...(minimum !== undefined && { minimum }),
    ...(maximum !== undefined && { maximum }),
    ...described(description),
  })

/** A number in these bounds; `below` is the first that is too large. */
export const number = (
  description = '',
  minimum?: number,
  { maximum, below }: { readonly maximum?: number; readonly below?: number } = {},
): Shape<number> =>
  shape({
    type: 'number',
    ...(minimum !== undefined && { minimum }),
    ...(maximum !== undefined && { maximum }),
    ...(below !== undefined && { exclusiveMaximum: below }),
    ...described(description),
  })

/** true or false. */
export const flag = (description = ''): Shape<boolean> =>
  shape({ type: 'boolean', ...described(description) })

/** null. */
export const nothing = (description = ''): Shape<null> =>
  shape({ type: 'null', ...described(description) })

/** Any JSON at all. */
export const anything = (description = ''): Shape<unknown> => shape(described(description))

/** A list of at least so many entries. */
export const list = <T>(items: Shape<T>, description = '', minItems = 0): Shape<readonly T[]> =>
  shape(
    {
      type: 'array',
      items: items.schema,
      ...(minItems > 0 && { minItems }),
      ...described(description),
    },
    items.definitions,
  )

/** An object whose keys are names that people choose. */
export const map = <T>(values: Shape<T>, description = ''): Shape<Readonly<Record<string, T>>> =>
  shape(
    { type: 'object', additionalProperties: values.schema, ...described(description) },
    values.definitions,
  )

/** An object with these members and no others. */
export const object = <M extends Members>(members: M, description = ''): Shape<ObjectOf<M>> => {
  const required = Object.keys(members).filter(key => members[key]?.optional === false)
  return shape(
    {
      type: 'object',
      ...described(description),
      properties: Object.fromEntries(
        Object.entries(members).map(([key, each]) => [key, each.schema]),
      ),
      ...(required.length > 0 && { required }),
      additionalProperties: false,
    },
    Object.assign({}, ...Object.values(members).map(each => each.definitions)),
  )
}

/** Any one of several shapes. Objects among them are told apart by a tag or by their first required member. */
export const either = <S extends readonly Shape<unknown>[]>(
  shapes: S,
  description = '',
): Shape<Accepted<S[number]>> =>
  shape(
    { ...described(description), anyOf: shapes.map(each => each.schema) },
    Object.assign({}, ...shapes.map(each => each.definitions)),
  )

/** Makes a member of an object one that may be left out. */
export const optional = <T>(inner: Shape<T>): OptionalShape<T> => ({ ...inner, optional: true })

/** Gives a shape a name in the published schema, and refers to it from there on. */
export const named = <T>(name: string, inner: Shape<T>): Shape<T> =>
  shape({ $ref: `#/$defs/${name}` }, { ...inner.definitions, [name]: inner.schema })
