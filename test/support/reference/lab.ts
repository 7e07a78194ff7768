/**
 * A router on a table: small configurations with overrides, a clock that moves when told, chance that is written down,
 * and every record that was left.
 */
import type { PluginConfig, Server, ServerCluster, Transport } from '../../../src/config/model.ts'
import { ManualClock } from '../../../src/core/clock.ts'
import type { RouterOptions } from '../../../src/core/options.ts'
import type { RequestHead } from '../../../src/core/request.ts'
import type { ServerSnapshot } from '../../../src/core/snapshot.ts'
import type { FailureCause, Outcome, Step } from '../../../src/core/step.ts'
import type { TraceKind, TraceRecord } from '../../../src/core/trace.ts'
import { settings as settingsOf } from '../configs.ts'
import type { Exchange, Router } from './contract.ts'
import { createReferenceRouter } from './reference.ts'

const transport = (protocol: Transport['protocol'], hostname: string): Transport => ({
  hostname,
  port: protocol === 'http' ? 9080 : 9443,
  protocol,
  properties: [],
})

/** A server whose clone id is its name with `c-` before it. */
export const server = (name: string, over: Partial<Server> = {}): Server => ({
  name,
  cloneId: `c-${name}`,
  loadBalanceWeight: 2,
  connectTimeoutMs: 5000,
  serverIoTimeoutMs: 60_000,
  serverIoTimeoutMarksDown: false,
  wsServerIoTimeoutMs: 0,
  wsServerIdleTimeoutMs: 0,
  extendedHandshake: false,
  maxConnections: 0,
  waitForContinue: false,
  transports: [transport('http', `${name}.example.net`)],
  ...over,
})

/** Transports by protocol. */
export const transports = (...protocols: readonly Transport['protocol'][]): readonly Transport[] =>
  protocols.map((protocol, i) => transport(protocol, `t${i}.example.net`))

/** A cluster named PluginCluster. Server names stand for plain servers. */
export const cluster = (
  servers: readonly (string | Server)[],
  over: Partial<ServerCluster> = {},
): ServerCluster => ({
  name: 'PluginCluster',
  loadBalance: 'round-robin',
  ignoreAffinityRequests: true,
  retryIntervalMs: 60_000,
  serverIoTimeoutRetry: null,
  removeSpecialHeaders: true,
  cloneSeparator: ':',
  postSizeLimitBytes: null,
  postBufferSizeBytes: 65_536,
  getDwlmTable: false,
  servers: servers.map(one => (typeof one === 'string' ? server(one) : one)),
  ...over,
})

/** A configuration that sends everything to the first of these clusters. */
export const config = (
  clusters: readonly ServerCluster[],
  over: Partial<PluginConfig> = {},
  settings: Partial<PluginConfig['settings']> = {},
): PluginConfig => ({
  settings: settingsOf(settings),
  properties: [],
  virtualHostGroups: [],
  trustedProxies: [],
  clusters,
  uriGroups: [],
  routes: clusters.slice(0, 1).map(({ name }) => ({ serverCluster: name })),
  unknown: [],
  ...over,
})

/** Outcomes by short names. */
export const answered = (status = 200): Outcome => ({ kind: 'answered', status })
export const relaying = (status = 200): Outcome => ({ kind: 'answered', status, streaming: true })
export const failed = (cause: FailureCause, stream: 'new' | 'pooled' = 'new'): Outcome => ({
  kind: 'failed',
  cause,
  stream,
})

/** The cookie of a session that names these servers of `server()`. */
export const session = (...names: readonly string[]): Partial<RequestHead> => ({
  cookie: `JSESSIONID=0000A2MB4IJozU_VM8IffsMNfdR${names.map(name => `:c-${name}`).join('')}`,
})

/** A router, and what tests ask it. */
export class Lab {
  readonly clock = new ManualClock()
  readonly trace: TraceRecord[] = []
  readonly router: Router
  /** What `random` returns next; 0 when used up. */
  readonly chance: number[] = []

  constructor(what: PluginConfig | ServerCluster, options: RouterOptions = {}) {
    this.router = createReferenceRouter('clusters' in what ? what : config([what]), {
      clock: this.clock,
      random: () => this.chance.shift() ?? 0,
      onTrace: record => this.trace.push(record),
      ...options,
    })
  }

  /** Begins an exchange. */
  open(head: Partial<RequestHead> = {}): Exchange {
    return this.router.route({
      method: head.body === undefined ? 'GET' : 'POST',
      target: '/snoop',
      scheme: 'http',
      host: 'www.example.com',
      ...head,
    })
  }

  /** Runs a request; each outcome answers one step. Returns the servers that were asked and the last step. */
  run(
    head: Partial<RequestHead> = {},
    ...outcomes: readonly Outcome[]
  ): { readonly servers: readonly string[]; readonly end: Step } {
    const exchange = this.open(head)
    const servers: string[] = []
    const note = (step: Step): void => {
      if (step.kind === 'attempt') servers.push(step.server)
    }
    note(exchange.step)
    for (const outcome of outcomes) note(exchange.report(outcome))
    return { servers, end: exchange.step }
  }

  /** Serves this many requests, one after the other; the servers in order, in one word. */
  serve(times: number, head: Partial<RequestHead> = {}): string {
    return Array.from({ length: times }, () => this.run(head, answered()).servers.join()).join('')
  }

  /** State of one server. */
  state(name: string): ServerSnapshot {
    const { servers, clusterAddress } = this.router.snapshot().clusters[0]!
    return servers.find(s => s.name === name) ?? clusterAddress!
  }

  /** Current weights in document order. */
  weights(): readonly number[] {
    return this.router.snapshot().clusters[0]!.servers.map(s => s.weight.current)
  }

  /** Marks a server down by a refused connection; its retry interval begins now. */
  takeDown(...names: readonly string[]): void {
    for (const name of names) {
      const exchange = this.open(session(name))
      exchange.report(failed('refused'))
      if (exchange.step.kind === 'attempt') exchange.report({ kind: 'client-aborted' })
    }
  }

  /** The records since the last time, as short texts: kind, server, reason. */
  told(...kinds: readonly TraceKind[]): readonly string[] {
    return this.trace
      .splice(0)
      .filter(record => kinds.length === 0 || kinds.includes(record.kind))
      .map(record => {
        const { kind, server, why, reason, how } = record as TraceRecord & {
          readonly server?: string
          readonly why?: string
          readonly reason?: string
          readonly how?: string
        }
        return [kind, server, why ?? reason ?? how].filter(part => part !== undefined).join(' ')
      })
  }
}
