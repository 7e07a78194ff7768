import type { IncomingMessage, ServerResponse } from 'node:http'
import type { PluginConfig } from '../config/model.ts'
import { http2Stream } from './head.ts'

/**
 * `Expect: 100-continue`. Node says 100 before a `request` listener hears of a request; a host that mounts the edge on
 * `checkContinue` leaves that to the edge, which says it when it wants the body: when it reads it into memory, when a
 * server takes it, or, where the server has WaitForContinue, when that has said 100 itself.
 */

/** Whether the client waits for a 100 that nobody has said yet. */
export const awaitsContinue = (request: IncomingMessage, response: ServerResponse): boolean => {
  const { expect } = request.headers
  if (expect === undefined || response.headersSent) return false
  const stream = http2Stream(request)
  if (stream === null) {
    const { _expect_continue: expected, _sent100: sent } = response as Continuing
    return expected === true && sent === false
  }
  return (
    expect.toLowerCase() === '100-continue' &&
    stream.sentInfoHeaders?.some(fields => fields[':status'] === 100) !== true
  )
}

/** Node notes on the response that the client waits, and that it was told. */
type Continuing = ServerResponse & {
  readonly _expect_continue?: boolean
  readonly _sent100?: boolean
}

/**
 * Says it, unless an answer has begun or the client has left; behind another answer of the connection when that is over,
 * because Node would send it behind the head that follows it.
 */
export const sayContinue = (response: ServerResponse): void => {
  if (response.headersSent || response.destroyed || response.writableEnded) return
  if (response.socket === null) response.once('socket', () => sayContinue(response))
  else response.writeContinue()
}

/** Whether a server of the cluster is to be asked before it gets a body. */
export const hasWaitForContinue = (config: PluginConfig, cluster: string): boolean =>
  config.clusters
    .find(({ name }) => name === cluster)
    ?.servers.some(({ waitForContinue }) => waitForContinue) === true
