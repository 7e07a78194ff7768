import t from 'tap'
import type { PluginConfig } from '../../src/config/model.ts'
import { readPluginConfig } from '../../src/config/read.ts'
import { elements } from '../../src/config/schema.ts'

/** Where an element of each kind ends up in the model. */
const inModel: Readonly<Record<string, (config: PluginConfig) => unknown>> = {
  Config: config => config.settings,
  'Config/Log': config => config.log,
  'Config/Property': config => config.properties[0],
  'Config/VirtualHostGroup': config => config.virtualHostGroups[0],
  'Config/VirtualHostGroup/VirtualHost': config => config.virtualHostGroups[0]?.virtualHosts[0],
  'Config/TrustedProxyGroup/TrustedProxy': config => ({ name: config.trustedProxies[0] }),
  'Config/ServerCluster': config => config.clusters[0],
  'Config/ServerCluster/Server': config => config.clusters[0]?.servers[0],
  'Config/ServerCluster/Server/Transport': config => config.clusters[0]?.servers[0]?.transports[0],
  'Config/ServerCluster/Server/Transport/Property': config =>
    config.clusters[0]?.servers[0]?.transports[0]?.properties[0],
  'Config/ServerCluster/ClusterAddress': config => config.clusters[0]?.clusterAddress,
  'Config/ServerCluster/ClusterAddress/Transport': config =>
    config.clusters[0]?.clusterAddress?.transports[0],
  'Config/ServerCluster/ClusterAddress/Transport/Property': config =>
    config.clusters[0]?.clusterAddress?.transports[0]?.properties[0],
  'Config/ServerCluster/PrimaryServers/Server': config => ({
    name: config.clusters[0]?.primaryServers?.[0],
  }),
  'Config/ServerCluster/BackupServers/Server': config => ({
    name: config.clusters[0]?.backupServers?.[0],
  }),
  'Config/UriGroup': config => config.uriGroups[0],
  'Config/UriGroup/Uri': config => config.uriGroups[0]?.uris[0],
  'Config/Route': config => config.routes[0],
  'Config/RequestMetrics': config => config.requestMetrics,
  'Config/RequestMetrics/filters': config => config.requestMetrics?.filters[0],
  'Config/RequestMetrics/filters/filterValues': config =>
    config.requestMetrics?.filters[0]?.values[0],
  'Config/IntelligentManagement/Property': config => config.intelligentManagement?.properties[0],
  'Config/IntelligentManagement/TraceSpecification': config =>
    config.intelligentManagement?.traceSpecifications?.[0],
  'Config/IntelligentManagement/ConnectorCluster': config =>
    config.intelligentManagement?.connectorClusters[0],
  'Config/IntelligentManagement/ConnectorCluster/Property': config =>
    config.intelligentManagement?.connectorClusters[0]?.properties?.[0],
  'Config/IntelligentManagement/ConnectorCluster/Connector': config =>
    config.intelligentManagement?.connectorClusters[0]?.connectors[0],
  'Config/IntelligentManagement/ConnectorCluster/Connector/Property': config =>
    config.intelligentManagement?.connectorClusters[0]?.connectors[0]?.properties?.[0],
}

/** What an element needs beside the attribute that is tested. */
const needed: Readonly<Record<string, readonly (readonly [string, string])[]>> = {
  Transport: [
    ['Hostname', 'h'],
    ['Port', '80'],
  ],
}

const file = (path: string, attribute: string, value: string | undefined): string => {
  const names = path.split('/')
  const last = names.length - 1
  return names.reduceRight((inside, name, index) => {
    const others = (needed[name] ?? []).filter(([other]) => index < last || other !== attribute)
    const own = index === last && value !== undefined ? [[attribute, value] as const] : []
    const text = [...others, ...own].map(([key, given]) => ` ${key}="${given}"`).join('')
    return `<${name}${text}>${inside}</${name}>`
  }, '')
}

const read = (path: string, attribute: string, value?: string) => {
  const { config, diagnostics } = readPluginConfig(file(path, attribute, value))
  return { model: inModel[path]?.(config) as Record<string, unknown> | undefined, diagnostics }
}

/** Attribute; a valid text and its value; the value when absent; a bad text, the code and what is used instead. */
type Row = readonly [
  attribute: string,
  field: string,
  text: string,
  value: unknown,
  absent: unknown,
  bad?: readonly [text: string, code: string, value: unknown],
]

