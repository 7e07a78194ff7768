import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Offer } from './offer.ts'

/** The part of a Koa context that the middleware uses; spelled out so that Koa is no dependency. */
export interface KoaContext {
  readonly req: IncomingMessage
  readonly res: ServerResponse
  respond?: boolean | undefined
}

export type KoaMiddleware = (context: KoaContext, next: () => Promise<unknown>) => Promise<unknown>

/**
 * `app.use(edge.koa)`, before anything that reads bodies. Koa keeps its hands off a response that the edge answers; a
 * request that no route matches goes on to the middleware behind.
 */
export const koaMiddleware =
  (offer: Offer): KoaMiddleware =>
  (context, next) =>
    new Promise((resolve, reject) => {
      offer(context.req, context.res, {
        taken: () => {
          context.respond = false
          resolve(undefined)
        },
        declined: () => next().then(resolve, reject),
      })
    })
