/**
 * §2.3, §2.4, §3.2, §3.6 and §6: which server gets the next attempt. C1 to C8, N4, H4, H5, W6 to W11, W17 to W20, X1 to
 * X5, K2 to K12, R11 to R13, F16, E21.
 */
import type { Switches } from '../../../src/core/options.ts'
import type { Why } from '../../../src/core/step.ts'
import type { SkipReason } from '../../../src/core/trace.ts'
import { type Check, check, isBusy, skipReason } from './check.ts'
import {
  backups,
  type Cluster,
  candidates,
  listOf,
  type Member,
  onlyServer,
  primaries,
} from './cluster.ts'
import type { Tell } from './records.ts'
import { assureWeightsValid } from './weights.ts'

/** One selection: the cluster, and what the exchange has been through. */
export interface Quest {
  readonly cluster: Cluster
  readonly switches: Switches
  /** The ids of the session, in order. */
  readonly ids: readonly string[]
  /** Attempts made before this selection. */
  readonly attempts: number
  readonly past: Past
  readonly exchange: number
  readonly now: number
  readonly random: () => number
  readonly tell: Tell
}

/** Server names an exchange remembers. */
export interface Past {
  readonly tried: Set<string>
  readonly answered503: Set<string>
  readonly markedDown: Set<string>
  /** E21: marked down for being busy; to this exchange it is busy, not down. */
  readonly foundBusy: Set<string>
  /** A pick of its own has changed a weight. */
  weighed: boolean
}

/** Who, and why. */
export interface Choice {
  readonly member: Member
  readonly why: Why
  /** Index among the primaries, where round robin chose. */
  readonly turn?: number
  readonly probe: boolean
}

/** P7, in the order of plugin-cfg.md A.8. */
export const select = (quest: Quest): Choice | null => {
  const choice =
    byAffinity(quest) ??
    byClusterAddress(quest) ??
    byBeingTheOnlyOne(quest) ??
    byListOrder(quest) ??
    byBalancing(quest, 'untried') ??
    (quest.attempts > 0 ? byBalancing(quest, 'again') : null) ??
    byDespair(quest)
  if (choice !== null) take(quest, choice)
  return choice
}

/** Which servers a walk may consider. */
type Mode =
  /** The session's servers: all but those that answered 503 (B6). */
  | 'affinity'
  /** Those that this exchange has not tried (W11). */
  | 'untried'
  /** The second look: tried ones as well, but for those that answered 503. */
  | 'again'

/** Why the past of the exchange forbids a server, before its state is looked at. */
const forbidden = (quest: Quest, s: Member, mode: Mode): SkipReason | null => {
  const { name } = s.settings
  if (mode === 'untried') return quest.past.tried.has(name) ? 'tried' : null
  if (quest.past.answered503.has(name)) return 'answered-503'
  return mode === 'again' && neverAgain(quest, s) ? 'tried' : null
}

/**
 * R8, R14: a server that this exchange has marked down is left alone by its timer like any other, and is due again when
 * that has run. A timer of 0 would lead back to it at once; with that, it is out for the exchange.
 */
const neverAgain = (quest: Quest, s: Member): boolean =>
  quest.cluster.settings.retryIntervalMs === 0 && quest.past.markedDown.has(s.settings.name)

/** A session's server is looked at even so (§7 step 8). */
const failedHere = (quest: Quest, s: Member, mode: Mode): boolean =>
  mode === 'affinity' && neverAgain(quest, s)

/** Looks at one server as the plug-in does, and leaves the records. */
const examine = (quest: Quest, s: Member, ignoreWeights: boolean, mode: Mode): boolean => {
  const { name } = s.settings
  const retryIntervalMs = quest.cluster.settings.retryIntervalMs
  const look = (): Check => check(s, ignoreWeights, quest.now, retryIntervalMs)
  const reason = forbidden(quest, s, mode)
  if (reason !== null) return skip(quest, name, reason, look())
  const c = look()
  quest.tell({
    kind: 'check',
    server: name,
    ignoreWeights,
    markedDown: c.markedDown,
    probing: c.probing,
    retryNow: c.retryNow,
    retryInSec: retryInSec(c),
    wlbAllows: c.wlbAllows,
    reachedMaxConnectionsLimit: c.busy,
    pending: s.pending,
    eligible: c.eligible,
  })
  // E21: found busy while up; never the only server (N2).
  const { markBusyDown } = quest.switches
  if (markBusyDown && c.busy && !c.markedDown && onlyServer(quest.cluster) === null) {
    s.health = 'down'
    s.lastFailureAt = quest.now
    quest.past.foundBusy.add(name)
    quest.tell({ kind: 'mark-down', server: name, retryIntervalMs, reason: 'busy' })
  }
  if (!c.eligible) return skip(quest, name, skipReason(c), look())
  return failedHere(quest, s, mode) ? skip(quest, name, 'tried', c) : true
}

