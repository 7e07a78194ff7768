import { connect } from 'node:net'

/**
 * Clients that have asked once and keep their connection.
 *
 * @returns {Promise<() => number>} sends them away, and says how many were still there
 */
export const idleClients = async (port, count) => {
  const sockets = []
  for (let i = 0; i < count; i++) sockets.push(await oneClient(port))
  return () => {
    const there = sockets.filter(socket => !socket.closed && !socket.readableEnded)
    for (const socket of sockets) socket.destroy()
    return there.length
  }
}

const oneClient = port =>
  new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () =>
      socket.write(`GET /app/small HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n\r\n`),
    )
    socket.on('error', reject)
    // Reads on, so that the answer does not stay in the buffers.
    socket.once('data', () => resolve(socket)).on('data', () => {})
  })
