import { createHash, timingSafeEqual } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { parseHost } from '../core/routing/virtual-host.ts'
import { Refusal } from './refusal.ts'

/** Names and secret of an endpoint. */
export interface Guarded {
  /** As given when it was started. */
  readonly host: string
  readonly hosts: readonly string[]
  readonly token: string | undefined
}

/**
 * Lets in nobody but programs, and pages of the endpoint itself.
 *
 * A browser on the same machine reaches a loopback address on behalf of any page that it shows. A page whose name was
 * pointed at this machine meanwhile (DNS rebinding) names itself in the Host header; every other one gives itself away
 * by Origin or Sec-Fetch-Site. None of them can add an Authorization header without asking first, and nobody here
 * answers such a question.
 *
 * @throws Refusal 421, 403
 */
export const refuseStrangers = (request: IncomingMessage, { host, hosts }: Guarded): void => {
  const { host: field, origin, 'sec-fetch-site': site } = request.headers
  const name = field === undefined ? undefined : nameIn(field)
  const own = ['localhost', host.toLowerCase(), plain(request.socket.localAddress), ...hosts]
  if (name === undefined || !own.includes(name)) {
    throw new Refusal(
      421,
      `the Host header is ${JSON.stringify(field ?? '')}, which is no name of this endpoint; ask for ${host}, or add the name to "hosts"`,
    )
  }
  const foreign = origin !== undefined && ![`http://${field}`, `https://${field}`].includes(origin)
  if (foreign || (site !== undefined && site !== 'same-origin' && site !== 'none')) {
    throw new Refusal(403, 'requests of pages from elsewhere are not answered')
  }
}

/** The host of a Host header without its port; undefined: it is none. */
const nameIn = (field: string): string | undefined => parseHost(field, 'http')?.host

/** An IPv4 address that came in on an IPv6 socket, as people write it. */
const plain = (address = ''): string => address.toLowerCase().replace(/^::ffff:(?=\d+\.)/, '')

/**
 * Wants the token.
 *
 * @throws Refusal 401 without it or with another one; 403 where the endpoint has none, so that nobody may.
 */
export const demandToken = (request: IncomingMessage, { token }: Guarded): void => {
  if (token === undefined) {
    throw new Refusal(403, 'this endpoint was started without a token, so nothing can be changed')
  }
  const given = /^Bearer +(\S+) *$/i.exec(request.headers.authorization ?? '')?.[1]
  if (given === undefined) {
    throw new Refusal(401, 'this needs the token that the endpoint was started with', challenge)
  }
  if (!equal(given, token)) {
    throw new Refusal(401, 'that is not the token that the endpoint was started with', challenge)
  }
}

const challenge = { 'www-authenticate': 'Bearer realm="plugin-cfg-router"' }

/** Takes the same time wherever two texts differ; digests, because lengths may differ too. */
const equal = (a: string, b: string): boolean => timingSafeEqual(digest(a), digest(b))

const digest = (text: string): Buffer => createHash('sha256').update(text).digest()
