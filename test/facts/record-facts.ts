import type { Claim, Pattern } from './claims.ts'
import type { Member, Members, Test } from './members.ts'
import type { Fact } from './recorded.ts'

type RecordClaim = Extract<Claim, { what: 'record' }>
type Field = Member<RecordClaim>

/** A record has exactly this value there. */
const says =
  (field: string, wanted: unknown): Test<RecordClaim> =>
  ({ pattern }) =>
    JSON.stringify(pattern[field]) === JSON.stringify(wanted)

const oneOf =
  (field: string, wanted: readonly unknown[]): Test<RecordClaim> =>
  ({ pattern }) =>
    wanted.includes(pattern[field])

const positive =
  (field: string): Test<RecordClaim> =>
  ({ pattern }) =>
    Number(pattern[field]) > 0

const same =
  (field: string): Field =>
  value =>
    says(field, value)

/** 0 and 1 of a log are false and true here. */
const flag =
  (field: string): Field =>
  value =>
    says(field, Boolean(value))

const milliseconds =
  (field: string): Field =>
  value =>
    says(field, Number(value) * 1000)

const server: Field = (value, names) => says('server', names.server(String(value)))

const host: Field = (value, names) => says('hostname', names.host(String(value)))

const cloneId =
  (field: string): Field =>
  (value, names) =>
    says(field, names.cloneId(String(value)))

/** `component:function`, which our records have as well. */
const record: Field = value => {
  const [component, fn] = String(value).split(':')
  return ({ pattern }) => pattern.component === component && pattern.fn === fn
}

const nothing: Field = () => null

/** Whether a fact is about TLS on a new stream. */
export const isTls = (fact: Fact): boolean => fact.tls === true

const connectCauses = ['refused', 'unreachable', 'connect-timeout', 'connect-failed']

const causes: Readonly<Record<string, readonly string[]>> = {
  connect: connectCauses,
  'server-io-timeout': ['read-timeout'],
  'status-503': ['status-503'],
}

const stages: Readonly<Record<string, readonly string[]>> = {
  stream: [...connectCauses, 'tls'],
  select: ['attempts-failed', 'all-down', 'no-server'],
}

const reasons: Readonly<Record<string, string>> = {
  affinity: 'affinity',
  'load-balance': 'round-robin',
}

/** By kind of record what its facts can say, and where our records say it. */
export const records: Readonly<Record<string, Members<RecordClaim>>> = {
  route: {
    cluster: (value, names) => says('cluster', names.cluster(String(value))),
    pattern: same('uri'),
    score: same('score'),
    // A pattern that does not match leaves no record of ours: the request is declined where it stands alone.
    match: value => (value === true ? () => true : declinedSomewhere),
  },
  ids: {
    cloneIds: (value, names) => says('cloneIds', (value as string[]).map(names.cloneId)),
    reparsed: flag('reparsed'),
  },
  compare: {
    id: cloneId('id'),
    server,
    serverCloneId: cloneId('serverCloneId'),
    match: flag('match'),
    // Another ID was compared before it, and now it is the first primary's turn again.
    restartedAtFirstPrimary:
      (_, names) =>
      ({ pattern, before }) =>
        pattern.server === names.first &&
        before.some(each => each.kind === 'compare' && each.id !== pattern.id),
  },
  check: {
    server,
    ignoreWeights: flag('ignoreWeights'),
    markedDown: flag('markedDown'),
    retryNow: flag('retryNow'),
    retryInSec: value => says('retryInSec', value === '--' ? null : value),
    wlbAllows: flag('wlbAllows'),
    reachedMaxConnectionsLimit: flag('reachedMaxConnectionsLimit'),
    eligible: flag('eligible'),
    level: nothing,
  },
  skip: {
    server,
    reason: same('reason'),
    retryInSec: same('retryInSec'),
    timerExpired: value => (value === false ? positive('retryInSec') : says('retryInSec', 0)),
    at: milliseconds('time'),
    whenPending: value => claim => checkBefore(claim)?.pending === value,
  },
  select: {
    server,
    cloneId: cloneId('cloneId'),
    serverCloneId: cloneId('cloneId'),
    via: value => says('why', reasons[String(value)]),
    weightShown: same('weight'),
    asProbe: flag('probe'),
    at: milliseconds('time'),
    record,
    level: nothing,
  },
  transport: {
    case: same('case'),
    protocol: same('protocol'),
    host,
    port: same('port'),
    level: nothing,
  },
  stream: {
    server,
    // No idle stream was there: a new one.
    from: value => (value === 'existing' ? says('from', 'new') : () => true),
    useExistingStream: value => says('from', value === 0 ? 'new' : 'pooled'),
    result: (value, _, fact) =>
      isTls(fact) ? says('cause', 'tls') : value === 'none' ? says('from', 'new') : null,
    tls: () => says('cause', 'tls'),
    code:
      value =>
      ({ pattern }) =>
        String(pattern.text).endsWith(`(${value})`),
    stage: nothing,
    record,
    level: nothing,
  },
  connect: {
    server,
    result: same('result'),
    osError: value => says('code', String(value)),
    connectTimeout: milliseconds('connectTimeoutMs'),
    blocking: value =>
      value === false ? positive('connectTimeoutMs') : says('connectTimeoutMs', 0),
    afterSeconds:
      value =>
      ({ pattern, startedAt }) =>
        pattern.time === startedAt + Number(value) * 1000,
    logSecond: nothing,
    record,
    level: nothing,
  },
  fail: {
    server,
    cause: value => oneOf('cause', causes[String(value)] ?? []),
    stage: value => {
      const ours = stages[String(value)]
      return ours === undefined ? null : oneOf('cause', ours)
    },
    timeout: milliseconds('timeoutMs'),
    retryCount: same('retryCount'),
    serverIOTimeoutRetry: value => says('serverIoTimeoutRetry', value === -1 ? null : value),
    retry: flag('retry'),
    at: milliseconds('time'),
    rc: nothing,
    logSecond: nothing,
    record,
    level: nothing,
  },
  'mark-down': {
    server,
    timerStarted: () => positive('retryIntervalMs'),
    at: milliseconds('time'),
    record,
    level: nothing,
  },
  'mark-up': { server },
  retry: { failedServer: server, host, logSecond: nothing, record, level: nothing },
  stats: {
    server,
    pending: same('pending'),
    failed: same('failed'),
    affinity: same('affinity'),
    total: same('total'),
    level: nothing,
  },
  weights: { callStack: nothing },
}

const declinedSomewhere: Test<RecordClaim> = (_, { all }) =>
  all.some(claim => claim.what === 'record' && claim.pattern.kind === 'decline')

/** The status check of the same server that the same step expects before a record. */
const checkBefore = ({ pattern, before }: RecordClaim): Pattern | undefined =>
  before.findLast(each => each.kind === 'check' && each.server === pattern.server)
