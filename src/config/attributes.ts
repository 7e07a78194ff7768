import { quote } from './diagnostics.ts'
import { type Findings, type Place, pathOf } from './findings.ts'
import type { UnknownItem } from './model.ts'
import type { Origins } from './origins.ts'
import type { AttributeSpec, ElementSpec, IntegerSpec } from './schema/spec.ts'

/** What the readers of one file share. */
export interface Reading {
  readonly findings: Findings
  readonly origins: Origins
  readonly unknown: UnknownItem[]
}

// Unknown items of a hostile file must not fill the memory; no honest file comes near.
const keptUnknown = 10_000

/** Keeps something nobody knows in the model (E9). */
export const keepUnknown = (
  reading: Reading,
  at: Place,
  attribute?: { readonly attribute: string; readonly value: string },
): void => {
  if (reading.unknown.length < keptUnknown) reading.unknown.push({ path: pathOf(at), ...attribute })
}

/** A value as found: which attribute of the table, how its name was written, where. */
export interface Found {
  readonly spec: AttributeSpec
  readonly text: string
  readonly at: Place
  /** The attribute to point at: its own name, or `Value` when it is a `Property`. */
  readonly attribute: string
  /** The text has been read once already, as the Value of its Property element, and findings about it were made then. */
  readonly read?: boolean
}

/** Default of an attribute in the model's units; undefined when it has none. */
export const defaultOf = (spec: AttributeSpec): unknown =>
  spec.type === 'integer' && spec.default !== undefined ? toModel(spec, spec.default) : spec.default

/** Default as a person would write it in the file; undefined when there is none. */
export const writtenDefault = (spec: AttributeSpec): string | undefined => {
  if (spec.default === undefined) return undefined
  if (spec.type !== 'enum') return String(spec.default)
  return Object.keys(spec.values).find(value => spec.values[value] === spec.default)
}

/** Reads what was found for an attribute. */
export type ValueReader = (reading: Reading, found: Found) => unknown

/**
 * What reads one value into the model's units; a bad one is reported and replaced by the default (plugin-cfg.md §0.3).
 * Made once for each attribute, with what it needs of its entry at hand.
 */
export const readerOf = (spec: AttributeSpec): ValueReader => {
  switch (spec.type) {
    case 'text':
    case 'path': {
      const { default: fallback } = spec
      return (reading, found) => {
        checkPlaceholder(reading, found)
        // One text for all of them: what a file says over and over is the default, as a rule.
        return found.text === fallback ? fallback : found.text
      }
    }
    case 'boolean':
      return readBoolean
    case 'enum':
      return (reading, found) => readEnum(reading, found, spec.values)
    case 'integer':
      return integerReader(spec)
  }
}

const readBoolean = (reading: Reading, found: Found): unknown => {
  if (found.text === 'true' || found.text === 'false') return found.text === 'true'
  const text = found.text.trim()
  const lower = text.toLowerCase()
  if (lower !== 'true' && lower !== 'false') {
    return rejected(reading, found, 'which is neither true nor false', 'write true or false')
  }
  if (text !== lower) misspelt(reading, found, lower)
  return lower === 'true'
}

const readEnum = (
  reading: Reading,
  found: Found,
  values: Readonly<Record<string, string>>,
): unknown => {
  const text = found.text.trim()
  const exact = values[text]
  if (exact !== undefined && Object.hasOwn(values, text)) return exact
  // E25: RoundRobin, Round-Robin and ROUND_ROBIN all mean Round Robin.
  const bare = letters(text)
  for (const [canonical, value] of Object.entries(values)) {
    if (letters(canonical) !== bare) continue
    misspelt(reading, found, canonical)
    return value
  }
  const allowed = Object.keys(values)
  return rejected(
    reading,
    found,
    'which is not one of its values',
    `write ${allowed.slice(0, -1).join(', ')} or ${allowed.at(-1)}`,
  )
}

