import http, { type IncomingMessage, type ServerResponse } from 'node:http'
import http2 from 'node:http2'
import https from 'node:https'
import net, { type AddressInfo, type Socket } from 'node:net'
import tls from 'node:tls'
import express from 'express'
import Fastify from 'fastify'
import t, { type Test } from 'tap'
import { closeTogether } from '../../src/edge/close-together.ts'
import { createEdge, type Edge } from '../../src/edge/edge.ts'
import { serverCertificate, serverKey } from '../support/certificates.ts'
import { curl, noCurl } from '../support/curl.ts'
import { edgeConfig } from '../support/edge-config.ts'
import {
  edgeOn,
  eventually,
  fields,
  listen,
  origin,
  rawAsk,
  rawOrigin,
} from '../support/loopback.ts'

// Requests with an Upgrade field that are no upgrades (RFC 9110 7.8): the edge gives them back to the server of the host.

const offer = 'Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n'

const head = (line: string, ...lines: readonly string[]): string =>
  `${line} HTTP/1.1\r\nHost: h\r\n${lines.map(field => `${field}\r\n`).join('')}`

const posting = (body: string, path = '/p', fields = offer): string =>
  `${head(`POST ${path}`, `Content-Length: ${body.length}`)}${fields}\r\n${body}`

/** An application server that says what it was asked, and what came with it. */
const telling = (t: Test) =>
  origin(t, (_, response, seen) => response.end(`[${seen.method} ${seen.url} ${seen.body}]`))

const connected = (t: Test, socket: Socket) => {
  const client = { socket, text: '', ended: false, closed: false }
  socket.on('data', chunk => {
    client.text += chunk.toString('latin1')
  })
  socket.on('end', () => {
    client.ended = true
  })
  socket.on('error', () => {})
  socket.on('close', () => {
    client.closed = true
  })
  t.teardown(() => socket.destroy())
  return client
}

/** A connection that stays. */
const connect = (t: Test, port: number) =>
  connected(t, net.connect({ port, host: '127.0.0.1', noDelay: true, allowHalfOpen: true }))

type Client = ReturnType<typeof connected>

const answers = ({ text }: Client): readonly string[] => text.match(/\[[^\]]*\]/g) ?? []

const statuses = ({ text }: Client): readonly string[] =>
  [...text.matchAll(/HTTP\/1\.1 (\d\d\d)/g)].map(([, status]) => status ?? '')

/** Asks, and waits for as many answers as have come by then. */
const askOn = async (client: Client, bytes: string, expected: number): Promise<void> => {
  client.socket.write(bytes, 'latin1')
  await eventually(() => answers(client).length >= expected || client.closed)
}

t.test('a POST with an offer of h2c is served, and its connection stays open', async t => {
  const server = await telling(t)
  const { port, records, edge } = await edgeOn(t, edgeConfig([{ port: server.port }]))
  const client = connect(t, port)
  await askOn(client, posting('first'), 1)
  await askOn(client, posting('', '/next', ''), 2)
  await askOn(client, posting('third'), 3)
  t.strictSame(answers(client), ['[POST /p first]', '[POST /next ]', '[POST /p third]'])
  t.notMatch(client.text, /Connection: close/i)
  for (const { rawHeaders } of server.seen) {
    for (const name of ['upgrade', 'http2-settings']) t.strictSame(fields(rawHeaders, name), [])
  }
  t.match(records, [{ status: 200 }, { status: 200 }, { status: 200 }])
  t.equal(edge.counters().requests, 3, 'each is counted once')
})

t.test('a body in chunks, with trailers behind it', async t => {
  const server = await telling(t)
  const { port } = await edgeOn(t, edgeConfig([{ port: server.port }]))
  const client = connect(t, port)
  const chunked = `${head('POST /c', 'Transfer-Encoding: chunked')}${offer}\r\n3\r\nabc\r\n2\r\nde\r\n0\r\nX-T: t\r\n\r\n`
  await askOn(client, chunked + posting('behind'), 2)
  t.strictSame(answers(client), ['[POST /c abcde]', '[POST /p behind]'])
  t.strictSame(server.seen[0]?.trailers, ['X-T', 't'])
})

