import { Agent, request } from 'undici'
import { codeOf } from '../driver/outcome.ts'
import { type ErrorBody, endpointName } from './messages.ts'

/** Why a running edge could not be asked. */
export type AttachCode =
  /** The address is not one that can be asked. */
  | 'ADDRESS'
  /** Nothing listens there, or it cannot be reached, or it does not answer. */
  | 'UNREACHABLE'
  /** Something else answers there. */
  | 'NOT_ADMIN'
  /** The endpoint speaks another version. */
  | 'VERSION'
  /** A token is wanted, or another one. */
  | 'TOKEN'
  /** There is something wrong with the question itself: a URL that is none, a server that does not exist. */
  | 'QUESTION'
  /** The endpoint does not do what it was asked for, or has not got it. */
  | 'REFUSED'

/** An edge could not be asked; the message is one line for a person. */
export class AttachError extends Error {
  override readonly name = 'AttachError'
  readonly code: AttachCode

  constructor(code: AttachCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}

/**
 * Asks for one JSON document.
 *
 * @param fits whether the answer is what was asked for; a text: why it is not, behind the address.
 */
export type Ask = <T>(
  method: 'GET' | 'POST',
  path: string,
  fits?: (answer: unknown) => boolean | string,
  body?: unknown,
) => Promise<T>

/** An edge that does not answer its console in this time is not going to. */
const patienceMs = 10_000

/** A recording comes with its whole configuration; more than this is no answer of ours. */
const mostBytes = 256 * 1024 * 1024

/**
 * A way to ask the endpoint at this address.
 *
 * @throws AttachError `ADDRESS`, `TOKEN` for a token that no header can carry.
 */
export const exchangeJson = (address: string, token?: string): Ask => {
  const base = baseOf(address)
  if (token !== undefined && !/^[\x21-\x7e]+$/.test(token)) {
    throw new AttachError(
      'TOKEN',
      'the token has a character that no header can carry; write the one that the edge printed',
    )
  }
  return async (method, path, fits = isObject, body) => {
    // An agent of our own: the host's global one may send everything through a proxy.
    const dispatcher = new Agent({
      connect: { timeout: patienceMs },
      headersTimeout: patienceMs,
      bodyTimeout: patienceMs,
      maxResponseSize: mostBytes,
    })
    try {
      const answer = await request(new URL(path, base), {
        dispatcher,
        method,
        headers: {
          accept: 'application/json',
          ...(token !== undefined && { authorization: `Bearer ${token}` }),
          ...(body !== undefined && { 'content-type': 'application/json' }),
        },
        body: body === undefined ? null : JSON.stringify(body),
      })
      const text = await answer.body.text()
      return understood(answer.statusCode, text, fits, base)
    } catch (error) {
      throw error instanceof AttachError ? error : unreachable(error, base)
    } finally {
      await dispatcher.destroy()
    }
  }
}

/** The address with a slash at its end, so that names of resources can follow. */
const baseOf = (address: string): URL => {
  const url = URL.canParse(address) ? new URL(address) : null
  if (url === null || (url.protocol !== 'http:' && url.protocol !== 'https:')) {
    throw new AttachError(
      'ADDRESS',
      `${JSON.stringify(address)} is not the address of an admin endpoint; write http://HOST:PORT, as serve prints it for --console-port`,
    )
  }
  if (url.username !== '' || url.password !== '') {
    throw new AttachError(
      'ADDRESS',
      `the address of an admin endpoint has no user name and no password; write ${url.protocol}//${url.host} and give the token by itself`,
    )
  }
  if (!url.pathname.endsWith('/')) url.pathname += '/'
  url.search = ''
  url.hash = ''
  return url
}

const understood = <T>(
  status: number,
  text: string,
  fits: (answer: unknown) => boolean | string,
  base: URL,
): T => {
  const answer = parsed(text)
  if (status === 200) {
    const fit = fits(answer)
    if (fit === true) return answer as T
    if (typeof fit === 'string') throw new AttachError('VERSION', `${base.href} ${fit}`)
  }
  if (status === 200 || !isError(answer)) {
    throw new AttachError(
      'NOT_ADMIN',
      `${base.href} answers with status ${status}, but not as an admin endpoint does; write the address that serve prints for --console-port, not the one for requests`,
    )
  }
  if (status === 400) throw new AttachError('QUESTION', answer.error)
  const code = status === 401 ? 'TOKEN' : 'REFUSED'
  throw new AttachError(code, `${base.href} refuses: ${answer.error}`)
}

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

const unreachable = (error: unknown, base: URL): AttachError => {
  const code = codeOf(error)
  return new AttachError('UNREACHABLE', problem(code, base), { cause: error })
}

const problem = (code: string | undefined, base: URL): string => {
  const advice = 'is the edge running, with its admin endpoint on that port (serve --console-port)?'
  switch (code) {
    case 'ECONNREFUSED':
      return `nothing listens at ${base.origin}; ${advice}`
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return `${base.hostname} has no address; write a name or an address that can be looked up`
    case 'UND_ERR_CONNECT_TIMEOUT':
    case 'UND_ERR_HEADERS_TIMEOUT':
    case 'UND_ERR_BODY_TIMEOUT':
      return `${base.origin} does not answer within ${patienceMs / 1000} s; ${advice}`
    default:
      return `cannot ask ${base.origin}: ${code ?? 'the connection failed'}; ${advice}`
  }
}

const isObject = (answer: unknown): answer is Readonly<Record<string, unknown>> =>
  typeof answer === 'object' && answer !== null && !Array.isArray(answer)

const isError = (answer: unknown): answer is ErrorBody =>
  isObject(answer) && answer.endpoint === endpointName && typeof answer.error === 'string'