const letters = (text: string): string => text.toLowerCase().replace(/[^a-z0-9]/g, '')

const largest = 2_147_483_647

const integerReader = (spec: IntegerSpec): ValueReader => {
  const least = spec.min ?? (spec.negative === undefined ? 0 : -largest - 1)
  const most = spec.max ?? largest
  return (reading, found) => {
    const text = found.text.trim()
    if (!/^[+-]?\d+$/.test(text)) {
      const advice = `write digits only${example(spec)}`
      return rejected(reading, found, 'which is not a whole number', advice)
    }
    // -0 would not survive JSON.
    const number = Number(text) || 0
    if (number >= least && number <= most) return toModel(spec, number)
    const range = `a number from ${least} to ${most}`
    if (spec.clamp) {
      const nearest = number < least ? least : most
      report(reading, found, 'which is out of range', `${nearest} is used`, `write ${range}`)
      return toModel(spec, nearest)
    }
    return rejected(reading, found, 'which is out of range', `write ${range}`)
  }
}

const example = (spec: IntegerSpec): string =>
  spec.default === undefined ? '' : `, such as ${spec.name}="${spec.default}"`

const factors = { s: 1000, KiB: 1024, bytes: 1 } as const

const toModel = (spec: IntegerSpec, number: number): number | null => {
  if (number < 0 && spec.negative === 'null') return null
  if (number < 0 && spec.negative === 'zero') return 0
  return number * (spec.unit === undefined ? 1 : factors[spec.unit])
}

const rejected = (reading: Reading, found: Found, problem: string, advice: string): unknown => {
  const { spec } = found
  if (misplacedIn(spec) !== undefined) {
    report(reading, found, problem, 'the transport cannot be used and is left out', advice)
    return undefined
  }
  const fallback = writtenDefault(spec)
  const effect = fallback === undefined ? 'it is ignored' : `the default ${fallback} is used`
  report(reading, found, problem, effect, advice)
  return defaultOf(spec)
}

const misplacedIn = (spec: AttributeSpec): 'L57' | undefined =>
  spec.type === 'integer' || spec.type === 'enum' ? spec.misplaced : undefined

const report = (
  reading: Reading,
  found: Found,
  problem: string,
  effect: string,
  advice: string,
): void => {
  const { spec, text, at, attribute } = found
  const misplaced = misplacedIn(spec)
  reading.findings.add({
    code: misplaced ?? 'X10',
    severity: misplaced === undefined ? 'warning' : 'note',
    at,
    attribute,
    message: `${spec.name} is ${quote(text)}, ${problem}`,
    effect,
    advice,
  })
}

/** X13: templates that went into use as they were. Numbers and the like are rejected anyway. */
const checkPlaceholder = (reading: Reading, found: Found): void => {
  const { text } = found
  const start = text.indexOf('${')
  if (start === -1) return
  const { spec, at, attribute } = found
  const end = text.indexOf('}', start)
  if (end === -1 || spec.secret || found.read === true) return
  const placeholder = text.slice(start, end + 1)
  reading.findings.add({
    code: 'X13',
    severity: 'warning',
    at,
    attribute,
    message: `${spec.name} contains ${quote(placeholder)}, which nobody has replaced`,
    effect: 'it is taken as it stands',
    advice: 'write the value that is meant',
  })
}

const misspelt = (reading: Reading, found: Found, canonical: string): void => {
  const { spec, text, at, attribute } = found
  reading.findings.add({
    code: (spec.type === 'enum' && spec.misspelt) || 'L55',
    severity: 'warning',
    at,
    attribute,
    message: `${spec.name} is ${quote(text)}, which is not its usual spelling`,
    effect: `it is taken for ${quote(canonical)} here; the plug-in may use its default instead`,
    advice: `write ${spec.name}="${canonical}"`,
  })
}

/** The part of an element's table that a reader needs. */
export type Attributed = Pick<ElementSpec, 'path' | 'attributes'>
