/**
 * The pipe: `node:http` in front, undici behind, in the form that costs least, and nothing else. No routing, no
 * affinity, no counters, no time-outs, no failover.
 *
 * Upgrades, which are no business of undici's, go over two sockets with a pipe each way.
 *
 * HELD=1: the first piece of the body waits for the second or the end, so that a small answer leaves in one write.
 */
import { connect } from 'node:net'
import { Pool } from 'undici'
import { badGateway, serve, target, undiciSettings } from './serve.mjs'

const pool = new Pool(target, undiciSettings)

const hopByHop = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
])
const lengths = new Set(Array.from(hopByHop, name => name.length))
const endsHere = name => lengths.has(name.length) && hopByHop.has(name.toLowerCase())

const forwarded = raw => {
  const list = []
  for (let i = 0; i < raw.length; i += 2) if (!endsHere(raw[i])) list.push(raw[i], raw[i + 1])
  return list
}

const returned = raw => {
  const list = []
  for (let i = 0; i < raw.length; i += 2) {
    const name = raw[i].latin1Slice()
    if (!endsHere(name)) list.push(name, raw[i + 1].latin1Slice())
  }
  return list
}

const left = new Error('the client has left')

class Pipe {
  constructor(response) {
    this.response = response
    this.abort = null
    this.over = false
    this.resume = null
    response.on('close', () => {
      if (!this.over) this.abort?.(left)
    })
  }

  onConnect(abort) {
    if (this.response.destroyed) abort(left)
    else this.abort = abort
  }

  onHeaders(status, raw, resume, reason) {
    if (status < 200) return true
    this.resume = resume
    this.response.writeHead(status, reason, returned(raw))
    return true
  }

  onData(chunk) {
    if (this.response.write(chunk)) return true
    this.response.once('drain', this.resume)
    return false
  }

  onComplete() {
    this.over = true
    this.response.end()
  }

  onError() {
    this.over = true
    badGateway(this.response)
  }
}

class HeldPipe extends Pipe {
  held = null
  flowing = false

  onData(chunk) {
    if (this.flowing) return super.onData(chunk)
    if (this.held === null) {
      this.held = chunk
      return true
    }
    this.response.write(this.held)
    this.held = null
    this.flowing = true
    return super.onData(chunk)
  }

  onComplete() {
    this.over = true
    if (this.held === null) this.response.end()
    else this.response.end(this.held)
  }
}

const Handler = process.env.HELD === '1' ? HeldPipe : Pipe

const forward = (request, response) => {
  const { method, url, rawHeaders } = request
  const body = method === 'GET' || method === 'HEAD' ? null : request
  pool.dispatch({ path: url, method, headers: forwarded(rawHeaders), body }, new Handler(response))
}

const tunnel = ({ method, url, rawHeaders }, client, head) => {
  const { hostname, port } = new URL(target)
  const lines = [`${method} ${url} HTTP/1.1`]
  for (let i = 0; i < rawHeaders.length; i += 2)
    lines.push(`${rawHeaders[i]}: ${rawHeaders[i + 1]}`)
  const server = connect({ host: hostname, port, noDelay: true }, () => {
    server.write(`${lines.join('\r\n')}\r\n\r\n`)
    server.write(head)
    client.pipe(server).pipe(client)
  })
  client.setNoDelay(true)
  client.on('error', () => server.destroy())
  server.on('error', () => client.destroy())
}

serve(forward, tunnel)
