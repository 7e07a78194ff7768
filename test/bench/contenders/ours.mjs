/** Our edge with everything on that it has: affinity, counters, private headers, time-outs, failover. */
import { pathToFileURL } from 'node:url'
import { serve } from './serve.mjs'

const { createEdge } = await import(pathToFileURL(`${process.env.BUILD}/index.js`).href)
const edge = await createEdge({ config: process.env.CONFIG, lookup: async () => ['127.0.0.1'] })
edge.on('warning', ({ message }) => console.error(message))
serve(edge.handler, edge.upgrade)
