import http from 'node:http'
import http2 from 'node:http2'
import t, { type Test } from 'tap'
import { edgeConfig } from '../support/edge-config.ts'
import {
  edgeOn,
  eventually,
  fields,
  listen,
  onHead,
  origin,
  rawOrigin,
  type TestEdge,
} from '../support/loopback.ts'

// The compatibility API of node:http2, for hosts that use it; the way to the servers stays HTTP/1.1.

const warnings: Error[] = []
process.on('warning', warning => warnings.push(warning))

interface Answer {
  readonly statuses: readonly unknown[]
  readonly body: string
  readonly trailers: http2.IncomingHttpHeaders
}

const clientOf = async (t: Test, { edge }: TestEdge) => {
  const port = await listen(t, http2.createServer(edge.handler as never))
  const client = http2.connect(`http://127.0.0.1:${port}`)
  t.teardown(() => client.destroy())
  return client
}

const ask = (
  client: http2.ClientHttp2Session,
  headers: http2.OutgoingHttpHeaders,
  body?: string,
): Promise<Answer> =>
  new Promise((resolve, reject) => {
    const statuses: unknown[] = []
    let text = ''
    let trailers: http2.IncomingHttpHeaders = {}
    const stream = client.request(headers)
    stream.on('headers', head => statuses.push(head[':status']))
    stream.on('response', head => statuses.push(head[':status']))
    stream.on('trailers', fields => {
      trailers = fields
    })
    stream.on('data', chunk => {
      text += chunk
    })
    stream.on('end', () => resolve({ statuses, body: text, trailers }))
    stream.on('error', reject)
    stream.end(body)
  })

t.test('HTTP/2: bodies are forwarded, with an announced length and without', async t => {
  const server = await origin(t)
  const client = await clientOf(t, await edgeOn(t, edgeConfig([{ port: server.port }])))
  const post = { ':method': 'POST', ':path': '/p' }
  t.match(await ask(client, post, 'hello'), { statuses: [200], body: 'ok' })
  await ask(client, { ...post, 'content-length': 5 }, 'again')
  await ask(client, post)
  await ask(client, { ':path': '/g' })
  t.match(server.seen, [
    { method: 'POST', body: 'hello' },
    { method: 'POST', body: 'again' },
    { method: 'POST', body: '' },
    { method: 'GET', url: '/g', body: '' },
  ])
})

t.test('HTTP/2: interim answers and trailers', async t => {
  const port = await rawOrigin(t, socket =>
    onHead(socket, () =>
      socket.write(
        'HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>; rel=preload\r\n\r\n' +
          'HTTP/1.1 200 Fine\r\nTrailer: X-Sum\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nX-Sum: 1\r\n\r\n',
      ),
    ),
  )
  const test = await edgeOn(t, edgeConfig([{ port }]))
  t.match(await ask(await clientOf(t, test), { ':path': '/' }), {
    statuses: [103, 200],
    body: 'ok',
    trailers: { 'x-sum': '1' },
  })
  t.strictSame(test.warnings, [])
})

t.test('HTTP/2: a client that cancels its stream frees the server', async t => {
  const server = await origin(t, () => {})
  const test = await edgeOn(t, edgeConfig([{ port: server.port }]))
  const client = await clientOf(t, test)
  const stream = client.request({ ':path': '/' })
  stream.on('error', () => {})
  await eventually(() => server.seen.length === 1)
  stream.close(http2.constants.NGHTTP2_CANCEL)
  await eventually(() => test.records.length === 1)
  t.match(test.records, [{ result: 'client-aborted' }])
  t.match(test.edge.snapshot().clusters[0]?.servers, [{ pending: 0, health: 'up' }])
})

/** A stream of a client that ignores how it ends. */
const streamOf = (
  client: http2.ClientHttp2Session,
  headers: http2.OutgoingHttpHeaders,
  options: http2.ClientSessionRequestOptions = {},
): http2.ClientHttp2Stream => {
  const stream = client.request(headers, options)
  stream.on('error', () => {})
  return stream
}

