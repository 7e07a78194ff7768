import type { ConnectFailure } from './connect.ts'
import { driverError, serverIoTimeout } from './outcome.ts'
import type { Stream } from './stream.ts'

/** What the probe found: the stream can be used, it was answered but closed, or there was no valid answer (F5). */
export type HandshakeResult = 'alive' | 'closed' | ConnectFailure

/** A longer answer to the probe is not worth reading: the server lives, the stream goes. */
const answerBytes = 65_536

/**
 * ExtendedHandshake: proves on a new stream that an application server answers behind it, and not only a firewall that
 * accepts connections for a dead one (Z9). Any HTTP answer will do; `OPTIONS /` asks for nothing and keeps the stream.
 *
 * @returns gives up; `done` is not called any more.
 */
export const extendedHandshake = (
  stream: Stream,
  limits: { readonly connectTimeoutMs: number; readonly ioTimeoutMs: number },
  done: (result: HandshakeResult) => void,
): (() => void) => {
  let over = false
  let answered = false
  let bytes = 0
  let abort: ((error?: Error) => void) | undefined
  const limitMs = limits.ioTimeoutMs || limits.connectTimeoutMs

  const finish = (result: HandshakeResult): void => {
    if (over) return
    over = true
    stream.user = null
    stream.watch(0)
    done(result)
  }

  stream.user = {
    idle() {
      abort?.(driverError(serverIoTimeout, `no answer to the handshake within ${limitMs} ms`))
    },
  }
  stream.watch(limitMs)
  stream.client.dispatch(
    { path: '/', method: 'OPTIONS', headers: [] },
    {
      onConnect(abortRequest) {
        abort = abortRequest
        stream.awaitAnswer()
      },
      onHeaders(status) {
        if (status >= 200) answered = true
        return true
      },
      onData(chunk) {
        bytes += chunk.length
        if (bytes > answerBytes) abort?.()
        return true
      },
      onComplete() {
        // undici closes a connection that is not kept alive right after this.
        queueMicrotask(() => finish(stream.dead ? 'closed' : 'alive'))
      },
      onError(error) {
        finish(answered ? 'closed' : { error, moment: 'handshake' })
      },
    },
  )
  return () => {
    over = true
    stream.destroy()
  }
}
