import type { AttributeSpec, ElementSpec } from './spec.ts'

/** plugin-cfg.md A.1. */
export const configAttributes = [
  {
    name: 'IgnoreDNSFailures',
    field: 'ignoreDnsFailures',
    type: 'boolean',
    default: false,
    since: '≤5.0',
    meaning:
      'What to do about a transport whose host name does not resolve. `true`: that server is unavailable until the file is loaded again, provided every cluster keeps one that resolves. `false`: the whole file is refused.',
  },
  {
    name: 'RefreshInterval',
    field: 'refreshIntervalMs',
    type: 'integer',
    unit: 's',
    default: 60,
    negative: 'null',
    since: '≤5.0',
    meaning:
      'Least time between two looks at the modification time of the file. A request does the looking, there is no timer. 0: every request looks. Negative: nobody looks again.',
  },
  {
    name: 'ASDisableNagle',
    field: 'asDisableNagle',
    type: 'boolean',
    default: false,
    since: '≤5.0',
    meaning: 'Sends small packets towards the servers at once (TCP_NODELAY).',
  },
  {
    name: 'IISDisableNagle',
    field: 'iisDisableNagle',
    type: 'boolean',
    default: false,
    since: '≤5.0',
    meaning: 'The same towards the client, on IIS.',
    inactive: 'it is a setting of IIS',
  },
  {
    name: 'IISDisableFlushFlag',
    type: 'boolean',
    default: false,
    since: '9.0',
    meaning: 'Written by 9.0.5 from a custom property; concerns IIS.',
    inactive: 'it is a setting of IIS',
  },
  {
    name: 'ResponseChunkSize',
    field: 'responseChunkSizeBytes',
    type: 'integer',
    unit: 'KiB',
    default: 64,
    min: 1,
    since: '≤5.0',
    meaning:
      'Largest piece of a response that is read at once, 1024 KiB at most; over TLS no piece is larger than 16 KiB.',
  },
  {
    name: 'AcceptAllContent',
    field: 'acceptAllContent',
    type: 'boolean',
    default: false,
    since: '5.1',
    meaning:
      'Whether bodies of GET, HEAD, DELETE, OPTIONS and TRACE requests are forwarded. `false`: they are read and dropped.',
  },
  {
    name: 'ChunkedResponse',
    field: 'chunkedResponse',
    type: 'boolean',
    default: false,
    since: '6.0',
    meaning:
      'Repeats the chunked encoding of the server towards the client, on web servers that do not chunk by themselves.',
    inactive: 'Node chunks by itself whenever the length is unknown',
  },
  {
    name: 'AppServerPortPreference',
    field: 'appServerPortPreference',
    type: 'enum',
    values: { HostHeader: 'host-header', WebserverPort: 'webserver-port' },
    default: 'host-header',
    since: '5.0.2',
    meaning:
      'The port that the server is told (`$WSSP`) and builds redirects with: that of the Host header, or that of the listener.',
  },
  {
    name: 'VHostMatchingCompat',
    field: 'vhostMatchingCompat',
    type: 'boolean',
    default: false,
    since: '5.0.2',
    meaning:
      'The port that virtual hosts are matched with. `false`: that of the Host header, or the one its scheme implies. `true`: that of the listener.',
  },
  {
    name: 'IISPluginPriority',
    field: 'iisPluginPriority',
    type: 'enum',
    values: { High: 'high', Medium: 'medium', Low: 'low' },
    default: 'high',
    since: '6.0',
    meaning: 'Priority among the filters of IIS.',
    inactive: 'it is a setting of IIS',
  },
  {
    name: 'FIPSEnable',
    field: 'fipsEnable',
    type: 'boolean',
    default: false,
    since: '6.1',
    meaning: 'Restricts TLS to FIPS-approved cryptography in GSKit.',
    inactive: 'start Node with --enable-fips instead',
  },
  {
    name: 'SSLConsolidate',
    field: 'sslConsolidate',
    type: 'boolean',
    default: false,
    since: '8.5',
    meaning: 'Lets transports with the same keyring and certLabel share one TLS environment.',
    inactive: 'TLS settings cost next to nothing here',
  },
  {
    name: 'SSLPKCSDriver',
    field: 'sslPkcsDriver',
    type: 'path',
    since: '7.0.0.3',
    meaning: 'PKCS#11 module of a cryptographic device.',
    inactive: 'cryptographic devices are not supported',
  },
  {
    name: 'SSLPKCSPassword',
    field: 'sslPkcsPassword',
    type: 'text',
    secret: true,
    since: '7.0.0.3',
    meaning: 'Password of that device, or the path of its stash file.',
    inactive: 'cryptographic devices are not supported',
  },
  {
    name: 'StrictSecurity',
    field: 'strictSecurity',
    type: 'boolean',
    default: false,
    since: '8.0.0.3',
    meaning:
      'TLS 1.2 and later with the algorithms of SP 800-131A only, on https transports. `false`: TLS 1.2 and later with the algorithms of Node.',
  },
  {
    name: 'TrustedProxyEnable',
    field: 'trustedProxyEnable',
    type: 'boolean',
    default: false,
    since: '7.0',
    meaning:
      'Private headers sent by a proxy in TrustedProxyGroup are kept instead of being replaced.',
  },
  {
    name: 'HTTPMaxHeaders',
    field: 'httpMaxHeaders',
    type: 'integer',
    default: 300,
    min: 1,
    max: 4000,
    since: '7.0',
    meaning: 'Most headers that are kept of a request; the rest is dropped, not refused.',
  },
  {
    name: 'UseInsecure',
    field: 'useInsecure',
    type: 'boolean',
    default: false,
    since: '8.5.5.0',
    meaning:
      'Lets an https request go out on an http transport when the server has no https transport.',
  },
  {
    name: 'KillWebServerStartUpOnParseErr',
    field: 'killWebServerStartUpOnParseErr',
    type: 'boolean',
    default: false,
    since: '7.0',
    meaning: 'Whether the web server starts at all with a file that cannot be parsed.',
    inactive: 'a file with errors is always refused at the start',
  },
  {
    name: 'MarkBusyDown',
    field: 'markBusyDown',
    type: 'boolean',
    default: false,
    since: '7.0',
    meaning:
      'A server at MaxConnections is marked down until its retry interval ends. `false`: it is only passed over while busy.',
  },
  {
    name: 'SecureHostVerification',
    field: 'secureHostVerification',
    type: 'boolean',
    default: false,
    since: '9.0.5',
    meaning:
      'The certificate of a server must match the host name of its transport, or HostnameAlias. `false`: a signer in the keyring is enough.',
  },
  {
    name: 'FailoverToNext',
    field: 'failoverToNext',
    type: 'boolean',
    since: '9.0.5',
    meaning:
      "Where requests go when their session's server is out. `true`: to the next one in the primary list. `false`: they are balanced.",
  },
  {
    name: 'OS400ConvertQueryStringToJobCCSID',
    type: 'boolean',
    default: false,
    since: '9.0',
    meaning: 'Written by 9.0.5 from a custom property; concerns IBM i.',
    inactive: 'it is a setting of IBM i',
  },
  {
    name: 'ConfigHash',
    field: 'configHash',
    type: 'integer',
    min: -2147483648,
    negative: 'kept',
    since: 'Liberty',
    meaning:
      'A number by which Liberty recognises a file that it has written. Means nothing when requests are routed.',
  },
] as const satisfies readonly AttributeSpec[]

