import type { Transport } from '../config/model.ts'
import type { SessionIds } from './affinity/session-ids.ts'
import type { Clock } from './clock.ts'
import type { ClusterState } from './cluster.ts'
import type { FailureRow } from './failures.ts'
import { weightsOf } from './selection/weights.ts'
import type { ServerState } from './server.ts'
import type { FailureCause, StreamOrigin, Why } from './step.ts'
import type { OutcomeRecord, PipelineStep, TraceKind, TraceRecord } from './trace.ts'
import type { ChosenTransport } from './transports.ts'

/**
 * Which records a listener gets: `all`; or `failures`, those of what went wrong and of nothing else, so that a request
 * that nothing happens to costs no record.
 */
export type TraceDepth = 'all' | 'failures'

interface Place {
  readonly step: PipelineStep
  readonly component: string
  readonly fn: string
}

/** Where in the plug-in a record of each kind comes from (routing.md 1.1 and 10.3). */
const places: Readonly<Record<TraceKind, Place>> = {
  route: { step: 'P2', component: 'ws_common', fn: 'websphereShouldHandleRequest' },
  decline: { step: 'P2', component: 'ws_common', fn: 'websphereShouldHandleRequest' },
  ids: { step: 'P6', component: 'ws_common', fn: 'websphereParseCloneID' },
  compare: { step: 'P6', component: 'ws_server_group', fn: 'serverGroupFindClone' },
  check: { step: 'P7', component: 'ws_server_group', fn: 'serverGroupCheckServerStatus' },
  skip: { step: 'P7', component: 'ws_server_group', fn: 'serverGroupCheckServerStatus' },
  select: { step: 'P7', component: 'ws_server_group', fn: 'lockedServerGroupUseServer' },
  transport: { step: 'P8', component: 'ws_common', fn: 'websphereFindTransport' },
  stream: { step: 'P9', component: 'ws_transport', fn: 'transportStreamDequeue' },
  connect: { step: 'P9', component: 'ws_common', fn: 'websphereGetStream' },
  fail: { step: 'P10', component: 'ws_common', fn: 'websphereExecute' },
  'mark-down': { step: 'P11', component: 'ws_server', fn: 'serverSetFailoverStatus' },
  retry: { step: 'P11', component: 'ws_common', fn: 'websphereHandleRequest' },
  'mark-up': { step: 'P11', component: 'ws_server', fn: 'serverSetFailoverStatus' },
  stats: { step: 'P11', component: 'ws_server', fn: 'serverSetFailoverStatus' },
  weights: { step: 'P7', component: 'ws_server_group', fn: 'assureWeightsValid' },
  outcome: { step: 'P13', component: 'ws_common', fn: 'websphereEndRequest' },
}

type Facts<K extends TraceKind> = Omit<
  Extract<TraceRecord, { kind: K }>,
  'kind' | 'exchange' | 'time' | keyof Place
> &
  Partial<Place>

/** Builds the records of one exchange. There is one only where somebody follows the exchange. */
export class Tracer {
  readonly #exchange: number
  readonly #clock: Clock
  readonly #vocabulary: 'requests' | 'connections'
  readonly #listener: (record: TraceRecord) => void
  #idsRead = false
  #weightsMoved = false

  constructor(
    exchange: number,
    clock: Clock,
    vocabulary: 'requests' | 'connections',
    listener: (record: TraceRecord) => void,
  ) {
    this.#exchange = exchange
    this.#clock = clock
    this.#vocabulary = vocabulary
    this.#listener = listener
  }

  emit<K extends TraceKind>(kind: K, facts: Facts<K>): void {
    const record = {
      kind,
      exchange: this.#exchange,
      time: this.#clock.now(),
      ...places[kind],
      ...facts,
    }
    this.#listener(record as unknown as TraceRecord) // Facts<K> and Place are the record of K by construction
  }

  ids(session: SessionIds, cluster: ClusterState): void {
    const { source, name, value, cloneIds } = session
    const owners = cloneIds.flatMap(id => {
      const clones = cluster.partitions?.get(id)
      return clones === undefined ? [] : [[id, clones] as const]
    })
    this.emit('ids', {
      source,
      ...(name !== undefined && { name }),
      ...(value !== undefined && { value }),
      cloneIds,
      ...(owners.length > 0 && { partitions: Object.fromEntries(owners) }),
      reparsed: this.#idsRead,
    })
    this.#idsRead = true
  }

