import type { PluginConfig } from '../config/model.ts'
import {
  type Accepted,
  either,
  flag,
  integer,
  list,
  named,
  nothing,
  number,
  object,
  optional,
  type Shape,
  text,
  word,
} from './shape.ts'

/**
 * The configuration model (`src/config/model.ts`) as a shape, so that a scenario can carry a configuration that was
 * made by a program and never was XML. The compiler compares the two, see {@link modelShape}.
 */
const property = named('property', object({ name: text(), value: text() }))
const milliseconds = number('', 0)
const count = integer('', 0)
const orNull = <T>(inner: Shape<T>): Shape<T | null> => either([inner, nothing()])
const scheme = word(['http', 'https'])

const settings = object({
  ignoreDnsFailures: flag(),
  refreshIntervalMs: orNull(milliseconds),
  asDisableNagle: flag(),
  iisDisableNagle: flag(),
  responseChunkSizeBytes: count,
  acceptAllContent: flag(),
  chunkedResponse: flag(),
  appServerPortPreference: word(['host-header', 'webserver-port']),
  vhostMatchingCompat: flag(),
  iisPluginPriority: word(['high', 'medium', 'low']),
  fipsEnable: flag(),
  sslConsolidate: flag(),
  sslPkcsDriver: optional(text()),
  sslPkcsPassword: optional(text()),
  strictSecurity: flag(),
  trustedProxyEnable: flag(),
  httpMaxHeaders: count,
  useInsecure: flag(),
  killWebServerStartUpOnParseErr: flag(),
  markBusyDown: flag(),
  secureHostVerification: flag(),
  failoverToNext: optional(flag()),
  configHash: optional(integer()),
})

const transport = named(
  'transport',
  object({
    hostname: text(),
    port: integer('', 1, 65_535),
    protocol: scheme,
    connectionTtlMs: optional(milliseconds),
    hostnameAlias: optional(text()),
    keyring: optional(text()),
    stashfile: optional(text()),
    certLabel: optional(text()),
    password: optional(text()),
    properties: list(property),
  }),
)

const server = named(
  'server',
  object({
    name: text(),
    cloneId: optional(text()),
    loadBalanceWeight: count,
    connectTimeoutMs: milliseconds,
    serverIoTimeoutMs: milliseconds,
    serverIoTimeoutMarksDown: flag(),
    wsServerIoTimeoutMs: milliseconds,
    wsServerIdleTimeoutMs: milliseconds,
    extendedHandshake: flag(),
    maxConnections: count,
    waitForContinue: flag(),
    transports: list(transport),
  }),
)

const cluster = named(
  'cluster',
  object({
    name: text(),
    loadBalance: word(['round-robin', 'random']),
    ignoreAffinityRequests: flag(),
    retryIntervalMs: milliseconds,
    serverIoTimeoutRetry: orNull(count),
    removeSpecialHeaders: flag(),
    cloneSeparator: word([':', '+']),
    postSizeLimitBytes: orNull(count),
    postBufferSizeBytes: orNull(count),
    getDwlmTable: flag(),
    servers: list(server),
    clusterAddress: optional(object({ name: text(), transports: list(transport) })),
    primaryServers: optional(list(text())),
    backupServers: optional(list(text())),
  }),
)

const shape = named(
  'model',
  object(
    {
      settings,
      log: optional(
        object({
          name: optional(text()),
          level: word(['error', 'warn', 'stats', 'detail', 'debug', 'trace']),
        }),
      ),
      properties: list(property),
      virtualHostGroups: list(
        object({
          name: text(),
          virtualHosts: list(
            object({ name: text(), host: orNull(text()), port: orNull(integer('', 0, 65_535)) }),
          ),
        }),
      ),
      trustedProxies: list(text()),
      clusters: list(cluster),
      uriGroups: list(
        object({
          name: text(),
          uris: list(
            object({ name: text(), affinityCookie: text(), affinityUrlIdentifier: text() }),
          ),
        }),
      ),
      routes: list(
        object({
          virtualHostGroup: optional(text()),
          uriGroup: optional(text()),
          serverCluster: text(),
        }),
      ),
      requestMetrics: optional(
        object({
          enabled: flag(),
          traceLevel: word(['none', 'hops', 'performance-debug', 'debug']),
          loggingEnabled: flag(),
          armEnabled: flag(),
          filters: list(
            object({
              type: text(),
              enable: flag(),
              values: list(object({ value: text(), enable: flag() })),
            }),
          ),
        }),
      ),
      intelligentManagement: optional(
        object({
          properties: list(property),
          traceSpecifications: optional(
            list(
              object({
                name: optional(text()),
                specification: optional(text()),
                condition: optional(text()),
              }),
            ),
          ),
          connectorClusters: list(
            object({
              name: text(),
              enabled: optional(flag()),
              maxRetries: optional(orNull(count)),
              retryIntervalMs: optional(milliseconds),
              properties: optional(list(property)),
              connectors: list(
                object({
                  host: text(),
                  port: integer(),
                  protocol: scheme,
                  properties: optional(list(property)),
                }),
              ),
            }),
          ),
        }),
      ),
      unknown: list(object({ path: text(), attribute: optional(text()), value: optional(text()) })),
    },
    'A configuration as readPluginConfig returns it, for scenarios that programs write.',
  ),
)

/** Every member required, at every depth: what is left to compare is whether it is there. */
type Complete<T> = T extends readonly (infer Item)[]
  ? readonly Complete<Item>[]
  : T extends object
    ? { readonly [K in keyof T]-?: Complete<T[K]> }
    : T

/** Does not compile when the model has a member that the shape lacks, or the other way round. */
export const modelShape: Complete<Accepted<typeof shape>> extends Complete<PluginConfig>
  ? Shape<PluginConfig>
  : never = shape
