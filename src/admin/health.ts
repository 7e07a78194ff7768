import type { Resource } from './resource.ts'
import { Told } from './told.ts'

/**
 * What the watchdog of a process and the balancer in front of it ask. They need no token, carry nothing but names, and do
 * not wait for their turn: who explains a request in a large configuration must not make an edge look dead.
 */
export const healthResources: readonly Resource[] = [
  {
    method: 'GET',
    path: '/health/live',
    does: 'answers 200 as long as the process does anything at all',
    access: 'open',
    atOnce: true,
    answer: () => ({ live: true }),
  },
  {
    method: 'GET',
    path: '/health/ready',
    does: 'answers 200 when every cluster that a Route leads to has a server for new requests, else 503 and what is wrong; ?cluster=NAME, also several times, asks for these clusters alone',
    access: 'open',
    atOnce: true,
    answer: ({ edge, query }) => {
      const names = query.getAll('cluster')
      const readiness = edge.ready(names.length === 0 ? undefined : names)
      return new Told(readiness.ready ? 200 : 503, readiness)
    },
  },
]