/** plugin-cfg.md A.3; the last four are what 9.0.5 and Liberty are seen to write. */
const configProperties = [
  {
    name: 'ESIEnable',
    spellings: ['esiEnable'],
    type: 'boolean',
    since: '5.0',
    meaning: 'Switches the edge side include processor and its cache.',
  },
  {
    name: 'ESIMaxCacheSize',
    spellings: ['esiMaxCacheSize'],
    type: 'integer',
    unit: 'KiB',
    default: 1024,
    since: '5.0',
    meaning: 'Ceiling of that cache, in each web server process.',
  },
  {
    name: 'ESIInvalidationMonitor',
    spellings: ['esiInvalidationMonitor'],
    type: 'boolean',
    default: false,
    since: '5.0',
    meaning:
      'Opens a connection to every server on which it can withdraw cached fragments; the servers need the DynaCacheEsi application.',
  },
  {
    name: 'ESIEnableToPassCookies',
    spellings: ['esiEnableToPassCookies'],
    type: 'boolean',
    default: false,
    since: '6.1',
    meaning: 'Sends the session cookies along with the requests for included fragments.',
  },
  {
    name: 'ESICacheIdFull',
    spellings: ['ESICacheidFull'],
    type: 'boolean',
    default: false,
    since: '7.0',
    meaning: 'Adds scheme and host to the key of a cached fragment.',
  },
  {
    name: 'PluginInstallRoot',
    type: 'path',
    since: '6.0',
    meaning: 'Where the plug-in is installed. For information.',
  },
  {
    name: 'Keyring',
    spellings: ['keyring'],
    mistakes: ['Keyfile'],
    type: 'path',
    since: '7.0',
    meaning: 'Key database of the web server. The one that counts stands in each https Transport.',
  },
  {
    name: 'Stashfile',
    spellings: ['stashfile'],
    type: 'path',
    since: '7.0',
    meaning: 'Stash file of that key database. The one that counts stands in each https Transport.',
  },
  {
    name: 'PostSizeLimit',
    type: 'integer',
    unit: 'bytes',
    default: -1,
    negative: 'null',
    since: '9.0',
    meaning: 'A copy written by 9.0.5; the attribute of ServerCluster decides.',
  },
  {
    name: 'PostBufferSize',
    type: 'integer',
    unit: 'KiB',
    default: 64,
    negative: 'null',
    since: '9.0',
    meaning: 'A copy written by 9.0.5; the attribute of ServerCluster decides.',
  },
] as const satisfies readonly AttributeSpec[]

