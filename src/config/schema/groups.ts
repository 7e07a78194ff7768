import type { ElementSpec } from './spec.ts'

/** plugin-cfg.md A.4. */
export const virtualHostGroupElement = {
  path: 'Config/VirtualHostGroup',
  since: '≤5.0',
  meaning: 'A named list of the hosts and ports that a request may arrive on.',
  attributes: [
    {
      name: 'Name',
      field: 'name',
      type: 'text',
      required: true,
      default: '',
      since: '≤5.0',
      meaning: 'What Routes call the group. Unique among the groups.',
    },
  ],
} as const satisfies ElementSpec

/** One alias (A.4). */
export const virtualHostElement = {
  path: 'Config/VirtualHostGroup/VirtualHost',
  since: '≤5.0',
  meaning: 'One alias of the group.',
  attributes: [
    {
      name: 'Name',
      field: 'name',
      type: 'text',
      required: true,
      default: '',
      since: '≤5.0',
      meaning:
        '`host:port`, `*:port`, `host:*`, `*:*` or `host`, which means port 80. `*` stands for a whole host or a whole port, never for a part. IPv6 addresses stand in brackets. The case of hosts does not matter.',
    },
  ],
} as const satisfies ElementSpec

/** plugin-cfg.md A.5. */
export const trustedProxyGroupElement = {
  path: 'Config/TrustedProxyGroup',
  since: '7.0',
  meaning: 'The proxies in front of the web server whose private headers are believed.',
  single: true,
  attributes: [],
} as const satisfies ElementSpec

/** One proxy (A.5). */
export const trustedProxyElement = {
  path: 'Config/TrustedProxyGroup/TrustedProxy',
  since: '7.0',
  meaning: 'One such proxy.',
  attributes: [
    {
      name: 'Name',
      field: 'name',
      type: 'text',
      required: true,
      default: '',
      since: '7.0',
      meaning: 'Host name or IP address, IPv6 with or without brackets. No ranges.',
    },
  ],
} as const satisfies ElementSpec

/** plugin-cfg.md A.12. */
export const uriGroupElement = {
  path: 'Config/UriGroup',
  since: '≤5.0',
  meaning: 'A named list of path patterns.',
  attributes: [
    {
      name: 'Name',
      field: 'name',
      type: 'text',
      required: true,
      default: '',
      since: '≤5.0',
      meaning: 'What Routes call the group. Unique among the groups.',
    },
  ],
} as const satisfies ElementSpec

/** One path pattern (A.12). */
export const uriElement = {
  path: 'Config/UriGroup/Uri',
  since: '≤5.0',
  meaning: 'One path pattern, and where its requests carry their session.',
  attributes: [
    {
      name: 'Name',
      field: 'name',
      type: 'text',
      required: true,
      default: '',
      since: '≤5.0',
      meaning:
        'A whole path such as `/ctx/info`, or a pattern with `*` such as `/ctx/*` (also matches `/ctx`), `*.jsp` or `/*`. Case matters. The pattern with most literal characters wins.',
    },
    {
      name: 'AffinityCookie',
      field: 'affinityCookie',
      type: 'text',
      default: 'JSESSIONID',
      since: '≤5.0',
      meaning: 'Cookie that holds the session identifier and its clone IDs.',
    },
    {
      name: 'AffinityURLIdentifier',
      field: 'affinityUrlIdentifier',
      type: 'text',
      default: 'jsessionid',
      since: '≤5.0',
      meaning: 'Path parameter that holds the same in rewritten URLs.',
    },
  ],
} as const satisfies ElementSpec

/** plugin-cfg.md A.13. */
export const routeElement = {
  path: 'Config/Route',
  since: '≤5.0',
  meaning:
    'Requests that match both groups go to the cluster. Names may be defined before or after the Route.',
  attributes: [
    {
      name: 'VirtualHostGroup',
      field: 'virtualHostGroup',
      type: 'text',
      since: '≤5.0',
      meaning: 'Name of a VirtualHostGroup. Absent: every host matches.',
    },
    {
      name: 'UriGroup',
      field: 'uriGroup',
      type: 'text',
      since: '≤5.0',
      meaning: 'Name of a UriGroup. Absent: every path matches.',
    },
    {
      name: 'ServerCluster',
      spellings: ['ServerGroup'],
      field: 'serverCluster',
      type: 'text',
      required: true,
      default: '',
      since: '≤5.0',
      meaning: 'Name of the ServerCluster that gets the requests.',
    },
  ],
} as const satisfies ElementSpec
