import type { PluginConfig } from '../config/model.ts'
import { counted } from '../debug/counted.ts'
import { printable } from '../debug/printable.ts'
import { nameOf } from './input.ts'
import { type Port, type Ports, urlOf } from './serve-ports.ts'
import type { ServeSettings } from './serve-process.ts'
import type { IdentityFiles } from './serve-tls.ts'

/** What `serve` says when it listens: where, and what will not work there. */
export const greeting = (
  { file, identity }: Pick<ServeSettings, 'file' | 'identity'>,
  { host, ports }: Ports,
  config: PluginConfig,
  workers?: number,
): string => {
  const urls = ports.map(port => urlOf(port, host))
  const where = [urls.slice(0, -1).join(', '), urls.at(-1)].filter(Boolean).join(' and ')
  const crew = workers === undefined ? '' : ` with ${counted(workers, 'worker')}`
  const notes = [...notesOnClients(identity, ports), ...notesOn(config, ports)]
  return [`serving ${nameOf(file)} on ${where}${crew}, Ctrl-C to stop`, ...notes]
    .map(printable)
    .join('\n')
}

/** What clients are asked for on TLS ports, and where they can go past that. */
const notesOnClients = (
  identity: IdentityFiles | undefined,
  ports: readonly Port[],
): readonly string[] => {
  if (identity?.clients === undefined) return []
  const { ca, required } = identity.clients
  const asked = required ? 'have to show' : 'are asked for'
  const note = `note: clients of https ${asked} a certificate that one in ${JSON.stringify(ca.path)} has signed`
  const open = ports.filter(({ scheme }) => scheme === 'http').map(({ number }) => number)
  if (!required || open.length === 0) return [note]
  return [note, `note: no certificate is needed on port ${open.join(', ')}, which has no TLS`]
}

/** Why requests that come in are declined, one line for each reason. */
const notesOn = (config: PluginConfig, ports: readonly Port[]): readonly string[] => {
  if (config.routes.length === 0) {
    return ['note: there is no Route, so every request is declined']
  }
  const unreachable = ports
    .filter(({ number }) => !takesPort(config, number))
    .map(({ number }) =>
      config.settings.vhostMatchingCompat
        ? `note: no VirtualHost has port ${number}, and with VHostMatchingCompat the port of the listener counts, so every request is declined`
        : `note: no VirtualHost has port ${number}, so a request whose Host header says ${number} is declined`,
    )
  return [
    ...unreachable,
    ...(ports.some(({ scheme }) => scheme === 'https') ? notesOnTls(config) : []),
  ]
}

/** Y3: what came by https does not go on in clear unless that was asked for. */
const notesOnTls = ({ clusters, settings }: PluginConfig): readonly string[] => {
  if (settings.useInsecure) return []
  const clear = clusters.filter(({ servers }) =>
    servers.every(({ transports }) => transports.every(({ protocol }) => protocol === 'http')),
  )
  if (clear.length === 0) return []
  const names = clear.map(({ name }) => name).join(', ')
  const verb = clear.length === 1 ? 'has' : 'have'
  return [
    `note: ${names} ${verb} no https Transport, so its requests that come by https are answered 500; add one, or write UseInsecure="true" on Config to send them on in clear`,
  ]
}

const takesPort = (config: PluginConfig, port: number): boolean =>
  config.routes.some(({ virtualHostGroup: name }) => {
    if (name === undefined) return true
    const group = config.virtualHostGroups.find(each => each.name === name)
    return group?.virtualHosts.some(alias => alias.port === null || alias.port === port) === true
  })
