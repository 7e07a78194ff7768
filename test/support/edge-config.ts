import type {
  PluginConfig,
  Server,
  ServerCluster,
  Settings,
  Transport,
} from '../../src/config/model.ts'
import { settings } from './configs.ts'

/** A configuration with everything at its default, one route for every host and path, and one cluster. */
export const edgeConfig = (
  servers: readonly (Partial<Server> & { readonly port?: number })[],
  overrides: {
    readonly settings?: Partial<Settings>
    readonly cluster?: Partial<ServerCluster>
    readonly transport?: Partial<Transport>
    readonly uri?: string
    readonly trustedProxies?: readonly string[]
  } = {},
): PluginConfig => ({
  settings: { ...defaults, ...overrides.settings },
  properties: [],
  virtualHostGroups: [],
  trustedProxies: overrides.trustedProxies ?? [],
  clusters: [
    {
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
      servers: servers.map((server, index) => serverOf(server, index, overrides.transport)),
      ...overrides.cluster,
    },
  ],
  uriGroups: [
    {
      name: 'Uris',
      uris: [
        {
          name: overrides.uri ?? '/*',
          affinityCookie: 'JSESSIONID',
          affinityUrlIdentifier: 'jsessionid',
        },
      ],
    },
  ],
  routes: [{ uriGroup: 'Uris', serverCluster: 'Cluster' }],
  unknown: [],
})

const serverOf = (
  { port = 9, ...server }: Partial<Server> & { readonly port?: number },
  index: number,
  transport: Partial<Transport> = {},
): Server => ({
  name: `m${index + 1}`,
  cloneId: `c${index + 1}`,
  loadBalanceWeight: 2,
  connectTimeoutMs: 5000,
  serverIoTimeoutMs: 0,
  serverIoTimeoutMarksDown: false,
  wsServerIoTimeoutMs: 0,
  wsServerIdleTimeoutMs: 0,
  extendedHandshake: false,
  maxConnections: 0,
  waitForContinue: false,
  transports: [{ hostname: '127.0.0.1', port, protocol: 'http', properties: [], ...transport }],
  ...server,
})

const defaults = settings({ asDisableNagle: true })
