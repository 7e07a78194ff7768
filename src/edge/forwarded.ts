import type { IncomingMessage } from 'node:http'
import { isIPv6 } from 'node:net'
import type { TLSSocket } from 'node:tls'
import { plainAddress } from '../driver/private-headers.ts'

/** Which of the two conventions servers are told who the client is by, beside the plug-in's own. */
export type ForwardedStyle = 'x-forwarded' | 'forwarded' | 'both'

/**
 * Adds X-Forwarded-For, -Proto, -Host and -Port, or Forwarded (RFC 7239), for the client of a request. What is in the list
 * under these names came from somebody who may say so: our addition follows it. Proto, Host and Port that are there stay
 * as they are, because they tell what the client asked, and servers that demand https of every value would be misled.
 *
 * @param headers names and values in turn; changed in place.
 * @param host what the client asked for; undefined: nothing.
 */
export const addForwarded = (
  headers: string[],
  request: IncomingMessage,
  host: string | undefined,
  style: ForwardedStyle,
): void => {
  const socket = request.socket as TLSSocket
  const [address = ''] = plainAddress(socket.remoteAddress).split('%')
  const proto = socket.encrypted === true ? 'https' : 'http'
  if (style !== 'forwarded') {
    append(headers, 'X-Forwarded-For', address === '' ? 'unknown' : address)
    addMissing(headers, 'X-Forwarded-Proto', proto)
    if (host !== undefined && host !== '') addMissing(headers, 'X-Forwarded-Host', host)
    addMissing(headers, 'X-Forwarded-Port', portOf(host, proto))
  }
  if (style !== 'x-forwarded') append(headers, 'Forwarded', element(address, host, proto))
}

/** RFC 7239 4: one element; `by` is left out, it would tell about us. */
const element = (address: string, host: string | undefined, proto: string): string => {
  const node = address === '' ? 'unknown' : isIPv6(address) ? `"[${address}]"` : address
  const asked = host === undefined || host === '' ? '' : `host=${value(host)};`
  return `for=${node};${asked}proto=${proto}`
}

/** A token as it is, anything else quoted (RFC 9110 5.6.4). */
const value = (text: string): string =>
  /^[\w!#$%&'*+.^`|~-]+$/.test(text) ? text : `"${text.replace(/["\\]/g, '\\$&')}"`

/** The port that the client asked for. */
const portOf = (host: string | undefined, proto: string): string =>
  /:(\d+)$/.exec(host ?? '')?.[1] ?? (proto === 'https' ? '443' : '80')

/** Several lines of one name are one list (RFC 9110 5.3), and some servers read only the first. */
const append = (headers: string[], name: string, added: string): void => {
  const lower = name.toLowerCase()
  const values: string[] = []
  let length = 0
  for (let i = 0; i < headers.length; i += 2) {
    const other = headers[i] as string
    const text = headers[i + 1] as string
    if (other.toLowerCase() === lower) values.push(text)
    else {
      headers[length++] = other
      headers[length++] = text
    }
  }
  headers.length = length
  headers.push(name, [...values.filter(text => text.trim() !== ''), added].join(', '))
}

const addMissing = (headers: string[], name: string, text: string): void => {
  const lower = name.toLowerCase()
  const there = headers.some((other, i) => i % 2 === 0 && other.toLowerCase() === lower)
  if (!there) headers.push(name, text)
}