/** Nothing is held any more, and no server is blamed. */
const isFree = (t: Test, { edge }: TestEdge): void => {
  t.match(edge.counters(), { running: 0, waiting: 0, replayBytes: 0 })
  for (const { health, pending, failed } of edge.snapshot().clusters[0]?.servers ?? []) {
    t.strictSame({ health, pending, failed }, { health: 'up', pending: 0, failed: 0 })
  }
}

t.test('HTTP/2: many requests on one connection get each their own answer', async t => {
  const server = await origin(t, (request, response) => response.end(`for ${request.url}`))
  const test = await edgeOn(t, edgeConfig([{ port: server.port }, { port: server.port }]))
  const client = await clientOf(t, test)
  const paths = Array.from({ length: 50 }, (_, i) => `/${i}`)
  const answers = await Promise.all(paths.map(path => ask(client, { ':path': path })))
  t.strictSame(
    answers.map(({ body }) => body),
    paths.map(path => `for ${path}`),
  )
  isFree(t, test)
})

t.test('HTTP/2: HEAD, 204 and 304 have no body, and say what the server says', async t => {
  const server = await origin(t, (request, response) => {
    response.writeHead(Number(request.url?.slice(1)), { ETag: '"1"' })
    response.end(request.url === '/200' ? 'body' : undefined)
  })
  const client = await clientOf(t, await edgeOn(t, edgeConfig([{ port: server.port }])))
  const cases = [
    ['HEAD', '/200', 200],
    ['GET', '/204', 204],
    ['GET', '/304', 304],
  ] as const
  for (const [method, path, status] of cases) {
    t.strictSame(await ask(client, { ':method': method, ':path': path }), {
      statuses: [status],
      body: '',
      trailers: {},
    })
  }
})

t.test('HTTP/2: pieces of a cookie are one field for the server (RFC 9113 8.2.3)', async t => {
  const server = await origin(t)
  const config = edgeConfig([{ port: server.port }, { port: server.port }])
  const client = await clientOf(t, await edgeOn(t, config))
  await ask(client, { ':path': '/', cookie: ['a=1', 'JSESSIONID=0000x:c2', 'b=2'] })
  t.strictSame(fields(server.seen[0]?.rawHeaders ?? [], 'cookie'), [
    'a=1; JSESSIONID=0000x:c2; b=2',
  ])
})

t.test('HTTP/2: a Host that is not the authority is refused (RFC 9113 8.3.1)', async t => {
  const server = await origin(t)
  const test = await edgeOn(t, edgeConfig([{ port: server.port }]))
  const client = await clientOf(t, test)
  const refused = await ask(client, {
    ':path': '/',
    ':authority': 'shop.example',
    host: 'admin.example',
  })
  t.match(refused, { statuses: [400] })
  t.match(test.records, [{ reason: 'bad-host' }])
  await ask(client, { ':path': '/', ':authority': 'Shop.example', host: 'shop.example' })
  await ask(client, { ':path': '/', ':authority': 'shop.example' })
  t.strictSame(
    server.seen.map(({ rawHeaders }) => fields(rawHeaders, 'host')),
    [['shop.example'], ['shop.example']],
  )
})

t.test('HTTP/2: CONNECT is refused, and so is its extended form', async t => {
  const server = await origin(t)
  const { edge } = await edgeOn(t, edgeConfig([{ port: server.port }]))
  const settings = { enableConnectProtocol: true }
  const port = await listen(t, http2.createServer({ settings }, edge.handler as never))
  const client = http2.connect(`http://127.0.0.1:${port}`)
  t.teardown(() => client.destroy())
  await new Promise(resolve => client.once('remoteSettings', resolve))
  const connect = { ':method': 'CONNECT', ':authority': 'inside.example:22' }
  t.match(await ask(client, connect), { statuses: [405] })
  const extended = { ...connect, ':protocol': 'websocket', ':scheme': 'http', ':path': '/ws' }
  t.match(await ask(client, extended), { statuses: [405] })
  t.equal(server.seen.length, 0)
})

