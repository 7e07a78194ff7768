import type { Reading } from '../attributes.ts'
import { quote, type Severity } from '../diagnostics.ts'
import type { Place } from '../findings.ts'
import type { PluginConfig, Property, ServerCluster, UriGroup, VirtualHostGroup } from '../model.ts'
import type { Comment } from '../scan-markup.ts'
import { attributeNames } from '../xml.ts'

/** What a rule may look at. */
export interface Lint {
  readonly config: PluginConfig
  readonly comments: readonly Comment[]
  readonly reading: Reading
  /** First definition of each name. */
  readonly clusters: ReadonlyMap<string, ServerCluster>
  readonly virtualHostGroups: ReadonlyMap<string, VirtualHostGroup>
  readonly uriGroups: ReadonlyMap<string, UriGroup>
}

/** What a rule has to say, once it knows where. */
export interface Texts {
  readonly message: string
  readonly effect: string
  readonly advice: string
}

/** Reports a finding at an object of the model, at one of its attributes when the file has that. */
export type Report = (of: object | Place, attribute: string | undefined, texts: Texts) => void

/** One mistake of plugin-cfg.md §7, or of ours, that the file alone shows. */
export interface Rule {
  readonly code: string
  readonly severity: Severity
  /** The mistake. */
  readonly title: string
  readonly check: (lint: Lint, report: Report) => void
}

/** Prepares what the rules look at. */
export const createLint = (
  config: PluginConfig,
  reading: Reading,
  comments: readonly Comment[],
): Lint => ({
  config,
  comments,
  reading,
  clusters: byName(config.clusters),
  virtualHostGroups: byName(config.virtualHostGroups),
  uriGroups: byName(config.uriGroups),
})

const byName = <T extends { readonly name: string }>(items: readonly T[]): Map<string, T> => {
  const table = new Map<string, T>()
  for (const item of items) if (!table.has(item.name)) table.set(item.name, item)
  return table
}

/** The place an object of the model was read from. */
export const placeOf = (lint: Lint, of: object | Place): Place => {
  const place = lint.reading.origins.get(of)
  if (place !== undefined) return place
  return 'element' in of ? of : { element: { name: '', attributes: {}, children: [], offset: 0 } }
}

/** An attribute as the file spells it; undefined when the file does not have it. */
export const written = (lint: Lint, of: object, attribute: string): string | undefined => {
  const lower = attribute.toLowerCase()
  return attributeNames(placeOf(lint, of).element).find(name => name.toLowerCase() === lower)
}

/** The line an object was read from, for messages that name a second place. */
export const lineOf = (lint: Lint, of: object): number =>
  lint.reading.findings.lineOf(placeOf(lint, of))

/** The elements that a list of server names was read from. */
export const memberPlaces = (lint: Lint, list: readonly string[]): readonly Place[] => {
  const parent = placeOf(lint, list)
  return parent.element.children
    .filter(element => element.name === 'Server')
    .map(element => ({ element, parent }))
}

/** The property of this name, in any case. */
export const propertyOf = (
  properties: readonly Property[],
  ...names: readonly string[]
): Property | undefined =>
  properties.find(({ name }) => names.some(known => known.toLowerCase() === name.toLowerCase()))

/** `"a", "b" and 3 more`. */
export const listed = (names: readonly string[], most = 4): string => {
  const shown = names.slice(0, most).map(quote)
  const more = names.length - shown.length
  if (more > 0) return `${shown.join(', ')} and ${more} more`
  const last = shown.pop() ?? ''
  return shown.length === 0 ? last : `${shown.join(', ')} and ${last}`
}
