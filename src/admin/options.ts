import { lookup } from 'node:dns/promises'
import { BlockList, isIP } from 'node:net'
import { PluginError } from '../errors.ts'

/** What `startAdmin` can be told. */
export interface AdminOptions {
  /** Port to listen on, 0 for any free one. Default 0. */
  readonly port?: number
  /** Address to listen on, or a name that has one. Default `127.0.0.1`. */
  readonly host?: string
  /**
   * What a request has to carry as `Authorization: Bearer TOKEN` to change anything or to see recorded requests, which
   * have session cookies in them. At least 8 visible ASCII characters. Default: none, and nothing can be changed.
   */
  readonly token?: string | undefined
  /** Reading needs the token too. Default: only where the address is not a loopback one. */
  readonly readsNeedToken?: boolean
  /** Listen on an address that others can reach although there is no token. Default false. */
  readonly unprotected?: boolean
  /** What `GET /metrics` answers: what `collectMetrics` returns. Default: nothing, 404. */
  readonly metrics?: MetricsText
  /** Further names that the endpoint is called by in a Host header, ports aside. Default: none but its own address. */
  readonly hosts?: readonly string[]
}

/** Metrics in the form in which Prometheus gets them. */
export interface MetricsText {
  readonly contentType: string
  text(): Promise<string>
}

/** The options with every default in its place. */
export interface AdminSettings {
  readonly port: number
  /** As given: for messages and as a name of the endpoint. */
  readonly host: string
  /** What `host` stands for. */
  readonly address: string
  readonly token: string | undefined
  readonly readsNeedToken: boolean
  readonly hosts: readonly string[]
  readonly metrics: MetricsText | undefined
}

/**
 * Fills in the defaults, looks up the address, and refuses what would open the edge to strangers.
 *
 * @throws PluginError `OPTION_INVALID`; what the look-up throws, with its `code`.
 */
export const resolveAdminOptions = async (options: AdminOptions): Promise<AdminSettings> => {
  const { port = 0, token, unprotected = false, hosts = [], metrics } = options
  const host = (options.host ?? '127.0.0.1').replace(/^\[(.*)\]$/, '$1')
  if (!Number.isInteger(port) || port < 0 || port > 65_535) {
    throw invalid(`port is ${port}; write a whole number, 0 to 65535`)
  }
  if (host.trim() === '') throw invalid('host is empty; write an address of this machine')
  if (token !== undefined && !/^[\x21-\x7e]{8,}$/.test(token)) {
    // Not shown: it may be one that is in use elsewhere.
    throw invalid('token is too short or has a space in it; write 8 or more visible characters')
  }
  const address = isIP(host) === 0 ? (await lookup(host)).address : host
  const readsNeedToken = options.readsNeedToken ?? (token !== undefined && !isLoopback(address))
  if (readsNeedToken && token === undefined) {
    throw invalid('readsNeedToken is true and there is no token; write a token')
  }
  if (!isLoopback(address) && token === undefined && !unprotected) {
    throw invalid(
      `host is ${JSON.stringify(host)}, which others can reach, and there is no token; write a token, or 127.0.0.1`,
    )
  }
  return { port, host, address, token, readsNeedToken, hosts: hosts.map(lower), metrics }
}

const loopback = new BlockList()
loopback.addSubnet('127.0.0.0', 8, 'ipv4')
loopback.addAddress('::1', 'ipv6')

/** Whether only programs of this machine can reach an address. */
export const isLoopback = (address: string): boolean =>
  loopback.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4')

const lower = (name: string): string => name.toLowerCase()

const invalid = (message: string): PluginError => new PluginError('OPTION_INVALID', message)
