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

  const handOn = (chunk: Buffer): Delivered => {
    if (socket.listenerCount('readable') === 0) return { more: keep(chunk), fate: 'elsewhere' }
    if (socket.readableLength > 0) return { more: keep(chunk), fate: 'waiting' }
    arrived = chunk
    socket.emit('readable')
    const left = arrived
    arrived = null
    if (left !== null) return { more: keep(left), fate: 'waiting' }
    // The reader may have put a part of it back.
    return socket.readableLength === 0 ? allTaken : someTaken
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
