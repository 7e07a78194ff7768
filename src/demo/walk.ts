import type { TraceKind, TraceRecord } from '../core/trace.ts'
import type { Exchanged } from './ask.ts'
import { ask } from './ask.ts'
import type { Entry } from './entry.ts'
import { firstMissing } from './entry.ts'
import { failoverSteps } from './failover-steps.ts'
import type { World } from './world.ts'

/** What the walk reports while it goes. */
export type WalkEvent =
  | { readonly kind: 'chapter'; readonly title: string }
  | { readonly kind: 'entry'; readonly entry: Entry }

/**
 * Walks once through the documented failover (routing.md §7) with real requests, and through what comes after it
 * (sessions.md §5.8 row 1): the next request, and the return of the first member.
 *
 * Every entry is judged by trace records and answers alone, never by what the walk itself has done.
 *
 * @returns the entries that did not happen as documented; none: all is well. Rejects when a request gets no answer.
 */
export const walk = async (
  world: World,
  tell: (event: WalkEvent) => void,
  stop?: AbortSignal,
): Promise<readonly Entry[]> => {
  const failed: Entry[] = []
  const path: Path = {
    world,
    ask: cookie => ask(world, cookie, stop),
    enter: entry => {
      if (entry.missing !== null) failed.push(entry)
      tell({ kind: 'entry', entry })
    },
  }
  tell({ kind: 'chapter', title: 'Before' })
  const session = await begin(path)
  if (session === null) return failed
  tell({ kind: 'chapter', title: 'The failover in its ten documented steps' })
  const over = await failOver(path, session)
  tell({ kind: 'chapter', title: 'After' })
  await comeBack(path, await nextRequest(path, over))
  return failed
}

interface Path {
  readonly world: World
  readonly ask: (cookie: string | null) => Promise<Exchanged>
  readonly enter: (entry: Entry) => void
}

/** The session as the client knows it between two requests. */
interface ClientSession {
  readonly cookie: string
  readonly n: number
}

const afterwards = (before: ClientSession, answer: Exchanged): ClientSession => ({
  cookie: answer.setCookie ?? before.cookie,
  n: answer.facts?.n ?? before.n,
})

/** A session on the first member, used once more, and then the end of that member. */
const begin = async ({ world, ask, enter }: Path): Promise<ClientSession | null> => {
  const [one] = world.members
  // The first member of a round robin is drawn by lot (W6), and then it is the other one's turn.
  let first = await ask(null)
  for (let tries = 1; first.facts?.server !== one.name && tries < 4; tries++) {
    first = await ask(null)
  }
  const cookie = first.facts?.server === one.name ? first.setCookie : null
  enter({
    number: null,
    title: `A request without a session: it is the turn of ${one.name}, which makes one`,
    notes: notesOf(first),
    records: pick(first.trace, ['select']),
    missing: firstMissing([[`a new session on ${one.name}`, cookie !== null]]),
  })
  if (cookie === null) return null
  const session = afterwards({ cookie, n: 0 }, first)

  const second = await ask(cookie)
  enter({
    number: null,
    title: `The same session again: it names ${one.cloneId}, so it stays with ${one.name}`,
    notes: notesOf(second),
    records: pick(second.trace, ['select']),
    missing: firstMissing([
      [`${one.name} chosen by affinity`, selected(second, one.name, 'affinity')],
      [`n=${session.n + 1}`, second.facts?.n === session.n + 1],
    ]),
  })
  await one.kill()
  enter({
    number: null,
    title: `${one.name} is killed`,
    notes: [`${one.url} refuses connections now, and the sessions in its memory are lost`],
    records: [],
    missing: null,
  })
  return afterwards(session, second)
}

