/**
 * Load on WebSocket connections: each sends a message, waits until it comes back, sends the next. Each must come back
 * as it was.
 */
import { WebSocket } from 'ws'

const { port, path, cookie, bytes, connections, seconds } = JSON.parse(process.env.LOAD)
const message = 'x'.repeat(bytes)
const latencies = []
let failed = 0
let over = false

const client = () => {
  const socket = new WebSocket(`ws://127.0.0.1:${port}${path}`, { headers: { cookie } })
  let sentAt = 0
  const send = () => {
    sentAt = performance.now()
    socket.send(message)
  }
  socket.on('open', send)
  socket.on('error', () => failed++)
  socket.on('message', data => {
    latencies.push(performance.now() - sentAt)
    if (data.toString() !== message) failed++
    if (over) socket.terminate()
    else send()
  })
}

const startedAt = performance.now()
for (let i = 0; i < connections; i++) client()
setTimeout(() => {
  over = true
  latencies.sort((a, b) => a - b)
  const at = share => latencies[Math.floor((latencies.length - 1) * share)] ?? 0
  const result = {
    requests: latencies.length,
    failed,
    seconds: (performance.now() - startedAt) / 1000,
    p50: at(0.5),
    p99: at(0.99),
    p999: at(0.999),
  }
  process.send(result, () => process.exit(0))
}, seconds * 1000)