const none = undefined
/** `null`: nothing in the model when the file says nothing. */
const flag = (name: string, field: string, absent: boolean | null = false): Row => [
  name,
  field,
  absent === true ? 'false' : 'true',
  absent !== true,
  absent ?? none,
  ['yes', 'X10', absent ?? none],
]
const name: Row = ['Name', 'name', 'n1', 'n1', '']
const property: readonly Row[] = [name, ['Value', 'value', 'v', 'v', '']]
const lowerProperty: readonly Row[] = [
  ['name', 'name', 'n1', 'n1', ''],
  ['value', 'value', 'v', 'v', ''],
]

const transport: readonly Row[] = [
  ['Hostname', 'hostname', 'app.example.com', 'app.example.com', none],
  ['Port', 'port', '9080', 9080, none, ['0', 'L57', none]],
  ['Protocol', 'protocol', 'https', 'https', 'http', ['ftp', 'L57', none]],
  ['ConnectionTTL', 'connectionTtlMs', '28', 28_000, none, ['-1', 'X10', none]],
  ['HostnameAlias', 'hostnameAlias', 'cert.example.com', 'cert.example.com', none],
]

const table: Readonly<Record<string, readonly Row[]>> = {
  Config: [
    flag('IgnoreDNSFailures', 'ignoreDnsFailures'),
    ['RefreshInterval', 'refreshIntervalMs', '10', 10_000, 60_000, ['10s', 'X10', 60_000]],
    flag('ASDisableNagle', 'asDisableNagle'),
    flag('IISDisableNagle', 'iisDisableNagle'),
    flag('IISDisableFlushFlag', 'iisDisableFlushFlag', null),
    ['ResponseChunkSize', 'responseChunkSizeBytes', '32', 32_768, 65_536, ['0', 'X10', 65_536]],
    flag('AcceptAllContent', 'acceptAllContent'),
    flag('ChunkedResponse', 'chunkedResponse'),
    [
      'AppServerPortPreference',
      'appServerPortPreference',
      'WebserverPort',
      'webserver-port',
      'host-header',
      ['Both', 'X10', 'host-header'],
    ],
    flag('VHostMatchingCompat', 'vhostMatchingCompat'),
    ['IISPluginPriority', 'iisPluginPriority', 'Low', 'low', 'high', ['Top', 'X10', 'high']],
    flag('FIPSEnable', 'fipsEnable'),
    flag('SSLConsolidate', 'sslConsolidate'),
    ['SSLPKCSDriver', 'sslPkcsDriver', '/lib/p11.so', '/lib/p11.so', none],
    ['SSLPKCSPassword', 'sslPkcsPassword', 'secret', 'secret', none],
    flag('StrictSecurity', 'strictSecurity'),
    flag('TrustedProxyEnable', 'trustedProxyEnable'),
    ['HTTPMaxHeaders', 'httpMaxHeaders', '4000', 4000, 300, ['4001', 'X10', 300]],
    flag('UseInsecure', 'useInsecure'),
    flag('KillWebServerStartUpOnParseErr', 'killWebServerStartUpOnParseErr'),
    flag('MarkBusyDown', 'markBusyDown'),
    flag('SecureHostVerification', 'secureHostVerification'),
    flag('FailoverToNext', 'failoverToNext', null),
    flag('OS400ConvertQueryStringToJobCCSID', 'os400', null),
    ['ConfigHash', 'configHash', '-2141817075', -2_141_817_075, none, ['0x1', 'X10', none]],
  ],
  'Config/Log': [
    ['Name', 'name', '/log', '/log', none],
    ['LogLevel', 'level', 'Stats', 'stats', 'error', ['Loud', 'X10', 'error']],
  ],
  'Config/Property': property,
  'Config/VirtualHostGroup': [name],
  'Config/VirtualHostGroup/VirtualHost': [['Name', 'name', 'Shop:81', 'Shop:81', '']],
  'Config/TrustedProxyGroup/TrustedProxy': [['Name', 'name', '[[fe80::1]]', 'fe80::1', none]],
  'Config/ServerCluster': [
    name,
    ['LoadBalance', 'loadBalance', 'Random', 'random', 'round-robin', ['x', 'X10', 'round-robin']],
    flag('IgnoreAffinityRequests', 'ignoreAffinityRequests', true),
    ['RetryInterval', 'retryIntervalMs', '0', 0, 60_000, ['-1', 'X10', 60_000]],
    ['ServerIOTimeoutRetry', 'serverIoTimeoutRetry', '2', 2, null, ['65536', 'X10', null]],
    flag('RemoveSpecialHeaders', 'removeSpecialHeaders', true),
    ['CloneSeparatorChange', 'cloneSeparator', 'true', '+', ':', ['plus', 'X10', ':']],
    ['PostSizeLimit', 'postSizeLimitBytes', '1000000', 1_000_000, null, ['1MB', 'X10', null]],
    ['PostBufferSize', 'postBufferSizeBytes', '128', 131_072, 65_536, ['-2', 'X10', 65_536]],
    flag('GetDWLMTable', 'getDwlmTable'),
  ],
  'Config/ServerCluster/Server': [
    name,
    ['CloneID', 'cloneId', 'v544d031', 'v544d031', none],
    ['LoadBalanceWeight', 'loadBalanceWeight', '19', 19, 2, ['many', 'X10', 2]],
    ['ConnectTimeout', 'connectTimeoutMs', '5', 5000, 0, ['-2', 'X10', 0]],
    ['ServerIOTimeout', 'serverIoTimeoutMs', '900', 900_000, 0, ['15min', 'X10', 0]],
    ['wsServerIOTimeout', 'wsServerIoTimeoutMs', '3', 3000, 0, ['-2', 'X10', 0]],
    ['wsServerIdleTimeout', 'wsServerIdleTimeoutMs', '3', 3000, 0, ['1.5', 'X10', 0]],
    flag('ExtendedHandshake', 'extendedHandshake'),
    ['MaxConnections', 'maxConnections', '50', 50, 0, ['-2', 'X10', 0]],
    flag('WaitForContinue', 'waitForContinue'),
  ],
  'Config/ServerCluster/Server/Transport': transport,
  'Config/ServerCluster/Server/Transport/Property': property,
  'Config/ServerCluster/ClusterAddress': [['Name', 'name', 'n1', 'n1', 'ClusterAddress']],
  'Config/ServerCluster/ClusterAddress/Transport': transport,
  'Config/ServerCluster/ClusterAddress/Transport/Property': property,
  'Config/ServerCluster/PrimaryServers/Server': [name],
  'Config/ServerCluster/BackupServers/Server': [name],
  'Config/UriGroup': [name],
  'Config/UriGroup/Uri': [
    ['Name', 'name', '/a/*', '/a/*', ''],
    ['AffinityCookie', 'affinityCookie', 'SID', 'SID', 'JSESSIONID'],
    ['AffinityURLIdentifier', 'affinityUrlIdentifier', 'sid', 'sid', 'jsessionid'],
  ],
  'Config/Route': [
    ['VirtualHostGroup', 'virtualHostGroup', 'v', 'v', none],
    ['UriGroup', 'uriGroup', 'u', 'u', none],
    ['ServerCluster', 'serverCluster', 'c', 'c', ''],
  ],
  'Config/RequestMetrics': [
    flag('rmEnabled', 'enabled'),
    [
      'traceLevel',
      'traceLevel',
      'PERFORMANCE_DEBUG',
      'performance-debug',
      'hops',
      ['x', 'X10', 'hops'],
    ],
    flag('loggingEnabled', 'loggingEnabled', true),
    flag('armEnabled', 'armEnabled'),
    flag('newBehavior', 'newBehavior', null),
  ],
  'Config/RequestMetrics/filters': [['type', 'type', 'URI', 'URI', ''], flag('enable', 'enable')],
  'Config/RequestMetrics/filters/filterValues': [
    ['value', 'value', '/a', '/a', ''],
    flag('enable', 'enable'),
  ],
  'Config/IntelligentManagement/Property': lowerProperty,
  'Config/IntelligentManagement/TraceSpecification': [
    ['name', 'name', 'default', 'default', none],
    ['specification', 'specification', ':x=1', ':x=1', none],
    ['condition', 'condition', 'uri=/a', 'uri=/a', none],
  ],
  'Config/IntelligentManagement/ConnectorCluster': [
    ['name', 'name', 'cell', 'cell', ''],
    flag('enabled', 'enabled', true),
    ['maxRetries', 'maxRetries', '3', 3, null, ['-2', 'X10', null]],
    ['retryInterval', 'retryIntervalMs', '5', 5000, 60_000, ['-1', 'X10', 60_000]],
  ],
  'Config/IntelligentManagement/ConnectorCluster/Property': lowerProperty,
  'Config/IntelligentManagement/ConnectorCluster/Connector': [
    ['host', 'host', 'h', 'h', ''],
    ['port', 'port', '9444', 9444, 9443, ['70000', 'X10', 9443]],
    ['protocol', 'protocol', 'http', 'http', 'https', ['ftp', 'X10', 'https']],
  ],
  'Config/IntelligentManagement/ConnectorCluster/Connector/Property': lowerProperty,
}

