/**
 * Load from keep-alive connections over bare sockets. Without a rate, for machines without wrk: each connection sends a
 * request, waits for the whole answer, sends the next. With a rate requests become due so many times a second, whatever
 * becomes of those before; each goes to a connection that is free, or waits for one, and its time runs from when it was
 * due. The times of the first second are left out then. Every answer must have status 200 and the announced length.
 *
 * The time runs from the first answer on: on a machine with much else to do a short one would be over by then.
 */
import { connect } from 'node:net'

const { port, requests, connections, seconds, rate } = JSON.parse(process.env.LOAD)
const bytes = requests.map(text => Buffer.from(text, 'latin1'))
const latencies = []
let done = 0
let failed = 0
let next = 0
let over = false

const endOfHead = Buffer.from('\r\n\r\n')

/** What sends on connections that have nothing to do, and when requests were due that found none. */
const free = []
const late = []

const client = () => {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true })
  let dueAt = 0
  let missing = -1
  let head = Buffer.alloc(0)
  const send = due => {
    dueAt = due
    missing = -1
    socket.write(bytes[next++ % bytes.length])
  }
  const sendNow = () => send(performance.now())
  const goOn = () => {
    if (rate === undefined) sendNow()
    else if (late.length > 0) send(late.shift())
    else free.push(send)
  }
  const whole = () => {
    if (!begun) begin()
    if (rate === undefined || dueAt >= startedAt) done++
    if (rate === undefined || dueAt >= startedAt + settleMs) {
      latencies.push(performance.now() - dueAt)
    }
    if (over) socket.destroy()
    else goOn()
  }
  // With a rate, too: that of a connection is the first of many, and does not count.
  socket.on('connect', sendNow)
  socket.on('error', () => failed++)
  socket.on('close', () => {
    const at = free.indexOf(send)
    if (at >= 0) free.splice(at, 1)
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

/** For so long this program is being compiled, and what it waits for itself would be a latency. */
const settleMs = Math.min(1000, seconds * 500)

let begun = false
let startedAt = performance.now()
for (let i = 0; i < connections; i++) client()

const begin = () => {
  begun = true
  startedAt = performance.now()
  if (rate !== undefined) setInterval(sendWhatIsDue, 1)
  clearTimeout(patience)
  setTimeout(finish, seconds * 1000)
}

let due = 0

const sendWhatIsDue = () => {
  const now = performance.now()
  for (; due < ((now - startedAt) / 1000) * rate; due++) {
    const send = free.pop()
    if (send === undefined) late.push(now)
    else send(now)
  }
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
