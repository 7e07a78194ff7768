import { once } from 'node:events'
import http, { type ServerResponse } from 'node:http'
import http2 from 'node:http2'
import net, { type Server, type Socket } from 'node:net'
import { Duplex } from 'node:stream'
import tls from 'node:tls'
import t, { type Test } from 'tap'
import { straightTo } from '../../src/edge/straight-to.ts'
import { serverCertificate, serverKey } from '../support/certificates.ts'
import { listen } from '../support/loopback.ts'

/** The response of a request that has just come. */
const response = async (t: Test, request = 'GET / HTTP/1.1'): Promise<ServerResponse[]> => {
  const responses: ServerResponse[] = []
  const server = http.createServer((_, response) => responses.push(response))
  const port = await listen(t, server)
  const socket = net.connect(port, '127.0.0.1')
  t.teardown(() => socket.destroy())
  socket.write(`${request}\r\nHost: a\r\n\r\n`)
  await once(server, 'request')
  await new Promise(setImmediate)
  return responses
}

const first = async (t: Test): Promise<ServerResponse & { readonly socket: Socket }> =>
  (await response(t))[0] as ServerResponse & { readonly socket: Socket }

t.test('what is written to a response of Node goes to its socket and nowhere else', async t => {
  const plain = await first(t)
  t.equal(straightTo(plain), plain.socket)
  plain.write('a piece')
  t.equal(straightTo(plain), plain.socket, 'after a write')
  plain.cork()
  plain.write('another')
  // Node 20 gives it to the socket at once, later versions when it is not corked any more.
  const held = plain.writableLength > plain.socket.writableLength
  t.equal(straightTo(plain), held ? null : plain.socket, 'corked')
  plain.uncork()
  plain.end('the end')
  t.equal(straightTo(plain), plain.socket, 'after its end')
})

t.test('somebody sees it who has put a function of his own in the place of', async t => {
  for (const name of ['write', 'end'] as const) {
    const seen = await first(t)
    const own = seen[name] as (...args: unknown[]) => unknown
    Object.assign(seen, { [name]: (...args: unknown[]) => own.apply(seen, args) })
    t.equal(straightTo(seen), null, `response.${name}`)
  }
  for (const name of ['write', '_write', '_writev', '_writeGeneric']) {
    const seen = await first(t)
    Object.assign(seen.socket, { [name]: () => true })
    t.equal(straightTo(seen), null, `socket.${name}`)
  }
  for (const name of ['_send', '_writeRaw']) {
    const seen = await first(t)
    Object.assign(seen, { [name]: () => true })
    t.equal(straightTo(seen), null, `response.${name}`)
  }
  class Wrapped extends http.ServerResponse {
    override write(): boolean {
      return true
    }
  }
  const wrapped = await first(t)
  Object.setPrototypeOf(wrapped, Wrapped.prototype)
  t.equal(straightTo(wrapped), null, 'a method of a class')
})

t.test('nor may he have done so for all sockets', async t => {
  const everyone = await first(t)
  const prototype = net.Socket.prototype as unknown as Record<string, unknown>
  for (const name of ['write', '_write', '_writev', '_writeGeneric']) {
    const { [name]: before } = prototype
    const inherited = !Object.hasOwn(prototype, name)
    prototype[name] = () => true
    const found = straightTo(everyone)
    if (inherited) delete prototype[name]
    else prototype[name] = before
    // Not before: the words of a test go through a socket too.
    t.equal(found, null, name)
    t.equal(straightTo(everyone), everyone.socket)
  }
})

t.test('an answer behind another one has no socket yet', async t => {
  const [, second] = await response(t, 'GET / HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1')
  t.ok(second)
  if (second !== undefined) t.equal(straightTo(second), null)
})

t.test('what a socket does not take any more stays with the response', async t => {
  const late = await first(t)
  late.writeHead(200)
  late.socket.end()
  late.write('too late')
  t.equal(straightTo(late), null)
})

t.test('a connection that is no socket may do with it what it likes', async t => {
  const server = http.createServer()
  const request = once(server, 'request')
  const connection = new Duplex({ read() {}, write: (_, __, done) => done() })
  server.emit('connection', connection)
  connection.push('GET / HTTP/1.1\r\nHost: a\r\n\r\n')
  const [, response] = await request
  t.equal(straightTo(response), null)
  connection.destroy()
})

t.test('a TLS connection is a socket: it makes other bytes of what it gets', async t => {
  const server = tls.createServer({ key: serverKey, cert: serverCertificate })
  const web = http.createServer()
  server.on('secureConnection', socket => web.emit('connection', socket))
  const port = await listen(t, server)
  const client = tls.connect({ port, host: '127.0.0.1', rejectUnauthorized: false })
  t.teardown(() => client.destroy())
  client.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n')
  const [, response] = await once(web, 'request')
  t.ok(straightTo(response))
  t.equal(straightTo(response), response.socket)
})

t.test('HTTP/2 has streams in between', async t => {
  const server = http2.createServer()
  const port = await listen(t, server as unknown as Server)
  const client = http2.connect(`http://127.0.0.1:${port}`)
  t.teardown(() => client.destroy())
  client.request({ ':path': '/' }).on('error', () => {})
  const [, response] = await once(server, 'request')
  t.equal(straightTo(response), null)
})
