import { channel } from 'node:diagnostics_channel'

/**
 * Memory into which the answers of servers are read.
 *
 * Left to itself, Node allocates 64 KiB for each read, cuts them to what came, and hands that on through the buffers of a
 * stream, a turn later. Here all connections read into one buffer, each in its turn, and what came is copied out of it:
 * small pieces into a larger block that is never written to again, large ones into memory that is used again once its bytes
 * have left for the client. To V8 every piece of new memory is a reason to collect the old generation; after some time
 * without load, when it has made its heap small, it does so thirty times a second for as long as large answers come.
 */
export class ReadMemory {
  /** Bytes that one read brings at most. */
  readonly size: number
  readonly landing: Buffer
  #block = Buffer.allocUnsafeSlow(blockBytes)
  #used = 0
  /** The piece that is being handed on in this turn. */
  #current: Piece | null = null
  /** Pieces that come back, oldest first. */
  readonly #lent: Piece[] = []
  /** Those among them whose reader has put a part of them back, by their memory. */
  readonly #unread = new Map<ArrayBufferLike, Piece>()
  readonly #mostLent: number

  /** @param size ResponseChunkSize, bytes. */
  constructor(size: number) {
    this.size = Math.min(size, largestRead)
    this.landing = Buffer.allocUnsafeSlow(this.size)
    this.#mostLent = Math.max(1, Math.floor(lentBytes / this.size))
  }

  /**
   * Hands the first bytes of the landing buffer on.
   *
   * @param handOn gets bytes for keeps, unless each of their readers claims its part of their piece.
   * @returns what `handOn` returns.
   */
  deliver(bytes: number, handOn: (chunk: Buffer) => Delivered): boolean {
    if (bytes <= sharedBytes) return handOn(this.#copySmall(bytes)).more
    const piece = this.#pieceFor(bytes)
    this.landing.copy(piece.memory, 0, 0, bytes)
    const seen = isSeen()
    this.#current = piece
    const { more, fate } = handOn(piece.begin(bytes))
    this.#current = null
    if (seen || !piece.claimed || piece.memory.length !== this.size) return more
    if (fate === 'taken' && piece.read) this.#lend(piece)
    else if (fate === 'waiting' && !piece.read) {
      this.#unread.set(piece.memory.buffer, piece)
      this.#lend(piece)
    }
    return more
  }

  /**
   * The piece out of which a chunk of a body was cut, for whoever gets the chunk to claim; null: the chunk is the reader's
   * own. To be asked once for each chunk, at once and in their order.
   */
  pieceOf(chunk: Buffer): Piece | null {
    const piece = this.#holding(chunk.buffer)
    if (piece === null) return null
    piece.cut(chunk)
    if (piece !== this.#current && piece.read) this.#unread.delete(chunk.buffer)
    return isSeen() ? null : piece
  }

  #holding(memory: ArrayBufferLike): Piece | null {
    if (this.#current?.memory.buffer === memory) return this.#current
    return this.#unread.size === 0 ? null : (this.#unread.get(memory) ?? null)
  }

  #lend(piece: Piece): void {
    if (this.#lent.length === this.#mostLent) {
      const forgotten = this.#lent.shift() as Piece
      this.#unread.delete(forgotten.memory.buffer)
    }
    this.#lent.push(piece)
  }

  /** One that has come back; else a new one, as large as any that is worth its return. */
  #pieceFor(bytes: number): Piece {
    const lent = this.#lent
    // What was written last is still in the caches of the processor.
    for (let i = lent.length - 1; i >= 0 && i >= lent.length - lookedAt; i--) {
      if (lent[i]?.free === true) return lent.splice(i, 1)[0] as Piece
    }
    if (lent[0]?.free === true) return lent.shift() as Piece
    return new Piece(bytes * 4 > this.size ? this.size : bytes)
  }

