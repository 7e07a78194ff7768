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
 * A final answer instead of the 100 means that the body never leaves: what undici still writes is dropped, and the
 * connection is of no further use, because the server cannot know where the next request begins.
 */
export interface ContinueGate {
  /** What undici gets. */
  readonly socket: Socket
  /** The next request has a body and shall wait for the 100. */
  expect(): void
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

  const write = (bytes: Buffer, written: () => void): void => {
    if (bytes.length === 0 || real.write(bytes)) written()
    else real.once('drain', written)
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
    real.write(Buffer.concat([head.subarray(0, end), expectation]))
    const rest = head.subarray(end + endOfHead.length)
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

const ignore = (): void => {}
