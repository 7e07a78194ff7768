import type {
  PluginConfig,
  Route,
  Server,
  ServerCluster,
  Settings,
  Transport,
  UriGroup,
  VirtualHostGroup,
} from '../../src/config/model.ts'

/** Small configurations for tests: every function takes what the test is about and fills in the rest. */

export const settings = (over: Partial<Settings> = {}): Settings => ({
  ignoreDnsFailures: false,
  refreshIntervalMs: 60_000,
  asDisableNagle: false,
  iisDisableNagle: false,
  responseChunkSizeBytes: 65_536,
  acceptAllContent: false,
  chunkedResponse: false,
  appServerPortPreference: 'host-header',
  vhostMatchingCompat: false,
  iisPluginPriority: 'high',
  fipsEnable: false,
  sslConsolidate: false,
  strictSecurity: false,
  trustedProxyEnable: false,
  httpMaxHeaders: 300,
  useInsecure: false,
  killWebServerStartUpOnParseErr: false,
  markBusyDown: false,
  secureHostVerification: false,
  ...over,
})

export const transport = (over: Partial<Transport> = {}): Transport => ({
  hostname: '127.0.0.1',
  port: 9080,
  protocol: 'http',
  properties: [],
  ...over,
})

/** A server named `name` with the clone ID of the same text in lower case. */
export const server = (name: string, over: Partial<Server> = {}): Server => ({
  name,
  cloneId: name.toLowerCase(),
  loadBalanceWeight: 1,
  connectTimeoutMs: 0,
  serverIoTimeoutMs: 0,
  serverIoTimeoutMarksDown: false,
  wsServerIoTimeoutMs: 0,
  wsServerIdleTimeoutMs: 0,
  extendedHandshake: false,
  maxConnections: 0,
  waitForContinue: false,
  transports: [transport()],
  ...over,
})

/** A server without a clone ID. */
export const anonymous = (name: string, over: Partial<Server> = {}): Server => {
  const { cloneId: _, ...rest } = server(name, over)
  return rest
}

export const cluster = (
  servers: readonly Server[],
  over: Partial<ServerCluster> = {},
): ServerCluster => ({
  name: 'Cluster',
  loadBalance: 'round-robin',
  ignoreAffinityRequests: true,
  retryIntervalMs: 60_000,
  serverIoTimeoutRetry: null,
  removeSpecialHeaders: true,
  cloneSeparator: ':',
  postSizeLimitBytes: null,
  postBufferSizeBytes: 65_536,
  getDwlmTable: false,
  servers,
  ...over,
})

export const uris = (name: string, patterns: readonly string[]): UriGroup => ({
  name,
  uris: patterns.map(pattern => ({
    name: pattern,
    affinityCookie: 'JSESSIONID',
    affinityUrlIdentifier: 'jsessionid',
  })),
})

/** A virtual host group from aliases such as `*:80`, `shop.example:443`, `*:*`. */
export const hosts = (name: string, aliases: readonly string[]): VirtualHostGroup => ({
  name,
  virtualHosts: aliases.map(alias => {
    const at = alias.lastIndexOf(':')
    const host = alias.slice(0, at)
    const port = alias.slice(at + 1)
    return {
      name: alias,
      host: host === '*' ? null : host.replace(/^\[|\]$/g, '').toLowerCase(),
      port: port === '*' ? null : Number(port),
    }
  }),
})

export const config = (over: Partial<PluginConfig> = {}): PluginConfig => ({
  settings: settings(),
  properties: [],
  virtualHostGroups: [],
  trustedProxies: [],
  clusters: [],
  uriGroups: [],
  routes: [],
  unknown: [],
  ...over,
})

/** A configuration whose one cluster takes every request. */
export const only = (
  onlyCluster: ServerCluster,
  over: Partial<Omit<PluginConfig, 'clusters' | 'routes'>> = {},
): PluginConfig =>
  config({ clusters: [onlyCluster], routes: [{ serverCluster: onlyCluster.name }], ...over })

export const route = (
  serverCluster: string,
  virtualHostGroup?: string,
  uriGroup?: string,
): Route => ({
  serverCluster,
  ...(virtualHostGroup !== undefined && { virtualHostGroup }),
  ...(uriGroup !== undefined && { uriGroup }),
})