  #copySmall(bytes: number): Buffer {
    if (this.#used + bytes > blockBytes) {
      this.#block = Buffer.allocUnsafeSlow(blockBytes)
      this.#used = 0
    }
    const start = this.#used
    this.#used += bytes
    this.landing.copy(this.#block, start, 0, bytes)
    return this.#block.subarray(start, this.#used)
  }
}

/** What became of bytes that were handed on. */
export interface Delivered {
  /** The stream can take more. */
  readonly more: boolean
  /** The reader has taken them, or some of them wait in the stream until it does, or they go another way. */
  readonly fate: 'taken' | 'waiting' | 'elsewhere'
}

/**
 * Memory with the bytes of one read. It is used again only where nobody can still want them: when the read ends within the
 * body of an answer, or so soon behind it that no part of a head or trailer can be waiting for its rest; when all parts of
 * the body were claimed by readers that gave them to a client's socket and to nobody else; and when that socket has nothing
 * left to write. A piece of which any of that is not certain is left to the garbage collector.
 */
export class Piece {
  readonly memory: Buffer
  #bytes = 0
  #parts = 0
  #claims = 0
  #passed = 0
  /** Where the last part ends. */
  #bodyEnd = 0
  #client: Drained | null = null
  #oneClient = true

  constructor(size: number) {
    this.memory = Buffer.allocUnsafeSlow(size)
  }

  /** @internal Used anew. */
  begin(bytes: number): Buffer {
    this.#bytes = bytes
    this.#parts = 0
    this.#claims = 0
    this.#passed = 0
    this.#bodyEnd = 0
    this.#client = null
    this.#oneClient = true
    return this.memory.subarray(0, bytes)
  }

  /** @internal */
  cut(part: Buffer): void {
    this.#parts++
    this.#bodyEnd = part.byteOffset - this.memory.byteOffset + part.length
  }

  /** The reader of a part will say when it has passed it on, or never look at it again. To be said at once. */
  claim(): void {
    this.#claims++
  }

  /** A part that was claimed is with a socket, which alone has it now. */
  passedTo(client: Drained): void {
    this.#passed++
    this.#oneClient &&= this.#client === null || this.#client === client
    this.#client = client
  }

  /** @internal All its readers so far have said that they will tell. */
  get claimed(): boolean {
    return this.#claims === this.#parts
  }

  /**
   * @internal Nothing is left of it that matters. undici keeps the fields of a head or of trailers as parts of the memory
   * until it has all of them.
   */
  get read(): boolean {
    const rest = this.#bytes - this.#bodyEnd
    return (
      rest < endOfBody.length - 1 ||
      (rest === endOfBody.length &&
        this.memory.toString('latin1', this.#bodyEnd, this.#bytes) === endOfBody)
    )
  }

  /** @internal Nobody reads it any more. */
  get free(): boolean {
    return (
      this.#passed === this.#parts &&
      this.#oneClient &&
      this.#client?.writableLength === 0 &&
      this.read
    )
  }
}

/** The socket of a client, as far as it tells that all its bytes have left. */
export interface Drained {
  readonly writableLength: number
}

/** What follows the last chunk of a body without trailers; their first byte would be in the place of the last but one. */
const endOfBody = '\r\n0\r\n\r\n'

/** undici shows there what it parses, parts of the memory themselves: whoever listens may keep them. */
const shown = ['headers', 'bodyChunkReceived', 'trailers'].map(what =>
  channel(`undici:request:${what}`),
)

const isSeen = (): boolean => shown.some(({ hasSubscribers }) => hasSubscribers)

/** More at once saves nothing any more, and every read needs as much memory as it may bring. */
const largestRead = 1_048_576

/** A small piece that a slow client leaves lying keeps all of its block in memory. */
const blockBytes = 16_384

/** Larger pieces have memory of their own. */
const sharedBytes = 4096

/** Pieces of which it is asked whether they have come back, beside the oldest. */
const lookedAt = 4

/** What is kept for use again, at most. */
const lentBytes = 8_388_608