t.test('head and body in packets of one byte', async t => {
  const server = await telling(t)
  const { port } = await edgeOn(t, edgeConfig([{ port: server.port }]))
  const client = connect(t, port)
  for (const byte of posting('slowly')) {
    client.socket.write(byte)
    await new Promise(resolve => setImmediate(resolve))
  }
  await eventually(() => answers(client).length === 1)
  t.strictSame(answers(client), ['[POST /p slowly]'])
})

t.test('a GET that offers only h2c keeps its connection too', async t => {
  const server = await telling(t)
  const { port } = await edgeOn(t, edgeConfig([{ port: server.port }]))
  const client = connect(t, port)
  const get = `${head('GET /g')}${offer}\r\n`
  await askOn(client, get, 1)
  await askOn(client, get + get, 3)
  t.strictSame(answers(client), ['[GET /g ]', '[GET /g ]', '[GET /g ]'])
  t.notOk(client.ended)
})

t.test('hundreds of them on a connection leave nothing behind', async t => {
  const server = await telling(t)
  const { port, server: front } = await edgeOn(t, edgeConfig([{ port: server.port }]))
  const sockets: Socket[] = []
  front.on('connection', socket => sockets.push(socket))
  const client = connect(t, port)
  const listeners = (): unknown => {
    const [socket] = sockets
    return socket?.eventNames().map(name => [name, socket.listenerCount(name)])
  }
  await askOn(client, posting('0'), 1)
  await new Promise(resolve => setImmediate(resolve))
  const before = JSON.stringify(listeners())
  for (let n = 1; n < 300; n++) await askOn(client, posting(String(n)), n + 1)
  await new Promise(resolve => setImmediate(resolve))
  t.equal(answers(client).at(-1), '[POST /p 299]')
  t.equal(JSON.stringify(listeners()), before)
  t.equal(sockets.length, 1, 'the host hears of one connection')
  const count = await new Promise<number>(resolve => front.getConnections((_, n) => resolve(n)))
  t.equal(count, 1)
  front.closeIdleConnections()
  await eventually(() => client.ended || client.closed)
  t.pass('between two requests it is idle to the server')
})

t.test('requests pipelined before and behind it are answered in order', async t => {
  const held: ServerResponse[] = []
  const server = await origin(t, (_, response, seen) => {
    if (seen.url === '/slow') held.push(response)
    else response.end(`[${seen.url} ${seen.body}]`)
  })
  const { port, server: front } = await edgeOn(t, edgeConfig([{ port: server.port }]))
  // Shorter than an answer takes: it belongs to connections between two requests.
  front.keepAliveTimeout = 1
  const client = connect(t, port)
  client.socket.write(
    posting('1', '/slow', '') + posting('2', '/b') + posting('3', '/c', '') + posting('4', '/d'),
  )
  await eventually(() => held.length === 1)
  await new Promise(resolve => setTimeout(resolve, 20))
  t.equal(client.text, '', 'an answer that is not its turn is not sent')
  held[0]?.end('[/slow 1]')
  await eventually(() => answers(client).length === 4)
  t.strictSame(answers(client), ['[/slow 1]', '[/b 2]', '[/c 3]', '[/d 4]'])
})

t.test('a slow answer is not cut by the time limit of a connection without requests', async t => {
  const held: ServerResponse[] = []
  const server = await origin(t, (_, response, seen) => {
    if (seen.url === '/held') held.push(response)
    else response.end('[now]')
  })
  const { port, server: front } = await edgeOn(t, edgeConfig([{ port: server.port }]))
  front.keepAliveTimeout = 10
  const client = connect(t, port)
  client.socket.write(posting('1', '/now', '') + posting('2', '/held'))
  await eventually(() => held.length === 1)
  // Longer than that limit and what Node adds to it.
  await new Promise(resolve => setTimeout(resolve, 1500))
  held[0]?.end('[held]')
  await eventually(() => answers(client).length === 2 || client.closed)
  t.strictSame(answers(client), ['[now]', '[held]'])
})

