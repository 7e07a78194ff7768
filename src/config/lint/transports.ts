import { quote } from '../diagnostics.ts'
import type { Server, Transport } from '../model.ts'
import { propertyOf, type Rule } from './rule.ts'

/** Connections to the servers. */
export const transportRules: readonly Rule[] = [
  {
    code: 'L34',
    severity: 'warning',
    title: 'https requests reach a server that has only an http transport',
    check: (lint, report) => {
      if (lint.config.settings.useInsecure) return
      const said = new Set<Server>()
      for (const route of lint.config.routes) {
        const group = lint.virtualHostGroups.get(route.virtualHostGroup ?? '')
        const alias = group?.virtualHosts.find(host => host.port === 443 || host.port === null)
        if (alias === undefined) continue
        for (const server of lint.clusters.get(route.serverCluster)?.servers ?? []) {
          if (said.has(server) || server.transports.length === 0) continue
          if (server.transports.some(transport => transport.protocol === 'https')) continue
          said.add(server)
          report(server, 'Name', {
            message: `${quote(alias.name)} lets https requests in, but server ${quote(server.name)} has only http transports`,
            effect: 'since 8.5.5 such requests fail with 500',
            advice:
              'add an https Transport, or write UseInsecure="true" on Config to send them in clear',
          })
        }
      }
    },
  },
  {
    code: 'L35',
    severity: 'warning',
    title: 'an https transport without keyring or stash file, or with a key store of Java',
    check: (lint, report) => {
      for (const transport of lint.transports) {
        if (transport.protocol !== 'https') continue
        const problem = keyProblem(transport)
        if (problem === undefined) continue
        const property = propertyOf(transport.properties, 'keyring', 'Keyfile')
        report(property ?? transport, property ? 'Value' : 'Protocol', {
          message: `https transport to ${quote(`${transport.hostname}:${transport.port}`)} ${problem}`,
          effect: 'no TLS connection to that server is possible',
          advice:
            'add <Property Name="keyring" Value="….kdb"/> and <Property Name="stashfile" Value="….sth"/>; convert other key stores with gskcapicmd',
        })
      }
    },
  },
  {
    code: 'L37',
    severity: 'warning',
    title: 'ConnectionTTL is 0, or not shorter than the keep-alive of the server',
    check: (lint, report) => {
      for (const transport of lint.transports) {
        const ttl = transport.connectionTtlMs
        if (ttl === undefined || (ttl > 0 && ttl < 30_000)) continue
        report(transport, 'ConnectionTTL', {
          message: `ConnectionTTL is ${ttl / 1000} s`,
          effect:
            'connections are reused that the server has closed after its 30 s; requests with a body then fail',
          advice: 'write ConnectionTTL="28", or 2 s less than the keep-alive of the server',
        })
      }
    },
  },
]

const keyProblem = (transport: Transport): string | undefined => {
  const { keyring, stashfile, password } = transport
  if (keyring === undefined || keyring.trim() === '') return 'has no keyring'
  if (/\.(?:jks|jceks)$/i.test(keyring))
    return `has ${quote(keyring)} for a keyring, a key store of Java`
  if (/\.(?:p12|pfx)$/i.test(keyring))
    return `has ${quote(keyring)} for a keyring, which older plug-ins cannot read`
  // PEM files have no password of their own, and SAF key rings of z/OS have no file.
  if (/\.(?:pem|crt|cer)$/i.test(keyring) || /^safkeyring:/i.test(keyring)) return undefined
  return stashfile === undefined && password === undefined ? 'has no stash file' : undefined
}
