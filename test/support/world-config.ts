import fc from 'fast-check'
import type {
  ClusterAddress,
  PluginConfig,
  Server,
  ServerCluster,
  Transport,
  Uri,
  VirtualHost,
} from '../../src/config/model.ts'
import type { AffinityDialect, RouterOptions, Switches } from '../../src/core/options.ts'
import type { PartitionTable } from '../../src/core/partition-table.ts'

/**
 * Random configurations. A sketch holds what is interesting about one and prints as a short line of JSON; `configOf`
 * fills in the rest. Servers are called s1, s2 … in every cluster (E23), their clone ids c1, c2 …
 */
export interface ConfigSketch {
  readonly clusters: readonly ClusterSketch[]
  readonly hosts: readonly (readonly string[])[]
  readonly uris: readonly (readonly UriSketch[])[]
  readonly routes: readonly RouteSketch[]
  readonly settings: {
    readonly physicalPort?: boolean
    readonly markBusyDown?: boolean
    readonly useInsecure?: boolean
    readonly failoverToNext?: boolean
  }
}

interface ServerSketch {
  readonly weight: number
  /** Number of the clone id; 0: none. */
  readonly clone: number
  readonly max: number
  /** Milliseconds; negative: its expiry marks down. */
  readonly io: number
  /** `h` http, `s` https; in upper case: skipped when the file was loaded. */
  readonly transports: string
}

interface ClusterSketch {
  readonly policy: 'round-robin' | 'random'
  readonly servers: readonly ServerSketch[]
  /** Numbers of servers; one too large is an unknown name; null: no element. */
  readonly primaries: readonly number[] | null
  readonly backups: readonly number[] | null
  readonly retryMs: number
  readonly ioRetry: number | null
  readonly separator: ':' | '+'
  readonly ignoreAffinity: boolean
  readonly limit: number | null
  readonly buffer: number | null
  /** Transports of a ClusterAddress. */
  readonly address: string | null
  readonly dialect: AffinityDialect
  readonly table: PartitionTable | null
}

type UriSketch = readonly [
  pattern: string,
  cookie: 'JSESSIONID' | 'SID',
  identifier: 'jsessionid' | 'sid',
]

/** Numbers of a virtual host group, a URI group and a cluster; -1: none. */
type RouteSketch = readonly [hosts: number, uris: number, cluster: number]

/** Switches that differ from their defaults. */
export type SwitchSketch = Partial<Omit<Switches, 'markBusyDown'>>

/** Host aliases of the virtual host groups; overlapping on purpose. */
const aliases = [
  '*:*',
  '*:80',
  '*:443',
  '*:8080',
  'shop.example.com:80',
  'shop.example.com:443',
  'shop.example.com:*',
  'www.example.com:80',
  'www.example.com:*',
  '[::1]:80',
  '[::1]:*',
  'sh*:80',
] as const

/** URI patterns; overlapping, with inner wildcards. */
const patterns = [
  '/*',
  '/',
  '*',
  '/app/*',
  '/app',
  '/app/info',
  '/app*',
  '*.jsp',
  '/app/*.jsp',
  '/a/*/b',
  '/a/*',
  '/a/*/b/*',
  '/*/info',
  '/app/a//b',
  '/é/*',
  '*/x/*',
] as const

const weight = fc.oneof(
  { arbitrary: fc.integer({ min: 0, max: 4 }), weight: 4 },
  { arbitrary: fc.integer({ min: 0, max: 20 }), weight: 2 },
  { arbitrary: fc.constant(2), weight: 2 },
)

