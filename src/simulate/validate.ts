import { didYouMean } from '../config/did-you-mean.ts'
import type { Position } from '../config/lines.ts'
import { type JsonText, member } from './json.ts'
import type { Definitions, JsonSchema, JsonType, Shape } from './shape.ts'

/** One thing that does not fit, with its place in the text and in the document. */
export interface Problem extends Position {
  /** Such as `$.steps[2].expect.status`. */
  readonly path: string
  readonly message: string
}

type Members = Readonly<Record<string, unknown>>

/** Everything in a JSON text that does not fit a shape; empty when it fits. */
export const validate = (json: JsonText, shape: Shape<unknown>): readonly Problem[] => {
  const problems: Problem[] = []
  const add = (path: string, message: string, position = json.at(path)) => {
    problems.push({ ...position, path, message })
  }
  const check = (schema: JsonSchema, value: unknown, path: string): void => {
    const target = followed(schema, shape.definitions)
    if (target.anyOf !== undefined) {
      const chosen = choose(target.anyOf, value, shape.definitions)
      if ('unfit' in chosen) {
        const { key, unfit } = chosen
        if (key === undefined) add(path, unfit)
        else add(member(path, key), unfit, json.keyAt(member(path, key)))
      } else check(chosen, value, path)
      return
    }
    const wrong = unfit(target, value)
    if (wrong !== undefined) add(path, wrong)
    else if (target.type === 'array') {
      for (const [index, item] of (value as unknown[]).entries()) {
        check(target.items ?? {}, item, `${path}[${index}]`)
      }
    } else if (target.type === 'object') checkMembers(target, value as Members, path)
  }
  const checkMembers = (schema: JsonSchema, value: Members, path: string): void => {
    const known = schema.properties ?? {}
    for (const [key, inner] of Object.entries(value)) {
      const at = member(path, key)
      const own = Object.hasOwn(known, key) ? known[key] : undefined
      if (own !== undefined) check(own, inner, at)
      else if (typeof schema.additionalProperties === 'object') {
        check(schema.additionalProperties, inner, at)
      } else {
        add(at, unknownKey(key, Object.keys(known)), json.keyAt(at))
      }
    }
    for (const key of schema.required ?? []) {
      if (!Object.hasOwn(value, key)) add(path, `the key ${JSON.stringify(key)} is missing`)
    }
  }
  check(shape.schema, json.value, '$')
  return problems.sort((a, b) => a.line - b.line || a.column - b.column)
}

const followed = (schema: JsonSchema, definitions: Definitions): JsonSchema => {
  const name = schema.$ref?.slice('#/$defs/'.length)
  return name === undefined ? schema : followed(definitions[name] ?? {}, definitions)
}

const unknownKey = (key: string, possible: readonly string[]): string =>
  `unknown key ${JSON.stringify(key)}${didYouMean(key, possible) || `; possible here: ${possible.join(', ')}`}`

/** How a value would be called in a message. */
export const nameOf = (value: unknown): string => {
  if (Array.isArray(value)) return 'a list'
  if (typeof value === 'object' && value !== null) {
    return Object.keys(value).length === 0 ? 'an empty object' : 'an object'
  }
  const written = JSON.stringify(value) ?? 'nothing'
  return written.length > 60 ? `${written.slice(0, 60)}…` : written
}

const typeNames: Readonly<Record<JsonType, string>> = {
  string: 'a text in double quotes',
  integer: 'a whole number',
  number: 'a number',
  boolean: 'true or false',
  null: 'null',
  object: 'an object { }',
  array: 'a list [ ]',
}

const isType = (type: JsonType | undefined, value: unknown): boolean => {
  if (type === undefined) return true
  if (type === 'null') return value === null
  if (type === 'array') return Array.isArray(value)
  if (type === 'object') return typeof value === 'object' && value !== null && !Array.isArray(value)
  if (type === 'integer') return Number.isSafeInteger(value)
  return typeof value === type
}

