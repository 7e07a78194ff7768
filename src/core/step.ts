import type { Transport } from '../config/model.ts'

/**
 * What an exchange wants done next, and what can be reported back. The conversation:
 *
 *   buffer  -> buffered | client-aborted | client-failed | body-too-large
 *   attempt -> answered | failed | client-aborted | client-failed | body-too-large
 *   relay   -> relayed | failed | client-aborted | body-too-large
 *   decline, fail, done: the end
 *
 * All of it is plain JSON.
 */
export type Step = BufferStep | AttemptStep | RelayStep | DeclineStep | FailStep | DoneStep

/** Read the request body into memory before a server is chosen, so that it can be sent twice (P5). */
export interface BufferStep {
  readonly kind: 'buffer'
  readonly cluster: string
  /** Stop reading when more than this has come; null: read all of it. */
  readonly maxBytes: number | null
  /** PostSizeLimit of the cluster, for bodies whose length turns out while reading; null: none. */
  readonly limitBytes: number | null
}

/** Why a server was chosen. */
export type Why =
  /** The session names it. */
  | 'affinity'
  /** Its turn in weighted round robin. */
  | 'round-robin'
  | 'random'
  /** It is the only usable server of the cluster (N4). */
  | 'only-server'
  /** First eligible backup; no primary is available. */
  | 'backup'
  /** Next in the primary list after the session's server (`affinityFailover: 'ordered'`). */
  | 'next-in-list'
  /** The cluster has a ClusterAddress and the session names no member (K11). */
  | 'cluster-address'
  /** The pooled stream was stale: same server, new stream (F6). */
  | 'same-server'
  /** Everything is down and `allDown: 'probe'` is set (R13). */
  | 'least-recently-failed'

/** Try this server now. */
export interface AttemptStep {
  readonly kind: 'attempt'
  readonly cluster: string
  readonly server: string
  readonly cloneId?: string
  readonly why: Why
  /** 1 for the first attempt of the exchange. */
  readonly number: number
  readonly transport: Transport
  /** `'new'`: take no stream from the pool. */
  readonly stream: 'any' | 'new'
  /** This request finds out whether a server that was marked down works again. */
  readonly probe: boolean
  /** An earlier attempt went to another server: tell this one with `$WSFO` (B8). */
  readonly failover: boolean
  /** 0: no limit. */
  readonly connectTimeoutMs: number
  /** Per read or write; 0: no limit. */
  readonly serverIoTimeoutMs: number
  /** Do not use a stream that has been idle for this long; 0: any age. */
  readonly connectionTtlMs: number
  readonly extendedHandshake: boolean
  readonly waitForContinue: boolean
  /** PostSizeLimit, for bodies that are still being read; null: none. */
  readonly limitBytes: number | null
}

/** The server answered; pass the answer on, then report `relayed`. */
export interface RelayStep {
  readonly kind: 'relay'
  readonly cluster: string
  readonly server: string
  readonly status: number
}

export interface DeclineStep {
  readonly kind: 'decline'
  readonly reason: 'no-route'
}

export type FailReason =
  /** 400: the Host header, the target or its encoding cannot be understood (E7). */
  | 'bad-host'
  | 'bad-target'
  /** 400: the client's body broke off. */
  | 'client-body'
  /** 413: PostSizeLimit. */
  | 'body-too-large'
  /** 500: the Route names a cluster that does not exist (Q4). */
  | 'cluster-unknown'
  /** 500: the cluster has no usable server. */
  | 'no-server'
  /** 500: every server in service is marked down, none was contacted. */
  | 'all-down'
  /** 503: at least one candidate is at MaxConnections, the others are down. */
  | 'all-busy'
  /** 503: every server is draining or stopped by an operator, and none was contacted. Ours. */
  | 'all-out-of-service'
  /** 500: every attempt that the rules allow has failed. */
  | 'attempts-failed'
  /** 500: the body had been sent in part and cannot be sent again (B4). */
  | 'not-replayable'
  /** 503: the best answer was a 503 of a server; relay that one if it was kept. */
  | 'server-503'

/** Answer the client with this status; no server will. */
export interface FailStep {
  readonly kind: 'fail'
  readonly status: 400 | 413 | 500 | 503
  readonly reason: FailReason
  readonly cluster?: string
}

export interface DoneStep {
  readonly kind: 'done'
  /** `served`: the answer was passed on whole. */
  readonly result: 'served' | 'client-aborted' | 'response-broken'
  readonly cluster?: string
  readonly server?: string
  readonly status?: number
}

/** How an attempt can fail, in the order of routing.md 4.1. */
export type FailureCause =
  /** F1. */
  | 'refused'
  | 'unreachable'
  /** F2: ConnectTimeout elapsed. */
  | 'connect-timeout'
  /** F3: the operating system gave up connecting. */
  | 'connect-failed'
  /** F4. */
  | 'tls'
  /** F5: no valid answer to the extended handshake. */
  | 'handshake'
  /** F6 on a pooled stream, F7 on a new one: broken before a status line came. */
  | 'reset'
  /** F8, F9: ServerIOTimeout; its sign decides about the mark-down. */
  | 'read-timeout'
  /** F13: status line or header block is not HTTP. */
  | 'malformed'

/** What the driver reports. */
export type Outcome =
  /** The request body is in memory: whole (`complete`) or its first `bytes`. */
  | { readonly kind: 'buffered'; readonly bytes: number; readonly complete: boolean }
  | {
      /** Status line and header block were read. */
      readonly kind: 'answered'
      readonly status: number
      /** Where the stream came from; default `'new'`. */
      readonly stream?: StreamOrigin
      /** true: the answer is still being passed on, expect a `relay` step. Default false: it is all over. */
      readonly streaming?: boolean
      /** As in `failed`; decides whether a 503 may be retried. */
      readonly bodySent?: boolean
    }
  | {
      readonly kind: 'failed'
      readonly cause: FailureCause
      /** Where the stream came from; default `'new'`. */
      readonly stream?: StreamOrigin
      /** A byte of the request body that is no longer at hand was written to the server. Default: see `Exchange`. */
      readonly bodySent?: boolean
      /** Code of the operating system or of TLS, for the trace. */
      readonly code?: string
    }
  /** The whole answer has been passed on. */
  | { readonly kind: 'relayed' }
  /** The client went away, at any point. */
  | { readonly kind: 'client-aborted' }
  /** The client's body is shorter than announced or not decodable. */
  | { readonly kind: 'client-failed' }
  /** More body came than PostSizeLimit allows. */
  | { readonly kind: 'body-too-large' }

export type StreamOrigin = 'new' | 'pooled'
