import fastProxy from 'fast-proxy'
import { serve, target, undiciSettings } from './serve.mjs'

const { proxy } = fastProxy({ base: target, undici: undiciSettings })
serve((request, response) => proxy(request, response, request.url, {}))
