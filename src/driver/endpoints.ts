import { isIP } from 'node:net'
import type { PluginConfig, ServerCluster, Transport } from '../config/model.ts'
import type { Endpoint } from './connect.ts'
import { KeyFiles } from './keyring/key-files.ts'
import { ReadMemory } from './read-memory.ts'
import { reasonOf } from './reason-of.ts'
import { originOf } from './streams.ts'
import { type EndpointNote, type KnownKeyrings, TlsContexts } from './tls-contexts.ts'
import { TlsSessions, type TlsSetup, tlsOptionsFor } from './tls-setup.ts'

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
  readonly notes: readonly EndpointNote[]
  /** The key files that were looked at: `keyFiles.changed()` tells when a certificate was renewed. */
  readonly keyFiles: KeyFiles
  /** What was read of them, for the next load. */
  readonly keyrings: KnownKeyrings
}

/**
 * What is done once for each load before a request can be sent: look every name up (E6), read every keyring (Y6).
 * Never fails: what cannot be used is listed, and the caller decides whether the rest will do.
 *
 * @param when `connect`: leave names to be looked up for each connection.
 * @param before the keyrings of the configuration in force, at a reload. One that is just being replaced, and so is
 *   missing or half written, stays in use as it was, like the configuration itself (E5).
 */
export const prepareEndpoints = async (
  config: PluginConfig,
  lookup: Lookup,
  when: 'load' | 'connect',
  before: KnownKeyrings = new Map(),
): Promise<Endpoints> => {
  const addresses = new Map<string, Promise<Found<readonly string[]>>>()
  const usable = new Map<Transport, Endpoint>()
  const unusable: UnusableTransport[] = []
  const owned = transportsOf(config)
  const secure = owned.some(({ transport }) => transport.protocol === 'https')
  const memory = new ReadMemory(config.settings.responseChunkSizeBytes)
  const contexts = secure ? new TlsContexts(config.settings, before) : null

  const prepare = async ({ transport, owner, cluster }: Owned): Promise<void> => {
    const { hostname, protocol } = transport
    const refuse = (reason: UnusableTransport['reason'], problem: Problem): void => {
      unusable.push({ transport, owner, cluster: cluster.name, reason, ...problem })
    }
    const found = await once(addresses, hostname, () =>
      resolve(transport, when === 'load' ? lookup : null),
    )
    if ('problem' in found) return refuse('unresolvable', found.problem)
    let tls: TlsSetup | null = null
    if (protocol === 'https' && contexts !== null) {
      const answer = await contexts.of(transport)
      if ('message' in answer) return refuse('keyring', answer)
      const { context, keyring } = answer
      tls = {
        options: tlsOptionsFor(transport, config.settings, context, keyring !== null),
        sessions: new TlsSessions(),
      }
    }
    usable.set(transport, {
      transport,
      addresses: when === 'load' ? found.value : () => lookup(hostname),
      tls,
      noDelay: config.settings.asDisableNagle,
      memory,
    })
  }

  await Promise.all(owned.map(prepare))
  return {
    usable,
    unusable,
    notes: contexts?.notes ?? [],
    keyFiles: contexts?.files ?? new KeyFiles(),
    keyrings: contexts?.keyrings ?? new Map(),
  }
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
