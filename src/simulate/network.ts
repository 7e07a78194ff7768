import type { ManualClock } from '../core/clock.ts'
import type { AttemptStep, BufferStep, FailureCause, Outcome } from '../core/step.ts'
import { many } from './many.ts'
import type { Answer, Behaviour, Behaviours } from './scenario.ts'

/** The body of an imagined request. */
export interface ImaginedBody {
  readonly bytes: number
  /** The length is not announced (chunked). */
  readonly chunked: boolean
  /** The client breaks off after so many bytes; `bytes` when it sends all. */
  readonly arrives: number
}

export const noBody: ImaginedBody = { bytes: 0, chunked: false, arrives: 0 }

/** What came of a step: how it ended, or null when nothing happens until somebody steps in. */
export interface NetworkResult {
  readonly outcome: Outcome | null
  /** What a reader of the result should know about it. */
  readonly note?: string
}

/** How long an operating system goes on trying to connect when nobody sets a limit. */
const systemConnectLimitMs = 127_000

interface Entry {
  readonly behaviour: Behaviour
  left: number
}

/**
 * A network that does what it is told, on a clock that moves only by what happens: a driver without sockets. Connect
 * and read timeouts take their time on the clock; everything else takes none unless told. No pool is modelled: a
 * stream is new unless the behaviour says otherwise.
 */
export class VirtualNetwork {
  readonly #clock: ManualClock
  readonly #entries = new Map<string, readonly Entry[]>()

  constructor(clock: ManualClock) {
    this.#clock = clock
  }

