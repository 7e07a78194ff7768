import { type IncomingMessage, type ServerResponse, STATUS_CODES } from 'node:http'
import type { EdgeContext } from './context.ts'
import { type ErrorPage, type ErrorPageRequest, errorPage, type PageReason } from './error-page.ts'

/**
 * Answers with a page of our own, or of the host's where it has one. Does nothing when an answer has begun.
 *
 * @param decision a header field that says how it came to this, as name and value; default: none.
 */
export const sendPage = (
  context: EdgeContext,
  request: IncomingMessage,
  response: ServerResponse,
  status: number,
  reason: PageReason,
  decision: readonly string[] = none,
): void => {
  if (response.headersSent || response.destroyed || response.writableEnded) return
  const { contentType, body } =
    pageOfHost(context, { status, request, reason }) ?? errorPage(status, request.headers.accept)
  const headers = [
    'Content-Type',
    contentType,
    'Content-Length',
    String(Buffer.byteLength(body)),
    'Cache-Control',
    'no-store',
    ...decision,
  ]
  if (comesBack.has(reason)) headers.push('Retry-After', retryAfterSeconds)
  if ((context.closing || endsConnection.has(reason)) && request.httpVersionMajor === 1) {
    headers.push('Connection', 'close')
  }
  // The phrase is named because a failed attempt to begin an answer has left its own.
  const phrase = request.httpVersionMajor === 1 ? STATUS_CODES[status] : undefined
  response.writeHead(status, phrase, headers)
  response.end(body)
}

const none: readonly string[] = []

/** The client shall go elsewhere, or nobody knows where its next request would begin. */
const endsConnection: ReadonlySet<PageReason> = new Set<PageReason>([
  'closing',
  'client-body',
  'body-timeout',
])

/** A limit of ours that may not be reached any more in a moment. */
const comesBack: ReadonlySet<PageReason> = new Set<PageReason>([
  'too-many-requests',
  'queue-full',
  'queue-timeout',
])

const retryAfterSeconds = '1'

const pageOfHost = (context: EdgeContext, page: ErrorPageRequest): ErrorPage | undefined => {
  try {
    return context.errorPage?.(page)
  } catch (error) {
    context.warn({ code: 'HOOK_FAILED', message: `errorPage threw: ${String(error)}`, error })
    return undefined
  }
}
