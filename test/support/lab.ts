import type { PluginConfig } from '../../src/config/model.ts'
import { ManualClock } from '../../src/core/clock.ts'
import type { Exchange } from '../../src/core/exchange.ts'
import type { RouterOptions } from '../../src/core/options.ts'
import type { RequestHead } from '../../src/core/request.ts'
import { createRouter, type Router } from '../../src/core/router.ts'
import type { ServerSnapshot } from '../../src/core/snapshot.ts'
import type { FailureCause, Outcome, Step, StreamOrigin } from '../../src/core/step.ts'
import type { TraceKind, TraceRecord } from '../../src/core/trace.ts'

/** A router with a clock that tests move, chance that tests choose, and a memory for its records. */
export interface Lab {
  readonly router: Router
  readonly clock: ManualClock
  /** Records since the last `forget()`. */
  readonly records: TraceRecord[]
  /** Begins an exchange; the default is a GET of / without a session. */
  request(over?: Partial<RequestHead>): Exchange
  /** Begins a request with these clone ids in its cookie. */
  session(...cloneIds: string[]): Exchange
  /** Serves a request with 200 and returns the server. */
  serve(over?: Partial<RequestHead>): string
  /** Serves `n` requests without a session and returns the servers, joined. */
  run(n: number): string
  server(name: string): ServerSnapshot
  /** `state` of every server in document order, such as `A:up B:down`. */
  health(): string
  weights(): string
  of<K extends TraceKind>(kind: K): Extract<TraceRecord, { kind: K }>[]
  forget(): void
}

/** @param first index of the primary that round robin looks at first (W6); every later draw is 0. */
export const lab = (config: PluginConfig, options: RouterOptions = {}, first = 0): Lab => {
  const clock = new ManualClock()
  const records: TraceRecord[] = []
  const size = config.clusters[0]?.servers.length ?? 1
  let drawn = false
  const random = () => {
    const value = drawn ? 0 : (first + 0.5) / size
    drawn = true
    return value
  }
  const router = createRouter(config, {
    clock,
    random,
    onTrace: record => records.push(record),
    ...options,
  })
  const request = (over: Partial<RequestHead> = {}) =>
    router.route({ method: 'GET', target: '/', scheme: 'http', host: 'edge.example', ...over })
  const serve = (over: Partial<RequestHead> = {}) => {
    const exchange = request(over)
    const server = serverOf(exchange.step)
    exchange.report(ok)
    return server
  }
  const all = () => router.snapshot().clusters.flatMap(cluster => cluster.servers)
  return {
    router,
    clock,
    records,
    request,
    session: (...cloneIds) =>
      request({
        cookie: `JSESSIONID=0001abcdefghijklmnopqrstuvw${cloneIds.map(id => `:${id}`).join('')}`,
      }),
    serve,
    run: n => Array.from({ length: n }, () => serve()).join(''),
    server: name => {
      const found = all().find(server => server.name === name)
      if (found === undefined) throw new Error(`no server ${name}`)
      return found
    },
    health: () =>
      all()
        .map(server => `${server.name}:${server.health}`)
        .join(' '),
    weights: () =>
      all()
        .map(server => server.weight.current)
        .join('/'),
    of: kind => records.filter(record => record.kind === kind) as never,
    forget: () => {
      records.length = 0
    },
  }
}

export const ok: Outcome = { kind: 'answered', status: 200 }

export const answered = (status: number): Outcome => ({ kind: 'answered', status })

export const failed = (cause: FailureCause, stream: StreamOrigin = 'new'): Outcome => ({
  kind: 'failed',
  cause,
  stream,
})

/** The server an attempt goes to, or a word for every other step. */
export const serverOf = (step: Step): string => {
  switch (step.kind) {
    case 'attempt':
      return step.server
    case 'fail':
      return `${step.status} ${step.reason}`
    case 'done':
      return `done ${step.result}`
    default:
      return step.kind
  }
}
