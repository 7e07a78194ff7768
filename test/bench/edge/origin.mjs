/**
 * Two application servers, s1 and s2, on bare sockets: as cheap as they can be, so that it is the proxy that is
 * measured. They read just enough of a request to know its path and where it ends.
 */
import { once } from 'node:events'
import { createServer } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'
import { WebSocketServer } from 'ws'
import { answers } from './scenarios.mjs'

const endOfHead = Buffer.from('\r\n\r\n')

const answer = (name, text) => {
  const lines = [
    'HTTP/1.1 200 OK',
    'Server: bench',
    'Date: Thu, 01 Jan 2026 00:00:00 GMT',
    'Content-Type: text/plain',
    `X-Clone: ${name}`,
    `Content-Length: ${text.length}`,
  ]
  return Buffer.from(`${lines.join('\r\n')}\r\n\r\n${text}`, 'latin1')
}

const serverOf = name => {
  const prepared = answers.map(({ path, bytes }) => [path, answer(name, 'a'.repeat(bytes))])
  const missing = answer(name, '')
  return socket => {
    let left = Buffer.alloc(0)
    socket.setNoDelay(true)
    socket.on('error', () => {})
    socket.on('data', chunk => {
      let bytes = left.length === 0 ? chunk : Buffer.concat([left, chunk])
      while (bytes.length > 0) {
        const end = bytes.indexOf(endOfHead)
        if (end < 0) break
        const head = bytes.latin1Slice(0, end)
        const length = bodyEnd(head, bytes, end + endOfHead.length)
        if (length < 0 || bytes.length < length) break
        const path = head.slice(head.indexOf(' ') + 1, head.indexOf(' ', head.indexOf(' ') + 1))
        socket.write(prepared.find(([known]) => known === path)?.[1] ?? missing)
        bytes = bytes.subarray(length)
      }
      left = bytes
    })
  }
}

/** Where the message ends; -1: not yet to be seen. */
const bodyEnd = (head, bytes, start) => {
  const [, length] = /\r\ncontent-length: *(\d+)/i.exec(head) ?? []
  if (length !== undefined) return start + Number(length)
  if (!/\r\ntransfer-encoding: *chunked/i.test(head)) return start
  const last = bytes.indexOf('0\r\n\r\n', start, 'latin1')
  return last < 0 ? -1 : last + 5
}

const listening = (server, port = 0) =>
  new Promise(resolve => {
    server.listen(port, '127.0.0.1', () => resolve(server.address().port))
  })

const echo = new WebSocketServer({ port: 0, host: '127.0.0.1' })
await once(echo, 'listening')
echo.on('connection', socket => {
  socket.on('error', () => {})
  socket.on('message', (data, isBinary) => socket.send(data, { binary: isBinary }))
})

const { KEY: key, CERTIFICATE: cert } = process.env
const ports = {
  echo: echo.address().port,
  s1: await listening(createServer(serverOf('s1'))),
  s2: await listening(createServer(serverOf('s2'))),
  tls1: key ? await listening(createTlsServer({ key, cert }, serverOf('s1'))) : 0,
  tls2: key ? await listening(createTlsServer({ key, cert }, serverOf('s2'))) : 0,
}
process.on('disconnect', () => process.exit(0))
process.send({ ports })