/** Why a value does not fit a schema without alternatives; undefined when it does. */
const unfit = (schema: JsonSchema, value: unknown): string | undefined => {
  const found = `found ${nameOf(value)}`
  if (!isType(schema.type, value)) return `${found}, expected ${typeNames[schema.type ?? 'null']}`
  const words = schema.const === undefined ? schema.enum : [schema.const]
  if (words !== undefined && !words.includes(value as string)) {
    return `${found}, expected ${words.length > 1 ? 'one of ' : ''}${words.join(', ')}${didYouMean(String(value), words)}`
  }
  if (schema.minimum !== undefined && (value as number) < schema.minimum) {
    return `${found}, expected ${schema.minimum} or more`
  }
  if (schema.maximum !== undefined && (value as number) > schema.maximum) {
    return `${found}, expected ${schema.maximum} or less`
  }
  if (schema.exclusiveMaximum !== undefined && (value as number) >= schema.exclusiveMaximum) {
    return `${found}, expected less than ${schema.exclusiveMaximum}`
  }
  if (schema.pattern !== undefined && !new RegExp(schema.pattern, 'u').test(value as string)) {
    return `${found}, expected something like ${schema.examples?.[0] ?? schema.pattern}`
  }
  if (schema.minItems !== undefined && (value as unknown[]).length < schema.minItems) {
    return `found ${(value as unknown[]).length} entries, expected at least ${schema.minItems}`
  }
  return undefined
}

/** Why no alternative fits; `key` when it is because of that member. */
interface Unfit {
  readonly unfit: string
  readonly key?: string
}

/** The alternative that was meant, or why none fits. */
const choose = (
  alternatives: readonly JsonSchema[],
  value: unknown,
  definitions: Definitions,
): JsonSchema | Unfit => {
  const flat = alternatives.flatMap(each => {
    const target = followed(each, definitions)
    return target.anyOf ?? [target]
  })
  const targets = flat.map(each => followed(each, definitions))
  const ofType = targets.filter(each => isType(each.type, value))
  if (ofType.length === 0) {
    const types = new Set(targets.map(each => typeNames[each.type ?? 'null']))
    return { unfit: `found ${nameOf(value)}, expected ${[...types].join(' or ')}` }
  }
  if (typeof value === 'string') return chooseWord(ofType, value)
  if (!isType('object', value) || ofType.length === 1) return ofType[0] ?? {}
  return chooseByTag(ofType, value as Members) ?? chooseByKey(ofType, value as Members)
}

/** Several sets of words read as one. */
const chooseWord = (targets: readonly JsonSchema[], value: string): JsonSchema => {
  const free = targets.find(each => each.enum === undefined && each.const === undefined)
  const words = targets.flatMap(each => each.enum ?? (each.const === undefined ? [] : [each.const]))
  return words.includes(value) || free === undefined ? { type: 'string', enum: words } : free
}

/** The object whose tag is there; undefined: these have no tags. */
const chooseByTag = (
  targets: readonly JsonSchema[],
  value: Members,
): JsonSchema | Unfit | undefined => {
  const tags = targets.flatMap(target =>
    Object.entries(target.properties ?? {}).flatMap(([key, each]) =>
      each.const === undefined ? [] : [{ key, word: each.const, target }],
    ),
  )
  const key = tags[0]?.key
  if (key === undefined) return undefined
  const given = value[key]
  const chosen = tags.find(each => each.word === given)
  if (chosen !== undefined) return chosen.target
  const words = tags.map(each => each.word)
  if (given === undefined) {
    return { unfit: `the key ${JSON.stringify(key)} is missing; one of ${words.join(', ')}` }
  }
  const guess = typeof given === 'string' ? didYouMean(given, words) : ''
  return { unfit: `${key} is ${nameOf(given)}, expected one of ${words.join(', ')}${guess}` }
}

/**
 * The object whose first required key is there. Some of these keys are also optional members of others, so a
 * misspelled one is looked for first: `reqest` beside `expect` is a request.
 */
const chooseByKey = (targets: readonly JsonSchema[], value: Members): JsonSchema | Unfit => {
  const chosen = targets.find(each => Object.hasOwn(value, each.required?.[0] ?? ''))
  const keys = targets.map(each => each.required?.[0] ?? '')
  const misspelled = Object.keys(value).find(
    key => !Object.hasOwn(chosen?.properties ?? {}, key) && didYouMean(key, keys) !== '',
  )
  if (misspelled !== undefined && !keys.includes(misspelled)) {
    return { key: misspelled, unfit: unknownKey(misspelled, keys) }
  }
  return chosen ?? { unfit: `found ${nameOf(value)} with none of the keys ${keys.join(', ')}` }
}