t.test('HTTP/2: a stream that is reset frees everything, wherever it is', async t => {
  let sockets = 0
  const port = await rawOrigin(t, socket => {
    sockets++
    socket.on('close', () => sockets--)
    onHead(socket, head => {
      if (head.startsWith('GET /endless')) {
        socket.write('HTTP/1.1 200 OK\r\nContent-Length: 1000000000000\r\n\r\n')
        const more = (): void => {
          while (socket.write(Buffer.alloc(65_536)));
        }
        socket.on('drain', more)
        more()
      }
    })
  })
  const moments = [
    ['while its body is read into memory', 65_536, { ':method': 'POST', ':path': '/' }],
    ['while its body is streamed', 0, { ':method': 'POST', ':path': '/' }],
    ['while the server thinks', 0, { ':path': '/' }],
    ['while it does not take its answer', 0, { ':path': '/endless' }],
  ] as const
  for (const [moment, postBufferSizeBytes, headers] of moments) {
    const test = await edgeOn(
      t,
      edgeConfig([{ port }, { port }], { cluster: { postBufferSizeBytes } }),
    )
    const client = await clientOf(t, test)
    const uploads = ':method' in headers
    const stream = streamOf(client, headers, { endStream: !uploads })
    if (uploads) stream.write('half')
    if (headers[':path'] === '/endless')
      await new Promise(resolve => stream.once('response', resolve))
    const contacted = postBufferSizeBytes === 0 ? 1 : 0
    await eventually(() => test.edge.counters().running === 1 && sockets === contacted)
    stream.close(http2.constants.NGHTTP2_CANCEL)
    await eventually(() => test.records.length === 1 && sockets === 0)
    t.match(test.records, [{ result: 'client-aborted' }], moment)
    isFree(t, test)
    t.notOk(client.destroyed, 'the connection goes on')
  }
})

for (const code of ['NGHTTP2_NO_ERROR', 'NGHTTP2_CANCEL'] as const) {
  t.test(
    `HTTP/2: an upload that nobody reads on and that is reset with ${code} is over`,
    async t => {
      const port = await rawOrigin(t, socket => socket.pause())
      const test = await edgeOn(t, edgeConfig([{ port }], { cluster: { postBufferSizeBytes: 0 } }))
      const client = await clientOf(t, test)
      const stream = streamOf(client, { ':method': 'POST', ':path': '/' })
      stream.on('error', () => {})
      const chunk = Buffer.alloc(100_000)
      while (stream.write(chunk)) {}
      let sent = -1
      const more = (): void => {
        while (stream.write(chunk)) {}
      }
      stream.on('drain', more)
      while (sent !== (client.socket?.bytesWritten ?? 0)) {
        sent = client.socket?.bytesWritten ?? 0
        await new Promise(resolve => setTimeout(resolve, 100))
      }
      stream.close(http2.constants[code])
      await eventually(() => test.records.length === 1)
      t.match(test.records, [{ result: 'client-aborted' }])
      isFree(t, test)
      t.equal(test.edge.counters().idleStreams, 0)
      t.notOk(client.destroyed, 'the connection goes on')
    },
  )
}

t.test(
  'HTTP/2: a large body comes whole in both directions, no faster than it is read',
  async t => {
    const size = 8_000_000
    const chunk = Buffer.alloc(100_000, 'x')
    let sent = 0
    const server = http.createServer((request, response) => {
      let got = 0
      request.on('data', data => {
        got += data.length
      })
      request.on('end', () => {
        response.writeHead(200, { 'X-Got': got, 'Content-Length': 10 * size })
        const more = (): void => {
          while (sent < 10 * size) {
            sent += chunk.length
            if (!response.write(chunk)) {
              response.once('drain', more)
              return
            }
          }
          response.end()
        }
        more()
      })
    })
    const test = await edgeOn(t, edgeConfig([{ port: await listen(t, server) }]))
    const client = await clientOf(t, test)
    const stream = streamOf(client, { ':method': 'POST', ':path': '/' })
    const head = new Promise<http2.IncomingHttpHeaders>(resolve => stream.once('response', resolve))
    for (let i = 0; i < size; i += chunk.length) {
      if (!stream.write(chunk)) await new Promise(resolve => stream.once('drain', resolve))
    }
    stream.end()
    t.match(await head, { ':status': 200, 'x-got': String(size) })
    let before = -1
    while (sent !== before) {
      before = sent
      await new Promise(resolve => setTimeout(resolve, 50))
    }
    t.ok(sent < 10 * size, `the server was held back after ${sent} bytes`)
    let got = 0
    stream.on('data', data => {
      got += data.length
    })
    await new Promise(resolve => stream.once('end', resolve))
    t.equal(got, 10 * size)
    await eventually(() => test.edge.counters().running === 0)
    isFree(t, test)
  },
)