t.test(
  'a large answer before it, read slowly, comes whole, and no byte of the body is lost',
  async t => {
    const size = 8_000_000
    const server = await origin(t, (_, response, seen) =>
      response.end(seen.url === '/large' ? 'x'.repeat(size) : `[${seen.body.length} bytes]`),
    )
    const { port } = await edgeOn(t, edgeConfig([{ port: server.port }]))
    const client = connect(t, port)
    client.socket.pause()
    const get = `${head('GET /large')}\r\n`
    client.socket.write(get + get + posting('y'.repeat(200_000)) + posting('z'.repeat(70_000)))
    await eventually(() => server.seen.length >= 1)
    await new Promise(resolve => setTimeout(resolve, 100))
    client.socket.resume()
    await eventually(() => answers(client).length === 2 || client.closed)
    t.strictSame(answers(client), ['[200000 bytes]', '[70000 bytes]'])
    t.equal(client.text.match(/x{1000}/g)?.length, (2 * size) / 1000)
  },
)

t.test('no byte of it is lost when Node goes on with a connection that it had paused', async t => {
  const held: ServerResponse[] = []
  const server = await origin(t, (_, response, seen) => {
    if (seen.url === '/first') held.push(response)
    else response.end(seen.url === '/large' ? 'x'.repeat(500_000) : `[${seen.body}]`)
  })
  const { port } = await edgeOn(t, edgeConfig([{ port: server.port }]))
  const client = connect(t, port)
  // The large answer has to wait for its turn, so that Node reads no more behind the next request.
  client.socket.write(`${head('GET /first')}\r\n${head('GET /large')}\r\n`)
  await eventually(() => held.length === 1 && server.seen.length === 2)
  await new Promise(resolve => setTimeout(resolve, 50))
  const [start, rest] = ['abc', 'def']
  const offered = `${head('POST /p', 'Content-Length: 6')}${offer}\r\n`
  client.socket.write(`${posting('plain', '/p', '')}${offered}${start}`)
  await new Promise(resolve => setTimeout(resolve, 50))
  client.socket.write(rest)
  await new Promise(resolve => setTimeout(resolve, 50))
  held[0]?.end('[first]')
  await eventually(() => answers(client).length === 3 || client.closed)
  t.strictSame(answers(client), ['[first]', '[plain]', '[abcdef]'])
})

t.test('the answer before it takes the connection with it', async t => {
  const server = await telling(t)
  const edge = await createEdge({ config: edgeConfig([{ port: server.port }]) })
  t.teardown(() => edge.close())
  const held: ServerResponse[] = []
  const front = http.createServer((_, response) => held.push(response))
  front.on('upgrade', (request, socket, head) => edge.upgrade(request, socket, head))
  const client = connect(t, await listen(t, front))
  client.socket.write(posting('1', '/a', '') + posting('never'))
  await eventually(() => held.length === 1)
  held[0]?.setHeader('Connection', 'close').end('[last]')
  await eventually(() => client.ended)
  t.strictSame(answers(client), ['[last]'])
  t.equal(held.length, 1)
})

t.test('a client that ends its side early is treated as without the offer', async t => {
  const server = await telling(t)
  const { port, edge } = await edgeOn(t, edgeConfig([{ port: server.port }]))
  for (const fields of ['', offer]) {
    const client = connect(t, port)
    client.socket.end(posting('1', '/a', fields))
    await eventually(() => client.ended)
    t.strictSame(answers(client), [], 'Node ends its side as well, answer or not')
    await eventually(() => edge.counters().running === 0)
    const second = connect(t, port)
    second.socket.end(posting('1', '/a', fields).slice(0, -1))
    await eventually(() => second.ended)
    t.match(second.text, /^HTTP\/1\.1 400 /, 'a body that is not whole')
    await eventually(() => edge.counters().running === 0)
  }
})

t.test('a client that leaves in the middle of the body frees everything', async t => {
  const server = await telling(t)
  const {
    port,
    records,
    edge,
    server: front,
  } = await edgeOn(t, edgeConfig([{ port: server.port }]))
  for (const bytes of [
    `${head('POST /p', 'Content-Length: 100')}${offer}\r\nonly this`,
    `${head('POST /p', 'Transfer-Encoding: chunked')}${offer}\r\n5\r\nab`,
  ]) {
    const before = edge.counters().requests
    const client = connect(t, port)
    client.socket.write(bytes)
    await eventually(() => edge.counters().requests === before + 1)
    client.socket.resetAndDestroy()
  }
  await eventually(() => records.length === 2)
  t.match(records, [{ result: 'client-aborted' }, { result: 'client-aborted' }])
  t.equal(edge.counters().running, 0)
  const open = (): Promise<number> =>
    new Promise(resolve => front.getConnections((_, count) => resolve(count)))
  while ((await open()) > 0) await new Promise(resolve => setImmediate(resolve))
  t.equal(server.seen.length, 0)
})

