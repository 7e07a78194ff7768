import { request } from 'node:http'
import type { Snoop } from '../appserver/snoop-answer.ts'
import type { TraceRecord } from '../core/trace.ts'

/** One request of the walk with all that it left behind. */
export interface Exchanged {
  /** Value of the session cookie that was sent; null: none. */
  readonly sent: string | null
  readonly status: number
  /** Value of the session cookie that came back; null: no Set-Cookie. */
  readonly setCookie: string | null
  /** What the application told; null: the answer was none of an application server. */
  readonly facts: Snoop | null
  readonly trace: readonly TraceRecord[]
}

/** Where to ask, and where the router's records can be had. */
export interface Asked {
  /** `http://host:port` of the edge. */
  readonly url: string
  /** Calls back with every record until the returned function is called. */
  follow(listener: (record: TraceRecord) => void): () => void
}

/** After this long without an end the request counts as lost; milliseconds. */
const patienceMs = 30_000

/**
 * Sends one request through the edge. Over when both the answer and the router's last record are there.
 *
 * Rejects when there is no answer, or the router says nothing of it.
 */
export const ask = async (
  edge: Asked,
  cookie: string | null,
  stop?: AbortSignal,
): Promise<Exchanged> => {
  const patience = AbortSignal.timeout(patienceMs)
  const signal = stop === undefined ? patience : AbortSignal.any([stop, patience])
  const trace: TraceRecord[] = []
  let unfollow = () => {}
  const ended = new Promise<void>((resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true })
    unfollow = edge.follow(record => {
      trace.push(record)
      if (record.kind === 'outcome') resolve()
    })
  })
  try {
    const [answer] = await Promise.all([get(`${edge.url}/snoop`, cookie, signal), ended])
    return { sent: cookie, ...answer, trace }
  } finally {
    unfollow()
  }
}

const get = (
  url: string,
  cookie: string | null,
  signal: AbortSignal,
): Promise<Omit<Exchanged, 'sent' | 'trace'>> =>
  new Promise((resolve, reject) => {
    const headers = {
      Accept: 'application/json',
      ...(cookie !== null && { Cookie: `JSESSIONID=${cookie}` }),
    }
    const req = request(url, { agent: false, headers, signal }, res => {
      let text = ''
      res.setEncoding('utf8')
      res.on('data', (chunk: string) => {
        text += chunk
      })
      res.on('error', reject)
      res.on('end', () => {
        const line = res.headers['set-cookie']?.find(each => each.startsWith('JSESSIONID='))
        const fromServer = res.headers['x-application-server'] !== undefined
        resolve({
          status: res.statusCode ?? 0,
          setCookie: line === undefined ? null : (/=([^;]*)/.exec(line)?.[1] ?? null),
          facts: fromServer ? (JSON.parse(text) as Snoop) : null,
        })
      })
    })
    req.on('error', reject)
    req.end()
  })
