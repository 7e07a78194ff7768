import { createProxyServer } from 'httpxy'
import { badGateway, connections, keepAliveAgent, serve, target } from './serve.mjs'

const agent = keepAliveAgent({ maxSockets: connections, maxFreeSockets: connections })
const proxy = createProxyServer({ target, agent })
serve(
  (request, response) => {
    proxy.web(request, response).catch(() => badGateway(response))
  },
  (request, socket, head) => {
    proxy.ws(request, socket, {}, head).catch(() => socket.destroy())
  },
)
