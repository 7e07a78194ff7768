import type { AttributeSpec, ElementSpec } from './spec.ts'

/** plugin-cfg.md A.14. */
export const requestMetricsElement = {
  path: 'Config/RequestMetrics',
  since: '5.0',
  meaning: 'Measures requests and passes a correlator on to the servers.',
  single: true,
  inactive: 'request metrics are not collected',
  attributes: [
    {
      name: 'rmEnabled',
      field: 'enabled',
      type: 'boolean',
      default: false,
      since: '5.0',
      meaning: 'The main switch.',
    },
    {
      name: 'traceLevel',
      field: 'traceLevel',
      type: 'enum',
      values: {
        NONE: 'none',
        HOPS: 'hops',
        PERFORMANCE_DEBUG: 'performance-debug',
        DEBUG: 'debug',
      },
      default: 'hops',
      since: '5.0',
      meaning: 'How much is recorded.',
    },
    {
      name: 'loggingEnabled',
      field: 'loggingEnabled',
      type: 'boolean',
      default: true,
      since: '6.0',
      meaning: 'Writes the records to the log.',
    },
    {
      name: 'armEnabled',
      field: 'armEnabled',
      type: 'boolean',
      default: false,
      since: '5.0',
      meaning: 'Reports to an ARM agent.',
    },
    {
      name: 'newBehavior',
      type: 'boolean',
      default: false,
      since: '5.0',
      meaning: 'Written by 5.x; not documented.',
    },
  ],
} as const satisfies ElementSpec

/** One kind of filter (A.14). */
export const filtersElement = {
  path: 'Config/RequestMetrics/filters',
  since: '5.0',
  meaning: 'Requests to measure, by one kind of property.',
  attributes: [
    {
      name: 'type',
      field: 'type',
      type: 'text',
      required: true,
      default: '',
      since: '5.0',
      meaning: 'URI or SOURCE_IP. JMS, WEB_SERVICES and EJB are written too and mean nothing here.',
    },
    {
      name: 'enable',
      field: 'enable',
      type: 'boolean',
      default: false,
      since: '5.0',
      meaning: 'Whether this kind filters.',
    },
  ],
} as const satisfies ElementSpec

/** One value of a filter (A.14). */
export const filterValuesElement = {
  path: 'Config/RequestMetrics/filters/filterValues',
  since: '5.0',
  meaning: 'One value of the filter.',
  attributes: [
    {
      name: 'value',
      field: 'value',
      type: 'text',
      default: '',
      since: '5.0',
      meaning: 'A path prefix, or an IPv4 address.',
    },
    {
      name: 'enable',
      field: 'enable',
      type: 'boolean',
      default: false,
      since: '5.0',
      meaning: 'Whether this value counts.',
    },
  ],
} as const satisfies ElementSpec

/** Inside IntelligentManagement names are written in lower case (A.15). */
export const managementPropertyAttributes = [
  {
    name: 'name',
    field: 'name',
    type: 'text',
    required: true,
    default: '',
    since: '8.5.5',
    meaning: 'Name of the setting.',
  },
  {
    name: 'value',
    field: 'value',
    type: 'text',
    default: '',
    since: '8.5.5',
    meaning: 'Its value.',
  },
] as const satisfies readonly AttributeSpec[]

/** plugin-cfg.md A.15. */
export const intelligentManagementElement = {
  path: 'Config/IntelligentManagement',
  since: '8.5.5',
  meaning: 'Takes servers and rules from a controller at run time, instead of this file.',
  single: true,
  inactive: 'servers come from this file alone; the static part is routed',
  attributes: [],
  properties: [
    {
      name: 'webserverName',
      type: 'text',
      since: '8.5.5',
      meaning: 'What the controller calls this web server.',
    },
    {
      name: 'RoutingRulesConnectorClusterName',
      type: 'text',
      since: '8.5.5',
      meaning: 'The ConnectorCluster that supplies the rules.',
    },
    {
      name: 'DefaultRequestTraceSpec',
      type: 'text',
      since: '8.5.5',
      meaning: 'Trace specification of requests that no rule covers.',
    },
  ],
} as const satisfies ElementSpec

