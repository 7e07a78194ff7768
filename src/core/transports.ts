import type { Scheme, ServerCluster, Transport } from '../config/model.ts'
import type { RouterOptions, Switches } from './options.ts'

/** A transport together with the plug-in's number for the choice (8.1). */
export interface ChosenTransport {
  readonly transport: Transport
  /** 1: https on https, 2: http on http, 3: http on https (Y4), 4: https on http (Y3). */
  readonly case: 1 | 2 | 3 | 4
}

/** Y1 to Y6: the first usable transport of the request's own protocol, else what the version allows. */
export const chooseTransports = (
  transports: readonly Transport[],
  owner: string,
  cluster: ServerCluster,
  options: RouterOptions,
  switches: Switches,
): Record<Scheme, ChosenTransport | null> => {
  const first = (protocol: Scheme): Transport | undefined =>
    transports.find(
      transport =>
        transport.protocol === protocol &&
        (options.transportUsable?.(transport, owner, cluster) ?? true),
    )
  const http = first('http')
  const https = first('https')
  return {
    http: http ? { transport: http, case: 2 } : https ? { transport: https, case: 3 } : null,
    https: https
      ? { transport: https, case: 1 }
      : http && switches.insecureFallback
        ? { transport: http, case: 4 }
        : null,
  }
}
