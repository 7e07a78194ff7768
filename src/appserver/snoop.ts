import { createHash } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import type { SessionTracking } from './requested-session.ts'
import { findRequestedSession } from './requested-session.ts'
import type { CloneSettings } from './session-id.ts'
import { answeredSessionId, encodeUrl, needsCookie } from './session-id.ts'
import type { Session, SessionManager } from './session-manager.ts'
import type { Snoop } from './snoop-answer.ts'
import { answer, send } from './snoop-answer.ts'
import { readSwitches } from './snoop-switches.ts'

/** The application in the server: one page that shows what arrived. */
export interface SnoopContext {
  readonly name: string
  readonly tracking: SessionTracking
  readonly clone: CloneSettings
  readonly sessions: SessionManager
  /** Aborted when the server ends. */
  readonly signal: AbortSignal
}

/**
 * Serves one request. Resolves when the answer is out; rejects when the client or the server went away before that.
 */
export const snoop = async (
  req: IncomingMessage,
  res: ServerResponse,
  context: SnoopContext,
): Promise<void> => {
  const switches = readSwitches(queryOf(req))
  if (typeof switches === 'string') {
    await send(res, 400, 'text/plain; charset=utf-8', `${switches}\n`)
    return
  }
  const { sessions, tracking, clone, name } = context
  const target = req.url ?? ''
  const requested = await findRequestedSession(
    { target, cookie: req.headers.cookie },
    tracking,
    sessions,
  )
  let session = requested.session
  const isNew = session === undefined && switches.op !== 'peek' && switches.op !== 'invalidate'
  if (isNew) session = sessions.create()
  if (session !== undefined && switches.op !== 'peek') count(session)
  // Now, because another request for the session may count while this one waits.
  const n = session === undefined ? null : counterOf(session)
  if (session !== undefined && switches.op === 'change') await sessions.changeKey(session)
  if (session !== undefined && switches.op === 'invalidate') {
    await sessions.invalidate(session)
    session = undefined
  }
  const body = switches.echo ? null : await digest(req)
  if (switches.delayMs > 0) await sleep(switches.delayMs, undefined, { signal: context.signal })
  // End of service: the state is safe before the first byte of the answer leaves.
  if (session !== undefined) await sessions.save(session)

  const sessionId = session && answeredSessionId(requested.id, session, clone)
  const cookie =
    session !== undefined && tracking.cookies && needsCookie(requested.id, session, clone)
      ? (sessionId ?? null)
      : null
  const privateHeaders = privateHeadersOf(req)
  const facts: Snoop = {
    server: name,
    cloneId: clone.cloneId,
    n: session === undefined ? null : n,
    sessionId: session?.key ?? null,
    isNew,
    requestedSessionId: requested.key,
    requestedSessionIdFrom: requested.from,
    setCookie: cookie,
    encodedUrl:
      tracking.urlRewriting && sessionId !== undefined && requested.from !== 'cookie'
        ? encodeUrl(target, sessionId, tracking.urlIdentifier)
        : null,
    failover: Object.keys(privateHeaders).some(header => header.toLowerCase() === '$wsfo'),
    privateHeaders,
    method: req.method ?? '',
    url: target,
    host: req.headers.host ?? null,
    body,
  }
  if (cookie !== null) {
    res.setHeader('Set-Cookie', `${tracking.cookieName}=${cookie}; Path=/; HttpOnly`)
  }
  // Also there when the body is not ours to choose: echo, size, 204, HEAD.
  res.setHeader('X-Application-Server', encodeURI(name))
  if (facts.n !== null) res.setHeader('X-Session-Counter', facts.n)
  await answer(req, res, facts, switches)
}

const count = (session: Session): void => {
  session.attributes.n = (counterOf(session) ?? 0) + 1
}

const counterOf = (session: Session): number | null => {
  const n = session.attributes.n
  return typeof n === 'number' ? n : null
}

const digest = async (req: IncomingMessage): Promise<Snoop['body']> => {
  const announced = req.headers['content-length'] ?? req.headers['transfer-encoding']
  const hash = createHash('sha256')
  let length = 0
  for await (const chunk of req as AsyncIterable<Buffer>) {
    hash.update(chunk)
    length += chunk.length
  }
  return announced === undefined ? null : { length, sha256: hash.digest('hex') }
}

const privateHeadersOf = (req: IncomingMessage): Record<string, string> => {
  const found: Record<string, string> = {}
  for (let i = 0; i < req.rawHeaders.length; i += 2) {
    const name = req.rawHeaders[i] ?? ''
    if (/^[$_]ws/i.test(name)) found[name] = req.rawHeaders[i + 1] ?? ''
  }
  return found
}

const queryOf = (req: IncomingMessage): URLSearchParams =>
  new URLSearchParams(req.url?.split('?').slice(1).join('?') ?? '')
