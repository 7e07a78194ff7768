import type { Claim } from './claims.ts'
import type { Member, Members } from './members.ts'

type ExchangeClaim = Extract<Claim, { what: 'exchange' }>
type StateClaim = Extract<Claim, { what: 'state' }>

const nothing = () => null

/** What facts about records that must not occur can say. */
export const absent: Members<Extract<Claim, { what: 'absent' }>> = {
  absent: () => () => true,
  // A pattern without a server excludes the record for every server.
  server: (value, names) => {
    const own = names.server(String(value))
    return ({ pattern }) => pattern.server === undefined || pattern.server === own
  },
}

/** What facts about the end of a request can say. */
export const outcome: Members<ExchangeClaim> = {
  servedBy: (value, names) => {
    const own = names.server(String(value))
    return ({ expect }) => isAll(expect.servedBy, own)
  },
  status:
    value =>
    ({ expect }) =>
      isAll(expect.status, value),
  repeat:
    value =>
    ({ repeat }) =>
      repeat === value,
  at:
    value =>
    ({ startedAt }) =>
      startedAt === Number(value) * 1000,
  secondsInServer:
    value =>
    ({ expect }) =>
      expect.seconds === value,
  crash:
    () =>
    ({ expect }) =>
      expect.outcome === 'served',
  whenPendingTotal:
    value =>
    (_, { earlier }) =>
      earlier.some(claim => claim.what === 'state' && pendingIn(claim) === value),
  contentLength: nothing,
  accessLogAfter: nothing,
  webServerStarts: nothing,
}

const isAll = (expected: unknown, wanted: unknown): boolean =>
  (Array.isArray(expected) ? expected : [expected]).every(each => each === wanted)

const pendingIn = ({ expect }: StateClaim): number =>
  Object.values(expect.servers ?? {}).reduce(
    (sum, each) => sum + (typeof each === 'string' ? 0 : (each.pending ?? 0)),
    0,
  )

const listed =
  (list: 'primary' | 'backup'): Member<Claim> =>
  (value, names) =>
  claim => {
    if (claim.what !== 'state') return false
    const ours = Object.entries(claim.expect.servers ?? {}).flatMap(([name, each]) =>
      typeof each === 'object' && each.list === list ? [name] : [],
    )
    return JSON.stringify(ours) === JSON.stringify((value as string[]).map(names.server))
  }

/** What facts about loading a file can say. */
export const load: Members<Claim> = {
  addPrimary: listed('primary'),
  addBackup: listed('backup'),
  // The scenario says that it was skipped, and expects what follows: a server without transport, or the other transport.
  result: value =>
    value !== 'https-transport-skipped'
      ? null
      : (claim, { unusable }) => {
          if (!unusable.some(name => name.endsWith('/https'))) return false
          if (claim.what === 'record') return claim.pattern.case === 4
          if (claim.what !== 'state') return false
          return Object.values(claim.expect.servers ?? {}).some(
            each => typeof each === 'object' && each.usable === false,
          )
        },
  record: nothing,
  level: nothing,
}
