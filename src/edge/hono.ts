import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Offer } from './offer.ts'

/** The part of a Hono context on Node that the middleware uses; spelled out so that Hono is no dependency. */
export interface HonoContext {
  readonly env: unknown
}

export type HonoMiddleware = (
  context: HonoContext,
  next: () => Promise<void>,
  // biome-ignore lint/suspicious/noConfusingVoidType: the type that Hono gives its middleware
) => Promise<Response | void>

/**
 * `app.use(edge.hono)` on @hono/node-server, before anything that reads bodies. The answer of the edge goes straight to
 * the response of Node; what Hono gets in its place says that one has been sent.
 */
export const honoMiddleware =
  (offer: Offer): HonoMiddleware =>
  (context, next) =>
    new Promise((resolve, reject) => {
      const { incoming, outgoing } = context.env as NodeBindings
      offer(incoming, outgoing, {
        // With HTTP/2 what Hono takes for answered, it ends, two turns later and in the middle of an upload.
        taken: () => outgoing.once('close', () => resolve(alreadySent())),
        declined: () => next().then(resolve, reject),
      })
    })

interface NodeBindings {
  readonly incoming: IncomingMessage
  readonly outgoing: ServerResponse
}

/**
 * The sign by which @hono/node-server leaves the response alone. It looks for the sign only at a whole Response; its own
 * shortened form, which it puts in place of the global one, becomes whole when a rare property is read.
 */
const alreadySent = (): Response => {
  const response = new Response(null, { headers: { 'x-hono-already-sent': 'true' } })
  Reflect.get(response, 'type')
  return response
}