const retryInSec = ({ retryInMs }: Check): number | null =>
  retryInMs === null ? null : Math.ceil(retryInMs / 1000)

const skip = (quest: Quest, server: string, reason: SkipReason, c: Check): false => {
  quest.tell({ kind: 'skip', server, reason, retryInSec: retryInSec(c) })
  return false
}

/** K6: could serve, weight apart. Asks without leaving a record or an effect. */
const isAvailable = (quest: Quest, s: Member, mode: Mode): boolean =>
  forbidden(quest, s, mode) === null &&
  !failedHere(quest, s, mode) &&
  check(s, true, quest.now, quest.cluster.settings.retryIntervalMs).eligible

const chosen = (member: Member, why: Why, turn?: number): Choice => ({
  member,
  why,
  probe: member.health !== 'up',
  ...(turn !== undefined && { turn }),
})

/** §2.3. C1: ids outside, servers inside, from the first primary each time. C2: a server that is down ends nothing. */
const byAffinity = (quest: Quest): Choice | null => {
  const { cluster } = quest
  for (const id of quest.ids) {
    const owners = ownersOf(cluster, id)
    if (owners !== null) {
      // H5, K9: partition ids are looked up among all servers; the lists are not consulted.
      for (const owner of owners) {
        const found = findClone(
          quest,
          owner,
          cluster.members.filter(m => m.usable),
        )
        if (found !== null) return found
      }
      continue
    }
    const found =
      findClone(quest, id, primaries(cluster)) ??
      // K7, Q7: sticky to a backup too, unless the option says otherwise.
      (backupsMayKeepSessions(quest) ? findClone(quest, id, backups(cluster)) : null)
    if (found !== null) return found
  }
  // C6, H4: nobody has it; an ordinary request.
  return null
}

/** §2.6: the clone ids behind a partition id; null: not one. */
const ownersOf = (cluster: Cluster, id: string): readonly string[] | null => {
  const table = cluster.partitionTable ?? {}
  return Object.hasOwn(table, id) ? table[id]! : null
}

const backupsMayKeepSessions = (quest: Quest): boolean =>
  quest.switches.backupAffinity ||
  !primaries(quest.cluster).some(s => isAvailable(quest, s, 'affinity'))

const findClone = (quest: Quest, id: string, servers: readonly Member[]): Choice | null => {
  for (const s of servers) {
    const serverCloneId = s.settings.cloneId ?? null
    // C5: exact.
    const match = serverCloneId === id
    const { name: server } = s.settings
    const list = listOf(quest.cluster, s)
    quest.tell({ kind: 'compare', id, server, serverCloneId, list, match })
    // C3: weights are ignored; C4: timer and MaxConnections are not.
    if (match && examine(quest, s, true, 'affinity')) return chosen(s, 'affinity')
  }
  return null
}

/** K11: what names no eligible member goes to the address in front of them, at the first attempt. */
const byClusterAddress = (quest: Quest): Choice | null => {
  const { address } = quest.cluster
  if (address === null || quest.attempts > 0) return null
  return address.usable ? chosen(address, 'cluster-address') : null
}

/** N4: the only server serves unless it is busy; no weights, no cursor. */
const byBeingTheOnlyOne = (quest: Quest): Choice | null => {
  const only = onlyServer(quest.cluster)
  return only !== null && examine(quest, only, true, 'affinity')
    ? chosen(only, 'only-server')
    : null
}

/** §2.4, `ordered`: the next primary after the session's, wrapping, weights ignored. */
const byListOrder = (quest: Quest): Choice | null => {
  if (quest.switches.affinityFailover !== 'ordered') return null
  if (onlyServer(quest.cluster) !== null) return null
  const list = primaries(quest.cluster)
  const named = quest.ids
    .flatMap(id => ownersOf(quest.cluster, id) ?? [id])
    .map(id => list.findIndex(s => s.settings.cloneId === id))
    .find(i => i >= 0)
  if (named === undefined) return null
  for (let step = 1; step < list.length; step++) {
    const s = list[(named + step) % list.length]!
    if (examine(quest, s, true, 'untried')) return chosen(s, 'next-in-list')
  }
  return null
}

