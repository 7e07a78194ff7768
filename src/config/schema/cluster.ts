import { propertyAttributes } from './config.ts'
import type { AttributeSpec, ElementSpec } from './spec.ts'

/** plugin-cfg.md A.6. */
export const serverClusterElement = {
  path: 'Config/ServerCluster',
  spellings: ['ServerGroup'],
  since: '≤5.0',
  meaning:
    'Servers that run the same applications, with one load balancing policy. Release 4.0 calls it ServerGroup.',
  attributes: [
    {
      name: 'Name',
      field: 'name',
      type: 'text',
      required: true,
      default: '',
      since: '≤5.0',
      meaning: 'What Routes call the cluster. Unique among the clusters.',
    },
    {
      name: 'LoadBalance',
      field: 'loadBalance',
      type: 'enum',
      values: { 'Round Robin': 'round-robin', Random: 'random' },
      default: 'round-robin',
      misspelt: 'L33',
      since: '≤5.0',
      meaning:
        'How requests without a session are spread. Round Robin takes turns by weight, beginning at a random server; Random ignores weights.',
    },
    {
      name: 'IgnoreAffinityRequests',
      field: 'ignoreAffinityRequests',
      type: 'boolean',
      default: true,
      since: '6.1',
      meaning:
        'Whether requests of a session leave the weight of their server alone. `false`: they lower it as others do.',
    },
    {
      name: 'RetryInterval',
      field: 'retryIntervalMs',
      type: 'integer',
      unit: 's',
      default: 60,
      min: 0,
      since: '≤5.0',
      meaning: 'How long a server that was marked down is left alone before one request probes it.',
    },
    {
      name: 'ServerIOTimeoutRetry',
      field: 'serverIoTimeoutRetry',
      type: 'integer',
      default: -1,
      min: -1,
      max: 65535,
      negative: 'null',
      since: '8.0',
      meaning:
        'Most retries of one request after a ServerIOTimeout. -1: no limit beyond the number of servers. 0: none.',
    },
    {
      name: 'RemoveSpecialHeaders',
      field: 'removeSpecialHeaders',
      type: 'boolean',
      default: true,
      since: '≤5.0',
      meaning: 'Removes private headers that a client sends, before our own are added.',
    },
    {
      name: 'CloneSeparatorChange',
      field: 'cloneSeparatorChange',
      type: 'boolean',
      default: false,
      since: '≤5.0',
      meaning: 'What separates clone IDs in a session identifier. `false`: `:`. `true`: `+`.',
    },
    {
      name: 'PostSizeLimit',
      field: 'postSizeLimitBytes',
      type: 'integer',
      unit: 'bytes',
      default: -1,
      min: -1,
      negative: 'null',
      since: '≤5.0',
      meaning: 'Larger request bodies are answered with 413. -1: no limit.',
    },
    {
      name: 'PostBufferSize',
      field: 'postBufferSizeBytes',
      type: 'integer',
      unit: 'KiB',
      default: 64,
      min: -1,
      negative: 'null',
      since: '6.1',
      meaning:
        'How much of a request body is kept so that it can be sent to a second server. 0: nothing, such requests are never retried. -1: all of it.',
    },
    {
      name: 'GetDWLMTable',
      field: 'getDwlmTable',
      type: 'boolean',
      default: false,
      since: '6.1',
      meaning:
        'A new process fetches the table of partition ids before it routes; for memory-to-memory session replication.',
      inactive: 'the table comes from the program that holds the router, not from the servers',
    },
  ],
} as const satisfies ElementSpec

