import type { Circumstances } from '../simulate/explain.ts'
import { parseJson } from '../simulate/json.ts'
import { headOf, hostOf, parseUrl, urlProblem } from '../simulate/request-head.ts'
import { methodPattern } from '../simulate/scenario.ts'
import {
  type Accepted,
  either,
  integer,
  list,
  map,
  matching,
  nothing,
  number,
  object,
  optional,
  text,
  word,
} from '../simulate/shape.ts'
import { defaultSeed } from '../simulate/simulate.ts'
import { urlPattern } from '../simulate/url-pattern.ts'
import { validate } from '../simulate/validate.ts'
import { Refusal } from './refusal.ts'

/** Ways to fail that a question can name, beside a status. */
export const failWays = [
  'refused',
  'connect-timeout',
  'tls',
  'reset',
  'reset-pooled',
  'read-timeout',
  'unreachable',
  'handshake',
  'malformed',
] as const

/** The largest seed of the random source. */
export const mostSeed = 0xffff_ffff

const oneOrMore = either([text(), list(text())])
const serverName = text('Name of a server, or CLUSTER/NAME.')
const down = object({
  name: serverName,
  seconds: optional(either([number('', 0, { maximum: 1_000_000_000 }), nothing()])),
})
const fail = object({
  name: serverName,
  how: either([word(failWays), integer('', 200, 599)]),
})

const query = object({
  url: matching(urlPattern, 'http://www.example.com/shop/'),
  method: optional(matching(methodPattern, 'POST')),
  headers: optional(map(oneOrMore)),
  cookie: optional(oneOrMore),
  bodyBytes: optional(integer('', 0)),
  localPort: optional(integer('', 1, 65_535)),
  down: optional(list(down)),
  busy: optional(list(serverName)),
  draining: optional(list(serverName)),
  stopped: optional(list(serverName)),
  fail: optional(list(fail)),
  seed: optional(integer('', 0, mostSeed)),
})

/**
 * A request to imagine, as `plugin-cfg explain` is asked for it: an absolute `url`, and what is different from a plain
 * GET that finds every server as the edge knows it. Of the `headers` Host and Cookie count, as in routing. `down`,
 * `busy`, `draining` and `stopped` come on top of the live state; without `seconds` a server is down for its whole retry interval. Attempts at a
 * server in `fail` come to what stands there, one entry after the other; every other server answers 200.
 */
export type ExplainQuery = Accepted<typeof query>

/**
 * Reads a question from the body of a request.
 *
 * @throws Refusal 400 with every place that does not fit.
 */
export const readQuery = (body: string): ExplainQuery => {
  const json = parseJson(body)
  if (!('value' in json)) {
    throw new Refusal(400, `the body is not JSON: ${json.line}:${json.column} ${json.message}`)
  }
  const problems = validate(json, query)
  if (problems.length > 0) {
    const places = problems
      .slice(0, mostProblems)
      .map(({ line, column, path, message }) => `${line}:${column} ${path} ${message}`)
    if (problems.length > mostProblems) places.push(`and ${problems.length - mostProblems} more`)
    throw new Refusal(400, `the question does not fit: ${places.join('; ')}`)
  }
  return json.value as ExplainQuery
}

const mostProblems = 5

/**
 * The circumstances that a question describes.
 *
 * @throws Refusal 400 for a URL that is none.
 */
export const circumstancesOf = (question: ExplainQuery): Circumstances => {
  const { url, method, headers = {}, cookie, bodyBytes: bytes = 0, localPort } = question
  const parts = parseUrl(url)
  if (parts === undefined) throw new Refusal(400, urlProblem(url))
  const named = (wanted: string): readonly string[] =>
    Object.entries(headers)
      .filter(([name]) => name.toLowerCase() === wanted)
      .flatMap(([, value]) => value)
  return {
    head: headOf(parts, {
      method,
      host: hostOf(named('host')),
      cookies: [...named('cookie'), ...[cookie ?? []].flat()],
      localPort,
      body: bytes === 0 ? undefined : bytes,
    }),
    body: { bytes, chunked: false, arrives: bytes },
    down: (question.down ?? []).map(({ name, seconds = null }) => ({ name, seconds })),
    busy: question.busy ?? [],
    draining: question.draining ?? [],
    stopped: question.stopped ?? [],
    fail: question.fail ?? [],
    seed: question.seed ?? defaultSeed,
  }
}
