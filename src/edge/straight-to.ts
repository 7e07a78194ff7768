import { OutgoingMessage, type ServerResponse } from 'node:http'
import { Socket } from 'node:net'

/**
 * The socket that has all that was written to a response, where nobody else has seen it: memory that was written may be
 * used again when that socket has nothing left. Null where anything is between: a middleware that compresses or copies, a
 * host with streams of its own, HTTP/2, an answer that waits behind an earlier one of its connection.
 *
 * What is between is told by the functions that Node calls one after the other on the way. A program that puts others into
 * the place of Node's own before this module is loaded, and keeps the buffers that they get without copying them, cannot
 * be told from Node.
 */
export const straightTo = (response: ServerResponse): Socket | null => {
  const { socket } = response
  return socket !== null &&
    // It holds nothing back itself.
    response.writableLength === socket.writableLength &&
    isNodesResponse(response as unknown as ResponseWriting) &&
    isNodesSocket(socket as unknown as SocketWriting)
    ? socket
    : null
}

interface ResponseWriting {
  readonly write: unknown
  readonly end: unknown
  readonly _send: unknown
  readonly _writeRaw: unknown
}

interface SocketWriting {
  readonly write: unknown
  readonly _write: unknown
  readonly _writev: unknown
  readonly _writeGeneric: unknown
}

const { write, end, _send, _writeRaw } = OutgoingMessage.prototype as unknown as ResponseWriting
const own = Socket.prototype as unknown as SocketWriting
const ofSocket: SocketWriting = {
  write: own.write,
  _write: own._write,
  _writev: own._writev,
  _writeGeneric: own._writeGeneric,
}

const isNodesResponse = (response: ResponseWriting): boolean =>
  response.write === write &&
  response.end === end &&
  response._send === _send &&
  response._writeRaw === _writeRaw

const isNodesSocket = (socket: SocketWriting): boolean =>
  socket.write === ofSocket.write &&
  socket._write === ofSocket._write &&
  socket._writev === ofSocket._writev &&
  socket._writeGeneric === ofSocket._writeGeneric