/** `Property` of IntelligentManagement. */
export const managementPropertyElement = {
  path: 'Config/IntelligentManagement/Property',
  since: '8.5.5',
  meaning: 'A setting of the dynamic routing.',
  attributes: managementPropertyAttributes,
} as const satisfies ElementSpec

/** TraceSpecification (A.15). */
export const traceSpecificationElement = {
  path: 'Config/IntelligentManagement/TraceSpecification',
  since: '8.5.5',
  meaning: 'What the dynamic routing traces.',
  attributes: [
    {
      name: 'name',
      field: 'name',
      type: 'text',
      since: '8.5.5',
      meaning: 'Name of the specification, or of its file.',
    },
    {
      name: 'specification',
      field: 'specification',
      type: 'text',
      since: '8.5.5',
      meaning: 'Components and levels.',
    },
    {
      name: 'condition',
      field: 'condition',
      type: 'text',
      since: '8.5.5',
      meaning: 'The requests it applies to.',
    },
  ],
} as const satisfies ElementSpec

/** ConnectorCluster (A.15). */
export const connectorClusterElement = {
  path: 'Config/IntelligentManagement/ConnectorCluster',
  since: '8.5.5',
  meaning: 'The controllers of one cell or collective.',
  attributes: [
    {
      name: 'name',
      field: 'name',
      type: 'text',
      required: true,
      default: '',
      since: '8.5.5',
      meaning: 'Name of the cell or collective.',
    },
    {
      name: 'enabled',
      field: 'enabled',
      type: 'boolean',
      default: true,
      since: '8.5.5',
      meaning: 'Whether it is asked.',
    },
    {
      name: 'maxRetries',
      field: 'maxRetries',
      type: 'integer',
      default: -1,
      min: -1,
      negative: 'null',
      since: '8.5.5',
      meaning: 'How often to connect again. -1: for ever.',
    },
    {
      name: 'retryInterval',
      field: 'retryIntervalMs',
      type: 'integer',
      unit: 's',
      default: 60,
      min: 0,
      since: '8.5.5',
      meaning: 'Time between two such tries.',
    },
  ],
  properties: [
    {
      name: 'uri',
      type: 'text',
      since: '8.5.5',
      meaning: 'Path of the service, `/ibm/api/dynamicRouting` on Liberty.',
    },
  ],
} as const satisfies ElementSpec

/** `Property` of a ConnectorCluster. */
export const connectorClusterPropertyElement = {
  path: 'Config/IntelligentManagement/ConnectorCluster/Property',
  since: '8.5.5',
  meaning: 'A setting of these controllers.',
  attributes: managementPropertyAttributes,
} as const satisfies ElementSpec

/** Connector (A.15). */
export const connectorElement = {
  path: 'Config/IntelligentManagement/ConnectorCluster/Connector',
  since: '8.5.5',
  meaning: 'One controller.',
  attributes: [
    {
      name: 'host',
      field: 'host',
      type: 'text',
      required: true,
      default: '',
      since: '8.5.5',
      meaning: 'Its host name or address.',
    },
    {
      name: 'port',
      field: 'port',
      type: 'integer',
      default: 9443,
      min: 1,
      max: 65535,
      since: '8.5.5',
      meaning: 'Its port.',
    },
    {
      name: 'protocol',
      field: 'protocol',
      type: 'enum',
      values: { http: 'http', https: 'https' },
      default: 'https',
      since: '8.5.5',
      meaning: 'How to speak to it.',
    },
  ],
  properties: [
    {
      name: 'keyring',
      spellings: ['Keyring'],
      type: 'path',
      since: '8.5.5',
      meaning: 'Key database for that connection.',
    },
    {
      name: 'stashfile',
      spellings: ['Stashfile'],
      type: 'path',
      since: '8.5.5',
      meaning: 'Its stash file.',
    },
  ],
} as const satisfies ElementSpec

/** `Property` of a Connector. */
export const connectorPropertyElement = {
  path: 'Config/IntelligentManagement/ConnectorCluster/Connector/Property',
  since: '8.5.5',
  meaning: 'A setting of that connection.',
  attributes: managementPropertyAttributes,
} as const satisfies ElementSpec