/** plugin-cfg.md A.7. */
export const serverElement = {
  path: 'Config/ServerCluster/Server',
  since: '≤5.0',
  meaning: 'One member of the cluster.',
  attributes: [
    {
      name: 'Name',
      field: 'name',
      type: 'text',
      required: true,
      default: '',
      since: '≤5.0',
      meaning: 'What PrimaryServers and BackupServers call it. Unique in the cluster.',
    },
    {
      name: 'CloneID',
      field: 'cloneId',
      type: 'text',
      since: '≤5.0',
      meaning:
        'The name that session identifiers carry. Unique among the members. Absent: sessions cannot hold on to this server.',
    },
    {
      name: 'LoadBalanceWeight',
      field: 'loadBalanceWeight',
      type: 'integer',
      default: 2,
      min: 0,
      clamp: true,
      since: '≤5.0',
      meaning:
        'Its share of the turns in Round Robin; divided by the greatest common divisor of the cluster. 0: sessions only.',
    },
    {
      name: 'ConnectTimeout',
      field: 'connectTimeoutMs',
      type: 'integer',
      unit: 's',
      default: 0,
      min: -1,
      negative: 'zero',
      since: '≤5.0',
      meaning:
        'How long connecting may take before the server is marked down. 0 or -1: as long as the operating system allows, which can be minutes.',
    },
    {
      name: 'ServerIOTimeout',
      field: 'serverIoTimeoutMs',
      type: 'integer',
      unit: 's',
      default: 0,
      min: -2147483648,
      negative: 'kept',
      since: '6.0.2',
      meaning:
        'How long each single read or write may take. Positive: the attempt ends, the server stays up. Negative: the absolute value counts, and the server is marked down. 0: for ever.',
    },
    {
      name: 'wsServerIOTimeout',
      field: 'wsServerIoTimeoutMs',
      type: 'integer',
      unit: 's',
      default: 0,
      min: -1,
      negative: 'zero',
      since: '8.5.5',
      meaning: 'The same on an upgraded (WebSocket) connection. 0: none.',
    },
    {
      name: 'wsServerIdleTimeout',
      field: 'wsServerIdleTimeoutMs',
      type: 'integer',
      unit: 's',
      default: 0,
      min: -1,
      negative: 'zero',
      since: '8.5.5',
      meaning: 'How long an upgraded connection may be silent before it is closed. 0: for ever.',
    },
    {
      name: 'ExtendedHandshake',
      field: 'extendedHandshake',
      type: 'boolean',
      default: false,
      since: '4.0.6',
      meaning:
        'Asks a new connection for an answer before the request is sent, for firewalls that accept on behalf of a dead server.',
    },
    {
      name: 'MaxConnections',
      field: 'maxConnections',
      type: 'integer',
      default: -1,
      min: -1,
      negative: 'zero',
      since: '5.0',
      meaning:
        'Most requests that may be pending at the server, counted in each process. 0 or -1: no limit. At the limit the server is passed over.',
    },
    {
      name: 'WaitForContinue',
      field: 'waitForContinue',
      type: 'boolean',
      default: false,
      since: '≤5.0',
      meaning: 'Sends `Expect: 100-continue` and waits for the server before the body goes out.',
    },
  ],
} as const satisfies ElementSpec

const transportAttributes = [
  {
    name: 'Hostname',
    field: 'hostname',
    type: 'text',
    required: true,
    default: '',
    since: '≤5.0',
    meaning:
      'Host name or IP address, looked up when the file is loaded. IPv6 with or without brackets.',
  },
  {
    name: 'Port',
    field: 'port',
    type: 'integer',
    required: true,
    min: 1,
    max: 65535,
    misplaced: 'L57',
    since: '≤5.0',
    meaning: 'TCP port.',
  },
  {
    name: 'Protocol',
    field: 'protocol',
    type: 'enum',
    values: { http: 'http', https: 'https' },
    default: 'http',
    misplaced: 'L57',
    since: '≤5.0',
    meaning: 'https requests use an https transport, http requests an http one where there is one.',
  },
  {
    name: 'ConnectionTTL',
    field: 'connectionTtlMs',
    type: 'integer',
    unit: 's',
    min: 0,
    since: '8.5.5.16',
    meaning:
      'An idle connection of at least this age is dropped instead of reused. 0: never. Absent: 28 s.',
  },
  {
    name: 'HostnameAlias',
    field: 'hostnameAlias',
    type: 'text',
    since: '9.0',
    meaning: 'The name to expect in the certificate of the server.',
  },
] as const satisfies readonly AttributeSpec[]