t.test('a client that leaves while an answer before it is under way', async t => {
  let reached = false
  const server = await rawOrigin(t, socket => {
    socket.on('data', () => {
      reached = true
    })
  })
  const { port, records, edge } = await edgeOn(t, edgeConfig([{ port: server }]))
  const client = connect(t, port)
  client.socket.write(`${head('GET /slow')}\r\n${posting('x')}`)
  await eventually(() => reached)
  client.socket.resetAndDestroy()
  await eventually(() => records.length === 1)
  t.match(records, [{ result: 'client-aborted', url: '/slow' }])
  t.equal(edge.counters().running, 0)
})

t.test('a huge body waits for a server that does not read', async t => {
  let resume = (): void => {}
  let received = 0
  const server = await rawOrigin(t, socket => {
    socket.pause()
    resume = () => socket.resume()
    socket.on('data', chunk => {
      received += chunk.length
      if (received > size) socket.end('HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n[done]')
    })
  })
  const size = 30_000_000
  const { port } = await edgeOn(t, edgeConfig([{ port: server }]))
  const client = connect(t, port)
  client.socket.write(`${head('POST /huge', `Content-Length: ${size}`)}${offer}\r\n`)
  client.socket.write(Buffer.alloc(size, 0x61))
  let last = -1
  while (last !== client.socket.writableLength) {
    last = client.socket.writableLength
    await new Promise(resolve => setTimeout(resolve, 100))
  }
  t.ok(last > 0, 'most of it has to wait')
  resume()
  await eventually(() => answers(client).length === 1 || client.closed)
  t.strictSame(answers(client), ['[done]'])
})

t.test('Expect: 100-continue with it', async t => {
  const server = await telling(t)
  const { port } = await edgeOn(t, edgeConfig([{ port: server.port }]))
  const client = connect(t, port)
  client.socket.write(`${head('POST /e', 'Expect: 100-continue', 'Content-Length: 4')}${offer}\r\n`)
  await eventually(() => client.text.includes('\r\n\r\n'))
  t.match(client.text, /^HTTP\/1\.1 100 Continue\r\n\r\n$/)
  await askOn(client, 'body', 1)
  t.strictSame(answers(client), ['[POST /e body]'])
})

t.test('Expect: 100-continue with it, where the edge says it', async t => {
  const server = await telling(t)
  const { port, edge, server: front } = await edgeOn(t, edgeConfig([{ port: server.port }]))
  front.on('checkContinue', edge.handler)
  const client = connect(t, port)
  client.socket.write(`${head('POST /e', 'Expect: 100-continue', 'Content-Length: 4')}${offer}\r\n`)
  await eventually(() => client.text.includes('\r\n\r\n'))
  await askOn(client, 'body', 1)
  t.strictSame(statuses(client), ['100', '200'])
})

/** What an application server gets of a request, in the order in which it comes. */
const forwarded = async (t: Test, bytes: string) => {
  const server = await origin(t)
  const { port } = await edgeOn(t, edgeConfig([{ port: server.port }]))
  const text = await rawAsk(port, bytes, all => all.endsWith('ok') || /HTTP\/1\.1 4/.test(all))
  return { text, seen: server.seen }
}

t.test('E17 the head is read as it would have been without the offer', async t => {
  const odd = [
    'X-Twice: 1',
    'Cookie: a=1; b="2"',
    'x-twice:2',
    'X-Empty:',
    'X-Bytes: \xe4\xff\x80 \t end',
    'X-Comma: a,, b',
    'Content-Length: 3',
    'Cookie: c=3',
  ]
  for (const target of ['/a;v=1/%2e%2e/b?c=%00&d', 'http://other.example/x?y', '//x/y']) {
    const line = `POST ${target}`
    const plain = await forwarded(t, `${head(line, ...odd)}\r\nabc`)
    const offered = await forwarded(t, `${head(line, ...odd)}${offer}\r\nabc`)
    t.equal(plain.seen.length, 1)
    const told = ({ seen: [request] }: typeof plain): unknown => ({
      ...request,
      // The port differs.
      rawHeaders: request?.rawHeaders.filter((_, index, all) => all[index - 1] !== '$WSSP'),
    })
    t.strictSame(told(offered), told(plain), target)
  }
})

