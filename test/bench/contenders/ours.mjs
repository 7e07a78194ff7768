/** Our edge with everything on that it has: affinity, counters, private headers, time-outs, failover. */
import { subscribe } from 'node:diagnostics_channel'
import { pathToFileURL } from 'node:url'
import { serve } from './serve.mjs'

const { createEdge } = await import(pathToFileURL(`${process.env.BUILD}/index.js`).href)
export const edge = await createEdge({
  config: process.env.CONFIG,
  lookup: async () => ['127.0.0.1'],
})
edge.on('warning', ({ message }) => console.error(message))
serve(edge.handler, edge.upgrade)

/** Connections that were refused. Node itself tells of every one that is asked for. */
let refused = 0
subscribe('net.client.socket', ({ socket }) => {
  socket.once('error', ({ code }) => {
    if (code === 'ECONNREFUSED') refused++
  })
})
process.on('message', question => {
  if (question === 'refused') process.send(refused)
})