/** Known names that have no place of their own in the model: they stay among the unknown items. */
const notModelled = new Set([
  'IISDisableFlushFlag',
  'OS400ConvertQueryStringToJobCCSID',
  'newBehavior',
])

t.test('the rows below cover every attribute of the table', async t => {
  const listed = Object.entries(table).map(([path, rows]) => [path, rows.map(([first]) => first)])
  const expected = elements
    .filter(({ attributes }) => attributes.length > 0)
    .map(({ path, attributes }) => [path, attributes.map(attribute => attribute.name)])
  t.same(Object.fromEntries(listed), Object.fromEntries(expected))
})

for (const [path, rows] of Object.entries(table)) {
  t.test(`attributes of ${path}`, async t => {
    for (const [attribute, field, text, value, absent, bad] of rows) {
      const given = read(path, attribute, text)
      t.same(
        given.diagnostics.filter(({ code }) => code === 'X10' || code === 'L57'),
        [],
        `${attribute} takes ${text}`,
      )
      if (notModelled.has(attribute)) {
        const { config } = readPluginConfig(file(path, attribute, text))
        t.match(config.unknown, [{ attribute, value: text }])
      } else {
        t.same(given.model?.[field], value, `${attribute}="${text}"`)
      }
      t.same(read(path, attribute).model?.[field], absent, `${attribute} absent`)
      if (bad === undefined) continue
      const [badText, code, instead] = bad
      const wrong = read(path, attribute, badText)
      t.same(wrong.model?.[field], instead, `${attribute}="${badText}"`)
      const finding = wrong.diagnostics.find(diagnostic => diagnostic.code === code)
      t.match(finding?.path, new RegExp(`@${attribute}$`), `${attribute} is pointed at`)
      t.match(finding?.message, badText)
    }
  })
}

