import type { Exchange as CoreExchange } from '../../../src/core/exchange.ts'
import type { RequestHead } from '../../../src/core/request.ts'
import type { Router as CoreRouter } from '../../../src/core/router.ts'
import type { TraceRecord } from '../../../src/core/trace.ts'

/** What anybody can see of an exchange. */
export type Exchange = Pick<CoreExchange, 'number' | 'step' | 'binding' | 'report'>

/** What anybody can see of a router; core and reference both fit. */
export interface Router extends Pick<CoreRouter, 'config' | 'snapshot' | 'setPartitionTable'> {
  route(head: RequestHead, onTrace?: (record: TraceRecord) => void): Exchange
}