t.test('HTTP/2: an answer that comes before the body is whole reaches the client', async t => {
  const port = await rawOrigin(t, socket =>
    onHead(socket, () => socket.write('HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno')),
  )
  const test = await edgeOn(t, edgeConfig([{ port }], { cluster: { postBufferSizeBytes: 0 } }))
  const client = await clientOf(t, test)
  const stream = streamOf(client, { ':method': 'POST', ':path': '/' })
  stream.write('half')
  let text = ''
  stream.on('data', data => {
    text += data
  })
  const [head] = await Promise.all([
    new Promise<http2.IncomingHttpHeaders>(resolve => stream.once('response', resolve)),
    new Promise(resolve => stream.once('end', resolve)),
  ])
  t.equal(head[':status'], 403)
  t.equal(text, 'no')
  t.match(test.records, [{ result: 'served', status: 403 }])
  isFree(t, test)
  stream.close()
})

t.test('HTTP/2: limits end a stream and not its connection', async t => {
  const port = await rawOrigin(t, socket =>
    onHead(socket, head => {
      if (head.startsWith('GET /fine'))
        socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok')
      else if (head.startsWith('GET /endless')) {
        socket.write('HTTP/1.1 200 OK\r\nContent-Length: 1000000000000\r\n\r\n')
        const more = (): void => {
          while (socket.write(Buffer.alloc(65_536)));
        }
        socket.on('drain', more)
        more()
      }
    }),
  )
  const test = await edgeOn(t, edgeConfig([{ port }, { port }]), {
    limits: { bodyTimeoutMs: 50, clientStallMs: 50 },
  })
  const client = await clientOf(t, test)
  const upload = streamOf(client, { ':method': 'POST', ':path': '/' })
  upload.write('half')
  const head = await new Promise<http2.IncomingHttpHeaders>(resolve =>
    upload.once('response', resolve),
  )
  t.equal(head[':status'], 408)
  streamOf(client, { ':path': '/endless' })
  await eventually(() => test.records.length === 2)
  t.match(test.records, [{ code: 'BODYTIME' }, { code: 'RR>STALLED' }])
  t.match(await ask(client, { ':path': '/fine' }), { statuses: [200], body: 'ok' })
  isFree(t, test)
})

t.test('HTTP/2: every line of a repeated field reaches the client, and no phrase', async t => {
  const port = await rawOrigin(t, socket =>
    onHead(socket, () =>
      socket.write(
        'HTTP/1.1 200 Very Fine\r\nSet-Cookie: a=1\r\nX-One: 1\r\nSet-Cookie: b=2\r\nX-One: 2\r\nContent-Length: 0\r\n\r\n',
      ),
    ),
  )
  const client = await clientOf(t, await edgeOn(t, edgeConfig([{ port }])))
  const stream = streamOf(client, { ':path': '/' })
  const head = await new Promise<http2.IncomingHttpHeaders>(resolve =>
    stream.once('response', resolve),
  )
  t.match(head, { ':status': 200, 'set-cookie': ['a=1', 'b=2'], 'x-one': '1, 2' })
  await new Promise(setImmediate)
  t.strictSame(warnings, [], 'Node has nothing to say about any test of this file')
})
