import type { IncomingMessage, ServerResponse } from 'node:http'

/** How a request that is offered to the edge goes on in its host. */
export interface OfferHooks {
  /** The edge answers it. */
  readonly taken?: (() => void) | undefined
  /** It is not ours; absent: the edge answers 404. */
  readonly declined?: (() => void) | undefined
}

/** Offers a request to the edge. One of the hooks is called, perhaps after a changed configuration was loaded. */
export type Offer = (request: IncomingMessage, response: ServerResponse, hooks: OfferHooks) => void