t.test('what Connection names besides loses no more than without the offer', async t => {
  for (const connection of [
    'Upgrade, Content-Length, Host, Cookie, $WSRA',
    'upgrade ,\tHTTP2-SETTINGS,X-Own',
    'X-Own, UPGRADE',
    ',,Upgrade,,',
  ]) {
    const fieldsOf = `X-Own: 1\r\nCookie: c=1\r\nUpgrade: h2c\r\nConnection: ${connection}\r\nConnection: Transfer-Encoding\r\n`
    const { text, seen } = await forwarded(t, posting('abc', '/p', fieldsOf))
    t.match(text, /^HTTP\/1\.1 200 /, connection)
    t.match(seen, [{ body: 'abc' }])
    const raw = seen[0]?.rawHeaders ?? []
    t.strictSame(fields(raw, 'cookie'), ['c=1'])
    t.strictSame(fields(raw, 'x-own'), /x-own/i.test(connection) ? [] : ['1'])
    t.strictSame(fields(raw, 'upgrade'), [])
  }
})

t.test('close and HTTP/1.0 hold as they do without the offer', async t => {
  const server = await telling(t)
  const { port } = await edgeOn(t, edgeConfig([{ port: server.port }]))
  const closing = posting('a', '/p', 'Connection: Upgrade, close\r\nUpgrade: h2c\r\n')
  t.match(await rawAsk(port, closing), /\r\nConnection: close\r\n[\s\S]*\[POST \/p a\]$/i)
  t.match(await rawAsk(port, posting('a').replace('1.1', '1.0')), /\[POST \/p a\]$/)
})

t.test('what is no request without the offer is none with it', async t => {
  const refused = [
    head('POST /', 'Content-Length: 3', 'Transfer-Encoding: chunked'),
    head('POST /', 'Content-Length: 3', 'Content-Length: 4'),
    head('POST /', 'Content-Length: +3'),
    head('POST /', 'Transfer-Encoding: chunked, identity'),
    head('POST /', 'Transfer-Encoding: x'),
    head('POST /', 'Content-Length : 3'),
    head('POST /', 'X: a\rb', 'Content-Length: 3'),
    'POST / HTTP/1.1\r\nContent-Length: 3\r\n',
    head('POST /', 'Content-Length: 3').replace('1.1', '2.0'),
    head('POST /', 'Content-Length: 3').replace('Host: h', 'Host: h\r\nHost: i'),
  ]
  const smuggled = 'GET /smuggled HTTP/1.1\r\nHost: h\r\n\r\n'
  for (const start of refused) {
    const { text, seen } = await forwarded(t, `${start}${offer}\r\nabc${smuggled}`)
    t.match(text, /^HTTP\/1\.1 4\d\d /, JSON.stringify(start))
    t.equal(seen.length, 0, 'nothing of it reaches a server')
  }
})

t.test('more fields than Node keeps: its body is never read as a request', async t => {
  const server = await telling(t)
  const { port, server: front } = await edgeOn(t, edgeConfig([{ port: server.port }]))
  const smuggled = 'GET /smuggled HTTP/1.1\r\nHost: h\r\n\r\n'
  const length = `Content-Length: ${smuggled.length}\r\n`
  for (const [most, many] of [
    [null, 1100],
    [40, 50],
  ] as const) {
    front.maxHeadersCount = most
    for (const filled of [
      `${offer}${'a:\r\n'.repeat(many)}${length}`,
      `${length}${'a:\r\n'.repeat(many)}${offer}`,
    ]) {
      const client = connect(t, port)
      client.socket.write(`${head('POST /p')}${filled}\r\n${smuggled}`)
      await eventually(() => client.ended)
      t.equal(statuses(client).length, 1)
    }
  }
  front.maxHeadersCount = 0
  const client = connect(t, port)
  await askOn(client, posting('abc', '/p', `${'a:\r\n'.repeat(1100)}${offer}`), 1)
  t.strictSame(answers(client), ['[POST /p abc]'], 'without a limit none is dropped')
  t.notOk(server.seen.some(({ url }) => url === '/smuggled'))
})