/** K2, K6: primaries while one is available apart from weight, else the first eligible backup (K3). */
const byBalancing = (quest: Quest, mode: Mode): Choice | null => {
  const { cluster } = quest
  if (onlyServer(cluster) !== null) return null
  const list = primaries(cluster)
  if (list.some(s => isAvailable(quest, s, mode))) {
    return cluster.settings.loadBalance === 'random'
      ? nextRandom(quest, list, mode)
      : nextRoundRobin(quest, list, mode)
  }
  for (const s of list) examine(quest, s, true, mode)
  for (const s of backups(cluster)) {
    if (examine(quest, s, true, mode)) return chosen(s, 'backup')
  }
  return null
}

/** §3.2. W6, W10: cyclic from the last pick; W8: weight above 0 only. */
const nextRoundRobin = (quest: Quest, list: readonly Member[], mode: Mode): Choice | null => {
  const { cluster } = quest
  // W6: so that the random member is looked at first.
  cluster.cursor ??= Math.floor(quest.random() * list.length) - 1
  const inPlay = list.filter(s => forbidden(quest, s, mode) === null)
  const reset = assureWeightsValid(inPlay, isBusy)
  if (reset > 0) tellWeights(quest, reset)
  for (let step = 1; step <= list.length; step++) {
    const turn = (cluster.cursor + step) % list.length
    const s = list[turn]!
    if (examine(quest, s, false, mode)) return chosen(s, 'round-robin', turn)
  }
  return null
}

/** §3.6. X1, X5: weights do not matter; X4: from the drawn one in list order, cyclic. */
const nextRandom = (quest: Quest, list: readonly Member[], mode: Mode): Choice | null => {
  const drawn = Math.floor(quest.random() * list.length)
  for (let step = 0; step < list.length; step++) {
    const s = list[(drawn + step) % list.length]!
    if (examine(quest, s, true, mode)) return chosen(s, 'random')
  }
  return null
}

/** R13, `allDown: 'probe'`: everything is down, nothing is busy; the one that failed longest ago. */
const byDespair = (quest: Quest): Choice | null => {
  const { cluster, past, now } = quest
  const all = candidates(cluster)
  const { retryIntervalMs } = cluster.settings
  if (quest.switches.allDown !== 'probe' || onlyServer(cluster) !== null) return null
  if (all.some(s => s.health === 'up' || seemsBusy(s, past, now, retryIntervalMs))) return null
  const [first] = all
    .filter(s => s.health === 'down' && !past.tried.has(s.settings.name) && !isBusy(s))
    .sort((a, b) => (a.lastFailureAt ?? 0) - (b.lastFailureAt ?? 0))
  return first === undefined ? null : chosen(first, 'least-recently-failed')
}

/** §5: at its limit and else not out, so "only temporarily unavailable"; E21: for this exchange also what it marked down. */
export const seemsBusy = (s: Member, past: Past, now: number, retryIntervalMs: number): boolean =>
  isBusy(s) &&
  (s.health === 'up' ||
    check(s, true, now, retryIntervalMs).retryNow ||
    past.foundBusy.has(s.settings.name))

/** E1 of §8.4: everything a pick changes, at once. */
const take = (quest: Quest, { member, why, turn, probe }: Choice): void => {
  const { cluster, past } = quest
  // R3, R4: this request is the probe.
  if (probe) {
    member.health = 'probing'
    member.prober = quest.exchange
  }
  member.pending += 1
  if (!member.isAddress) past.tried.add(member.settings.name)
  if (turn !== undefined) {
    // W7, W10.
    cluster.cursor = turn
    member.current -= 1
    past.weighed = true
  }
  if (why === 'affinity') {
    member.affinity += 1
    // W18: also below 0. W17: by default affinity leaves the weights alone.
    if (lowersWeight(cluster, member)) {
      member.current -= 1
      past.weighed = true
    }
  }
}

/** W18: a primary, balanced by round robin, in a cluster that counts affinity requests (N4: not the only server). */
const lowersWeight = (cluster: Cluster, member: Member): boolean =>
  !cluster.settings.ignoreAffinityRequests &&
  cluster.settings.loadBalance === 'round-robin' &&
  primaries(cluster).includes(member) &&
  onlyServer(cluster) === null

/** §3.2, §3.3: the weights that take part. */
export const tellWeights = (quest: Pick<Quest, 'cluster' | 'tell'>, reset: number): void => {
  quest.tell({
    kind: 'weights',
    cluster: quest.cluster.settings.name,
    reset,
    weights: primaries(quest.cluster).map(s => ({
      server: s.settings.name,
      current: s.current,
      start: s.start,
    })),
  })
}