/** The root. */
export const configElement = {
  path: 'Config',
  since: '≤5.0',
  meaning: 'The root of the file, exactly one.',
  attributes: configAttributes,
  properties: configProperties,
} as const satisfies ElementSpec

/** plugin-cfg.md A.2. */
export const logElement = {
  path: 'Config/Log',
  since: '≤5.0',
  meaning: "The plug-in's log, http_plugin.log. Written by an edge that is told to keep one.",
  single: true,
  attributes: [
    {
      name: 'Name',
      field: 'name',
      type: 'path',
      since: '≤5.0',
      meaning:
        'Log file, an absolute path; no directory is made for it. On Apache a leading `|` names a program to pipe into, which is not supported here.',
    },
    {
      name: 'LogLevel',
      field: 'level',
      type: 'enum',
      values: {
        Error: 'error',
        Warn: 'warn',
        Stats: 'stats',
        Detail: 'detail',
        Debug: 'debug',
        Trace: 'trace',
      },
      default: 'error',
      since: '≤5.0',
      meaning:
        'How much is logged; each level includes those before it. Error: failures and mark-downs. Warn: what could be put right. Stats: counters and status checks. Detail: heads of requests and answers. Debug: connections. Trace: every decision and the private headers.',
    },
  ],
} as const satisfies ElementSpec

/** `Property` outside IntelligentManagement. */
export const propertyAttributes = [
  {
    name: 'Name',
    field: 'name',
    type: 'text',
    required: true,
    default: '',
    since: '≤5.0',
    meaning: 'Name of the setting, in any case.',
  },
  {
    name: 'Value',
    field: 'value',
    type: 'text',
    default: '',
    since: '≤5.0',
    meaning: 'Its value.',
  },
] as const satisfies readonly AttributeSpec[]

/** `Property` of the whole file (A.3). */
export const configPropertyElement = {
  path: 'Config/Property',
  since: '≤5.0',
  meaning: 'A named setting of the whole file; one element for each name.',
  attributes: propertyAttributes,
} as const satisfies ElementSpec