const transportProperties = [
  {
    name: 'keyring',
    spellings: ['Keyring'],
    mistakes: ['Keyfile'],
    field: 'keyring',
    type: 'path',
    since: '≤5.0',
    meaning:
      'Certificates to trust and to present: PKCS#12 or PEM. For a .kdb the .p12 or .pem file beside it.',
  },
  {
    name: 'stashfile',
    spellings: ['Stashfile'],
    field: 'stashfile',
    type: 'path',
    since: '≤5.0',
    meaning: 'File that holds the password of the key database.',
  },
  {
    name: 'certLabel',
    field: 'certLabel',
    type: 'text',
    since: '7.0.0.3',
    meaning:
      'Label of the personal certificate to present to the server. Absent: the first of the keyring.',
  },
  {
    name: 'password',
    field: 'password',
    type: 'text',
    secret: true,
    since: '≤5.0',
    meaning: 'Password of the key database, instead of a stash file.',
  },
] as const satisfies readonly AttributeSpec[]

/** plugin-cfg.md A.10. */
export const transportElement = {
  path: 'Config/ServerCluster/Server/Transport',
  since: '≤5.0',
  meaning: 'An endpoint of the server. Of several with one protocol the first is used.',
  attributes: transportAttributes,
  properties: transportProperties,
} as const satisfies ElementSpec

/** `Property` of a transport (A.10). */
export const transportPropertyElement = {
  path: 'Config/ServerCluster/Server/Transport/Property',
  since: '≤5.0',
  meaning: 'A setting of an https transport.',
  attributes: propertyAttributes,
} as const satisfies ElementSpec

/** plugin-cfg.md A.9. */
export const clusterAddressElement = {
  path: 'Config/ServerCluster/ClusterAddress',
  since: '≤5.0',
  meaning:
    'An address in front of the members, such as a load balancer. Requests without a session go there; requests of a session go straight to their member.',
  single: true,
  attributes: [
    {
      name: 'Name',
      field: 'name',
      type: 'text',
      default: 'ClusterAddress',
      since: '≤5.0',
      meaning: 'A name for the log.',
    },
  ],
} as const satisfies ElementSpec

/** Transport of a ClusterAddress (A.9). */
export const clusterAddressTransportElement = {
  path: 'Config/ServerCluster/ClusterAddress/Transport',
  since: '≤5.0',
  meaning: 'An endpoint of that address.',
  attributes: transportAttributes,
  properties: transportProperties,
} as const satisfies ElementSpec

/** `Property` of that transport. */
export const clusterAddressTransportPropertyElement = {
  path: 'Config/ServerCluster/ClusterAddress/Transport/Property',
  since: '≤5.0',
  meaning: 'A setting of an https transport.',
  attributes: propertyAttributes,
} as const satisfies ElementSpec

const memberName = [
  {
    name: 'Name',
    field: 'name',
    type: 'text',
    required: true,
    default: '',
    since: '≤5.0',
    meaning: 'Name of a Server of this cluster.',
  },
] as const satisfies readonly AttributeSpec[]

/** plugin-cfg.md A.11. */
export const primaryServersElement = {
  path: 'Config/ServerCluster/PrimaryServers',
  since: '≤5.0',
  meaning:
    'The servers that take turns. Absent: all of the cluster. A server in neither list gets no requests.',
  single: true,
  attributes: [],
} as const satisfies ElementSpec

/** Entry of PrimaryServers. */
export const primaryServerElement = {
  path: 'Config/ServerCluster/PrimaryServers/Server',
  since: '≤5.0',
  meaning: 'One of them.',
  attributes: memberName,
} as const satisfies ElementSpec

/** plugin-cfg.md A.11. */
export const backupServersElement = {
  path: 'Config/ServerCluster/BackupServers',
  since: '≤5.0',
  meaning:
    'The servers used while no primary is available, strictly in this order, without taking turns.',
  single: true,
  attributes: [],
} as const satisfies ElementSpec

/** Entry of BackupServers. */
export const backupServerElement = {
  path: 'Config/ServerCluster/BackupServers/Server',
  since: '≤5.0',
  meaning: 'One of them.',
  attributes: memberName,
} as const satisfies ElementSpec
