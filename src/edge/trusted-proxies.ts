import { isIP } from 'node:net'
import type { PluginConfig } from '../config/model.ts'
import { plainAddress } from '../driver/private-headers.ts'

/** Whether private headers from this address may be believed (plugin-cfg.md §3.3). */
export type TrustedProxies = (address: string | undefined) => boolean

/**
 * The listed proxies as addresses. Names among them are looked up with the configuration; one that cannot be is trusted
 * nowhere.
 */
export const trustedProxies = async (
  config: PluginConfig,
  lookup: (hostname: string) => Promise<readonly string[]>,
): Promise<TrustedProxies> => {
  if (!config.settings.trustedProxyEnable || config.trustedProxies.length === 0) return nobody
  const addresses = await Promise.all(
    config.trustedProxies.map(async name => {
      if (isIP(name) !== 0) return [name]
      return await lookup(name).catch(() => [])
    }),
  )
  const listed = new Set(addresses.flat().map(canonical))
  return address => address !== undefined && listed.has(canonical(address))
}

const nobody: TrustedProxies = () => false

/** IPv6 has many spellings for one address; the URL parser knows the shortest. */
const canonical = (address: string): string => {
  const plain = plainAddress(address)
  if (isIP(plain) !== 6) return plain
  const [bare] = plain.split('%')
  return URL.canParse(`http://[${bare}]`) ? new URL(`http://[${bare}]`).hostname : plain
}
