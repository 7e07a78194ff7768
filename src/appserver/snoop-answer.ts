import type { IncomingMessage, ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { Switches } from './snoop-switches.ts'

/** What `/snoop` tells, as JSON with `?format=json` or `Accept: application/json`, else as `name=value` lines. */
export interface Snoop {
  /** Name and clone id of the server that answers. */
  readonly server: string
  readonly cloneId: string
  /** Counter in the session, raised by every request but `op=peek`; null: no session. */
  readonly n: number | null
  /** Session key, without cache id and clone ids; null: no session. */
  readonly sessionId: string | null
  /** true: the session was made by this request. */
  readonly isNew: boolean
  /** Session key the client asked for; null: none that could be read. */
  readonly requestedSessionId: string | null
  readonly requestedSessionIdFrom: 'cookie' | 'url' | null
  /** Value of the session cookie that goes out with this answer; null: none. */
  readonly setCookie: string | null
  /** This URL with the session in it; null unless URL rewriting is on and the session is not in a cookie. */
  readonly encodedUrl: string | null
  /** `$WSFO` came with the request: another server was tried before this one. */
  readonly failover: boolean
  /** Private headers of the plug-in, spelled as they came. */
  readonly privateHeaders: Readonly<Record<string, string>>
  readonly method: string
  /** Request target as it came. */
  readonly url: string
  readonly host: string | null
  /** The whole request body; null: the request had none. */
  readonly body: { readonly length: number; readonly sha256: string } | null
}

/** Sends the facts, or what the switches ask for in their place. */
export const answer = async (
  req: IncomingMessage,
  res: ServerResponse,
  facts: Snoop,
  switches: Switches,
): Promise<void> => {
  if (switches.cut === 'head') {
    res.destroy()
    return
  }
  if (switches.echo) {
    res.writeHead(switches.status, {
      'Content-Type': req.headers['content-type'] ?? 'application/octet-stream',
    })
    await pipeline(req, res)
    return
  }
  if (switches.sizeBytes !== null) {
    const sent = switches.cut === 'body' ? Math.floor(switches.sizeBytes / 2) : switches.sizeBytes
    res.writeHead(switches.status, {
      'Content-Type': 'application/octet-stream',
      'Content-Length': switches.sizeBytes,
    })
    await pipeline(Readable.from(filler(sent)), res, { end: switches.cut === null })
    if (switches.cut !== null) res.destroy()
    return
  }
  const json = switches.format === 'json' || wantsJson(req)
  const text = json ? `${JSON.stringify(facts, null, 2)}\n` : render(facts)
  const type = json ? 'application/json' : 'text/plain; charset=utf-8'
  if (switches.cut === 'body') {
    const bytes = Buffer.from(text)
    res.writeHead(switches.status, { 'Content-Type': type, 'Content-Length': bytes.length })
    res.write(bytes.subarray(0, bytes.length / 2), () => res.destroy())
    return
  }
  await send(res, switches.status, type, text)
}

/** Sends a whole answer; over when it is out, rejects when the client goes away before that. */
export const send = (
  res: ServerResponse,
  status: number,
  type: string,
  text: string,
): Promise<void> =>
  new Promise((resolve, reject) => {
    res.once('finish', resolve)
    res.once('close', () => reject(new Error('the client went away')))
    // 204 and 304 have neither a body nor a length to announce.
    const bare = status === 204 || status === 304
    const length = { 'Content-Type': type, 'Content-Length': Buffer.byteLength(text) }
    res.writeHead(status, bare ? {} : length)
    res.end(bare ? undefined : text)
  })

const render = (facts: Snoop): string => {
  const { privateHeaders, body, ...rest } = facts
  const lines = [
    ...Object.entries(rest),
    ['bodyLength', body?.length ?? null],
    ['bodySha256', body?.sha256 ?? null],
    ...Object.entries(privateHeaders),
  ] as const
  return `${lines.map(([name, value]) => `${name}=${value ?? '-'}`).join('\n')}\n`
}

const wantsJson = (req: IncomingMessage): boolean =>
  (req.headers.accept ?? '').includes('application/json')

const lineOfFiller = Buffer.from('abcdefghijklmnopqrstuvwxyz0123456789\n'.repeat(1024))

/** The same bytes for the same size, piece by piece, so that a large answer needs no memory. */
function* filler(bytes: number): Generator<Buffer> {
  for (let left = bytes; left > 0; left -= lineOfFiller.length) {
    yield lineOfFiller.subarray(0, Math.min(left, lineOfFiller.length))
  }
}