/** The request that finds the first member dead. */
const failOver = async (
  { world, ask, enter }: Path,
  session: ClientSession,
): Promise<ClientSession> => {
  const [one, two] = world.members
  const exchanged = await ask(session.cookie)
  const { cluster, retryIntervalMs } = world
  const sessionId = session.cookie.slice(4).split(':', 1)[0] ?? ''
  const scene = { cluster, retryIntervalMs, one, two, sessionId, n: session.n, exchanged }
  for (const step of failoverSteps(scene)) enter(step)
  return afterwards(session, exchanged)
}

/** The first member runs again, but its timer does too. */
const nextRequest = async (
  { world, ask, enter }: Path,
  session: ClientSession,
): Promise<ClientSession> => {
  const [one, two] = world.members
  await one.restart()
  const answer = await ask(session.cookie)
  const { trace, facts, setCookie } = answer
  enter({
    number: null,
    title: `${one.name} runs again, but its timer too: ${two.name} is found by the second id`,
    notes: notesOf(answer),
    records: pick(trace, ['ids', 'compare', 'check', 'skip', 'select']),
    missing: firstMissing([
      [
        `${one.name} skipped as marked down`,
        trace.some(r => r.kind === 'skip' && r.server === one.name && r.reason === 'marked-down'),
      ],
      [
        `${two.name} found by ${two.cloneId}`,
        trace.some(
          r => r.kind === 'compare' && r.server === two.name && r.id === two.cloneId && r.match,
        ) && selected(answer, two.name, 'affinity'),
      ],
      [`n=${session.n + 1} from ${two.name}`, isNext(session, answer, two.name)],
      ['an answer without a new cookie', facts !== null && setCookie === null],
    ]),
  })
  return afterwards(session, answer)
}

/** The timer has run out: this very request finds out that the first member is well. */
const comeBack = async (
  { world, ask, enter }: Path,
  session: ClientSession,
): Promise<ClientSession> => {
  const [one, two] = world.members
  const seconds = world.retryIntervalMs / 1000
  world.clock.advance(world.retryIntervalMs)
  enter({
    number: null,
    title: `${seconds} s later (nobody waits: the demo moves the clock of the edge forward)`,
    notes: [],
    records: [],
    missing: null,
  })
  const answer = await ask(session.cookie)
  const { trace, setCookie } = answer
  const clones = `:${one.cloneId}:${two.cloneId}`
  enter({
    number: null,
    title: `The timer of ${one.name} is over: this request tries it, and the session is back`,
    notes: notesOf(answer),
    records: pick(trace, ['check', 'select', 'mark-up', 'stats']),
    missing: firstMissing([
      [
        `a request that probes ${one.name}`,
        trace.some(r => r.kind === 'select' && r.server === one.name && r.probe),
      ],
      [`${one.name} marked up`, trace.some(r => r.kind === 'mark-up' && r.server === one.name)],
      [`n=${session.n + 1} from ${one.name}`, isNext(session, answer, one.name)],
      [`a cookie that ends in ${clones}`, setCookie?.endsWith(clones) === true],
    ]),
  })
  return afterwards(session, answer)
}

/** What the client sent and got. */
const notesOf = ({ sent, facts, status, setCookie }: Exchanged): readonly string[] => [
  `> GET /snoop, ${sent === null ? 'no cookie' : `Cookie: JSESSIONID=${sent}`}`,
  `< ${status}, ${facts?.server ?? 'no application server'}, n=${facts?.n ?? '-'}`,
  ...(setCookie === null ? [] : [`< Set-Cookie: JSESSIONID=${setCookie}`]),
]

const pick = (trace: readonly TraceRecord[], kinds: readonly TraceKind[]): readonly TraceRecord[] =>
  trace.filter(record => kinds.includes(record.kind))

const selected = ({ trace }: Exchanged, server: string, why: string): boolean =>
  trace.some(r => r.kind === 'select' && r.server === server && r.why === why)

const isNext = (session: ClientSession, { facts }: Exchanged, server: string): boolean =>
  facts?.server === server && facts.n === session.n + 1
