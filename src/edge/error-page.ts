import type { IncomingMessage } from 'node:http'
import type { FailReason } from '../core/step.ts'

/** What a page is made for. Nothing in it tells a client about servers or configuration (E13). */
export interface ErrorPageRequest {
  readonly status: number
  readonly request: IncomingMessage
  /** For pages of the host's own, which may want to differ; never shown by the built-in ones. */
  readonly reason: PageReason
}

/** Why a client gets a page. */
export type PageReason =
  | FailReason
  | 'no-route'
  | 'closing'
  | 'response-broken'
  | 'internal'
  /** 503: as many requests as the edge bears are under way. */
  | 'too-many-requests'
  /** 408: the body did not come in time. */
  | 'body-timeout'
  /** 503: every server is busy, and so is the queue. */
  | 'queue-full'
  /** 503: every server was busy for as long as a request may wait. */
  | 'queue-timeout'

export interface ErrorPage {
  /** Value of Content-Type. */
  readonly contentType: string
  readonly body: string | Uint8Array
}

/** A page of the host's own; undefined: the built-in one. */
export type ErrorPageHook = (page: ErrorPageRequest) => ErrorPage | undefined

const texts: Readonly<Record<number, readonly [title: string, text: string]>> = {
  400: ['Bad Request', 'The request could not be understood.'],
  404: ['Not Found', 'There is nothing at this address.'],
  408: ['Request Timeout', 'The request did not arrive in time.'],
  413: ['Content Too Large', 'The request is larger than this site accepts.'],
  500: ['Internal Server Error', 'The request could not be answered.'],
  503: ['Service Unavailable', 'The site is busy. Please try again in a moment.'],
}

/** The page for a status: JSON for clients that prefer it, HTML for all others (E13). */
export const errorPage = (status: number, accept: string | undefined): ErrorPage => {
  const [title, text] = texts[status] ?? ['Error', 'The request could not be answered.']
  if (prefersJson(accept)) {
    return {
      contentType: 'application/json; charset=utf-8',
      body: `${JSON.stringify({ status, error: title, message: text })}\n`,
    }
  }
  return {
    contentType: 'text/html; charset=utf-8',
    body: `<!DOCTYPE html>
<html lang="en">
<head><meta charset="utf-8"><title>${status} ${title}</title></head>
<body><h1>${title}</h1><p>${text}</p></body>
</html>
`,
  }
}

/** Whether JSON is named before, or without, HTML. */
const prefersJson = (accept = ''): boolean => {
  const json = accept.search(/[/+]json\b/i)
  const html = accept.search(/text\/html|text\/\*/i)
  return json >= 0 && (html < 0 || json < html)
}
