import { connect, type Socket, type TcpSocketConnectOpts } from 'node:net'
import type { Delivered, ReadMemory } from './read-memory.ts'

/**
 * Opens a connection to a server whose bytes reach their reader in the turn in which they come: by `readable` and `read`,
 * as undici wants them. When nobody waits for `readable`, or what came before has not been taken, they go the usual way
 * through the stream, and with them its back-pressure.
 */
export const connectToServer = (options: TcpSocketConnectOpts, memory: ReadMemory): Socket => {
  let arrived: Buffer | null = null
  /** The stream has said that it has nothing, and got nothing since. */
  let empty = false
  /** What the reader has put back of what came is a copy of so many bytes. */
  let copied = 0

  const handOn = (chunk: Buffer): Delivered => {
    if (socket.listenerCount('readable') === 0) return { more: keep(chunk), fate: 'elsewhere' }
    if (socket.readableLength > 0) return { more: keep(chunk), fate: 'waiting' }
    arrived = chunk
    copied = 0
    socket.emit('readable')
    const left = arrived
    arrived = null
    if (left !== null) return { more: keep(left), fate: 'waiting' }
    return socket.readableLength === copied ? allTaken : someTaken
  }
  const keep = (chunk: Buffer): boolean => {
    empty = false
    return socket.push(chunk)
  }

  const socket = connect({
    ...options,
    onread: {
      buffer: memory.landing,
      callback: bytes => memory.deliver(bytes, handOn),
    },
  })
  const unshift = socket.unshift.bind(socket)
  socket.unshift = (chunk: Buffer): void => {
    // undici puts back what it has not parsed when it stands still, between two chunks a few bytes, and they would keep
    // all of their memory from being used again.
    const small = chunk.length <= smallRest
    copied = small ? chunk.length : 0
    unshift(small ? Buffer.from(chunk) : chunk)
  }
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

const allTaken: Delivered = { more: true, fate: 'taken' }
const someTaken: Delivered = { more: true, fate: 'waiting' }

/** Bytes put back that are copied. */
const smallRest = 256
