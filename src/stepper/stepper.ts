import type { PluginConfig } from '../config/model.ts'
import type { RouterSnapshot } from '../core/snapshot.ts'
import type { AttemptStep, BufferStep, Outcome, RelayStep, Step } from '../core/step.ts'
import type { TraceKind, TraceRecord } from '../core/trace.ts'
import type { Answer, ConfigSource, Scenario } from '../simulate/scenario.ts'

/** One decision, and the state of the router in the moment after it. */
export interface Moment {
  readonly record: TraceRecord
  readonly state: RouterSnapshot
}

/** A request of the user that is stepped through. */
export interface SteppedRequest {
  /** Absolute URL. */
  readonly url: string
  readonly method: string
  /** Further header fields, cookies apart. */
  readonly headers: Readonly<Record<string, string>>
  /** Whole Cookie header; undefined: none. */
  readonly cookie?: string | undefined
  readonly bodyBytes: number
  /** The length of the body is not announced. Default false. */
  readonly chunked?: boolean | undefined
  /** Port of the listener that the request came in on, for VHostMatchingCompat. Default: that of the URL. */
  readonly localPort?: number | undefined
}

/** What waits for the network or the client. */
export type NetworkStep = BufferStep | AttemptStep | RelayStep

/**
 * What the network or the client can be told to do. A buffer step takes `ok` and `client-aborted`; a relay step those
 * and `broken-answer`; an attempt takes everything. `reset` breaks the connection after the request was written,
 * `reset-before-sending` before any of its body was.
 */
export type NetworkChoice = Answer | 'client-aborted' | 'reset-before-sending'

/** What happens next. */
export type Upcoming =
  /** The core decides: this record will be shown. */
  | { readonly kind: 'decision'; readonly record: TraceRecord }
  /** The network, or the client, acts; the answer can be chosen. `proposed` happens when nothing is chosen. */
  | {
      readonly kind: 'network'
      readonly step: NetworkStep
      readonly proposed: Answer | Outcome
    }
  /** The request is over. */
  | { readonly kind: 'end'; readonly step: Step }

/** Where to stop: at a server, a kind of record or a cluster. */
export type Breakpoint =
  | { readonly on: 'server'; readonly name: string }
  | { readonly on: 'kind'; readonly kind: TraceKind }
  | { readonly on: 'cluster'; readonly name: string }

/** Everything there is to show. */
export interface StepperView {
  readonly config: PluginConfig
  readonly request: SteppedRequest
  /** 1 for the first request of the session. */
  readonly requestNumber: number
  /** Decisions about the current request that have been stepped over, oldest first. */
  readonly trace: readonly Moment[]
  readonly next: Upcoming
  /** State of the router at this point; retry countdowns are those of the clock at this point. */
  readonly state: RouterSnapshot
  /** Cluster of the request, once it is known. */
  readonly cluster: string | undefined
  /** Virtual clock, milliseconds. */
  readonly now: number
  readonly canGoBack: boolean
  readonly breakpoints: readonly Breakpoint[]
  /** Reason code so far; in the middle of a decision the one before it. */
  readonly code: string
  /** How the request ended; undefined while it is under way or its end has not been stepped over. */
  readonly ended: string | undefined
  /** What a reader should know about this request and the steps do not say. */
  readonly notes: readonly string[]
}

/** Why stepping stopped. */
export type Stop = 'decision' | 'network' | 'end' | 'breakpoint'

/** Changes to a request; what is absent stays. A cookie of null takes it away. */
export interface RequestEdit {
  readonly url?: string
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly cookie?: string | null
  readonly bodyBytes?: number
}

/** A debugger for requests: any number of requests of one user, one step at a time, and back. */
export interface Stepper {
  readonly view: StepperView
  /** Steps over one decision, or lets the network do what is proposed. At the end: nothing. */
  next(): Stop
  /** On to the next action of the network, the end, or a breakpoint. */
  toNetwork(): Stop
  /** On to the end of the request; the network does what is proposed; stops at a breakpoint. */
  toEnd(): Stop
  /**
   * Says what the network does now, and stops before the first decision that follows. In front of a decision that is
   * not the network's it first goes on to the network.
   *
   * @throws PluginError `OUTCOME_UNEXPECTED` when the request has ended or the answer does not fit.
   */
  answer(answer: NetworkChoice): Stop
  /** One step back, exactly; false: this is the beginning. */
  back(): boolean
  /** Lets time pass. In the middle of a decision it counts from before that decision, which is then made again. */
  advance(seconds: number): void
  /**
   * Marks a server by hand. In the middle of a decision it counts from before that decision, which is then made again.
   *
   * @throws StateError for a server that does not exist or cannot be marked.
   */
  mark(server: string, health: 'up' | 'down'): void
  /** The user sends another request, with the cookies that the servers have set. A request under way is run to its end. */
  send(edit?: RequestEdit): void
  /** Another request in place of the current one, from before it was sent. @throws UsageError-like PluginError for a bad one. */
  edit(edit: RequestEdit): void
  /**
   * Stops `toNetwork` and `toEnd`: in front of every record of a kind; in front of the first of several steps in a row
   * that concern a server (`NAME` or `CLUSTER/NAME`); as soon as a request is bound to a cluster.
   *
   * @throws StateError for a server or cluster that does not exist.
   */
  setBreakpoint(breakpoint: Breakpoint): void
  clearBreakpoint(breakpoint: Breakpoint): void
  /**
   * All that was done in this session up to here, with what came of it as expectations, for `plugin-cfg simulate`. A
   * decision in whose middle this is, is in it whole.
   *
   * @param config where the configuration is, as the scenario shall name it. Default: the model itself.
   */
  scenario(title: string, config?: ConfigSource): Scenario
}
