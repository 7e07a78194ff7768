import { readFile } from 'node:fs/promises'
import { isIP } from 'node:net'
import type { ConnectionOptions } from 'node:tls'
import type { PluginConfig, ServerCluster, Transport } from '../config/model.ts'
import type { Endpoint } from './connect.ts'
import { keyringFiles, secureContextOf } from './keyring.ts'
import { originOf } from './streams.ts'

/** How names become addresses. */
export type Lookup = (hostname: string) => Promise<readonly string[]>

/** A transport that cannot be used until the next load (F17, Y6). */
export interface UnusableTransport {
  readonly transport: Transport
  readonly cluster: string
  /** Name of the server, or of the ClusterAddress. */
  readonly owner: string
  readonly reason: 'unresolvable' | 'keyring'
  /** What was found. */
  readonly message: string
  /** What to do about it. */
  readonly advice: string
}

export interface Endpoints {
  /** By identity, as the core hands transports out. */
  readonly usable: ReadonlyMap<Transport, Endpoint>
  readonly unusable: readonly UnusableTransport[]
}

/**
 * What is done once for each load before a request can be sent: look every name up (E6), read every keyring (Y6).
 * Never fails: what cannot be used is listed, and the caller decides whether the rest will do.
 *
 * @param when `connect`: leave names to be looked up for each connection.
 */
export const prepareEndpoints = async (
  config: PluginConfig,
  lookup: Lookup,
  when: 'load' | 'connect',
): Promise<Endpoints> => {
  const addresses = new Map<string, Promise<Found<readonly string[]>>>()
  const keyrings = new Map<string, Promise<Found<ConnectionOptions>>>()
  const usable = new Map<Transport, Endpoint>()
  const unusable: UnusableTransport[] = []

  const prepare = async ({ transport, owner, cluster }: Owned): Promise<void> => {
    const { hostname, protocol } = transport
    const refuse = (reason: UnusableTransport['reason'], problem: Problem): void => {
      unusable.push({ transport, owner, cluster: cluster.name, reason, ...problem })
    }
    const found = await once(addresses, hostname, () =>
      resolve(transport, when === 'load' ? lookup : null),
    )
    if ('problem' in found) return refuse('unresolvable', found.problem)
    let tls: ConnectionOptions | null = null
    if (protocol === 'https') {
      const keyring = await once(keyrings, transport.keyring ?? '', () =>
        readKeyring(transport.keyring),
      )
      if ('problem' in keyring) return refuse('keyring', keyring.problem)
      tls = { ...keyring.value, ...identity(transport), ALPNProtocols: ['http/1.1'] }
    }
    usable.set(transport, {
      transport,
      addresses: when === 'load' ? found.value : () => lookup(hostname),
      tls,
      noDelay: config.settings.asDisableNagle,
    })
  }

  await Promise.all(transportsOf(config).map(prepare))
  return { usable, unusable }
}

interface Owned {
  readonly transport: Transport
  readonly owner: string
  readonly cluster: ServerCluster
}

interface Problem {
  readonly message: string
  readonly advice: string
}

type Found<T> = { readonly value: T } | { readonly problem: Problem }

const transportsOf = (config: PluginConfig): Owned[] =>
  config.clusters.flatMap(cluster =>
    [...cluster.servers, ...(cluster.clusterAddress ? [cluster.clusterAddress] : [])].flatMap(
      ({ name, transports }) => transports.map(transport => ({ transport, owner: name, cluster })),
    ),
  )

const once = <T>(memo: Map<string, Promise<T>>, key: string, make: () => Promise<T>) => {
  const known = memo.get(key)
  if (known !== undefined) return known
  const made = make()
  memo.set(key, made)
  return made
}

const resolve = async (
  transport: Transport,
  lookup: Lookup | null,
): Promise<Found<readonly string[]>> => {
  const { hostname } = transport
  const problem = (why: string): Found<never> => ({
    problem: {
      message: `host name ${JSON.stringify(hostname)} cannot be resolved: ${why}`,
      advice: 'write a name that this machine can look up, or an address',
    },
  })
  if (hostname === '' || !URL.canParse(originOf(transport))) return problem('it is not a host name')
  if (lookup === null) return { value: [] }
  if (isIP(hostname) !== 0) return { value: [hostname] }
  try {
    const addresses = await lookup(hostname)
    return addresses.length > 0 ? { value: addresses } : problem('it has no address')
  } catch (error) {
    return problem(reasonOf(error))
  }
}

/** The name to expect in the server's certificate. */
const identity = ({ hostname, hostnameAlias }: Transport): ConnectionOptions => {
  const expected = hostnameAlias ?? hostname
  // An address is not sent as a server name (RFC 6066), but still compared with the certificate.
  return isIP(expected) === 0 ? { servername: expected, host: expected } : { host: expected }
}

const readKeyring = async (path: string | undefined): Promise<Found<ConnectionOptions>> => {
  if (path === undefined || path === '') return { value: {} }
  const candidates = keyringFiles(path)
  let why = ''
  for (const candidate of candidates) {
    try {
      return { value: { secureContext: secureContextOf(await readFile(candidate, 'latin1')) } }
    } catch (error) {
      if (candidate === path) why = reasonOf(error)
    }
  }
  const beside = JSON.stringify(candidates.at(-1))
  return {
    problem: {
      message: `keyring ${JSON.stringify(path)} cannot be used: ${why}`,
      advice: `export the signer certificates in PEM form to ${beside}`,
    },
  }
}

const reasonOf = (error: unknown): string => {
  const { code, message } = error as { readonly code?: unknown; readonly message?: unknown }
  const reasons: Readonly<Record<string, string>> = {
    ENOENT: 'there is no such file',
    EACCES: 'permission denied',
    EISDIR: 'it is a directory',
    ENOTFOUND: 'the name is unknown',
    EAI_AGAIN: 'the name server does not answer',
  }
  return (typeof code === 'string' && (reasons[code] ?? code)) || String(message ?? error)
}
