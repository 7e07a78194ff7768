import fastProxy from 'fast-proxy'
import { connections, serve, target } from './serve.mjs'

const { proxy } = fastProxy({
  base: target,
  undici: {
    connections,
    pipelining: 1,
    headersTimeout: 0,
    bodyTimeout: 0,
    keepAliveTimeout: 600_000,
  },
})
serve((request, response) => proxy(request, response, request.url, {}))
