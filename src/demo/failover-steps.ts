import type { TraceKind, TraceRecord } from '../core/trace.ts'
import type { Exchanged } from './ask.ts'
import type { Entry } from './entry.ts'
import { firstMissing } from './entry.ts'

/** The request that found its member dead, and what has to be known to judge it. */
export interface FailoverScene {
  readonly cluster: string
  readonly retryIntervalMs: number
  /** The member that was killed, and the one that has to take over. */
  readonly one: Member
  readonly two: Member
  /** The session before the request: its key and its counter. */
  readonly sessionId: string
  readonly n: number
  readonly exchanged: Exchanged
}

/** A server of the cluster as the configuration knows it. */
export interface Member {
  readonly name: string
  readonly cloneId: string
  readonly port: number
}

/**
 * The ten documented steps of a failover (routing.md §7), each with the records that belong to it and a verdict.
 * Every record of the exchange is in exactly one step.
 */
export const failoverSteps = (scene: FailoverScene): readonly Entry[] => {
  const { cluster, retryIntervalMs, one, two, n, exchanged } = scene
  const { trace, facts, sent, setCookie, status } = exchanged
  const [first, second] = atRetry(trace)
  const seconds = retryIntervalMs / 1000

  const bound = pick(first, ['route', 'decline'])
  const ids = pick(first, ['ids'])
  const compared = pick(first, ['compare'])
  const chosen = pick(first, ['check', 'skip', 'weights', 'select'])
  const failed = pick(first, connection)
  const idsAgain = pick(second, ['ids'])
  // The look-up of clones ends with the last of them; what is checked behind it is load balancing.
  const balanced = second.findLastIndex(record => record.kind === 'compare') + 1
  const comparedAgain = pick(second.slice(0, balanced), looking)
  const chosenAgain = second
    .slice(balanced)
    .filter(record => [...looking, ...choosing].includes(record.kind) || isReset(record))
  const ended = [
    ...pick(first, ['outcome']),
    ...second.filter(record => ending.includes(record.kind) || isFinal(record)),
  ]

  return [
    step(1, `A request arrives with a session of ${one.name}, and the router is asked first`, {
      notes: [`> GET /snoop, Cookie: JSESSIONID=${sent ?? '-'}`],
      missing: [['any record of the request', trace.length > 0]],
    }),
    step(2, `Virtual host and URI match a route, and the route leads to ${cluster}`, {
      records: bound,
      missing: [
        [`a route to ${cluster}`, bound.some(r => r.kind === 'route' && r.cluster === cluster)],
      ],
    }),
    step(3, 'The session cookie is taken apart: which clones does it name?', {
      records: ids,
      missing: [
        [
          `clone id ${one.cloneId} in the cookie`,
          ids.some(r => r.kind === 'ids' && r.source === 'cookie' && names(r.cloneIds, one)),
        ],
      ],
    }),
    step(4, `${one.cloneId} is compared with the members in order, and is ${one.name}`, {
      records: compared,
      missing: [[`${one.name} found by ${one.cloneId}`, compared.some(found(one, one.cloneId))]],
    }),
    step(5, `${one.name} is not known to be down, so it gets the request`, {
      records: chosen,
      missing: [
        [
          `a check that finds ${one.name} up`,
          chosen.some(r => r.kind === 'check' && r.server === one.name && isUp(r)),
        ],
        [`${one.name} chosen by affinity`, chosen.some(selected(one, 'affinity'))],
      ],
    }),
    step(6, `The connection is refused: ${one.name} is marked down, its timer starts`, {
      records: failed,
      missing: [
        [
          `a refused connection to ${one.name}`,
          failed.some(r => r.kind === 'fail' && r.server === one.name && r.cause === 'refused'),
        ],
        [
          `${one.name} marked down for ${seconds} s`,
          failed.some(
            r =>
              r.kind === 'mark-down' &&
              r.server === one.name &&
              r.retryIntervalMs === retryIntervalMs,
          ),
        ],
        [
          `the failure in the counters of ${one.name}`,
          failed.some(
            r => r.kind === 'stats' && r.server === one.name && r.failed > 0 && r.pending === 0,
          ),
        ],
        ['the decision for another server', failed.some(r => r.kind === 'retry')],
      ],
    }),
    step(7, 'Another attempt: the cookie is taken apart again', {
      records: idsAgain,
      missing: [
        [
          `a second look at the cookie, with ${one.cloneId} in it`,
          idsAgain.some(r => r.kind === 'ids' && r.reparsed && names(r.cloneIds, one)),
        ],
      ],
    }),
    step(8, `${one.name} matches and is skipped, its timer runs; the id is not ${two.name}'s`, {
      records: comparedAgain,
      missing: [
        [
          `${one.name} skipped with up to ${seconds} s left`,
          comparedAgain.some(
            r => r.kind === 'skip' && r.server === one.name && isWaiting(r, seconds),
          ),
        ],
        [
          `${one.cloneId} compared with ${two.name} in vain`,
          comparedAgain.some(
            r => r.kind === 'compare' && r.server === two.name && r.id === one.cloneId && !r.match,
          ),
        ],
      ],
    }),
    step(9, `No clone is left, so it is the turn of the next member: ${two.name}`, {
      records: chosenAgain,
      missing: [
        [`${two.name} chosen`, chosenAgain.some(selected(two))],
        [
          `the transport of ${two.name}`,
          chosenAgain.some(
            r => r.kind === 'transport' && r.server === two.name && r.port === two.port,
          ),
        ],
      ],
    }),
    step(10, `${two.name} answers with the session intact, and adds itself to the cookie`, {
      records: ended,
      notes: [
        `< ${status}, ${facts?.server ?? 'no application server'}, n=${facts?.n ?? '-'}`,
        `< Set-Cookie: JSESSIONID=${setCookie ?? '-'}`,
      ],
      missing: [
        [
          `the request served by ${two.name}`,
          ended.some(r => r.kind === 'outcome' && r.result === 'served' && r.server === two.name),
        ],
        [`an answer of ${two.name}`, status === 200 && facts?.server === two.name],
        [`session ${scene.sessionId} going on`, facts?.sessionId === scene.sessionId],
        [`n=${n + 1}`, facts?.n === n + 1],
        ['$WSFO, which tells the application of the failover', facts?.failover === true],
        [
          `a cookie that ends in :${one.cloneId}:${two.cloneId}`,
          setCookie?.endsWith(`:${one.cloneId}:${two.cloneId}`) === true,
        ],
      ],
    }),
  ]
}