const serverSketch = (n: number): fc.Arbitrary<ServerSketch> =>
  fc.record({
    weight,
    clone: fc.oneof(
      { arbitrary: fc.constant(n), weight: 8 },
      { arbitrary: fc.integer({ min: 0, max: 4 }), weight: 1 },
    ),
    max: fc.oneof(
      { arbitrary: fc.constant(0), weight: 3 },
      { arbitrary: fc.integer({ min: 1, max: 3 }), weight: 2 },
    ),
    io: fc.constantFrom(0, 60_000, -60_000),
    transports: fc.oneof(
      { arbitrary: fc.constant('h'), weight: 10 },
      {
        arbitrary: fc.constantFrom('hs', 'sh', 's', 'hh', 'ss', 'Hh', 'hS', 'H', 'S', ''),
        weight: 3,
      },
    ),
  })

const list = (servers: number): fc.Arbitrary<readonly number[]> =>
  fc.array(fc.integer({ min: 1, max: servers + 1 }), { maxLength: servers + 1 })

const clusterSketch: fc.Arbitrary<ClusterSketch> = fc
  .oneof(
    { arbitrary: fc.integer({ min: 1, max: 4 }), weight: 4 },
    { arbitrary: fc.integer({ min: 1, max: 8 }), weight: 1 },
  )
  .chain(servers =>
    fc.record({
      policy: fc.constantFrom('round-robin', 'round-robin', 'random'),
      servers: fc.tuple(
        ...Array.from({ length: servers }, (_, i) => serverSketch(i + 1)),
      ) as unknown as fc.Arbitrary<readonly ServerSketch[]>,
      primaries: fc.oneof(fc.constant(null), list(servers)),
      backups: fc.oneof(fc.constant(null), list(servers)),
      retryMs: fc.constantFrom(60_000, 60_000, 60_000, 5000, 0, 1500),
      ioRetry: fc.constantFrom(null, null, 0, 1, 2),
      separator: fc.constantFrom(':', ':', '+'),
      ignoreAffinity: fc.boolean(),
      limit: fc.constantFrom(null, null, null, 50, 1000),
      buffer: fc.constantFrom(65_536, 65_536, null, 0, 100),
      address: fc.oneof(
        { arbitrary: fc.constant(null), weight: 10 },
        { arbitrary: fc.constantFrom('h', 'hs', 's', 'H'), weight: 2 },
      ),
      dialect: fc.oneof(
        { arbitrary: fc.constant('websphere' as const), weight: 10 },
        {
          arbitrary: fc.constantFrom(
            'jvmroute' as const,
            'jvmroute-last' as const,
            'jvmroute-ranked' as const,
            'bang' as const,
          ),
          weight: 2,
        },
      ),
      table: fc.oneof({ arbitrary: fc.constant(null), weight: 8 }, { arbitrary: table, weight: 1 }),
    }),
  )

const cloneId = fc.integer({ min: 1, max: 9 }).map(n => `c${n}`)

/** Partition tables: p1 to p3 to some clone ids. */
export const table: fc.Arbitrary<PartitionTable> = fc.dictionary(
  fc.constantFrom('p1', 'p2', 'p3', 'c1'),
  fc.array(cloneId, { maxLength: 3 }),
  { maxKeys: 3, noNullPrototype: true },
)

