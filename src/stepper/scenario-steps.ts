import type { PluginConfig } from '../config/model.ts'
import type { RouterSnapshot, ServerSnapshot } from '../core/snapshot.ts'
import type { Outcome } from '../core/step.ts'
import { factsOf } from '../simulate/expect.ts'
import type { Flight } from '../simulate/flight.ts'
import { parseUrl } from '../simulate/request-head.ts'
import type {
  ExchangeExpectation,
  RequestStep,
  ScenarioStep,
  StateExpectation,
} from '../simulate/scenario.ts'
import { findServers, placeKey } from '../simulate/server-names.ts'
import type { Sending } from './sending.ts'

/** How a request stands, as an expectation. */
const expectationOf = (flight: Flight, now: number): ExchangeExpectation => {
  const { outcome, servedBy, status, reason, why, contacted, cookie } = factsOf(flight, now)
  const { step } = flight
  return {
    outcome,
    ...(servedBy !== undefined && { servedBy }),
    ...(status !== undefined && { status }),
    ...(reason !== undefined && { reason }),
    ...(why !== undefined && { why }),
    contacted: [...contacted],
    ...(flight.ended
      ? cookie !== null && { cookie }
      : { step: { kind: step.kind, ...('server' in step && { server: step.server }) } }),
  }
}

/** Who sends a request, and how it is called while it is under way. */
export interface Sender {
  readonly user: string
  readonly name: string
  /** The user got these cookies by hand; otherwise they come from the servers. */
  readonly ownCookies: boolean
}

/** The step that sends a request and leaves it where the network acts first. */
export const requestStepOf = (
  { request, head, body, cookies }: Sending,
  { user, name, ownCookies }: Sender,
  flight: Flight,
  now: number,
): RequestStep => {
  const known = parseUrl(request.url)
  const parts = known?.scheme === head.scheme ? known : undefined
  const authority = parts?.authority ?? 'localhost'
  const headers = Object.entries(request.headers).filter(([key]) => key.toLowerCase() !== 'host')
  const { bytes, chunked } = body
  return {
    request: parts === undefined ? `${head.scheme}://${authority}/` : request.url,
    method: head.method,
    ...(head.target !== (parts?.target ?? '/') && { target: head.target }),
    ...(head.host !== authority && { host: head.host ?? null }),
    ...(headers.length > 0 && { headers: Object.fromEntries(headers) }),
    as: user,
    ...(ownCookies && { cookie: cookies.length === 1 ? (cookies[0] as string) : [...cookies] }),
    ...(head.localPort !== undefined && { localPort: head.localPort }),
    ...(chunked ? { body: { bytes, chunked } } : bytes > 0 && { body: bytes }),
    ...(!flight.ended && {
      hold: name,
      ...(flight.step.kind === 'buffer' && { holdAt: 'buffer' }),
    }),
    expect: expectationOf(flight, now),
  }
}

/** The step that tells the core what it was told. */
export const reportStepOf = (
  outcome: Outcome,
  name: string,
  flight: Flight,
  now: number,
): ScenarioStep => {
  const expect = expectationOf(flight, now)
  switch (outcome.kind) {
    case 'buffered':
      return {
        body: name,
        is: 'read',
        bytes: outcome.bytes,
        complete: outcome.complete,
        expect,
      }
    case 'client-failed':
      return { body: name, is: 'short', expect }
    case 'body-too-large':
      return { body: name, is: 'too-large', expect }
    case 'client-aborted':
      return { abort: name, expect }
    case 'relayed':
      return { finish: name, expect }
    case 'answered':
      return {
        answer: name,
        status: outcome.status,
        ...(outcome.streaming === true && { streaming: true }),
        ...originOf(outcome),
        expect,
      }
    case 'failed':
      return {
        fail: name,
        cause: outcome.cause,
        ...originOf(outcome),
        ...(outcome.code !== undefined && { code: outcome.code }),
        expect,
      }
  }
}

const originOf = ({ stream, bodySent }: Extract<Outcome, { kind: 'answered' | 'failed' }>) => ({
  ...(stream === 'pooled' && { stream }),
  ...(bodySent !== undefined && { bodySent }),
})

/**
 * The state at the end, as an expectation: health, weights and counters of every server of these clusters.
 *
 * @param exactly also what the clock says and how many requests there were; not where a scenario begins in the middle.
 */
export const stateStepOf = (
  state: RouterSnapshot,
  config: PluginConfig,
  clusters: ReadonlySet<string>,
  inFlight: readonly string[],
  exactly: boolean,
): ScenarioStep => {
  const servers: Record<string, object> = {}
  for (const cluster of state.clusters.filter(each => clusters.has(each.name))) {
    const { clusterAddress } = cluster
    const all = [...cluster.servers, ...(exactly && clusterAddress ? [clusterAddress] : [])]
    for (const server of all) {
      const alone = findServers(config, server.name, true).length === 1
      const place = { cluster: cluster.name, server: server.name }
      servers[alone ? server.name : placeKey(place)] = factsOfServer(server)
    }
  }
  const expect: StateExpectation = {
    ...(Object.keys(servers).length > 0 && {
      servers: servers as NonNullable<StateExpectation['servers']>,
    }),
    inFlight: [...inFlight],
    ...(exactly && { exchanges: state.exchanges, nowSeconds: state.takenAt / 1000 }),
  }
  return { expect }
}

const factsOfServer = ({ health, weight, pending, failed, affinity, total }: ServerSnapshot) => ({
  health,
  weight: weight.current,
  pending,
  failed,
  affinity,
  total,
})
