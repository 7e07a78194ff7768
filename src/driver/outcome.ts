import { errors } from 'undici'
import type { FailureCause, Outcome, StreamOrigin } from '../core/step.ts'

/**
 * What errors of the operating system, of TLS and of undici mean in the plug-in's terms. Nowhere else are their codes
 * interpreted.
 *
 * The same code can mean different things at different moments: a reset while connecting says that there is no server
 * (F3), a reset while waiting for an answer says that the stream broke (F6, F7). So every error comes with the moment.
 */
export type Moment =
  /** Reaching the address (P9). */
  | 'connect'
  /** TLS handshake on the new connection (F4). */
  | 'tls'
  /** ExtendedHandshake on the new connection (F5). */
  | 'handshake'
  /** Writing the request or reading the answer (P10). */
  | 'exchange'

/** An error of our own that is told apart by its code, like those of Node and undici. */
export const driverError = (code: string, message: string): Error & { readonly code: string } =>
  Object.assign(new Error(message), { code })

/** ConnectTimeout elapsed for one address (F2). */
export const connectTimeout = 'ROUTER_CONNECT_TIMEOUT'
/** ServerIOTimeout elapsed (F8, F9). */
export const serverIoTimeout = 'ROUTER_SERVER_IO_TIMEOUT'
/** The connection had ended before undici could write on it; nothing of the request is out. */
export const streamGone = 'ROUTER_STREAM_GONE'
/** We ended the attempt ourselves: the client left, or its body failed. */
export const attemptCancelled = 'ROUTER_CANCELLED'
/** A header field of the client cannot be sent to anybody. */
export const fieldUnsendable = 'ROUTER_FIELD_UNSENDABLE'
/** The server's answer cannot be passed on as HTTP (F13). */
export const answerMalformed = 'ROUTER_ANSWER_MALFORMED'

const whileConnecting: Readonly<Record<string, FailureCause>> = {
  ECONNREFUSED: 'refused',
  EHOSTUNREACH: 'unreachable',
  EHOSTDOWN: 'unreachable',
  ENETUNREACH: 'unreachable',
  ENETDOWN: 'unreachable',
  EADDRNOTAVAIL: 'unreachable',
  ENOTFOUND: 'unreachable',
  EAI_AGAIN: 'unreachable',
  EAI_FAIL: 'unreachable',
  [connectTimeout]: 'connect-timeout',
}

const whileExchanging: Readonly<Record<string, FailureCause>> = {
  [serverIoTimeout]: 'read-timeout',
  UND_ERR_HEADERS_TIMEOUT: 'read-timeout',
  UND_ERR_BODY_TIMEOUT: 'read-timeout',
  [answerMalformed]: 'malformed',
  UND_ERR_HEADERS_OVERFLOW: 'malformed',
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: 'malformed',
  ERR_ASSERTION: 'malformed',
}

const clientsFault: ReadonlySet<string> = new Set([
  fieldUnsendable,
  'UND_ERR_INVALID_ARG',
  'UND_ERR_NOT_SUPPORTED',
  'UND_ERR_REQ_CONTENT_LENGTH_MISMATCH',
])

/** What the client gave us cannot be sent; no server is to blame. */
export const isClientsFault = (error: unknown): boolean => clientsFault.has(codeOf(error) ?? '')

/** The code of an error, where it has one. */
export const codeOf = (error: unknown): string | undefined => {
  const code = (error as { readonly code?: unknown } | null | undefined)?.code
  return typeof code === 'string' ? code : undefined
}

/** Row of the failure table for an error at this moment (4.1). */
export const causeOf = (error: unknown, moment: Moment): FailureCause => {
  const code = codeOf(error) ?? ''
  switch (moment) {
    case 'connect':
      return whileConnecting[code] ?? 'connect-failed'
    case 'tls':
      return 'tls'
    case 'handshake':
      return 'handshake'
    case 'exchange':
      // Most errors of its parser reach us from undici without a code.
      if (error instanceof errors.HTTPParserError) return 'malformed'
      // With TLS 1.3 a server refuses our certificate only after the handshake has ended for us.
      if (code.startsWith('ERR_SSL_')) return 'tls'
      return whileExchanging[code] ?? 'reset'
  }
}

/** How an attempt ended that ended with this error. */
export const outcomeOf = (
  error: unknown,
  moment: Moment,
  stream: StreamOrigin,
  bodySent: boolean,
): Outcome => {
  const code = codeOf(error)
  if (moment === 'exchange' && isClientsFault(error)) return { kind: 'client-failed' }
  const cause = causeOf(error, moment)
  return { kind: 'failed', cause, stream, bodySent, ...(code !== undefined && { code }) }
}