/** A whole configuration, 1 to 6 clusters. */
export const configSketch: fc.Arbitrary<ConfigSketch> = fc
  .tuple(
    fc.oneof(
      {
        arbitrary: fc.array(clusterSketch, { minLength: 1, maxLength: 2 }),
        weight: 4,
      },
      { arbitrary: fc.array(clusterSketch, { minLength: 1, maxLength: 6 }), weight: 1 },
    ),
    fc.array(fc.array(fc.constantFrom(...aliases), { maxLength: 3 }), { maxLength: 4 }),
    fc.array(
      fc.array(
        fc.tuple(
          fc.constantFrom(...patterns),
          fc.constantFrom('JSESSIONID' as const, 'JSESSIONID' as const, 'SID' as const),
          fc.constantFrom('jsessionid' as const, 'jsessionid' as const, 'sid' as const),
        ),
        { maxLength: 4 },
      ),
      { maxLength: 5 },
    ),
  )
  .chain(([clusters, hosts, uris]) => {
    const number = (length: number, surplus: number): fc.Arbitrary<number> =>
      fc.integer({ min: -1, max: length - 1 + surplus })
    // One route in a hundred names a cluster that does not exist (Q4).
    const cluster = fc.oneof(
      { arbitrary: fc.integer({ min: 0, max: clusters.length - 1 }), weight: 99 },
      { arbitrary: fc.constant(clusters.length), weight: 1 },
    )
    const route = fc.tuple(number(hosts.length, 0), number(uris.length, 0), cluster)
    return fc.record({
      clusters: fc.constant(clusters),
      hosts: fc.constant(hosts),
      uris: fc.constant(uris),
      // Most configurations catch everything with their last route, so that most requests are ours.
      routes: fc
        .tuple(fc.array(route, { maxLength: 6 }), cluster, fc.integer({ min: 0, max: 9 }))
        .map(([some, all, dice]) => (dice === 0 ? some : [...some, [-1, -1, all] as RouteSketch])),
      settings: fc.record(
        {
          physicalPort: fc.constant(true),
          markBusyDown: fc.constant(true),
          useInsecure: fc.constant(true),
          failoverToNext: fc.boolean(),
        },
        { requiredKeys: [] },
      ),
    })
  })

/** Version switches; most worlds keep the defaults. */
export const switchSketch: fc.Arbitrary<SwitchSketch> = fc.oneof(
  { arbitrary: fc.constant({}), weight: 2 },
  {
    arbitrary: fc.record(
      {
        affinityFailover: fc.constantFrom('ordered' as const, 'balanced' as const),
        insecureFallback: fc.boolean(),
        connectionTtlDefaultMs: fc.constantFrom(0, 28_000),
        retryClock: fc.constant('arrival' as const),
        probe503ClearsFlag: fc.constant(false),
        statsVocabulary: fc.constant('connections' as const),
        markDownOn5xx: fc.constant(true),
        allDown: fc.constant('probe' as const),
        backupAffinity: fc.constant(false),
        ambiguousPaths: fc.constant('forward' as const),
      },
      { requiredKeys: [] },
    ),
    weight: 3,
  },
)

const transportsOf = (letters: string, owner: string): readonly Transport[] =>
  [...letters].map((letter, i) => ({
    hostname: `${owner}.example.net`,
    port: 9080 + i,
    protocol: letter.toLowerCase() === 's' ? 'https' : 'http',
    ...(i % 2 === 1 && { connectionTtlMs: 5000 }),
    // The mark by which `isUsable` recognises it.
    properties: letter === letter.toUpperCase() ? [{ name: 'skipped', value: 'yes' }] : [],
  }))

const serverOf = (sketch: ServerSketch, n: number): Server => ({
  name: `s${n}`,
  ...(sketch.clone > 0 && { cloneId: `c${sketch.clone}` }),
  loadBalanceWeight: sketch.weight,
  connectTimeoutMs: 5000,
  serverIoTimeoutMs: Math.abs(sketch.io),
  serverIoTimeoutMarksDown: sketch.io < 0,
  wsServerIoTimeoutMs: 0,
  wsServerIdleTimeoutMs: 0,
  extendedHandshake: n % 2 === 0,
  maxConnections: sketch.max,
  waitForContinue: n % 3 === 0,
  transports: transportsOf(sketch.transports, `s${n}`),
})

const addressOf = (letters: string): ClusterAddress => ({
  name: 'address',
  transports: transportsOf(letters, 'address'),
})

const names = (numbers: readonly number[]): readonly string[] => numbers.map(n => `s${n}`)

