import type { Socket } from 'node:net'
import type { Readable } from 'node:stream'
import type { AttemptStep, Outcome, StreamOrigin } from '../core/step.ts'
import { fieldLines } from './field-lines.ts'
import {
  answerMalformed,
  attemptCancelled,
  driverError,
  isClientsFault,
  type Moment,
  outcomeOf,
  serverIoTimeout,
} from './outcome.ts'
import type { Piece } from './read-memory.ts'
import type { RepeatedFields } from './repeated-fields.ts'
import { sendTrailers } from './request-trailers.ts'
import type { Stream } from './stream.ts'
import type { StreamQueue, Streams } from './streams.ts'

/** A request as it goes to a server; the same for every attempt but for what `headers` adds. */
export interface OutgoingRequest {
  readonly method: string
  /** Origin form, byte for byte (E7). */
  readonly path: string
  /**
   * The header fields for this attempt.
   *
   * @throws an error with the code of `fieldUnsendable`.
   */
  fields(step: AttemptStep): OutgoingFields
  readonly body: OutgoingBody
  /** Value of the Upgrade field, for a request that asks to leave HTTP. */
  readonly upgrade: string | null
}

/** Header fields of a request in the form in which they cost least. */
export interface OutgoingFields {
  /** Host and Content-Length, names and values in turn: undici writes them, and has to know them. */
  readonly known: string[]
  /** All others, as text (`fieldLines`). */
  readonly lines: string
}

/** The body, as far as an attempt is concerned. */
export interface OutgoingBody {
  /**
   * From the first byte: null when there is none, a buffer when all of it is in memory.
   *
   * @param hold a stream whose client waits for a 100 is not read before `proceed`. Default: it is, when undici wants it.
   */
  open(hold?: boolean): Buffer | Readable | null
  /** Its client waits for a 100 before it sends any of it. Left out: it does not. */
  readonly awaited?: boolean
  /** The server wants it. */
  proceed?(): void
  /** A byte that is no longer in memory was handed out (B3). */
  readonly lost: boolean
  /** The rest of it is still on its way from the client. */
  readonly uploading: boolean
  /** Trailers follow it, or may: `open` gives a stream. Left out: never. */
  readonly trailing?: boolean
  /** What follows it, names and values in turn; complete when its end has been read. */
  readonly trailers?: readonly string[]
}

/** Who gets the answer. */
export interface AnswerSink {
  /** 101 to 199: a 100 ends in the driver. */
  interim(status: number, rawHeaders: readonly Buffer[]): void
  answered(attempt: Attempt, status: number, reason: string, rawHeaders: readonly Buffer[]): void
  /**
   * @param piece memory of the chunk that is used again if the sink claims it; null: the chunk is the sink's own.
   * @returns false: the next chunk is to wait for `Attempt.resume`.
   */
  data(chunk: Buffer, piece: Piece | null): boolean
  /** The answer is whole. */
  ended(rawTrailers: readonly Buffer[]): void
  /** There is no answer, or not all of it. */
  failed(outcome: Outcome): void
  /** 101: from here on the socket is a tunnel. */
  upgraded(attempt: Attempt, rawHeaders: readonly Buffer[], socket: Socket): void
}

/** More interim answers than this are not HTTP but a way to keep us busy. */
const interimLimit = 100

const cancelled = driverError(attemptCancelled, 'the attempt was given up')

/**
 * One attempt at one server: take or open a stream, write the request, hand the answer on as it comes. The object is the
 * handler that undici calls back.
 *
 * An idle stream can turn out to be dead before anything was written on it. That is the liveness check of Z2 and no
 * failure: the next one is taken, or a new one opened. From the moment when undici has written, whatever happens is
 * reported with the truth about the stream, old or new.
 */
export class Attempt {
  readonly step: AttemptStep
  sink: AnswerSink
  /** Where the stream came from; `new` until there is one. */
  origin: StreamOrigin = 'new'

  readonly #request: OutgoingRequest
  readonly #queue: StreamQueue | undefined
  #stream: Stream | null = null
  #giveUpOpening: (() => void) | null = null
  #abort: ((error?: Error) => void) | null = null
  #resume: (() => void) | null = null
  #paused = false
  /** It goes on in a moment. */
  #resumes = false
  #interim = 0
  /** Goes out before the body can be had; null: with it. */
  #head: string | null = null
  /** Nobody wants to hear of it any more. */
  #over = false

  constructor(step: AttemptStep, request: OutgoingRequest, streams: Streams, sink: AnswerSink) {
    this.step = step
    this.sink = sink
    this.#request = request
    this.#queue = streams.of(step.transport)
  }

  start(): void {
    const idle =
      this.step.stream === 'any' ? this.#queue?.take(this.step.connectionTtlMs) : undefined
    if (idle !== undefined) this.#send(idle, 'pooled')
    else this.#open()
  }

  /** The fields of the last answer from the same transport. */
  get repeated(): RepeatedFields | undefined {
    return this.#queue?.repeated
  }

