import { connect, type Socket, type TcpSocketConnectOpts } from 'node:net'

/**
 * Memory into which the answers of servers are read.
 *
 * Left to itself, Node allocates 64 KiB for each read, cuts them to what came, and hands that on through the buffers of a
 * stream, a turn later. Here all connections read into one buffer, each in its turn, and what came is copied out of it,
 * small pieces into a larger block: whoever holds on to a copy holds on to bytes that nobody writes to again.
 *
 * To read large answers into memory that is handed on as it is saves that copy, and was tried: it could not be told apart
 * from the copy by what a request costs, and it keeps more memory alive, which V8 then collects more often.
 */
export class ReadMemory {
  /** Bytes that one read brings at most. */
  readonly size: number
  readonly landing: Buffer
  #block = Buffer.allocUnsafeSlow(blockBytes)
  #used = 0

  /** @param size ResponseChunkSize, bytes. */
  constructor(size: number) {
    this.size = Math.min(size, largestRead)
    this.landing = Buffer.allocUnsafeSlow(this.size)
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
}

/** More at once saves nothing any more, and every read needs as much memory as it may bring. */
const largestRead = 1_048_576

/** A piece that a slow client leaves lying keeps all of its block in memory. */
const blockBytes = 16_384

/** Larger pieces have memory of their own. */
const sharedBytes = 4096

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
  let arrived: Buffer | null = null
  /** The stream has said that it has nothing, and got nothing since. */
  let empty = false

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
      buffer: memory.landing,
      callback: (bytes, from) => handOn(memory.copy(from as Buffer, bytes)),
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
  return socket
}
