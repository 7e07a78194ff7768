import type { Reading } from '../attributes.ts'
import { quote, type Severity } from '../diagnostics.ts'
import type { Place } from '../findings.ts'
import type {
  PluginConfig,
  Property,
  Server,
  ServerCluster,
  Transport,
  UriGroup,
  VirtualHostGroup,
} from '../model.ts'
import { childrenNamed } from '../origins.ts'
import type { Comment } from '../scan-markup.ts'
import { attributeNames, elementWithoutText } from '../xml.ts'

/** What a rule may look at. */
export interface Lint {
  readonly config: PluginConfig
  readonly comments: readonly Comment[]
  readonly reading: Reading
  /** First definition of each name. */
  readonly clusters: ReadonlyMap<string, ServerCluster>
  readonly virtualHostGroups: ReadonlyMap<string, VirtualHostGroup>
  readonly uriGroups: ReadonlyMap<string, UriGroup>
  /** Every server of every cluster. */
  readonly members: readonly Member[]
  /** Every transport of them, and those of the ClusterAddress after those of its cluster. */
  readonly transports: readonly Transport[]
  /** Names of the servers of each cluster. */
  readonly serverNames: ReadonlyMap<ServerCluster, ReadonlySet<string>>
}

/** A server and its cluster. */
export interface Member {
  readonly server: Server
  readonly cluster: ServerCluster
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
): Lint => {
  const members: Member[] = []
  const transports: Transport[] = []
  const serverNames = new Map<ServerCluster, Set<string>>()
  for (const cluster of config.clusters) {
    const names = new Set<string>()
    serverNames.set(cluster, names)
    for (const server of cluster.servers) {
      names.add(server.name)
      members.push({ server, cluster })
      for (const transport of server.transports) transports.push(transport)
    }
    for (const transport of cluster.clusterAddress?.transports ?? []) transports.push(transport)
  }
  return {
    config,
    comments,
    reading,
    clusters: byName(config.clusters),
    virtualHostGroups: byName(config.virtualHostGroups),
    uriGroups: byName(config.uriGroups),
    members,
    transports,
    serverNames,
  }
}

const byName = <T extends { readonly name: string }>(items: readonly T[]): Map<string, T> => {
  const table = new Map<string, T>()
  for (const item of items) if (!table.has(item.name)) table.set(item.name, item)
  return table
}

/** The place an object of the model was read from. */
export const placeOf = (lint: Lint, of: object | Place): Place => {
  if ('element' in of) return of
  return lint.reading.origins.get(of) ?? { element: elementWithoutText('') }
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
export const memberPlaces = (lint: Lint, list: readonly string[]): readonly Place[] =>
  childrenNamed(placeOf(lint, list), 'Server')

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
