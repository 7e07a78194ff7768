import type { Clock } from '../core/clock.ts'
import type { Limit, LimitCounters, ResolvedLimits } from './limits.ts'
import { ReplayMemory } from './replay-memory.ts'
import { SlowClients } from './slow-clients.ts'
import { UnderWay } from './under-way.ts'
import { WaitingLine } from './waiting-line.ts'
import type { EdgeWarning } from './warning.ts'

/** What keeps the limits of an edge. */
export class Guards {
  readonly limits: ResolvedLimits
  readonly underWay = new UnderWay()
  readonly replay: ReplayMemory
  readonly uploads: SlowClients
  readonly downloads: SlowClients
  readonly line: WaitingLine
  readonly #warn: (warning: EdgeWarning) => void
  readonly #counters: { -readonly [K in Limit]: number } = {
    requests: 0,
    replay: 0,
    bodyTimeout: 0,
    clientStall: 0,
    queueFull: 0,
    queueTimeout: 0,
  }

  constructor(limits: ResolvedLimits, clock: Clock, warn: (warning: EdgeWarning) => void) {
    this.limits = limits
    this.#warn = warn
    this.replay = new ReplayMemory(limits.maxReplayBytes, () => this.reached('replay'))
    this.uploads = new SlowClients(clock, limits.bodyTimeoutMs, limits.bodyMinBytes)
    this.downloads = new SlowClients(clock, limits.clientStallMs, 1)
    this.line = new WaitingLine(clock, limits.queue)
  }

  get counters(): LimitCounters {
    return { ...this.#counters }
  }

  reached(limit: Limit): void {
    this.#counters[limit]++
    this.#warn({ code: 'LIMIT_REACHED', limit, message: messages[limit](this.limits) })
  }
}

const messages: Readonly<Record<Limit, (limits: ResolvedLimits) => string>> = {
  requests: ({ maxRequests }) =>
    `a request was refused because ${maxRequests} are under way (limits.maxRequests)`,
  replay: ({ maxReplayBytes }) =>
    `more than ${maxReplayBytes} bytes would be kept for other attempts; a request cannot be sent again (limits.maxReplayBytes)`,
  bodyTimeout: ({ bodyTimeoutMs, bodyMinBytes }) =>
    `a client sent less than ${bodyMinBytes} bytes of its body within ${bodyTimeoutMs} ms (limits.bodyTimeoutMs)`,
  clientStall: ({ clientStallMs }) =>
    `a client took nothing of its answer within ${clientStallMs} ms (limits.clientStallMs)`,
  queueFull: ({ queue }) =>
    `a request was refused because ${queue.max} wait for a server already (limits.queue.max)`,
  queueTimeout: ({ queue }) =>
    `a request waited ${queue.waitMs} ms for a server with room (limits.queue.waitMs)`,
}
