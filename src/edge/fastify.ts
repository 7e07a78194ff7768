import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Offer } from './offer.ts'

/** The part of a Fastify instance that the plugin uses; spelled out so that Fastify is no dependency. */
export interface FastifyHost {
  addHook(
    name: 'onRequest',
    hook: (
      request: { readonly raw: IncomingMessage },
      reply: { readonly raw: ServerResponse; hijack(): unknown },
      done: () => void,
    ) => void,
  ): unknown
}

export type FastifyPlugin = (host: FastifyHost, options: unknown, done: () => void) => void

/**
 * `app.register(edge.fastify)`. Works as a hook before routing and body parsing, on the instance that registers it and
 * not on one of its own, so that requests without a route of ours reach every route of the host.
 */
export const fastifyPlugin = (offer: Offer): FastifyPlugin =>
  Object.assign<FastifyPlugin, object>(
    (host, _, done) => {
      host.addHook('onRequest', (request, reply, next) =>
        offer(request.raw, reply.raw, { taken: () => reply.hijack(), declined: next }),
      )
      done()
    },
    {
      [Symbol.for('skip-override')]: true,
      [Symbol.for('fastify.display-name')]: 'plugin-cfg-router',
    },
  )
