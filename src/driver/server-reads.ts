import { connect, type Socket, type TcpSocketConnectOpts } from 'node:net'

/**
 * Memory into which the answers of servers are read.
 *
 * Left to itself, Node allocates 64 KiB for each read, cuts them to what came, and hands that on through the buffers of a
 * stream, a turn later. Here all connections read into one buffer, each in its turn, and what came is copied out of it
 * into pieces of a larger block: a copy of a small answer costs next to nothing, and whoever holds on to it holds on to
 * bytes that nobody writes to again.
 *
 * A copy of a large answer does cost something. A connection that brings them reads into memory of its own, which is
 * handed on as it is; as many at a time as `ownBytes` allow.
 */
export class ReadMemory {
  /** Bytes that one read brings at most. */
  readonly size: number
  readonly landing: Buffer
  #block = Buffer.allocUnsafeSlow(blockBytes)
  #used = 0
  #owners = 0

  /** @param size ResponseChunkSize, bytes. */
  constructor(size: number) {
    this.size = Math.min(size, largestRead)
    this.landing = Buffer.allocUnsafeSlow(this.size)
  }

  /** Connections that read into memory of their own. */
  get owners(): number {
    return this.#owners
  }

  /** The first bytes of a buffer, for keeps. */
  copy(from: Buffer, bytes: number): Buffer {
    if (bytes > sharedBytes) return exactly(from, bytes)
    if (this.#used + bytes > blockBytes) {
      this.#block = Buffer.allocUnsafeSlow(blockBytes)
      this.#used = 0
    }
    const start = this.#used
    this.#used += bytes
    from.copy(this.#block, start, 0, bytes)
    return this.#block.subarray(start, this.#used)
  }

  /** Memory for one connection alone; null: enough of them have some. */
  own(): Buffer | null {
    if ((this.#owners + 1) * this.size > ownBytes) return null
    this.#owners++
    return Buffer.allocUnsafeSlow(this.size)
  }

  disown(): void {
    this.#owners--
  }
}

/** More at once saves nothing any more, and every read needs as much memory as it may bring. */
const largestRead = 1_048_576

/** A piece that a slow client leaves lying keeps all of its block in memory. */
const blockBytes = 16_384

/** Larger pieces have memory of their own. */
const sharedBytes = 4096

/** For all connections of a configuration. */
const ownBytes = 4_194_304

/** An answer, or a piece of one, that is copied without a second thought. */
const smallBytes = 16_384

/** So many small ones in a row, and a connection gives its own memory back. */
const smallInARow = 4

const exactly = (from: Buffer, bytes: number): Buffer => {
  const copy = Buffer.allocUnsafeSlow(bytes)
  from.copy(copy, 0, 0, bytes)
  return copy
}

/**
 * Opens a connection to a server whose bytes reach their reader in the turn in which they come: by `readable` and `read`,
 * as undici wants them. When nobody waits for `readable`, or what came before has not been taken, they go the usual way
 * through the stream, and with them its back-pressure.
 */
export const connectToServer = (options: TcpSocketConnectOpts, memory: ReadMemory): Socket => {
  let own: Buffer | null = null
  let small = 0
  let arrived: Buffer | null = null
  /** The stream has said that it has nothing, and got nothing since. */
  let empty = false

  const disown = (): void => {
    if (own !== null) memory.disown()
    own = null
  }

  /** What was read, in memory that is not read into again. */
  const keep = (from: Buffer, bytes: number): Buffer => {
    if (bytes <= smallBytes) {
      const piece = memory.copy(from, bytes)
      if (++small === smallInARow) disown()
      return piece
    }
    small = 0
    if (own !== null) {
      own = Buffer.allocUnsafeSlow(memory.size)
      return from.subarray(0, bytes)
    }
    own = memory.own()
    return exactly(from, bytes)
  }

  const handOn = (chunk: Buffer): boolean => {
    if (socket.readableLength > 0 || socket.listenerCount('readable') === 0) {
      empty = false
      return socket.push(chunk)
    }
    arrived = chunk
    socket.emit('readable')
    const left = arrived
    arrived = null
    if (left === null) return true
    empty = false
    return socket.push(left)
  }

  const socket = connect({
    ...options,
    onread: {
      buffer: () => own ?? memory.landing,
      callback: (bytes, from) => handOn(keep(from as Buffer, bytes)),
    },
  })
  const read = socket.read.bind(socket)
  socket.read = (size?: number): Buffer | null => {
    if (size === undefined) {
      if (arrived !== null) {
        const chunk = arrived
        arrived = null
        return chunk
      }
      // undici asks several times for each answer. Node asks with a size when the server has closed.
      if (empty && socket.readableLength === 0) return null
    }
    const chunk: Buffer | null = read(size)
    empty = chunk === null && size === undefined
    return chunk
  }
  return socket.once('close', disown)
}
