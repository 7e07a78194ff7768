import type { PluginConfig } from '../config/model.ts'
import type { RequestHead } from '../core/request.ts'
import type { Recording } from '../debug/recording.ts'
import { PluginError } from '../errors.ts'
import { many } from '../simulate/many.ts'
import type { ImaginedBody } from '../simulate/network.ts'
import { forwardedBody, headOf, hostOf, parseUrl, urlProblem } from '../simulate/request-head.ts'
import { methodPattern } from '../simulate/scenario.ts'
import type { RequestEdit, SteppedRequest } from './stepper.ts'

/** A request as people see it, and as the router does. */
export interface Sending {
  readonly request: SteppedRequest
  readonly head: RequestHead
  readonly body: ImaginedBody
  /** `Cookie` lines in order. */
  readonly cookies: readonly string[]
}

/**
 * What the router gets of a request.
 *
 * @throws PluginError `OPTION_INVALID` for a URL, method, header or size that no request can have.
 */
export const sendingOf = (request: SteppedRequest, config: PluginConfig): Sending => {
  const parts = parseUrl(request.url)
  if (parts === undefined) throw invalid(urlProblem(request.url))
  const { method, headers, cookie, bodyBytes, chunked = false, localPort } = request
  if (!new RegExp(methodPattern, 'u').test(method)) {
    throw invalid(`the method ${JSON.stringify(method)} is not one word; write one such as GET`)
  }
  if (!Number.isSafeInteger(bodyBytes) || bodyBytes < 0) {
    throw invalid(`a body of ${bodyBytes} bytes; write a whole number, 0 or more`)
  }
  if (localPort !== undefined && !(Number.isInteger(localPort) && isPort(localPort))) {
    throw invalid(`the local port ${localPort} is none; write 0 to 65535`)
  }
  const hosts: string[] = []
  for (const [name, value] of Object.entries(headers)) {
    if (!new RegExp(methodPattern, 'u').test(name)) {
      throw invalid(`a header named ${JSON.stringify(name)}; write a name such as Accept`)
    }
    if (name.toLowerCase() === 'cookie') {
      throw invalid('Cookie is among the headers; give it as cookie instead')
    }
    if (name.toLowerCase() === 'host') hosts.push(value)
  }
  const wanted = { bytes: bodyBytes, chunked, arrives: bodyBytes }
  const body = forwardedBody(method, wanted, config)
  const cookies = cookie === undefined ? [] : [cookie]
  const head = headOf(parts, {
    method,
    host: hostOf(hosts),
    cookies,
    localPort,
    body: body.chunked ? 'unknown' : body.bytes === 0 ? undefined : body.bytes,
  })
  return { request, head, body, cookies }
}

const isPort = (port: number): boolean => port >= 0 && port <= 65_535

const invalid = (message: string): PluginError => new PluginError('OPTION_INVALID', message)

/** A request with some things different. */
export const edited = (request: SteppedRequest, edit: RequestEdit): SteppedRequest => {
  const { cookie, ...rest } = edit
  return {
    ...request,
    ...rest,
    cookie: cookie === undefined ? request.cookie : (cookie ?? undefined),
  }
}

/** The request of a recording, with exactly the head that was routed then. */
export const recordedSending = ({ method, url, head, inputs }: Recording): Sending => {
  const cookies = head.cookie === undefined ? [] : many(head.cookie)
  const body = recordedBody(head, inputs)
  const request: SteppedRequest = {
    url,
    method,
    headers: hostHeader(url, head),
    cookie: cookies.length === 0 ? undefined : cookies.join('; '),
    bodyBytes: body.bytes,
    ...(body.chunked && { chunked: true }),
    ...(head.localPort !== undefined && { localPort: head.localPort }),
  }
  return { request, head, body, cookies }
}

/** A Host header that says something else than the URL. */
const hostHeader = (url: string, { host }: RequestHead): Readonly<Record<string, string>> =>
  host === undefined || host === parseUrl(url)?.authority ? {} : { host }

/** Of a body without announced length, what was seen of it. */
const recordedBody = (head: RequestHead, inputs: Recording['inputs']): ImaginedBody => {
  if (head.body !== 'unknown') {
    const bytes = head.body ?? 0
    return { bytes, chunked: false, arrives: bytes }
  }
  const bytes = inputs.reduce(
    (most, { outcome }) =>
      outcome?.kind === 'buffered'
        ? Math.max(most, outcome.bytes + (outcome.complete ? 0 : 1))
        : most,
    0,
  )
  return { bytes, chunked: true, arrives: bytes }
}
