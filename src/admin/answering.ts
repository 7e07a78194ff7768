import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Edge } from '../edge/edge.ts'
import { readBody } from './body.ts'
import { demandToken, refuseStrangers } from './guard.ts'
import { type EdgeInfo, type ErrorBody, endpointName } from './messages.ts'
import type { AdminSettings } from './options.ts'
import { Refusal } from './refusal.ts'
import type { Resource } from './resource.ts'
import { contents, needsToken, resources } from './resources.ts'
import type { Share } from './share.ts'
import { Told } from './told.ts'

/** What every request is answered from. */
export interface Endpoint {
  readonly edge: Edge
  readonly settings: AdminSettings
  readonly info: () => EdgeInfo
  /** Of the edge's thread. */
  readonly share: Share
}

/** Answers one request, with JSON unless it is for metrics. Never rejects. */
export const answer = async (
  endpoint: Endpoint,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> => {
  try {
    const { status, body, type } = await ask(endpoint, request)
    send(response, status, body, type === undefined ? {} : { 'content-type': type })
  } catch (error) {
    const { status, message, headers } = refusalOf(error)
    const body: ErrorBody = {
      endpoint: endpointName,
      error: message,
      ...(status === 404 && { resources: contents(endpoint.settings) }),
    }
    send(response, status, written(body), headers)
  }
}

/** @returns the answer with its text as body. */
const ask = async (endpoint: Endpoint, request: IncomingMessage): Promise<Told<string>> => {
  const { settings } = endpoint
  refuseStrangers(request, settings)
  const { resource, names } = find(request)
  if (needsToken(resource.access, settings)) demandToken(request, settings)
  const body = resource.method === 'POST' ? await readBody(request) : ''
  const query = new URLSearchParams((request.url ?? '').split('?', 2)[1])
  const work = (): Told<string> | Promise<Told<string>> => {
    const told = resource.answer({ ...endpoint, names, query, body })
    return told instanceof Promise ? told.then(asText) : asText(told)
  }
  return resource.atOnce === true ? work() : endpoint.share.run(work)
}

/** The resource that a request is for. @throws Refusal 404, 405 with the methods that there are. */
const find = (
  request: IncomingMessage,
): { readonly resource: Resource; readonly names: readonly string[] } => {
  const path = (request.url ?? '').split('?', 1)[0] ?? ''
  const there = resources.flatMap(resource => {
    const names = namesIn(resource.path, path)
    return names === undefined ? [] : [{ resource, names }]
  })
  if (there.length === 0) {
    throw new Refusal(404, `there is nothing at ${JSON.stringify(path)}; see the list`)
  }
  // Node sends no body to a HEAD request.
  const method = request.method === 'HEAD' ? 'GET' : request.method
  const found = there.find(({ resource }) => resource.method === method)
  if (found !== undefined) return found
  const methods = there.map(({ resource }) => resource.method)
  const allow = [...methods, ...(methods.includes('GET') ? ['HEAD'] : [])].join(', ')
  throw new Refusal(405, `${path} is for ${allow}, not for ${request.method}`, { allow })
}

/** What stands for the capitals of a pattern such as `/recordings/N`; undefined: another path. */
const namesIn = (pattern: string, path: string): readonly string[] | undefined => {
  const wanted = pattern.split('/')
  const given = path.split('/')
  if (wanted.length !== given.length) return undefined
  const names: string[] = []
  for (const [at, part] of wanted.entries()) {
    const text = given[at] ?? ''
    const name = /^[A-Z]+$/.test(part) ? decoded(text) : undefined
    if (name === undefined ? part !== text : name === '') return undefined
    if (name !== undefined) names.push(name)
  }
  return names
}

const decoded = (text: string): string | undefined => {
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}

const refusalOf = (error: unknown): Refusal => {
  if (error instanceof Refusal) return error
  return new Refusal(500, `internal error: ${error instanceof Error ? error.message : error}`)
}

const asText = (told: unknown): Told<string> => {
  if (!(told instanceof Told)) return new Told(200, written(told))
  const { status, body, type } = told
  return type === undefined ? new Told(status, written(body)) : new Told(status, String(body), type)
}

const written = (told: unknown): string => `${JSON.stringify(told)}\n`

const send = (
  response: ServerResponse,
  status: number,
  text: string,
  headers: Readonly<Record<string, string>>,
): void => {
  if (response.destroyed) return
  response.writeHead(status, {
    'content-type': 'application/json; charset=utf-8',
    'content-length': Buffer.byteLength(text),
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
    'cross-origin-resource-policy': 'same-origin',
    ...headers,
  })
  response.end(text)
}
