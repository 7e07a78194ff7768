/**
 * The configuration as plain, readonly data: what plugin-cfg.xml says, after defaults and units have been applied
 * and before any rule of routing has looked at it. Everything in here survives `JSON.stringify` unchanged.
 *
 * Times are milliseconds and sizes bytes; the reader converts the seconds and KiB of the file. Names refer to other
 * definitions by their text, as in the file; the core resolves them once when a router is made.
 */

/** `http` or `https`: of the incoming request, and of a transport. */
export type Scheme = 'http' | 'https'

/** A whole plugin-cfg.xml. */
export interface PluginConfig {
  readonly settings: Settings
  readonly log?: LogSettings
  /** `Config/Property` in document order, names as written. */
  readonly properties: readonly Property[]
  readonly virtualHostGroups: readonly VirtualHostGroup[]
  /** `TrustedProxyGroup/TrustedProxy` names; brackets of IPv6 literals removed. Empty when there is no group. */
  readonly trustedProxies: readonly string[]
  readonly clusters: readonly ServerCluster[]
  readonly uriGroups: readonly UriGroup[]
  /** In document order, which breaks ties between equal matches (M5). */
  readonly routes: readonly Route[]
  readonly requestMetrics?: RequestMetrics
  readonly intelligentManagement?: IntelligentManagement
  /** Attributes nobody knows, kept as written (E9). */
  readonly unknown: readonly UnknownItem[]
}

/** Attributes of the root `Config` element. */
export interface Settings {
  /** Tolerate transports whose host name does not resolve. Default false. */
  readonly ignoreDnsFailures: boolean
  /** Least time between two looks at the file; null: never look again. Default 60 s. */
  readonly refreshIntervalMs: number | null
  /** TCP_NODELAY towards the servers. Default false. */
  readonly asDisableNagle: boolean
  readonly iisDisableNagle: boolean
  /** Upper bound of one read of a response body. Default 64 KiB. */
  readonly responseChunkSizeBytes: number
  /** Forward bodies of GET, HEAD, DELETE, OPTIONS and TRACE as well (E4). Default false. */
  readonly acceptAllContent: boolean
  readonly chunkedResponse: boolean
  /** Which port `$WSSP` carries: the Host header's or the listener's. */
  readonly appServerPortPreference: 'host-header' | 'webserver-port'
  /** Which port virtual hosts are matched with: true the physical one of the listener, false the Host header's. */
  readonly vhostMatchingCompat: boolean
  readonly iisPluginPriority: 'high' | 'medium' | 'low'
  readonly fipsEnable: boolean
  readonly sslConsolidate: boolean
  readonly sslPkcsDriver?: string
  readonly sslPkcsPassword?: string
  readonly strictSecurity: boolean
  readonly trustedProxyEnable: boolean
  /** Headers kept per request; the rest is dropped (E12). Default 300. */
  readonly httpMaxHeaders: number
  /** Let an https request go out on http when there is no usable https transport (Y3). Default false. */
  readonly useInsecure: boolean
  readonly killWebServerStartUpOnParseErr: boolean
  /** Mark a server down that reached MaxConnections, instead of skipping it (E21). Default false. */
  readonly markBusyDown: boolean
  readonly secureHostVerification: boolean
  /** E20; undefined when the file does not say. */
  readonly failoverToNext?: boolean
  readonly configHash?: number
}

export type LogLevel = 'error' | 'warn' | 'stats' | 'detail' | 'debug' | 'trace'

/** `Config/Log`. */
export interface LogSettings {
  readonly name?: string
  /** Default `error`. */
  readonly level: LogLevel
}

/** A `Property` element of any owner. */
export interface Property {
  readonly name: string
  readonly value: string
}

export interface UnknownItem {
  /** Element path such as `Config/ServerCluster[Shop]/Server[m1]`. */
  readonly path: string
  /** Attribute name; absent when the element itself is unknown. */
  readonly attribute?: string
  readonly value?: string
}

export interface VirtualHostGroup {
  readonly name: string
  readonly virtualHosts: readonly VirtualHost[]
}

/** One alias a request may arrive on. `null` stands for `*`. */
export interface VirtualHost {
  /** As written. */
  readonly name: string
  /** Lower case, brackets of IPv6 literals removed; null: any host. A text no host can have (partial wildcard) never matches. */
  readonly host: string | null
  /** null: any port. A name without a port means 80. */
  readonly port: number | null
}

