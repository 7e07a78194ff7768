import httpProxy from 'http-proxy'
import { badGateway, keepAliveAgent, serve, target } from './serve.mjs'

// Without a limit: it loses the connections of clients that leave, and a limited agent would hang in the end.
const agent = keepAliveAgent()
const proxy = httpProxy.createProxyServer({ target, agent })
serve(
  (request, response) => proxy.web(request, response, undefined, () => badGateway(response)),
  (request, socket, head) => proxy.ws(request, socket, head, undefined, () => socket.destroy()),
)