  /** Says what a pick did to the weight of its server; in the end the weights are told if one has moved. */
  picked(weightBefore: number, server: ServerState): void {
    if (server.current !== weightBefore) this.#weightsMoved = true
  }

  selected(
    cluster: ClusterState,
    server: ServerState,
    why: Why,
    attempt: number,
    probe: boolean,
  ): void {
    this.emit('select', {
      cluster: cluster.name,
      server: server.name,
      cloneId: server.cloneId,
      why,
      attempt,
      probe,
      pending: server.pending,
      affinity: server.affinity,
      total: server.total,
      weight: server.current,
    })
  }

  transport(server: ServerState, chosen: ChosenTransport): void {
    const { protocol, hostname, port } = chosen.transport
    this.emit('transport', { server: server.name, case: chosen.case, protocol, hostname, port })
  }

  /** A stream that worked. */
  stream(server: ServerState, from: StreamOrigin): void {
    this.emit('stream', { server: server.name, from })
    if (from === 'new') this.#connect(server, 'ok')
  }

  /** The stream of an attempt that failed; TLS and the handshake fail on a connection that was made. */
  connection(
    server: ServerState,
    row: FailureRow,
    cause: FailureCause,
    from: StreamOrigin,
    code: string | undefined,
  ): void {
    const connecting = row.phase === 'connect' && cause !== 'tls' && cause !== 'handshake'
    if (connecting) {
      this.emit('stream', { server: server.name, from: 'new' })
      this.#connect(server, cause === 'connect-timeout' ? 'timeout' : 'failed', code)
    } else this.stream(server, from)
  }

  #connect(server: ServerState, result: 'ok' | 'failed' | 'timeout', code?: string): void {
    const { connectTimeoutMs } = server.config
    this.emit('connect', {
      server: server.name,
      result,
      connectTimeoutMs,
      ...(code !== undefined && { code }),
    })
  }

  failure(
    server: ServerState,
    row: FailureRow,
    cause: FailureCause | 'no-transport',
    retry: boolean,
    code: string | undefined,
    timeout: { timeoutMs: number; retryCount: number; serverIoTimeoutRetry: number | null },
  ): void {
    this.emit('fail', {
      ...(cause === 'no-transport' && { step: 'P8', fn: 'websphereFindTransport' }),
      server: server.name,
      row: row.row,
      cause,
      text: code === undefined ? row.text : `${row.text} (${code})`,
      ...(cause === 'read-timeout' && timeout),
      retry,
    })
  }

  retry(
    server: ServerState,
    chosen: ChosenTransport | null,
    how: 'same-server' | 'another-server',
    attempt: number,
  ): void {
    // F18: for the other scheme it has one, or it would not have been chosen.
    const { hostname } = chosen?.transport ?? (server.config.transports[0] as Transport)
    this.emit('retry', { server: server.name, hostname, how, attempt })
  }

  stats(server: ServerState): void {
    const { name, pending, failed, affinity, total } = server
    const vocabulary = this.#vocabulary
    this.emit('stats', { server: name, pending, failed, affinity, total, vocabulary })
  }

  /** The last records of an exchange (P13). */
  ending(
    cluster: ClusterState | null,
    outcome: Omit<OutcomeRecord, 'kind' | 'exchange' | 'time' | keyof Place>,
  ): void {
    if (outcome.result === 'fail') {
      const reason = outcome.reason as Extract<TraceRecord, { kind: 'fail' }>['cause']
      this.emit('fail', {
        step: 'P7',
        fn: 'websphereWriteRequestReadResponse',
        cause: reason,
        text: `the client gets ${outcome.status}`,
      })
    }
    if (cluster !== null && this.#weightsMoved) {
      this.emit('weights', {
        cluster: cluster.name,
        reset: 0,
        weights: weightsOf(cluster.primaries),
      })
    }
    this.emit('outcome', outcome)
  }
}