  /** From now on this server does that. `name` is `NAME`, `CLUSTER/NAME` or `*`. */
  set(name: string, behaviours: Behaviours): void {
    const list = many(behaviours)
    this.#entries.set(
      name,
      list.map(each => {
        const behaviour: Behaviour = typeof each === 'object' ? each : { does: each }
        return { behaviour, left: behaviour.times ?? Number.POSITIVE_INFINITY }
      }),
    )
  }

  /** Reads the body as far as the step asks (P5). */
  buffer(step: BufferStep, body: ImaginedBody): Outcome {
    const wanted = step.maxBytes ?? Number.POSITIVE_INFINITY
    const limit = step.limitBytes ?? Number.POSITIVE_INFINITY
    const read = Math.min(body.arrives, wanted)
    if (read > limit || (body.bytes > limit && wanted >= limit)) return { kind: 'body-too-large' }
    if (body.arrives < body.bytes && body.arrives <= wanted) return { kind: 'client-failed' }
    return { kind: 'buffered', bytes: read, complete: body.bytes <= wanted }
  }

  /** One attempt. `streaming`: leave the answer open, so that a `relay` step follows. */
  attempt(step: AttemptStep, body: ImaginedBody, streaming = false): NetworkResult {
    const behaviour = this.#behaviour(step)
    const { does, note } = possible(behaviour.does, step)
    const pooled =
      step.stream === 'any' && (behaviour.stream === 'pooled' || does === 'reset-pooled')
    const stream = pooled ? 'pooled' : 'new'
    const failed = (cause: FailureCause, code?: string): NetworkResult => ({
      outcome: {
        kind: 'failed',
        cause,
        stream,
        ...((behaviour.code ?? code) !== undefined && { code: behaviour.code ?? code }),
      } as Outcome,
      ...(note !== undefined && { note }),
    })
    const delay = Math.round((behaviour.afterSeconds ?? 0) * 1000)
    const limit = step.serverIoTimeoutMs
    switch (does) {
      case 'refused':
        this.#clock.advance(delay)
        return failed('refused', 'ECONNREFUSED')
      case 'unreachable':
        this.#clock.advance(delay)
        return failed('unreachable', 'EHOSTUNREACH')
      case 'connect-timeout':
        // Without ConnectTimeout it is the operating system that gives up (F3).
        if (step.connectTimeoutMs === 0) {
          this.#clock.advance(systemConnectLimitMs)
          return failed('connect-failed', 'ETIMEDOUT')
        }
        this.#clock.advance(step.connectTimeoutMs)
        return failed('connect-timeout')
      case 'connect-failed':
        this.#clock.advance(behaviour.afterSeconds === undefined ? systemConnectLimitMs : delay)
        return failed('connect-failed', 'ETIMEDOUT')
      case 'tls':
      case 'handshake':
        this.#clock.advance(delay)
        return failed(does)
      default:
        break
    }
    // From here on there is a connection, so the body goes out as far as it comes in.
    const brokenBody = streamedBody(step, body)
    if (brokenBody !== null) return { outcome: brokenBody }
    const never = does === 'silent' || does === 'read-timeout'
    if (limit > 0 && (never || delay >= limit)) {
      this.#clock.advance(limit)
      return failed('read-timeout')
    }
    if (does === 'silent')
      return {
        outcome: null,
        note: `${step.server} never answers, and there is no ServerIOTimeout`,
      }
    this.#clock.advance(delay)
    if (does === 'read-timeout') {
      return {
        ...failed('reset'),
        note: `${step.server} has no ServerIOTimeout: the plug-in waits until the connection breaks, and that is taken to happen now (F10)`,
      }
    }
    if (does === 'reset' || does === 'reset-pooled') return failed('reset', 'ECONNRESET')
    if (does === 'malformed') return failed('malformed')
    const status = typeof does === 'number' ? does : 200
    return {
      outcome: {
        kind: 'answered',
        status,
        stream,
        streaming: streaming || does === 'broken-answer',
      },
      ...(note !== undefined && { note }),
    }
  }

  /** What happens to an answer that is being passed on: `broken` when its server was told so. */
  relay(brokenAnswer: boolean): Outcome {
    return brokenAnswer
      ? { kind: 'failed', cause: 'reset', code: 'ECONNRESET' }
      : { kind: 'relayed' }
  }

  /** Whether the answer of this step's server breaks off; asked before the attempt uses its entry up. */
  breaksAnswer(step: AttemptStep): boolean {
    return this.#entry(step)?.behaviour.does === 'broken-answer'
  }

  #behaviour(step: AttemptStep): Behaviour {
    const entry = this.#entry(step)
    if (entry === undefined) return { does: 'ok' }
    entry.left--
    return entry.behaviour
  }

  #entry(step: AttemptStep): Entry | undefined {
    const entries =
      this.#entries.get(`${step.cluster}/${step.server}`) ??
      this.#entries.get(step.server) ??
      this.#entries.get('*')
    return entries?.find(
      ({ behaviour, left }) =>
        left > 0 &&
        (behaviour.transport === undefined || behaviour.transport === step.transport.protocol),
    )
  }
}

/** Some failures need a transport that can have them; elsewhere the server answers as if nothing were wrong. */
const possible = (does: Answer, step: AttemptStep): { does: Answer; note?: string } => {
  if (does === 'tls' && step.transport.protocol === 'http') {
    return { does: 'ok', note: `${step.server} is reached by http here, so TLS cannot fail` }
  }
  if (does === 'handshake' && !step.extendedHandshake) {
    return {
      does: 'ok',
      note: `${step.server} has no ExtendedHandshake, so there is no handshake that could fail`,
    }
  }
  // The new stream that follows a stale one of the pool works.
  if (does === 'reset-pooled' && step.stream === 'new') return { does: 'ok' }
  return { does }
}

/** A body that is still coming in while it goes out: broken off, or beyond PostSizeLimit. */
const streamedBody = (step: AttemptStep, body: ImaginedBody): Outcome | null => {
  if (step.limitBytes !== null && body.arrives > step.limitBytes) return { kind: 'body-too-large' }
  return body.arrives < body.bytes ? { kind: 'client-failed' } : null
}
