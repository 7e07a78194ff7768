/**
 * Load from keep-alive connections over bare sockets, for machines without wrk: each connection sends a request, waits
 * for the whole answer, sends the next. Every answer must have status 200 and the announced length.
 *
 * The time runs from the first answer on: on a machine with much else to do a short one would be over by then.
 */
import { connect } from 'node:net'

const { port, requests, connections, seconds } = JSON.parse(process.env.LOAD)
const bytes = requests.map(text => Buffer.from(text, 'latin1'))
const latencies = []
let done = 0
let failed = 0
let next = 0
let over = false

const endOfHead = Buffer.from('\r\n\r\n')

const client = () => {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true })
  let sentAt = 0
  let missing = -1
  let head = Buffer.alloc(0)
  const send = () => {
    sentAt = performance.now()
    missing = -1
    socket.write(bytes[next++ % bytes.length])
  }
  const whole = () => {
    if (done === 0) begin()
    latencies.push(performance.now() - sentAt)
    done++
    if (over) socket.destroy()
    else send()
  }
  socket.on('connect', send)
  socket.on('error', () => failed++)
  socket.on('close', () => {
    if (!over) client()
  })
  socket.on('data', chunk => {
    if (missing >= 0) missing -= chunk.length
    else {
      head = head.length === 0 ? chunk : Buffer.concat([head, chunk])
      const end = head.indexOf(endOfHead)
      if (end < 0) return
      const text = head.latin1Slice(0, end)
      const [, length = 'none'] = /\r\ncontent-length: *(\d+)/i.exec(text) ?? []
      if (!text.startsWith('HTTP/1.1 200') || length === 'none') {
        failed++
        socket.destroy()
        return
      }
      missing = Number(length) - (head.length - end - endOfHead.length)
      head = Buffer.alloc(0)
    }
    if (missing <= 0) whole()
  })
}

let startedAt = performance.now()
for (let i = 0; i < connections; i++) client()

const begin = () => {
  startedAt = performance.now()
  clearTimeout(patience)
  setTimeout(finish, seconds * 1000)
}

const finish = () => {
  over = true
  latencies.sort((a, b) => a - b)
  const at = share => latencies[Math.floor((latencies.length - 1) * share)] ?? 0
  const result = {
    requests: done,
    failed,
    seconds: (performance.now() - startedAt) / 1000,
    p50: at(0.5),
    p99: at(0.99),
    p999: at(0.999),
  }
  process.send(result, () => process.exit(0))
}

/** Nobody has answered at all. */
const patience = setTimeout(finish, 10_000 + seconds * 1000)