const step = (
  number: number,
  title: string,
  found: {
    readonly records?: readonly TraceRecord[]
    readonly notes?: readonly string[]
    readonly missing: readonly (readonly [what: string, isThere: boolean])[]
  },
): Entry => ({
  number,
  title,
  notes: found.notes ?? [],
  records: found.records ?? [],
  missing: firstMissing(found.missing),
})

const looking: readonly TraceKind[] = ['compare', 'check', 'skip']
const choosing: readonly TraceKind[] = ['select', 'transport', 'stream', 'connect']
const ending: readonly TraceKind[] = ['fail', 'mark-down', 'retry', 'mark-up', 'stats', 'outcome']

/** Weights are told when they are reset, before a choice, and at the end of a request that changed them. */
const isReset = (record: TraceRecord): boolean => record.kind === 'weights' && record.reset > 0
const isFinal = (record: TraceRecord): boolean => record.kind === 'weights' && record.reset === 0

/** What happens between the choice of a server and the end of the attempt. */
const connection: readonly TraceKind[] = [
  'transport',
  'stream',
  'connect',
  'fail',
  'mark-down',
  'mark-up',
  'stats',
  'retry',
]

/** The records up to the decision to try another server, and those after it. */
const atRetry = (
  trace: readonly TraceRecord[],
): readonly [readonly TraceRecord[], readonly TraceRecord[]] => {
  const at = trace.findIndex(r => r.kind === 'retry' && r.how === 'another-server')
  return at === -1 ? [trace, []] : [trace.slice(0, at + 1), trace.slice(at + 1)]
}

const pick = (
  records: readonly TraceRecord[],
  kinds: readonly TraceKind[],
): readonly TraceRecord[] => records.filter(record => kinds.includes(record.kind))

const names = (cloneIds: readonly string[], member: Member): boolean =>
  cloneIds.includes(member.cloneId)

const found =
  (member: Member, id: string) =>
  (record: TraceRecord): boolean =>
    record.kind === 'compare' && record.server === member.name && record.id === id && record.match

const selected =
  (member: Member, why?: string) =>
  (record: TraceRecord): boolean =>
    record.kind === 'select' &&
    record.server === member.name &&
    (why === undefined || record.why === why)

const isUp = (check: Extract<TraceRecord, { kind: 'check' }>): boolean =>
  check.ignoreWeights && !check.markedDown && check.eligible

const isWaiting = (skip: Extract<TraceRecord, { kind: 'skip' }>, seconds: number): boolean =>
  skip.reason === 'marked-down' &&
  skip.retryInSec !== null &&
  skip.retryInSec > 0 &&
  skip.retryInSec <= seconds