const server = (attribute: string) => (text: string) =>
  read('Config/ServerCluster/Server', attribute, text)

t.test('ServerIOTimeout negative: its absolute value, and the switch', async t => {
  const negative = server('ServerIOTimeout')('-900').model
  t.match(negative, { serverIoTimeoutMs: 900_000, serverIoTimeoutMarksDown: true })
  const positive = server('ServerIOTimeout')('900').model
  t.match(positive, { serverIoTimeoutMs: 900_000, serverIoTimeoutMarksDown: false })
})

t.test('special numbers become what they mean', async t => {
  const rows: readonly (readonly [string, string, string, string, unknown])[] = [
    ['Config', 'RefreshInterval', '-1', 'refreshIntervalMs', null],
    ['Config', 'RefreshInterval', '-60', 'refreshIntervalMs', null],
    ['Config', 'RefreshInterval', '0', 'refreshIntervalMs', 0],
    ['Config/ServerCluster', 'PostBufferSize', '-1', 'postBufferSizeBytes', null],
    ['Config/ServerCluster', 'PostBufferSize', '0', 'postBufferSizeBytes', 0],
    ['Config/ServerCluster', 'PostSizeLimit', '-1', 'postSizeLimitBytes', null],
    ['Config/ServerCluster', 'ServerIOTimeoutRetry', '-1', 'serverIoTimeoutRetry', null],
    ['Config/ServerCluster', 'ServerIOTimeoutRetry', '0', 'serverIoTimeoutRetry', 0],
    ['Config/ServerCluster/Server', 'ConnectTimeout', '-1', 'connectTimeoutMs', 0],
    ['Config/ServerCluster/Server', 'MaxConnections', '-1', 'maxConnections', 0],
    ['Config/ServerCluster/Server', 'MaxConnections', '0', 'maxConnections', 0],
    ['Config/ServerCluster/Server', 'LoadBalanceWeight', '0', 'loadBalanceWeight', 0],
  ]
  for (const [path, attribute, text, field, value] of rows) {
    const { model, diagnostics } = read(path, attribute, text)
    t.same(model?.[field], value, `${attribute}="${text}"`)
    t.notOk(diagnostics.some(({ code }) => code === 'X10'))
  }
})