const clusterOf = (sketch: ClusterSketch, index: number): ServerCluster => ({
  name: `cluster${index}`,
  loadBalance: sketch.policy,
  ignoreAffinityRequests: sketch.ignoreAffinity,
  retryIntervalMs: sketch.retryMs,
  serverIoTimeoutRetry: sketch.ioRetry,
  removeSpecialHeaders: index % 2 === 0,
  cloneSeparator: sketch.separator,
  postSizeLimitBytes: sketch.limit,
  postBufferSizeBytes: sketch.buffer,
  getDwlmTable: sketch.table !== null,
  servers: sketch.servers.map((server, i) => serverOf(server, i + 1)),
  ...(sketch.address !== null && { clusterAddress: addressOf(sketch.address) }),
  ...(sketch.primaries !== null && { primaryServers: names(sketch.primaries) }),
  ...(sketch.backups !== null && { backupServers: names(sketch.backups) }),
})

const aliasOf = (name: string): VirtualHost => {
  const colon = name.lastIndexOf(':')
  const host = name.slice(0, colon).replace(/^\[|\]$/g, '')
  const port = name.slice(colon + 1)
  return { name, host: host === '*' ? null : host, port: port === '*' ? null : Number(port) }
}

const uriOf = ([name, affinityCookie, affinityUrlIdentifier]: UriSketch): Uri => ({
  name,
  affinityCookie,
  affinityUrlIdentifier,
})

/** The configuration a sketch stands for. */
export const configOf = ({
  clusters,
  hosts,
  uris,
  routes,
  settings,
}: ConfigSketch): PluginConfig => ({
  settings: {
    ignoreDnsFailures: false,
    refreshIntervalMs: 60_000,
    asDisableNagle: false,
    iisDisableNagle: false,
    responseChunkSizeBytes: 65_536,
    acceptAllContent: false,
    chunkedResponse: false,
    appServerPortPreference: 'host-header',
    vhostMatchingCompat: settings.physicalPort ?? false,
    iisPluginPriority: 'high',
    fipsEnable: false,
    sslConsolidate: false,
    strictSecurity: false,
    trustedProxyEnable: false,
    httpMaxHeaders: 300,
    useInsecure: settings.useInsecure ?? false,
    killWebServerStartUpOnParseErr: false,
    markBusyDown: settings.markBusyDown ?? false,
    secureHostVerification: false,
    ...(settings.failoverToNext !== undefined && { failoverToNext: settings.failoverToNext }),
  },
  properties: [],
  virtualHostGroups: hosts.map((group, i) => ({
    name: `hosts${i}`,
    virtualHosts: group.map(aliasOf),
  })),
  trustedProxies: [],
  clusters: clusters.map(clusterOf),
  uriGroups: uris.map((group, i) => ({ name: `uris${i}`, uris: group.map(uriOf) })),
  routes: routes.map(([host, uri, cluster]) => ({
    ...(host >= 0 && { virtualHostGroup: `hosts${host}` }),
    ...(uri >= 0 && { uriGroup: `uris${uri}` }),
    serverCluster: `cluster${cluster}`,
  })),
  unknown: [],
})

/** A world has two configurations, one of which may never be loaded. */
export type ConfigSketches = readonly [ConfigSketch, ConfigSketch]

/**
 * The options of a world; clock, random and trace are its own. They are the same for both configurations, as those of
 * an edge are for every reload; where both have a cluster, the first one decides.
 */
export const optionsOf = (
  configs: ConfigSketches,
  switches: SwitchSketch,
): Pick<RouterOptions, 'affinityDialect' | 'partitionTables' | 'transportUsable'> &
  SwitchSketch => {
  const [first, second] = configs
  const clusters = [...first.clusters, ...second.clusters.slice(first.clusters.length)]
  return {
    ...switches,
    affinityDialect: Object.fromEntries(
      clusters
        .map((cluster, i) => [`cluster${i}`, cluster.dialect] as const)
        .filter(([, dialect]) => dialect !== 'websphere'),
    ),
    partitionTables: Object.fromEntries(
      clusters.flatMap((cluster, i) =>
        cluster.table === null ? [] : [[`cluster${i}`, cluster.table] as const],
      ),
    ),
    transportUsable: isUsable,
  }
}

/** Whether a transport was not skipped when the file was loaded. */
export const isUsable = (transport: Transport): boolean => transport.properties.length === 0
