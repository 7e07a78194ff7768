import { BlockList, isIP } from 'node:net'
import { plainAddress } from '../driver/private-headers.ts'

/** Whether an address is one of the listed. */
export type AddressList = (address: string | undefined) => boolean

/** An address such as `10.1.2.3` or `::1`, or a network such as `10.0.0.0/8`. */
export const isAddressOrNetwork = (text: unknown): text is string => {
  if (typeof text !== 'string') return false
  const [address = '', bits, more] = text.split('/')
  const family = isIP(address)
  if (family === 0 || address.includes('%') || more !== undefined) return false
  if (bits === undefined) return true
  return /^\d{1,3}$/.test(bits) && Number(bits) <= (family === 4 ? 32 : 128)
}

/** @param entries each an {@link isAddressOrNetwork}. */
export const addressList = (entries: readonly string[]): AddressList => {
  const list = new BlockList()
  for (const entry of entries) {
    const [address = '', bits] = entry.split('/')
    if (bits === undefined) list.addAddress(address, familyOf(address))
    else list.addSubnet(address, Number(bits), familyOf(address))
  }
  return address => {
    const [bare = ''] = plainAddress(address).split('%')
    return isIP(bare) !== 0 && list.check(bare, familyOf(bare))
  }
}

const familyOf = (address: string): 'ipv4' | 'ipv6' => (isIP(address) === 6 ? 'ipv6' : 'ipv4')
