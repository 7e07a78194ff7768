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
  // A stream waits for one write to end before it begins another.
  let written: Written = ignore
  const ended: Written = error => {
    const tell = written
    const code = (error as NodeJS.ErrnoException | null | undefined)?.code
    if (code === undefined || !otherSideGone.has(code)) {
      tell(error)
      return
    }
    const report = (): void => {
      clearTimeout(limit)
      socket.off('close', report)
      tell(error)
    }
    const limit = setTimeout(report, patienceMs)
    socket.once('close', report)
  }
  socket._write = (chunk, encoding, done) => {
    written = done
    write(chunk, encoding, ended)
  }
  if (writev === undefined) return
  socket._writev = (chunks, done) => {
    written = done
    writev(chunks, ended)
  }
}

const ignore: Written = () => {}

type Written = (error?: Error | null) => void

const otherSideGone: ReadonlySet<string> = new Set(['EPIPE', 'ECONNRESET', 'ECONNABORTED'])

/** The end follows at once where there is nothing to read. */
const patienceMs = 1000
