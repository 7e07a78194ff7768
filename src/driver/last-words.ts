import type { Socket } from 'node:net'

/**
 * Hears a server out that hangs up in the middle of an upload.
 *
 * One that refuses a body (413, 401) answers, closes, and resets the connection because of what it has not read. Node
 * destroys a socket at the first failed write, and the answer, which has arrived, would be lost. So a write that fails
 * because the other side is gone is reported only when the socket is closed: the reads find the answer first and then the
 * end, which closes it.
 */
export const hearLastWords = (socket: Socket): void => {
  const write = socket._write.bind(socket)
  const writev = socket._writev?.bind(socket)
  const hangUp =
    (written: Written): Written =>
    error => {
      if (!otherSideGone.has((error as NodeJS.ErrnoException | null | undefined)?.code ?? '')) {
        written(error)
        return
      }
      const report = (): void => {
        clearTimeout(limit)
        socket.off('close', report)
        written(error)
      }
      const limit = setTimeout(report, patienceMs)
      socket.once('close', report)
    }
  socket._write = (chunk, encoding, written) => write(chunk, encoding, hangUp(written))
  if (writev !== undefined) socket._writev = (chunks, written) => writev(chunks, hangUp(written))
}

type Written = (error?: Error | null) => void

const otherSideGone: ReadonlySet<string> = new Set(['EPIPE', 'ECONNRESET', 'ECONNABORTED'])

/** The end follows at once where there is nothing to read. */
const patienceMs = 1000
