import { OutgoingMessage, type ServerResponse } from 'node:http'
import { Socket } from 'node:net'

/**
 * The socket that has all that was written to a response, where nobody else has seen it: memory that was written may be
 * used again when that socket has nothing left. Null where anything is between: a middleware that compresses or copies, a
 * host with streams of its own, HTTP/2, an answer that waits behind an earlier one of its connection.
 */
export const straightTo = (response: ServerResponse): Socket | null => {
  const { socket } = response
  return socket !== null &&
    response.write === write &&
    response.end === end &&
    // It holds nothing back itself.
    response.writableLength === socket.writableLength &&
    socket.write === Socket.prototype.write &&
    socket._write === Socket.prototype._write &&
    socket._writev === Socket.prototype._writev
    ? socket
    : null
}

const { write, end } = OutgoingMessage.prototype