  /** Ends the attempt without a word to the sink, wherever it is. */
  cancel(): void {
    if (this.#over) return
    this.#over = true
    this.#giveUpOpening?.()
    // Still waiting for undici to begin: `onConnect` sees that it is over.
    this.#abort?.(cancelled)
  }

  /**
   * The sink can take more after it has said no. It gets more when the functions that are running have returned: Node says
   * `drain` of an answer in the middle of the end of another one that waits behind it, and the end of that one may be what
   * undici is just reading, which reads one answer at a time or fails by an assertion.
   */
  resume(): void {
    if (!this.#paused || this.#resumes || this.#over) return
    this.#resumes = true
    process.nextTick(() => this.#goOn())
  }

  #goOn(): void {
    this.#resumes = false
    if (this.#over) return
    this.#paused = false
    if (this.step.serverIoTimeoutMs > 0) this.#stream?.watchAgain()
    if (this.#resume !== null) this.#stream?.goOn(this.#resume)
  }

  /** ServerIOTimeout has passed without a byte: whose silence was it? */
  idle(): void {
    if (this.#over) return
    const clientsTurn =
      this.#paused ||
      (this.#request.body.uploading &&
        this.#stream?.gate?.waiting !== true &&
        this.#stream?.socket.writableNeedDrain === false)
    if (clientsTurn) this.#stream?.watchAgain()
    else {
      const message = `no byte from the server within ${this.step.serverIoTimeoutMs} ms`
      this.#abort?.(driverError(serverIoTimeout, message))
    }
  }

  #open(): void {
    if (this.#queue === undefined) {
      const error = driverError('ENOTFOUND', 'the transport could not be used when loaded')
      queueMicrotask(() => this.#fail(error, 'connect'))
      return
    }
    this.#giveUpOpening = this.#queue.open(this.step, (failure, stream) => {
      this.#giveUpOpening = null
      if (stream === null) this.#fail(failure?.error, failure?.moment ?? 'connect')
      else this.#send(stream, 'new')
    })
  }

  #send(stream: Stream, origin: StreamOrigin): void {
    const { method, path, body, upgrade } = this.#request
    this.#stream = stream
    this.origin = origin
    stream.user = this
    const open = body.open(stream.gate !== null)
    const fields = this.#fields()
    if (fields === null) return
    stream.join(fields.lines)
    if (open !== null) {
      if (stream.gate !== null && body.awaited === true) {
        this.#head = headOf(method, path, fields)
      } else stream.gate?.expect()
      if (body.trailing === true) sendTrailers(open, body, stream.gate?.socket ?? stream.socket)
    }
    stream.client.dispatch(
      {
        method,
        path,
        headers: fields.known,
        body: open,
        ...(upgrade !== null && { upgrade }),
      },
      this,
    )
  }

  /** null: they cannot be sent, and the attempt is over. */
  #fields(): OutgoingFields | null {
    try {
      return this.#request.fields(this.step)
    } catch (error) {
      this.#fail(error, 'exchange')
      return null
    }
  }

  #fail(error: unknown, moment: Moment): void {
    if (this.#over) return
    this.#over = true
    this.#leave()
    this.sink.failed(outcomeOf(error, moment, this.origin, this.#request.body.lost))
  }

  /** undici destroys the socket of what failed; one on which nothing was written is not worth keeping either. */
  #leave(): void {
    if (this.#stream === null) return
    this.#stream.user = null
    this.#stream.destroy(cancelled)
  }

  /** @internal undici is about to write. */
  onConnect(abort: (error?: Error) => void): void {
    if (this.#over) {
      abort(cancelled)
      return
    }
    this.#abort = abort
    this.#stream?.awaitAnswer()
    this.#stream?.watch(this.step.serverIoTimeoutMs)
    if (this.#head === null) return
    this.#stream?.gate?.announce(this.#head, () => this.#request.body.proceed?.())
    this.#head = null
  }

  /** @internal */
  onHeaders(status: number, rawHeaders: Buffer[], resume: () => void, reason: string): boolean {
    if (this.#over) return true
    if (status < 200) {
      if (status < 100 || ++this.#interim > interimLimit) {
        this.#abort?.(driverError(answerMalformed, `status ${status} is not an answer`))
      } else this.sink.interim(status, rawHeaders)
      return true
    }
    this.#resume = resume
    this.sink.answered(this, status, reason, rawHeaders)
    // undici takes the length in a 304 for that of a body and fails the answer after its head (RFC 9110 8.6 allows it).
    if ((status === 304 || status === 204) && !this.#over) {
      this.#over = true
      this.sink.ended([])
    }
    return true
  }

  /** @internal */
  onData(chunk: Buffer): boolean {
    if (this.#over) return true
    if (this.sink.data(chunk, this.#queue?.memory.pieceOf(chunk) ?? null)) return true
    this.#paused = true
    this.#stream?.holdBack()
    return false
  }

  /** @internal */
  onComplete(rawTrailers: unknown): void {
    if (this.#stream !== null) this.#queue?.put(this.#stream)
    if (this.#over) return
    this.#over = true
    this.sink.ended(rawTrailers as readonly Buffer[])
  }

  /** @internal */
  onUpgrade(_status: number, rawHeaders: Buffer[] | string[] | null, socket: unknown): void {
    const tunnel = socket as Socket
    if (this.#over) {
      tunnel.destroy()
      return
    }
    this.#over = true
    if (this.#stream !== null) {
      this.#stream.user = null
      this.#stream.watch(0)
    }
    this.sink.upgraded(this, (rawHeaders ?? []) as Buffer[], tunnel)
  }

  /** @internal */
  onError(error: Error): void {
    if (this.#over) {
      this.#leave()
      return
    }
    // undici has not begun to write: the stream was dead already, unless it is the request that undici does not like.
    const unused = this.origin === 'pooled' && this.#abort === null
    if (unused && !isClientsFault(error)) {
      this.#leave()
      this.#stream = null
      this.origin = 'new'
      this.start()
    } else this.#fail(error, 'exchange')
  }
}

/** A head in the form in which undici writes it with the first byte of the body, without the empty line at its end. */
const headOf = (method: string, path: string, { known, lines }: OutgoingFields): string => {
  const head = `${method} ${path} HTTP/1.1\r\nConnection: keep-alive\r\n${fieldLines(known)}${lines}`
  return known.includes('Content-Length') ? head : `${head}Transfer-Encoding: chunked\r\n`
}
