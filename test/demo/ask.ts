import type { IncomingHttpHeaders } from 'node:http'
import { request } from 'node:http'
import type { Snoop } from '../../src/appserver/snoop-answer.ts'

export interface Answer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
  /** Value of the session cookie that came; null: no Set-Cookie. */
  readonly session: string | null
}

export interface Question {
  readonly path?: string
  readonly method?: string
  /** Cookie header as it stands. */
  readonly cookie?: string
  /** Value for a cookie named JSESSIONID. */
  readonly session?: string
  readonly headers?: Record<string, string>
  readonly body?: string
}

/** One request on a connection of its own. */
export const ask = (url: string, question: Question = {}): Promise<Answer> =>
  new Promise((resolve, reject) => {
    const { path = '/snoop', method = 'GET', session, headers = {}, body } = question
    const cookie = question.cookie ?? (session === undefined ? undefined : `JSESSIONID=${session}`)
    const req = request(`${url}${path}`, {
      method,
      agent: false,
      headers: { ...(cookie === undefined ? {} : { Cookie: cookie }), ...headers },
    })
    req.on('error', reject)
    req.on('response', res => {
      const chunks: Buffer[] = []
      res.on('error', reject)
      res.on('data', (chunk: Buffer) => chunks.push(chunk))
      res.on('end', () => {
        const line = res.headers['set-cookie']?.[0]
        resolve({
          status: res.statusCode ?? 0,
          headers: res.headers,
          body: Buffer.concat(chunks),
          session: line === undefined ? null : (/=([^;]*)/.exec(line)?.[1] ?? null),
        })
      })
    })
    req.end(body)
  })

/** Asks for the facts as JSON. */
export const askFacts = async (
  url: string,
  question: Question = {},
): Promise<Snoop & { readonly session: string | null }> => {
  const answer = await ask(url, {
    ...question,
    headers: { Accept: 'application/json', ...question.headers },
  })
  return { ...(JSON.parse(answer.body.toString()) as Snoop), session: answer.session }
}
