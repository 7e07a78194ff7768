import type { Clock } from '../clock.ts'
import type { ServerState } from '../server.ts'
import type { SkipReason } from '../trace.ts'
import type { Tracer } from '../tracer.ts'

/** What a selection knows besides the servers: the time, and who listens. */
export class Moment {
  readonly #clock: Clock
  #now: number | null = null
  retryIntervalMs = 0
  /** E21; never for a lone server. */
  markBusyDown = false
  /** Servers that this exchange marked down for being busy (E21); for it they stay busy ones (§9). */
  markedBusy: ServerState[] = []
  tracer: Tracer | undefined
  /** Who listens to failures alone, or to them too. */
  failures: Tracer | undefined

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Read once per selection (8.4 E2), and not at all where every server that is looked at is up. */
  get now(): number {
    this.#now ??= this.#clock.now()
    return this.#now
  }

  /** Makes it the moment of another selection. */
  begin(retryIntervalMs: number, markBusyDown: boolean, markedBusy: ServerState[]): void {
    this.#now = null
    this.retryIntervalMs = retryIntervalMs
    this.markBusyDown = markBusyDown
    this.markedBusy = markedBusy
  }
}

/**
 * The status check (3.7): null when the server may take the request, else why not. The probe flag is raised by the
 * pick that follows an eligible verdict, in the same synchronous turn.
 *
 * @param ignoreWeights true for affinity (C3), random, backups and lone servers.
 */
export const check = (
  server: ServerState,
  ignoreWeights: boolean,
  moment: Moment,
): SkipReason | null => {
  const reason = verdict(server, ignoreWeights, moment)
  moment.tracer?.emit('check', {
    server: server.name,
    ignoreWeights,
    markedDown: server.markedDown,
    probing: server.health === 'probing',
    retryNow: retryDue(server, moment),
    retryInSec: retryInSec(server, moment),
    // C3: reported 0 whenever weights are ignored, also for a healthy server.
    wlbAllows: !ignoreWeights && server.current > 0,
    reachedMaxConnectionsLimit: server.busy,
    pending: server.pending,
    eligible: reason === null,
  })
  if (reason === 'busy' && moment.markBusyDown && !server.markedDown) {
    markBusyServerDown(server, moment)
  }
  if (reason !== null) skip(server, reason, moment)
  return reason
}

/** Only MaxConnections keeps the server from being eligible: it is out for a moment, not down (§5). */
export const isOnlyBusy = (server: ServerState, moment: Moment): boolean =>
  verdict(server, true, moment) === 'busy' || (server.busy && moment.markedBusy.includes(server))

const markBusyServerDown = (server: ServerState, moment: Moment): void => {
  moment.markedBusy.push(server)
  server.signal('failed')
  server.lastFailureAt = moment.now
  moment.failures?.emit('mark-down', {
    server: server.name,
    retryIntervalMs: moment.retryIntervalMs,
    reason: 'busy',
  })
}

/** Records that a server was passed over. */
export const skip = (server: ServerState, reason: SkipReason, moment: Moment): void => {
  moment.tracer?.emit('skip', {
    server: server.name,
    reason,
    retryInSec: retryInSec(server, moment),
  })
}

/** Eligible apart from weight (K6), without a trace. */
export const isAvailable = (server: ServerState, moment: Moment): boolean =>
  verdict(server, true, moment) === null

const verdict = (
  server: ServerState,
  ignoreWeights: boolean,
  moment: Moment,
): SkipReason | null => {
  if (server.health === 'probing') return 'probing'
  if (server.health === 'down' && !retryDue(server, moment)) return 'marked-down'
  if (server.busy) return 'busy'
  if (!ignoreWeights && server.current <= 0) return 'weight'
  return null
}

/** R3, R10: an expired timer with no probe under way always means eligible. */
const retryDue = (server: ServerState, moment: Moment): boolean =>
  server.health === 'down' && server.retryInMs(moment.retryIntervalMs, moment.now) <= 0

const retryInSec = (server: ServerState, moment: Moment): number | null =>
  server.markedDown
    ? Math.max(0, Math.ceil(server.retryInMs(moment.retryIntervalMs, moment.now) / 1000))
    : null