export interface ServerCluster {
  readonly name: string
  readonly loadBalance: 'round-robin' | 'random'
  /** true (default): affinity requests leave the weights alone. */
  readonly ignoreAffinityRequests: boolean
  /** How long a server that was marked down is left alone. Default 60 s. */
  readonly retryIntervalMs: number
  /** Extra limit on retries after a ServerIOTimeout; null (default, -1 in the file): none. */
  readonly serverIoTimeoutRetry: number | null
  /** Drop private headers sent by clients. Default true. */
  readonly removeSpecialHeaders: boolean
  readonly cloneSeparator: ':' | '+'
  /** Larger request bodies get 413; null (default): no limit. */
  readonly postSizeLimitBytes: number | null
  /** How much of a request body is kept for a second attempt; null: all of it; 0: nothing. Default 64 KiB. */
  readonly postBufferSizeBytes: number | null
  readonly getDwlmTable: boolean
  readonly servers: readonly Server[]
  readonly clusterAddress?: ClusterAddress
  /** Names as listed; absent when the element is absent. The core resolves them (routing.md 1.3, K10). */
  readonly primaryServers?: readonly string[]
  readonly backupServers?: readonly string[]
}

/** One member of a cluster. */
export interface Server {
  readonly name: string
  /** Absent: no affinity to this server. */
  readonly cloneId?: string
  /** As configured, 0 or more; default 2. */
  readonly loadBalanceWeight: number
  /** 0: no limit of our own, the operating system decides. */
  readonly connectTimeoutMs: number
  /** Limit of each single read or write; 0: none. */
  readonly serverIoTimeoutMs: number
  /** The file gave a negative ServerIOTimeout: its expiry marks the server down (F9). */
  readonly serverIoTimeoutMarksDown: boolean
  /** Same for an upgraded connection; 0: none. */
  readonly wsServerIoTimeoutMs: number
  readonly wsServerIdleTimeoutMs: number
  readonly extendedHandshake: boolean
  /** Pending requests at most; 0: unlimited. */
  readonly maxConnections: number
  readonly waitForContinue: boolean
  readonly transports: readonly Transport[]
}

/** An address in front of the members, used for requests without affinity (K11). */
export interface ClusterAddress {
  readonly name: string
  readonly transports: readonly Transport[]
}

/** A configured endpoint of a server. */
export interface Transport {
  /** Brackets of IPv6 literals removed. */
  readonly hostname: string
  readonly port: number
  readonly protocol: Scheme
  /** Idle streams of at least this age are dropped, 0: never; absent when the file does not say (E3). */
  readonly connectionTtlMs?: number
  /** The name to expect in the server's certificate. */
  readonly hostnameAlias?: string
  readonly keyring?: string
  readonly stashfile?: string
  readonly certLabel?: string
  readonly password?: string
  /** All properties, known and unknown, as written. */
  readonly properties: readonly Property[]
}

export interface UriGroup {
  readonly name: string
  readonly uris: readonly Uri[]
}

/** One path pattern with the places where its requests carry their session. */
export interface Uri {
  /** The pattern as written. */
  readonly name: string
  /** Default `JSESSIONID`. */
  readonly affinityCookie: string
  /** Default `jsessionid`. */
  readonly affinityUrlIdentifier: string
}

export interface Route {
  /** Absent: every host. */
  readonly virtualHostGroup?: string
  /** Absent: every URI. */
  readonly uriGroup?: string
  readonly serverCluster: string
}

export interface RequestMetrics {
  readonly enabled: boolean
  readonly traceLevel: 'none' | 'hops' | 'performance-debug' | 'debug'
  readonly loggingEnabled: boolean
  readonly armEnabled: boolean
  readonly filters: readonly {
    readonly type: string
    readonly enable: boolean
    readonly values: readonly { readonly value: string; readonly enable: boolean }[]
  }[]
}

/** Kept and reported as inactive (E10). */
export interface IntelligentManagement {
  readonly properties: readonly Property[]
  readonly traceSpecifications?: readonly {
    readonly name?: string
    readonly specification?: string
    readonly condition?: string
  }[]
  readonly connectorClusters: readonly {
    readonly name: string
    readonly enabled?: boolean
    /** null: for ever. */
    readonly maxRetries?: number | null
    readonly retryIntervalMs?: number
    readonly properties?: readonly Property[]
    readonly connectors: readonly {
      readonly host: string
      readonly port: number
      readonly protocol: Scheme
      readonly properties?: readonly Property[]
    }[]
  }[]
}
