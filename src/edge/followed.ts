import type { Exchange } from '../core/exchange.ts'
import type { RequestHead } from '../core/request.ts'
import type { Outcome, Step } from '../core/step.ts'
import type { TraceRecord } from '../core/trace.ts'
import type { TraceDepth } from '../core/tracer.ts'
import type { RecordedInput } from '../debug/recording.ts'
import type { Companion, ExchangeRecord } from './context.ts'
import { type Decision, decisionText } from './decision-header.ts'
import type { Generation } from './generation.ts'
import { headCopy, urlOf } from './recorded.ts'
import type { Recordings } from './recordings.ts'
import type { TracePredicate } from './trace-condition.ts'
import type { Witness } from './witness.ts'

/** Takes decision records. */
export type TraceListener = (record: TraceRecord) => void

/** Who hears of a request while it is under way. */
export interface Follower {
  /** What the router is given; undefined: nobody, and the core builds no record. */
  readonly onTrace: TraceListener | undefined
  readonly depth: TraceDepth
  /** What goes along with the request to its end; null: nothing. */
  readonly followed: Followed | null
}

/** Where recordings are kept, and what they are made with. */
export interface RecordingDesk {
  readonly witness: Witness
  readonly recordings: Recordings
}

/** What is to be done for one request and no other. */
export interface Following {
  /** Whom the records are handed out to when the request is over and the condition holds. */
  readonly later: { readonly when: TracePredicate; readonly to: TraceListener } | null
  /** null: it is not recorded. */
  readonly desk: RecordingDesk | null
  /** Name of the field that tells the client how it was decided; null: it may not know. */
  readonly response: string | null
}

/** Records of one request that are held at most. */
const heldRecords = 10_000

/** A request of which more is wanted than its records as they come: an answer that says why, a condition, a recording. */
export class Followed implements Follower, Companion {
  readonly onTrace: TraceListener | undefined
  readonly depth: TraceDepth
  readonly #following: Following
  readonly #generation: Generation
  readonly #head: RequestHead
  readonly #arrivedAt: Date | null
  readonly #records: TraceRecord[] = []
  readonly #inputs: RecordedInput[] = []
  #exchange = 0
  #whole = true

  /** @param atOnce who hears of its decisions as they are made. */
  constructor(atOnce: Follower, following: Following, generation: Generation, head: RequestHead) {
    const { onTrace, depth } = atOnce
    const { later, desk } = following
    const holds = later !== null || desk !== null
    this.onTrace = holds
      ? record => {
          onTrace?.(record)
          this.#hold(record)
        }
      : onTrace
    this.depth = holds ? 'all' : depth
    this.#following = following
    this.#generation = generation
    this.#head = head
    this.#arrivedAt = desk === null ? null : new Date()
  }

  get followed(): Followed {
    return this
  }

  /** It has to be told how the request ended. */
  get wantsEnd(): boolean {
    return this.#following.later !== null || this.#following.desk !== null
  }

  /** The header field for the answer, as name and value; empty: none. */
  decision(decision: Decision): readonly string[] {
    const { response } = this.#following
    return response === null ? none : [response, decisionText(decision)]
  }

  route(): Exchange {
    const exchange = this.#input(null, () =>
      this.#generation.router.route(this.#head, this.onTrace, this.depth),
    )
    this.#exchange = exchange.number
    return exchange
  }

  /** The request has waited and is looked at anew: what was noted so far is of an exchange that came to nothing. */
  routeAgain(): Exchange {
    this.#records.length = 0
    this.#inputs.length = 0
    this.#whole = true
    return this.route()
  }

  report(exchange: Exchange, outcome: Outcome): Step {
    return this.#input(outcome, () => exchange.report(outcome))
  }

  /** @throws what a condition of the host throws. */
  over(record: ExchangeRecord): void {
    const { later, desk } = this.#following
    if (later !== null) {
      if (!later.when(record, this.#records)) return
      for (const held of this.#records) later.to(held)
    }
    if (desk !== null && this.#whole) this.#keep(desk.recordings, record)
  }

  /** The last one stays: it says how it ended. */
  #hold(record: TraceRecord): void {
    if (this.#records.length < heldRecords) this.#records.push(record)
    else {
      this.#records[heldRecords - 1] = record
      this.#whole = false
    }
  }

  #input<T>(outcome: Outcome | null, work: () => T): T {
    const { desk } = this.#following
    if (desk === null) return work()
    const { router } = this.#generation
    const { result, at, draws } = desk.witness.observe(() => {
      const before = router.snapshot()
      return { before, value: work() }
    })
    this.#inputs.push({ at, before: result.before, outcome, draws })
    return result.value
  }

  #keep(recordings: Recordings, { status, code }: ExchangeRecord): void {
    const { config, recordedSettings } = this.#generation
    recordings.add({
      config,
      recording: {
        version: 1,
        exchange: this.#exchange,
        recordedAt: (this.#arrivedAt as Date).toISOString(),
        method: this.#head.method,
        url: urlOf(this.#head),
        head: headCopy(this.#head),
        settings: recordedSettings,
        inputs: this.#inputs,
        records: this.#records,
        status,
        code,
      },
    })
  }
}

const none: readonly string[] = []
