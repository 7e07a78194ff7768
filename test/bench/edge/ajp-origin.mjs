/**
 * Two application servers for mod_jk, which speaks AJP 1.3 and no HTTP to them. Packets from the web server begin with
 * 0x1234 and a length; ours begin with "AB".
 */
import { createServer } from 'node:net'
import { answers } from './scenarios.mjs'

const forwardRequest = 2
const ping = 10
const contentLength = 0xa008

const packet = payload => {
  const head = Buffer.from([0x41, 0x42, payload.length >> 8, payload.length & 0xff])
  return Buffer.concat([head, payload])
}
const number = value => Buffer.from([value >> 8, value & 0xff])
const string = text => Buffer.concat([number(text.length), Buffer.from(`${text}\0`, 'latin1')])

const pong = packet(Buffer.from([9]))
const endResponse = packet(Buffer.from([5, 1]))
const getBody = packet(Buffer.concat([Buffer.from([6]), number(8186)]))

const answer = (name, bytes) => {
  const headers = [
    ['Content-Type', 'text/plain'],
    ['X-Clone', name],
    ['Content-Length', String(bytes)],
  ]
  const sendHeaders = Buffer.concat([
    Buffer.from([4]),
    number(200),
    string('OK'),
    number(headers.length),
    ...headers.flatMap(pair => pair.map(string)),
  ])
  const chunks = []
  for (let left = bytes; left > 0; left -= 8000) {
    const text = 'a'.repeat(Math.min(left, 8000))
    chunks.push(packet(Buffer.concat([Buffer.from([3]), string(text)])))
  }
  return Buffer.concat([packet(sendHeaders), ...chunks, endResponse])
}

/** Path and length of the body of a forwarded request. */
const understand = payload => {
  // Prefix code and method come first.
  let at = 2
  const next = () => {
    const length = payload.readUInt16BE(at)
    at += 2
    if (length === 0xffff) return ''
    at += length + 1
    return payload.latin1Slice(at - 1 - length, at - 1)
  }
  const [, path] = [next(), next()]
  // Address and name of the client, name of the server; then its port, and whether it is on TLS.
  for (let i = 0; i < 3; i++) next()
  at += 3
  const headers = payload.readUInt16BE(at)
  at += 2
  for (let i = 0; i < headers; i++) {
    const code = payload.readUInt16BE(at)
    if (code >> 8 === 0xa0) at += 2
    else next()
    const value = next()
    if (code === contentLength) return { path, body: Number(value) }
  }
  return { path, body: 0 }
}

const serverOf = name => {
  const prepared = new Map(answers.map(({ path, bytes }) => [path, answer(name, bytes)]))
  const missing = answer(name, 0)
  return socket => {
    let left = Buffer.alloc(0)
    /** What is to be answered when the body is there. */
    let waiting = null
    socket.setNoDelay(true)
    socket.on('error', () => {})
    const finish = () => {
      socket.write(waiting.bytes)
      waiting = null
    }
    const body = payload => {
      waiting.missing -= payload.length < 2 ? 0 : payload.readUInt16BE(0)
      if (waiting.missing <= 0 || payload.length < 2) finish()
      else socket.write(getBody)
    }
    const message = payload => {
      if (waiting !== null) body(payload)
      else if (payload[0] === ping) socket.write(pong)
      else if (payload[0] === forwardRequest) {
        const { path, body: missingBytes } = understand(payload)
        waiting = { bytes: prepared.get(path) ?? missing, missing: missingBytes }
        if (missingBytes === 0) finish()
      }
    }
    socket.on('data', chunk => {
      let bytes = Buffer.concat([left, chunk])
      while (bytes.length >= 4) {
        const length = 4 + bytes.readUInt16BE(2)
        if (bytes.length < length) break
        message(bytes.subarray(4, length))
        bytes = bytes.subarray(length)
      }
      left = bytes
    })
  }
}

const listening = server =>
  new Promise(resolve => {
    server.listen(0, '127.0.0.1', () => resolve(server.address().port))
  })

const ports = {
  ajp1: await listening(createServer(serverOf('s1'))),
  ajp2: await listening(createServer(serverOf('s2'))),
}
process.on('disconnect', () => process.exit(0))
process.send({ ports })