t.test('what only a lenient parser takes is not given back', async t => {
  const server = await telling(t)
  const edge = await createEdge({ config: edgeConfig([{ port: server.port }]) })
  t.teardown(() => edge.close())
  const front = http.createServer({ insecureHTTPParser: true }, edge.handler)
  front.on('upgrade', (request, socket, head) => edge.upgrade(request, socket, head))
  const port = await listen(t, front)
  const odd = `X-Odd: a\x01b\r\n${offer}`
  t.match(await rawAsk(port, posting('abc', '/p', odd)), /^HTTP\/1\.1 400 /)
  t.equal(server.seen.length, 0)
})

t.test('a limit of requests per connection cannot be passed by', async t => {
  const server = await telling(t)
  const { port, server: front } = await edgeOn(t, edgeConfig([{ port: server.port }]))
  front.maxRequestsPerSocket = 2
  const client = connect(t, port)
  client.socket.write(posting('1'))
  await eventually(() => client.ended)
  t.match(client.text, /\r\nConnection: close\r\n[\s\S]*\[POST \/p 1\]$/i)
})

t.test('over TLS', async t => {
  const server = await telling(t)
  const config = edgeConfig([{ port: server.port }], { settings: { useInsecure: true } })
  const edge = await createEdge({ config })
  t.teardown(() => edge.close())
  const files = { cert: serverCertificate, key: serverKey }
  for (const front of [
    https.createServer(files, edge.handler),
    http2.createSecureServer({ ...files, allowHTTP1: true }, edge.handler),
  ]) {
    front.on('upgrade', (request, socket, head) => edge.upgrade(request, socket, head))
    const port = await listen(t, front)
    const client = connected(
      t,
      tls.connect({
        port,
        host: '127.0.0.1',
        rejectUnauthorized: false,
        ALPNProtocols: ['http/1.1'],
      }),
    )
    await askOn(client, posting('first'), 1)
    await askOn(client, posting('second') + posting('third'), 3)
    t.strictSame(answers(client), ['[POST /p first]', '[POST /p second]', '[POST /p third]'])
    t.match(fields(server.seen.at(-1)?.rawHeaders ?? [], '$WSSC'), ['https'])
  }
})

const bodyOf = async (request: IncomingMessage): Promise<string> => {
  let text = ''
  for await (const chunk of request) text += chunk
  return text
}

/** Hosts with a page of their own behind the edge, and something of their own before it. */
const hosts: Readonly<Record<string, (t: Test, edge: Edge) => Promise<number>>> = {
  Express: async (t, edge) => {
    const app = express()
    app.use((_, response, next) => {
      response.setHeader('X-Host', 'was asked')
      next()
    })
    app.use(edge.handler)
    app.post('/own', async (request, response) => {
      response.end(`[own ${await bodyOf(request)}]`)
    })
    return listen(t, http.createServer(app).on('upgrade', edge.upgrade))
  },
  Fastify: async (t, edge) => {
    const app = Fastify()
    app.addHook('onRequest', async (_, reply) => {
      reply.raw.setHeader('X-Host', 'was asked')
    })
    await app.register(edge.fastify)
    app.addContentTypeParser('*', { parseAs: 'string' }, (_, body, done) => done(null, body))
    app.post('/own', async request => `[own ${request.body}]`)
    app.server.on('upgrade', edge.upgrade)
    await app.listen({ port: 0, host: '127.0.0.1' })
    t.teardown(() => app.close())
    return (app.server.address() as AddressInfo).port
  },
}

for (const [name, open] of Object.entries(hosts)) {
  t.test(`${name} sees it as the ordinary request that it is`, async t => {
    const server = await telling(t)
    const config = edgeConfig([{ port: server.port }], { uri: '/app/*' })
    const edge = await createEdge({ config })
    t.teardown(() => edge.close())
    const client = connect(t, await open(t, edge))
    await askOn(client, posting('a', '/app/a'), 1)
    await askOn(client, posting('b', '/own', `${offer}Content-Type: text/odd\r\n`), 2)
    await askOn(client, posting('c', '/app/c'), 3)
    t.strictSame(answers(client), ['[POST /app/a a]', '[own b]', '[POST /app/c c]'])
    t.equal(client.text.match(/X-Host: was asked/gi)?.length, 3)
  })
}