t.test('W1 a negative LoadBalanceWeight is 0, with a warning', async t => {
  const { model, diagnostics } = server('LoadBalanceWeight')('-3')
  t.equal(model?.loadBalanceWeight, 0)
  t.match(diagnostics.find(({ code }) => code === 'X10')?.effect, /^0 is used/)
})

t.test('numbers: a sign and blanks are tolerated, nothing else is', async t => {
  const weight = (text: string): unknown =>
    server('LoadBalanceWeight')(text).model?.loadBalanceWeight
  t.equal(weight('+7'), 7)
  t.equal(weight(' 7 '), 7)
  t.equal(weight('007'), 7)
  for (const text of ['', ' ', '7.0', '7e1', '0x7', '7 7', '--7', '٧', 'NaN', 'Infinity']) {
    t.equal(weight(text), 2, `"${text}" is none`)
  }
  t.ok(Object.is(weight('-0'), 0), '-0 survives JSON')
})

t.test('huge numbers do not overflow into nonsense', async t => {
  const digits = '9'.repeat(400)
  t.equal(server('LoadBalanceWeight')(digits).model?.loadBalanceWeight, 2_147_483_647)
  t.equal(server('ConnectTimeout')(digits).model?.connectTimeoutMs, 0)
  t.equal(server('ConnectTimeout')('2147483647').model?.connectTimeoutMs, 2_147_483_647_000)
  t.equal(server('ServerIOTimeout')(`-${digits}`).model?.serverIoTimeoutMs, 0)
})

t.test('E8 values are understood in any case, and reported', async t => {
  const level = read('Config/Log', 'LogLevel', 'ERROR')
  t.equal(level.model?.level, 'error')
  t.match(
    level.diagnostics.find(({ code }) => code === 'L55'),
    {
      severity: 'warning',
      path: 'Config/Log@LogLevel',
      advice: 'write LogLevel="Error"',
    },
  )
  const flagged = read('Config', 'UseInsecure', 'TRUE')
  t.equal(flagged.model?.useInsecure, true)
  t.ok(flagged.diagnostics.some(({ code }) => code === 'L55'))
  t.equal(
    read('Config/ServerCluster/Server/Transport', 'Protocol', 'HTTPS').model?.protocol,
    'https',
  )
})

t.test('E25 L33 the spellings of Round Robin that people write', async t => {
  for (const text of ['RoundRobin', 'ROUND_ROBIN', 'Round-Robin', 'round robin', ' Round Robin']) {
    const { model, diagnostics } = read('Config/ServerCluster', 'LoadBalance', text)
    t.equal(model?.loadBalance, 'round-robin')
    const reported = diagnostics.some(({ code }) => code === 'L33')
    t.equal(reported, text.trim() !== 'Round Robin', text)
  }
  const shouted = read('Config/ServerCluster', 'LoadBalance', 'RANDOM').diagnostics
  t.match(shouted.find(({ code }) => code === 'L33')?.message, /RANDOM/)
})

t.test('names of objects are no enumeration values', async t => {
  for (const text of ['constructor', '__proto__', 'toString']) {
    t.equal(read('Config', 'IISPluginPriority', text).model?.iisPluginPriority, 'high')
  }
})

t.test('X13 a placeholder in a property is reported once', async t => {
  const placeholder = ['$', '{root}'].join('')
  const xml = `<Config><Property Name="PluginInstallRoot" Value="${placeholder}"/></Config>`
  const { diagnostics } = readPluginConfig(xml)
  t.equal(diagnostics.filter(({ code }) => code === 'X13').length, 1)
})

t.test('X13 a placeholder that nobody has replaced', async t => {
  const { diagnostics } = read(
    'Config/ServerCluster/Server/Transport',
    'Hostname',
    '$' + '{app.host}',
  )
  t.match(diagnostics.find(({ code }) => code === 'X13')?.message, /app\.host/)
  const secret = read('Config', 'SSLPKCSPassword', '$' + '{pw}')
  t.notOk(secret.diagnostics.some(({ code }) => code === 'X13'))
})
