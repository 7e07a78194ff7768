import { Agent } from 'node:http'
import { createProxyServer } from 'httpxy'
import { badGateway, connections, serve, target } from './serve.mjs'

const agent = new Agent({ keepAlive: true, maxSockets: connections, maxFreeSockets: connections })
const proxy = createProxyServer({ target, agent })
serve(
  (request, response) => {
    proxy.web(request, response).catch(() => badGateway(response))
  },
  (request, socket, head) => {
    proxy.ws(request, socket, {}, head).catch(() => socket.destroy())
  },
)
