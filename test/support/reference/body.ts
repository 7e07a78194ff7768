/**
 * §4.2: whether a request can be sent once more. B1 to B4, P4, E11.
 */
import type { ServerCluster } from '../../../src/config/model.ts'
import type { RequestHead } from '../../../src/core/request.ts'

/** The body of one request, as far as attempts are concerned. */
export class Body {
  /** B1: a request without one can always be sent again. */
  readonly exists: boolean
  /** B2: the whole of it is in memory. */
  buffered = false
  /** B3: a byte of it that is no longer at hand was written; once true, true for the exchange. */
  #sent = false

  constructor(size: RequestHead['body']) {
    this.exists = size === 'unknown' || (size !== undefined && size > 0)
  }

  get isReplayable(): boolean {
    return !this.exists || this.buffered || !this.#sent
  }

  /** What the driver said, or what an attempt that got so far usually means. */
  noteSent(reported: boolean | undefined, usually: boolean): void {
    this.#sent ||= reported ?? (usually && this.exists && !this.buffered)
  }
}

/** P4, E11: PostSizeLimit. */
export const isTooLarge = (
  size: RequestHead['body'],
  { postSizeLimitBytes }: ServerCluster,
): boolean => typeof size === 'number' && postSizeLimitBytes !== null && size > postSizeLimitBytes
