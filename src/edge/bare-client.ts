import type { Duplex } from 'node:stream'

/** A client whose connection Node has handed over and does not look after any more. */
export interface BareClient {
  readonly socket: Duplex
  /** What the client has sent behind its request; from now on somebody else reads the connection. */
  take(): Buffer
}

/** Bytes that a client may send before it knows whether there is a tunnel. */
const earlyBytes = 65_536

/**
 * Reads on behind a request, because a connection that nobody reads does not tell that its client has gone. What comes
 * is held until there is a tunnel, and dropped when there is none.
 */
export const holdClient = (socket: Duplex, head: Buffer): BareClient => {
  const held = [head]
  let bytes = head.length
  const hold = (chunk: Buffer): void => {
    held.push(chunk)
    bytes += chunk.length
    // A connection that nobody reads would not tell that its client has gone.
    if (bytes > earlyBytes) socket.destroy()
  }
  // A client that wants a tunnel and has nothing more to say wants none.
  const leave = (): unknown => socket.destroy()
  socket.on('data', hold)
  socket.on('end', leave)
  return {
    socket,
    take() {
      socket.off('data', hold)
      socket.off('end', leave)
      socket.pause()
      return Buffer.concat(held.splice(0))
    },
  }
}
