import { quote } from '../diagnostics.ts'
import type { VirtualHost } from '../model.ts'
import { type Lint, lineOf, type Report, type Rule } from './rule.ts'

/** Aliases that mean something else than they look like, or nothing. */
export const virtualHostRules: readonly Rule[] = [
  {
    code: 'L15',
    severity: 'warning',
    title: 'a VirtualHost without port',
    check: (lint, report) => {
      for (const virtualHost of allHosts(lint)) {
        if (problemOf(virtualHost.name) !== undefined || hasPort(virtualHost.name)) continue
        report(virtualHost, 'Name', {
          message: `VirtualHost ${quote(virtualHost.name)} has no port`,
          effect: 'it means port 80; https requests never match it',
          advice: `write ${quote(`${virtualHost.name}:80`)}, and ${quote(`${virtualHost.name}:443`)} beside it for https`,
        })
      }
    },
  },
  {
    code: 'L16',
    severity: 'warning',
    title: 'a VirtualHost that is no host and port: partial wildcard, scheme, path or bad port',
    check: (lint, report) => {
      for (const virtualHost of allHosts(lint)) {
        const problem = virtualHost.name === '' ? undefined : problemOf(virtualHost.name)
        if (problem === undefined) continue
        report(virtualHost, 'Name', {
          message: `VirtualHost ${quote(virtualHost.name)} ${problem}`,
          effect:
            problem === colons
              ? 'it is taken for an IPv6 address without port, which means port 80'
              : 'no request matches it',
          advice: 'write host:port, *:port, host:* or *:*; IPv6 addresses in brackets',
        })
      }
    },
  },
  {
    code: 'L58',
    severity: 'note',
    title: 'the port of a transport is also an alias of admin_host',
    check: (lint, report) => {
      const ports = new Map<number, VirtualHost>()
      for (const group of lint.config.virtualHostGroups) {
        if (group.name !== 'admin_host') continue
        for (const host of group.virtualHosts) if (host.port !== null) ports.set(host.port, host)
      }
      if (ports.size === 0) return
      for (const cluster of lint.config.clusters) {
        for (const transport of cluster.servers.flatMap(server => server.transports)) {
          const alias = ports.get(transport.port)
          if (alias === undefined) continue
          report(transport, 'Port', {
            message: `port ${transport.port} is also the alias ${quote(alias.name)} of admin_host on line ${lineOf(lint, alias)}`,
            effect: 'it is routed here; when the file is generated again the transport is dropped',
            advice: 'use another port for applications than for the administrative console',
          })
        }
      }
    },
  },
  {
    code: 'X14',
    severity: 'note',
    title: 'the same VirtualHost or Uri twice in one group',
    check: (lint, report) => {
      for (const group of lint.config.virtualHostGroups) {
        twice(lint, report, group.virtualHosts, item => item.name.toLowerCase())
      }
      for (const group of lint.config.uriGroups) twice(lint, report, group.uris, item => item.name)
    },
  },
]

const allHosts = (lint: Lint): readonly VirtualHost[] =>
  lint.config.virtualHostGroups.flatMap(group => group.virtualHosts)

const hasPort = (name: string): boolean => /:(?:\*|\d+)\s*$/.test(name)

const colons = 'has more than one colon; if it is an IPv6 address, it lacks its brackets'

/** Why a text is no alias; undefined when it is one. */
const problemOf = (name: string): string | undefined => {
  const text = name.trim()
  if (text.includes('://')) return 'contains a scheme'
  if (/[/?#]/.test(text)) return 'contains a path'
  if (/\s/.test(text)) return 'contains a blank'
  const [, host, port] = /^(\[[^\]]*\]|[^:]*)(?::(.*))?$/.exec(text) ?? []
  if (host === undefined || port?.includes(':')) {
    return colons
  }
  if (host === '' || host === '[]') return 'has no host'
  if (host !== '*' && host.includes('*')) {
    return 'has a wildcard for a part of the host; * stands for a whole host or a whole port'
  }
  if (port === undefined || port === '*') return undefined
  if (!/^\d+$/.test(port)) return `has ${quote(port)} for a port`
  const number = Number(port)
  return number >= 1 && number <= 65535
    ? undefined
    : `has port ${quote(port)}; ports go up to 65535`
}

const twice = <T extends { readonly name: string }>(
  lint: Lint,
  report: Report,
  items: readonly T[],
  keyOf: (item: T) => string,
): void => {
  const first = new Map<string, T>()
  for (const item of items) {
    const key = keyOf(item)
    const earlier = first.get(key)
    if (earlier === undefined) first.set(key, item)
    else if (key !== '') {
      report(item, 'Name', {
        message: `${quote(item.name)} is in this group already, on line ${lineOf(lint, earlier)}`,
        effect: 'the first one counts',
        advice: 'remove one of them',
      })
    }
  }
}