t.test('another upgrade with a body is the business of a next, where there is one', async t => {
  const server = await telling(t)
  const edge = await createEdge({ config: edgeConfig([{ port: server.port }], { uri: '/app/*' }) })
  t.teardown(() => edge.close())
  const front = http.createServer(edge.handler)
  front.on('upgrade', (request, socket, head) =>
    edge.upgrade(request, socket, head, () => socket.end(`[raw ${head}]`)),
  )
  const port = await listen(t, front)
  const attach = 'Connection: Upgrade\r\nUpgrade: tcp\r\n'
  t.equal(await rawAsk(port, posting('{}', '/attach', attach)), '[raw {}]')
  t.match(await rawAsk(port, posting('{}', '/app/attach', attach)), /^HTTP\/1\.1 400 /)
  const client = connect(t, port)
  await askOn(client, posting('x', '/app/x'), 1)
  t.strictSame(answers(client), ['[POST /app/x x]'], 'an offer of h2c is none')
  const other = await rawAsk(port, posting('x', '/other'), text => text.includes('</html>'))
  t.match(other, /^HTTP\/1\.1 404 /, 'nor on a path that no route matches')
})

t.test('a host that has no requests to serve keeps what it had', async t => {
  const server = await telling(t)
  const edge = await createEdge({ config: edgeConfig([{ port: server.port }]) })
  t.teardown(() => edge.close())
  const front = http.createServer().on('upgrade', edge.upgrade)
  const port = await listen(t, front)
  t.match(await rawAsk(port, posting('x')), /^HTTP\/1\.1 400 /)
  t.match(await rawAsk(port, `${head('GET /g')}${offer}\r\n`), /\[GET \/g \]$/)
})

t.test('a close waits for it as for any other request', async t => {
  let answer = (): void => {}
  const server = await origin(t, (_, response) => {
    answer = () => response.end('[late]')
  })
  const edge = await createEdge({ config: edgeConfig([{ port: server.port }]) })
  const front = http.createServer(edge.handler).on('upgrade', edge.upgrade)
  const together = closeTogether(edge, front)
  const port = await listen(t, front)
  const client = connect(t, port)
  client.socket.write(posting('x'))
  await eventually(() => server.seen.length === 1)
  const closed = together()
  await new Promise(resolve => setImmediate(resolve))
  answer()
  await closed
  await eventually(() => client.ended)
  t.match(client.text, /\r\nConnection: close\r\n[\s\S]*\[late\]$/i)
})

t.test('curl --http2 with a body', { skip: noCurl() }, async t => {
  const server = await telling(t)
  const { url } = await edgeOn(t, edgeConfig([{ port: server.port }]))
  const expected = { exit: 0, status: 200, version: '1.1' }
  t.match(await curl(['--http2', '-d', 'a=1', `${url}/c`]), { ...expected, body: '[POST /c a=1]' })
  const chunked = ['--http2', '-H', 'Transfer-Encoding: chunked', '-d', 'a=1', `${url}/c`]
  t.match(await curl(chunked), { ...expected, body: '[POST /c a=1]' })
  const waiting = ['--http2', '-H', 'Expect: 100-continue', '-d', 'a=1', `${url}/c`]
  t.match(await curl(waiting), { ...expected, body: '[POST /c a=1]' })
})

t.test('a WebSocket handshake is none of these', async t => {
  const server = await rawOrigin(t, socket =>
    socket.once('data', () =>
      socket.write(
        'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n[tunnel]',
      ),
    ),
  )
  const { port } = await edgeOn(t, edgeConfig([{ port: server }]))
  const client = connect(t, port)
  const upgrade = 'Connection: Upgrade\r\nUpgrade: h2c, websocket\r\nContent-Length: 0\r\n'
  await askOn(client, `${head('GET /ws')}${upgrade}\r\n`, 1)
  t.match(client.text, /^HTTP\/1\.1 101 [\s\S]*\[tunnel\]$/)
})
