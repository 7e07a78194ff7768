import type { Test } from 'tap'
import type { Transport } from '../../src/config/model.ts'
import { type Clock, ManualClock } from '../../src/core/clock.ts'
import type { AttemptStep, Outcome, StreamOrigin } from '../../src/core/step.ts'
import type { Endpoint } from '../../src/driver/connect.ts'
import { ReadMemory } from '../../src/driver/read-memory.ts'
import { type AnswerSink, Attempt, type OutgoingRequest } from '../../src/driver/send.ts'
import { Streams } from '../../src/driver/streams.ts'

/** Streams to one port, with the core's part played by hand. */
export interface Bench {
  readonly streams: Streams
  readonly transport: Transport
  readonly clock: ManualClock
  /** Makes an attempt; it has not started yet. */
  attempt(step?: Partial<AttemptStep>, request?: Partial<OutgoingRequest>): Running
}

export interface Running {
  readonly attempt: Attempt
  /** What the sink was told, in order. */
  readonly told: string[]
  /** Resolves when the attempt is over. */
  readonly over: Promise<Result>
}

export type Result =
  | {
      readonly how: 'ended'
      readonly status: number
      readonly body: string
      readonly origin: StreamOrigin
    }
  | { readonly how: 'failed'; readonly outcome: Outcome }

const memory = new ReadMemory(65_536)

/** A bench for attempts at this port of 127.0.0.1. */
export const bench = (t: Test, port: number, endpoint: Partial<Endpoint> = {}): Bench => {
  const clock = new ManualClock()
  const transport: Transport = { hostname: '127.0.0.1', port, protocol: 'http', properties: [] }
  const streams = streamsTo(transport, endpoint, clock)
  t.teardown(() => streams.close())
  return {
    streams,
    transport,
    clock,
    attempt: (step = {}, request = {}) => run(streams, transport, step, request),
  }
}

const streamsTo = (transport: Transport, endpoint: Partial<Endpoint>, clock: Clock): Streams =>
  new Streams(
    new Map([
      [
        transport,
        { transport, addresses: ['127.0.0.1'], tls: null, noDelay: true, memory, ...endpoint },
      ],
    ]),
    clock,
  )

const run = (
  streams: Streams,
  transport: Transport,
  step: Partial<AttemptStep>,
  request: Partial<OutgoingRequest>,
): Running => {
  const told: string[] = []
  let status = 0
  let body = ''
  let settle = (_: Result): void => {}
  const over = new Promise<Result>(resolve => {
    settle = resolve
  })
  const sink: AnswerSink = {
    interim: interim => told.push(`interim ${interim}`),
    answered: (_, answer) => {
      status = answer
      told.push(`answered ${answer}`)
      return true
    },
    data: chunk => {
      body += chunk.toString('latin1')
      return true
    },
    ended: () => {
      told.push('ended')
      settle({ how: 'ended', status, body, origin: attempt.origin })
    },
    failed: outcome => {
      told.push('failed')
      settle({ how: 'failed', outcome })
    },
    upgraded: (_attempt, _head, socket) => {
      told.push('upgraded')
      socket.destroy()
    },
  }
  const attempt = new Attempt(
    { ...plainStep, transport, ...step },
    { ...plainRequest, ...request },
    streams,
    sink,
  )
  return { attempt, told, over }
}

const plainStep: Omit<AttemptStep, 'transport'> = {
  kind: 'attempt',
  cluster: 'Cluster',
  server: 'm1',
  why: 'only-server',
  number: 1,
  stream: 'any',
  probe: false,
  failover: false,
  connectTimeoutMs: 2000,
  serverIoTimeoutMs: 0,
  connectionTtlMs: 28_000,
  extendedHandshake: false,
  waitForContinue: false,
  limitBytes: null,
}

const plainRequest: OutgoingRequest = {
  method: 'GET',
  path: '/',
  fields: () => ({ known: ['Host', 'h'], lines: '' }),
  body: { open: () => null, lost: false, uploading: false },
  upgrade: null,
}
