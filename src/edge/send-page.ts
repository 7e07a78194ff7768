import { type IncomingMessage, type ServerResponse, STATUS_CODES } from 'node:http'
import type { EdgeContext } from './context.ts'
import { type ErrorPage, type ErrorPageRequest, errorPage } from './error-page.ts'

/** Answers with a page of our own, or of the host's where it has one. Does nothing when an answer has begun. */
export const sendPage = (
  context: EdgeContext,
  request: IncomingMessage,
  response: ServerResponse,
  status: number,
  reason: ErrorPageRequest['reason'],
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
  ]
  if (endsConnection.has(reason) && request.httpVersionMajor === 1) {
    headers.push('Connection', 'close')
  }
  // The phrase is named because a failed attempt to begin an answer has left its own.
  response.writeHead(status, STATUS_CODES[status], headers)
  response.end(body)
}

/** The client shall go elsewhere, or nobody knows where its next request would begin. */
const endsConnection: ReadonlySet<ErrorPageRequest['reason']> = new Set(['closing', 'client-body'])

const pageOfHost = (context: EdgeContext, page: ErrorPageRequest): ErrorPage | undefined => {
  try {
    return context.errorPage?.(page)
  } catch (error) {
    context.warn({ code: 'HOOK_FAILED', message: `errorPage threw: ${String(error)}`, error })
    return undefined
  }
}
