import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { createEdge } from '../../src/edge/edge.ts'

/* The edge under test, in a process of its own, so that its memory and its event loop are nobody else's. */

export interface EdgeOrders {
  readonly config: string
}

/** To the edge. */
export type EdgeCommand = 'measure' | { readonly reloads: number }

/** How one request ended, by the marker of its client. */
export interface Ended {
  readonly marker: string
  readonly method: string
  readonly server: string | undefined
  readonly status: number
  readonly result: string
  readonly reason: string | undefined
  readonly code: string
}

export interface Measured {
  readonly heapBytes: number
  readonly rssBytes: number
  /** The most that the process ever had. */
  readonly peakRssBytes: number
  /** Sockets, timers and servers of the process, by kind. */
  readonly resources: Readonly<Record<string, number>>
  readonly running: number
  /** Requests that a server is still thought to be busy with. */
  readonly pending: number
  readonly reloads: number
  readonly failedReloads: number
  readonly loopDelayP99Ms: number
}

/** From the edge. */
export type EdgeNews =
  | { readonly listening: number }
  | { readonly ended: readonly Ended[] }
  | { readonly warning: string }
  | { readonly measured: Measured }
  | { readonly reloaded: number }

const orders = JSON.parse(process.argv[2] as string) as EdgeOrders

const tell = (news: EdgeNews): void => {
  process.send?.(news)
}

let batch: Ended[] = []
const flush = (): void => {
  if (batch.length > 0) tell({ ended: batch })
  batch = []
}
setInterval(flush, 100)

const delay = monitorEventLoopDelay({ resolution: 10 })
delay.enable()

const edge = await createEdge({
  config: orders.config,
  onExchange: ({ request, method, server, status, result, reason, code }) => {
    const marker = String(request.headers['x-marker'])
    batch.push({ marker, method, server, status, result, reason, code })
  },
})
edge.on('warning', ({ code, message }) => tell({ warning: `${code} ${message}` }))
const server = http.createServer((request, response) => edge.handler(request, response))
server.listen(0, '127.0.0.1', () => {
  tell({ listening: (server.address() as AddressInfo).port })
})

const countOf = (names: readonly string[]): Readonly<Record<string, number>> => {
  const counts: Record<string, number> = {}
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1
  return counts
}

const measure = (): Measured => {
  globalThis.gc?.()
  const { heapUsed, rss } = process.memoryUsage()
  const { running, reloads, failedReloads } = edge.counters()
  const servers = edge.snapshot().clusters.flatMap(cluster => cluster.servers)
  return {
    heapBytes: heapUsed,
    rssBytes: rss,
    peakRssBytes: process.resourceUsage().maxRSS * 1024,
    resources: countOf(process.getActiveResourcesInfo()),
    running,
    pending: servers.reduce((sum, { pending }) => sum + pending, 0),
    reloads,
    failedReloads,
    loopDelayP99Ms: delay.percentile(99) / 1e6,
  }
}

const reload = async (times: number): Promise<void> => {
  let done = 0
  for (let turn = 0; turn < times; turn++) {
    const { result } = await edge.reload()
    if (result === 'loaded') done++
  }
  tell({ reloaded: done })
}

process.on('message', (command: EdgeCommand) => {
  flush()
  if (command === 'measure') tell({ measured: measure() })
  else void reload(command.reloads)
})
process.on('disconnect', () => process.exit(0))
