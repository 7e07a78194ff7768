import type { Socket } from 'node:net'
import { Duplex } from 'node:stream'
import { type ContinueFilter, endOverlongLine } from './continue-filter.ts'

/**
 * WaitForContinue: the head goes out with `Expect: 100-continue`, and the body waits for the interim answer.
 *
 * undici refuses the Expect header and takes a 100 for a broken server, so the exchange of the two happens below it, in a
 * duplex between undici and the connection. While nothing is expected, bytes pass through untouched.
 *
 *     passing ──expect()──> arming ──head written──> waiting ──100──> passing
 *                                                       └──any final answer──> withheld
 *
 * A body whose client waits for a 100 of its own cannot come before the server has said one, and undici writes a head with
 * the first byte of its body. The gate then writes the head itself, and drops undici's, which follows the 100:
 *
 *     passing ──announce(head)──> waiting ──100──> passing, from behind the next head
 *
 * A final answer instead of the 100 means that the body never leaves: what undici still writes is dropped, and the
 * connection is of no further use, because the server cannot know where the next request begins.
 */
export interface ContinueGate {
  /** What undici gets. */
  readonly socket: Socket
  /** The next request has a body and shall wait for the 100. */
  expect(): void
  /**
   * The same for a body that is to come when the server has said 100, with the head that undici will write then, but for
   * its last empty line. `wanted` is called when that is so.
   */
  announce(head: string, wanted: () => void): void
  /** The head is out and the server has not answered: silence now is the server's. */
  readonly waiting: boolean
  /** The server answered without wanting the body. */
  readonly bodyWithheld: boolean
}

type State = 'passing' | 'arming' | 'waiting' | 'withheld'

/** Puts a gate in front of a connection. `filter` looks at what the server sends, and tells the gate of a 100. */
export const guardContinue = (real: Socket, filter: ContinueFilter): ContinueGate => {
  let state: State = 'passing'
  let head: Buffer = empty
  let held: { readonly bytes: Buffer; readonly written: () => void } | null = null
  let told: (() => void) | null = null
  /** The head that comes is out already, and said that chunks follow, or did not. */
  let announced: 'chunks' | 'length' | null = null

  const write = (chunk: Buffer, written: () => void): void => {
    const bytes = announced === null ? chunk : behindHead(chunk)
    if (bytes.length === 0 || real.write(bytes)) written()
    else real.once('drain', written)
  }

  const behindHead = (chunk: Buffer): Buffer => {
    head = head.length === 0 ? chunk : Buffer.concat([head, chunk])
    const end = head.indexOf(endOfHead)
    if (end < 0) return empty
    const chunks = /\r\ntransfer-encoding: /i.test(head.toString('latin1', 0, end))
    const rest = head.subarray(end + endOfHead.length)
    // A body that turns out to be empty never becomes chunks for undici.
    const lacking = announced === 'chunks' && !chunks
    announced = null
    head = empty
    return lacking ? Buffer.concat([lastChunk, rest]) : rest
  }

  const release = (): void => {
    const waiting = held
    held = null
    if (waiting === null) return
    if (state === 'withheld') waiting.written()
    else write(waiting.bytes, waiting.written)
  }

  const arm = (chunk: Buffer, written: () => void): void => {
    head = head.length === 0 ? chunk : Buffer.concat([head, chunk])
    const end = head.indexOf(endOfHead)
    if (end < 0) {
      written()
      return
    }
    const rest = head.subarray(end + endOfHead.length)
    if (
      rest.length === 0 &&
      /\r\ncontent-length: 0(?:\r\n|$)/i.test(head.toString('latin1', 0, end))
    ) {
      // A body that turned out to be empty: nothing is to be expected (RFC 9110 10.1.1).
      const whole = head
      head = empty
      state = 'passing'
      write(whole, written)
      return
    }
    real.write(Buffer.concat([head.subarray(0, end), expectation]))
    head = empty
    state = 'waiting'
    held = { bytes: rest, written }
  }

  const duplex = new Duplex({
    allowHalfOpen: true,
    write(chunk: Buffer, _, written) {
      if (state === 'passing') write(chunk, written)
      else if (state === 'arming') arm(chunk, written)
      else if (state === 'waiting') held = { bytes: chunk, written }
      else written()
    },
    final(finished) {
      real.end(finished)
    },
    read() {
      real.resume()
    },
    destroy(error, destroyed) {
      real.destroy()
      destroyed(error)
    },
  })
  real.on('data', (chunk: Buffer) => {
    const bytes = filter.take(chunk)
    endOverlongLine(real, filter)
    if (bytes !== null && !duplex.push(bytes)) real.pause()
    if (state !== 'waiting' || (filter.looking && filter.skipped === 0)) return
    state = filter.skipped > 0 ? 'passing' : 'withheld'
    release()
    const wanted = told
    told = null
    if (state === 'passing') wanted?.()
  })
  duplex.on('error', ignore)
  real.on('end', () => duplex.push(null))
  real.on('error', error => duplex.destroy(error))
  real.on('close', () => duplex.destroy())
  real.on('timeout', () => duplex.emit('timeout'))
  real.pause()

  return {
    // undici uses a duplex like a socket and asks for `ref` and `unref` only where they exist.
    socket: Object.assign(duplex, {
      ref: () => real.ref(),
      unref: () => real.unref(),
      setTimeout: (ms: number) => real.setTimeout(ms),
    }) as unknown as Socket,
    expect() {
      state = 'arming'
    },
    announce(text, wanted) {
      announced = /^transfer-encoding: /im.test(text) ? 'chunks' : 'length'
      head = empty
      told = wanted
      state = 'waiting'
      real.write(Buffer.concat([Buffer.from(text, 'latin1'), expectation.subarray(2)]))
    },
    get waiting() {
      return state === 'waiting'
    },
    get bodyWithheld() {
      return state === 'withheld'
    },
  }
}

const empty = Buffer.alloc(0)
const endOfHead = Buffer.from('\r\n\r\n')
const expectation = Buffer.from('\r\nexpect: 100-continue\r\n\r\n')
const lastChunk = Buffer.from('0\r\n\r\n')

const ignore = (): void => {}
