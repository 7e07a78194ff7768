import { PluginError } from '../errors.ts'
import type { Reading } from './attributes.ts'
import { readServerCluster } from './clusters.ts'
import { type Diagnostic, quote } from './diagnostics.ts'
import { type Document, readDocument } from './document.ts'
import { readAttributes, readProperties } from './element-attributes.ts'
import { every, only, readChildren, readPropertyList, toProperties } from './elements.ts'
import type { Findings, Place } from './findings.ts'
import { createLint } from './lint/rule.ts'
import { runRules } from './lint/rules.ts'
import type { LogSettings, PluginConfig } from './model.ts'
import { Origins } from './origins.ts'
import { configElement, configPropertyElement, logElement } from './schema/config.ts'
import { readIntelligentManagement, readRequestMetrics } from './side-elements.ts'
import { readRoute, readUriGroup } from './uri-groups.ts'
import { readTrustedProxies, readVirtualHostGroup } from './virtual-hosts.ts'
import { elementWithoutText } from './xml.ts'

/** What the readers can be told. */
export interface ReadOptions {
  /** Name of the file, for the diagnostics. Default: none. */
  readonly file?: string
  /**
   * Largest input in bytes (characters, when it is a string); more is refused. Default 33554432, which is 32 MiB. A file
   * may have 500,000 elements, or one for each 72 bytes that are allowed, if that is more.
   */
  readonly maxBytes?: number
}

/** Default of `maxBytes`. */
export const defaultMaxBytes = 32 * 1024 * 1024

/** A configuration and everything that was found while reading it. */
export interface ReadResult {
  /** Usable when no diagnostic is an error; with errors, as much as could be read. */
  readonly config: PluginConfig
  /** In the order of the file. */
  readonly diagnostics: readonly Diagnostic[]
}

/**
 * Reads the text of a plugin-cfg.xml. Never throws, whatever the text: it returns what it could read and says what it
 * found. Bytes are decoded as their byte order mark or XML declaration says.
 *
 * @throws PluginError `OPTION_INVALID` when what is passed is neither text nor bytes, or the limit is no number.
 */
export const readPluginConfig = (
  xml: string | Uint8Array,
  options: ReadOptions = {},
): ReadResult => {
  if (typeof xml !== 'string' && !(xml instanceof Uint8Array)) {
    throw new PluginError('OPTION_INVALID', `xml is ${typeof xml}; pass a string or bytes`)
  }
  return readElements(readDocument(xml, resolveOptions(options)))
}

/** Fills in the defaults. @throws PluginError `OPTION_INVALID`. */
export const resolveOptions = (
  options: ReadOptions,
): { readonly file: string | undefined; readonly maxBytes: number } => {
  const { file, maxBytes = defaultMaxBytes } = options
  if (typeof maxBytes !== 'number' || !(maxBytes > 0)) {
    throw new PluginError('OPTION_INVALID', `maxBytes is ${maxBytes}; write a number of bytes`)
  }
  return { file, maxBytes }
}

/** Reads and checks a document. */
export const readElements = ({ roots, comments, findings }: Document): ReadResult => {
  const reading: Reading = { findings, origins: new Origins(), unknown: [] }
  const places = roots.map(element => ({ element }))
  checkRoots(findings, places)
  const config = readConfig(reading, places)
  // Of a file that was refused there is nothing to say but why.
  if (roots.length > 0) runRules(createLint(config, reading, comments))
  return { config, diagnostics: findings.all() }
}

/** L02. Whatever stands beside the root, or instead of it, is read as if it were inside, so that it is checked too. */
const checkRoots = (findings: Findings, roots: readonly Place[]): void => {
  const [first, second] = roots
  if (first !== undefined && first.element.name !== 'Config') {
    findings.add({
      code: 'L02',
      severity: 'error',
      at: first,
      message: `the root element is ${quote(first.element.name)}, not Config`,
      effect: 'the plug-in refuses the whole file',
      advice: 'put everything into one Config element',
    })
  }
  if (second === undefined) return
  findings.add({
    code: 'L02',
    severity: 'error',
    at: second,
    message: `there are ${roots.length} root elements; this is the second`,
    effect: 'the plug-in refuses the whole file',
    advice: 'put everything into one Config element, as the merge tools do',
  })
}

const readConfig = (reading: Reading, roots: readonly Place[]): PluginConfig => {
  const configs = roots.filter(place => !isLoose(place))
  const root = configs[0] ?? noElement
  const settings = readAttributes(reading, root, configElement)
  const loose: Place = {
    element: elementWithoutText(
      'Config',
      roots.filter(isLoose).map(place => place.element),
    ),
  }
  const children = readChildren(reading, [...configs, loose], configElement)
  const properties = readPropertyList(reading, children, configPropertyElement)
  readProperties(reading, configElement.properties, properties)
  const log = only(children, 'Log')
  const proxies = only(children, 'TrustedProxyGroup')
  const metrics = only(children, 'RequestMetrics')
  const management = only(children, 'IntelligentManagement')
  const clusters = every(children, 'ServerCluster')
  const routes = every(children, 'Route')
  const config: PluginConfig = {
    settings,
    ...(log && { log: readLog(reading, log) }),
    properties: toProperties(reading, properties),
    virtualHostGroups: every(children, 'VirtualHostGroup').map(at =>
      readVirtualHostGroup(reading, at),
    ),
    trustedProxies: proxies ? readTrustedProxies(reading, proxies) : [],
    clusters: clusters.map(at => readServerCluster(reading, at)),
    uriGroups: every(children, 'UriGroup').map(at => readUriGroup(reading, at)),
    routes: routes.map(at => readRoute(reading, at)),
    ...(metrics && { requestMetrics: readRequestMetrics(reading, metrics) }),
    ...(management && { intelligentManagement: readIntelligentManagement(reading, management) }),
    unknown: reading.unknown,
  }
  reading.origins.set(config, root)
  reading.origins.setAll(config.clusters, clusters)
  reading.origins.setAll(config.routes, routes)
  return config
}

const readLog = (reading: Reading, at: Place): LogSettings => {
  const log: LogSettings = readAttributes(reading, at, logElement)
  reading.origins.set(log, at)
  return log
}

const isLoose = (place: Place): boolean => place.element.name.toLowerCase() !== 'config'

const noElement: Place = { element: elementWithoutText('Config') }
