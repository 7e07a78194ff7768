/**
 * Load on WebSocket connections: each sends a message, waits until it comes back, sends the next. Each must come back
 * as it was.
 */
import { WebSocket } from 'ws'

const { port, path, cookie, bytes, connections, seconds } = JSON.parse(process.env.LOAD)
const message = 'x'.repeat(bytes)
const latencies = []
const sockets = []
let failed = 0
let open = 0
let startedAt = 0
let over = false

const send = socket => {
  socket.sentAt = performance.now()
  socket.send(message)
}

/** The time runs from when all connections are open, or have failed. */
const opened = () => {
  if (++open < connections) return
  startedAt = performance.now()
  for (const socket of sockets) if (socket.readyState === WebSocket.OPEN) send(socket)
  setTimeout(() => {
    over = true
    // On a machine that has no time for it, the first message may still be on its way.
    if (latencies.length > 0 || failed > 0) report()
  }, seconds * 1000)
}

const report = () => {
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
}

for (let i = 0; i < connections; i++) {
  const socket = new WebSocket(`ws://127.0.0.1:${port}${path}`, { headers: { cookie } })
  sockets.push(socket)
  socket.once('open', opened)
  socket.on('error', () => {
    failed++
    if (socket.sentAt === undefined) opened()
  })
  socket.on('message', data => {
    latencies.push(performance.now() - socket.sentAt)
    if (data.toString() !== message) failed++
    if (!over) send(socket)
    else if (latencies.length === 1) report()
  })
}
