import http from 'node:http'
import t from 'tap'
import { edgeConfig } from '../support/edge-config.ts'
import {
  ask,
  edgeOn,
  eventually,
  fields,
  listen,
  names,
  onHead,
  origin,
  rawAsk,
  rawOrigin,
} from '../support/loopback.ts'

t.test('a GET is routed to a server and its answer comes back', async t => {
  const server = await origin(t, (_, response) => {
    response.writeHead(200, 'Very Fine', ['X-One', '1', 'x-CAMEL', 'v', 'X-One', '2'])
    response.end('hello')
  })
  const { port, records } = await edgeOn(t, edgeConfig([{ port: server.port }]))
  const answer = await ask(port, '/a/b;v=1?q=%20x')
  t.match(answer, { status: 200, reason: 'Very Fine', body: 'hello' })
  t.strictSame(fields(answer.rawHeaders, 'x-one'), ['1', '2'])
  t.ok(names(answer.rawHeaders).includes('x-CAMEL'), 'spelling is kept')
  t.equal(server.seen[0]?.url, '/a/b;v=1?q=%20x', 'E7 the target is forwarded byte for byte')
  t.match(records, [
    {
      method: 'GET',
      url: '/a/b;v=1?q=%20x',
      cluster: 'Cluster',
      server: 'm1',
      status: 200,
      result: 'served',
      attempts: 1,
      clientAddress: '127.0.0.1',
    },
  ])
})

t.test('a POST that fits into PostBufferSize is sent with its length', async t => {
  const server = await origin(t)
  const { port } = await edgeOn(t, edgeConfig([{ port: server.port }]))
  await ask(port, '/p', { method: 'POST', body: 'x'.repeat(4096), chunked: true })
  t.equal(server.seen[0]?.body.length, 4096)
  t.strictSame(fields(server.seen[0]?.rawHeaders ?? [], 'content-length'), ['4096'])
  t.strictSame(fields(server.seen[0]?.rawHeaders ?? [], 'transfer-encoding'), [])
})

const uploads = [
  ['with a length, larger than the buffer', 65_536, false],
  ['in chunks, larger than the buffer', 65_536, true],
  ['with a length and no buffer (PostBufferSize 0)', 0, false],
  ['in chunks and no buffer (PostBufferSize 0)', 0, true],
  ['with a buffer without end (PostBufferSize -1)', null, true],
] as const

for (const [title, postBufferSizeBytes, chunked] of uploads) {
  t.test(`an upload of 300 KB arrives whole, ${title}`, async t => {
    const server = await origin(t)
    const { port } = await edgeOn(
      t,
      edgeConfig([{ port: server.port }], { cluster: { postBufferSizeBytes } }),
    )
    const body = 'abcdefghij'.repeat(30_000)
    const answer = await ask(port, '/up', { method: 'PUT', body, chunked })
    t.equal(answer.status, 200)
    t.equal(server.seen[0]?.body, body)
    const raw = server.seen[0]?.rawHeaders ?? []
    t.equal(
      fields(raw, 'content-length').length + fields(raw, 'transfer-encoding').length,
      1,
      'exactly one framing',
    )
  })
}

t.test('a POST without a body says so', async t => {
  const server = await origin(t)
  const { port } = await edgeOn(t, edgeConfig([{ port: server.port }]))
  await ask(port, '/p', { method: 'POST' })
  t.strictSame(fields(server.seen[0]?.rawHeaders ?? [], 'content-length'), ['0'])
})

for (const method of ['GET', 'DELETE', 'OPTIONS']) {
  t.test(`E4 the body of a ${method} is read and dropped`, async t => {
    const server = await origin(t)
    const { port } = await edgeOn(t, edgeConfig([{ port: server.port }]))
    const socketAnswers = await rawAsk(
      port,
      `${method} /a HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n` +
        'GET /second HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n',
    )
    t.equal(socketAnswers.match(/HTTP\/1.1 200/g)?.length, 2, 'the connection goes on')
    t.strictSame(
      server.seen.map(({ url, body }) => [url, body]),
      [
        ['/a', ''],
        ['/second', ''],
      ],
    )
  })

  t.test(`E4 AcceptAllContent forwards the body of a ${method}, framed`, async t => {
    const server = await origin(t)
    const { port } = await edgeOn(
      t,
      edgeConfig([{ port: server.port }], { settings: { acceptAllContent: true } }),
    )
    await ask(port, '/a', { method, body: 'hello', chunked: true })
    t.match(server.seen, [{ method, body: 'hello' }])
    t.strictSame(fields(server.seen[0]?.rawHeaders ?? [], 'content-length'), ['5'])
  })

  t.test(`E4 AcceptAllContent forwards a long body of a ${method} in chunks`, async t => {
    const server = await origin(t)
    const { port } = await edgeOn(
      t,
      edgeConfig([{ port: server.port }], {
        settings: { acceptAllContent: true },
        cluster: { postBufferSizeBytes: 0 },
      }),
    )
    const body = 'z'.repeat(200_000)
    await ask(port, '/a', { method, body, chunked: true })
    t.equal(server.seen.length, 1, 'nothing is left over that could pass for another request')
    t.equal(server.seen[0]?.body, body)
  })
}

t.test('a large download comes whole, and no faster than the client reads', async t => {
  const size = 40_000_000
  let sent = 0
  const server = await origin(t, (_, response) => {
    response.writeHead(200, { 'Content-Length': size })
    const chunk = Buffer.alloc(100_000, 0x61)
    const more = (): void => {
      while (sent < size) {
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
  const { port } = await edgeOn(t, edgeConfig([{ port: server.port }]))
  await new Promise<void>((resolve, reject) => {
    http.get({ port, host: '127.0.0.1', path: '/', agent: false }, response => {
      response.once('readable', () => {
        // Nothing is read until the server has filled every buffer on the way and stands still.
        let before = -1
        const stalled = setInterval(() => {
          if (sent !== before) {
            before = sent
            return
          }
          clearInterval(stalled)
          t.ok(sent < size, `the server was held back after ${sent} bytes`)
          let got = 0
          response.on('data', data => {
            got += data.length
          })
          response.on('end', () => {
            t.equal(got, size)
            resolve()
          })
        }, 100)
      })
      response.on('error', reject)
    })
  })
})

t.test('a large upload goes no faster than the server reads', async t => {
  let resume = (): void => {}
  let got = 0
  const size = 40_000_000
  const port = await rawOrigin(t, socket => {
    socket.pause()
    resume = () => socket.resume()
    socket.on('data', chunk => {
      got += chunk.length
      if (got > size) socket.end('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok')
    })
  })
  const edge = await edgeOn(t, edgeConfig([{ port }], { cluster: { postBufferSizeBytes: 0 } }))
  let sent = 0
  const answer = new Promise<number | undefined>((resolve, reject) => {
    const request = http.request(
      { port: edge.port, host: '127.0.0.1', method: 'POST', headers: { 'Content-Length': size } },
      response => {
        response.resume()
        resolve(response.statusCode)
      },
    )
    request.on('error', reject)
    const chunk = Buffer.alloc(100_000, 0x61)
    const more = (): void => {
      while (sent < size) {
        sent += chunk.length
        if (!request.write(chunk)) {
          request.once('drain', more)
          return
        }
      }
      request.end()
    }
    more()
  })
  let before = -1
  while (sent !== before) {
    before = sent
    await new Promise(resolve => setTimeout(resolve, 100))
  }
  t.ok(sent < size, `the client was held back after ${sent} bytes`)
  resume()
  t.equal(await answer, 200)
})

t.test('pieces that a server sends one by one reach the client one by one', async t => {
  let next = (): void => {}
  const server = await origin(t, (_, response) => {
    const pieces = ['one', 'two', 'three']
    response.writeHead(200, { 'Content-Type': 'text/event-stream' })
    response.flushHeaders()
    next = () => {
      const piece = pieces.shift()
      if (piece === undefined) response.end()
      else response.write(piece)
    }
  })
  const { port } = await edgeOn(t, edgeConfig([{ port: server.port }]))
  const response = await new Promise<http.IncomingMessage>(resolve =>
    http.get({ port, host: '127.0.0.1', path: '/events', agent: false }, resolve),
  )
  t.pass('the head comes before any body')
  for (const piece of ['one', 'two', 'three']) {
    const got = new Promise(resolve => response.once('data', resolve))
    next()
    t.equal(String(await got), piece)
  }
  next()
  await new Promise(resolve => response.on('end', resolve))
})

t.test(
  'trailers of an answer are passed on, but for those that would change its meaning',
  async t => {
    const server = await origin(t, (_, response) => {
      response.writeHead(200, { Trailer: 'X-Sum', 'Transfer-Encoding': 'chunked' })
      response.write('body')
      response.addTrailers([
        ['X-Sum', '42'],
        ['$WSXX', 'private'],
        ['Content-Type', 'text/evil'],
      ])
      response.end()
    })
    const { port } = await edgeOn(t, edgeConfig([{ port: server.port }]))
    const answer = await ask(port, '/')
    t.equal(answer.body, 'body')
    t.strictSame(answer.rawTrailers, ['X-Sum', '42'])
  },
)

for (const [status, method] of [
  [304, 'GET'],
  [204, 'GET'],
  [304, 'HEAD'],
  [200, 'HEAD'],
] as const) {
  t.test(
    `a ${status} to ${method} with Content-Length has no body and ends at its head`,
    async t => {
      const server = await rawOrigin(t, socket =>
        onHead(socket, () =>
          socket.write(
            `HTTP/1.1 ${status} Some Reason\r\nETag: "x"\r\nContent-Length: 1234\r\n\r\n`,
          ),
        ),
      )
      const { port, records, edge } = await edgeOn(
        t,
        edgeConfig([{ port: server }, { port: server }]),
      )
      for (let i = 0; i < 2; i++) {
        const text = await rawAsk(
          port,
          `${method} / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n`,
        )
        t.match(text, new RegExp(`^HTTP/1.1 ${status} Some Reason\r\n`))
        t.match(text, /\r\netag: "x"\r\n/i)
        t.match(text, /\r\n\r\n$/)
      }
      t.match(records, [
        { status, result: 'served', attempts: 1 },
        { status, result: 'served', attempts: 1 },
      ])
      const [cluster] = edge.snapshot().clusters
      t.match(cluster?.servers, [
        { health: 'up', failed: 0, pending: 0 },
        { health: 'up', failed: 0, pending: 0 },
      ])
    },
  )
}

t.test('an answer that ends with the connection is passed on', async t => {
  const server = await rawOrigin(t, socket =>
    onHead(socket, () => socket.end('HTTP/1.0 200 OK\r\nX-A: 1\r\n\r\nuntil the end')),
  )
  const { port } = await edgeOn(t, edgeConfig([{ port: server }]))
  t.match(await ask(port, '/'), { status: 200, body: 'until the end' })
})

t.test('trailers that are announced where none can follow break no answer', async t => {
  const server = await rawOrigin(t, socket =>
    onHead(socket, head =>
      socket.write(
        head.startsWith('PUT')
          ? 'HTTP/1.1 200 OK\r\nTrailer: X-Sum\r\nContent-Length: 2\r\n\r\nok'
          : `HTTP/1.1 200 OK\r\nTrailer: X-Sum\r\nTransfer-Encoding: chunked\r\n\r\n${
              head.startsWith('HEAD') ? '' : '2\r\nok\r\n0\r\nX-Sum: 1\r\n\r\n'
            }`,
      ),
    ),
  )
  const { port } = await edgeOn(t, edgeConfig([{ port: server }]))
  t.match(await ask(port, '/', { method: 'HEAD' }), { status: 200, reason: 'OK' })
  t.match(await ask(port, '/', { method: 'PUT' }), { status: 200, body: 'ok' })
  t.match(await rawAsk(port, 'GET / HTTP/1.0\r\nHost: h\r\n\r\n'), /^HTTP\/1.1 200 .*\r\n\r\nok$/s)
  t.match(await ask(port, '/'), { body: 'ok', headers: { trailer: 'X-Sum' } })
})

t.test('a 204 goes out without the length that a server has given it', async t => {
  const server = await rawOrigin(t, socket =>
    onHead(socket, () => socket.write('HTTP/1.1 204 None\r\nContent-Length: 5\r\n\r\nhello')),
  )
  const { port } = await edgeOn(t, edgeConfig([{ port: server }]))
  for (let i = 0; i < 2; i++) {
    const { status, headers } = await ask(port, '/')
    t.equal(status, 204)
    t.equal(headers['content-length'], undefined)
  }
})

t.test(
  'a POST whose body an earlier middleware has read is answered, and the host is told',
  async t => {
    const server = await origin(t)
    const { edge, warnings } = await edgeOn(t, edgeConfig([{ port: server.port }]))
    const front = http.createServer((request, response) => {
      request.resume()
      request.on('end', () => edge.handler(request, response))
    })
    await new Promise<void>(resolve => front.listen(0, '127.0.0.1', resolve))
    t.teardown(() => front.close())
    const { port } = front.address() as { readonly port: number }
    t.equal((await ask(port, '/p', { method: 'POST', body: 'gone' })).status, 500)
    t.match(warnings, [{ code: 'BODY_CONSUMED', message: /mount the edge before body parsers/ }])
    t.match(edge.snapshot().clusters[0]?.servers, [{ pending: 0 }])
  },
)

t.test('requests on one connection follow each other', async t => {
  const server = await origin(t, (request, response) => response.end(request.url))
  const { port } = await edgeOn(t, edgeConfig([{ port: server.port }]))
  const text = await rawAsk(
    port,
    'GET /1 HTTP/1.1\r\nHost: h\r\n\r\nGET /2 HTTP/1.1\r\nHost: h\r\n\r\nGET /3 HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n',
  )
  t.strictSame(text.match(/\/\d(?=\r|HTTP|$)/g), ['/1', '/2', '/3'])
})

t.test('a client of HTTP/1.0 gets an answer that ends with its connection', async t => {
  const server = await origin(t, (_, response) => {
    response.write('part one ')
    response.end('part two')
  })
  const { port } = await edgeOn(t, edgeConfig([{ port: server.port }]))
  const text = await rawAsk(port, 'GET / HTTP/1.0\r\nHost: h\r\n\r\n')
  t.match(text, /\r\n\r\npart one part two$/)
  t.notMatch(text, /transfer-encoding/i)
})

t.test('the edge counts what it does', async t => {
  const server = await origin(t)
  const { port, edge } = await edgeOn(t, edgeConfig([{ port: server.port }], { uri: '/app/*' }))
  await ask(port, '/app/a')
  await ask(port, '/other')
  await eventually(() => edge.counters().running === 0)
  t.match(edge.counters(), { requests: 2, declined: 1, running: 0, idleStreams: 1, reloads: 0 })
})

for (const [title, take] of [
  ['ends', (response: http.ServerResponse) => response.end('from the host')],
  ['destroys', (response: http.ServerResponse) => response.destroy()],
] as const) {
  t.test(`a host that ${title} the response in the middle of an answer harms nobody`, async t => {
    let more = (): void => {}
    const server = await origin(t, (_, response) => {
      response.write('beginning ')
      more = () => {
        for (let i = 0; i < 100; i++) response.write('x'.repeat(1000))
        response.end()
      }
    })
    const { edge, records } = await edgeOn(t, edgeConfig([{ port: server.port }]))
    let taken: http.ServerResponse | undefined
    const front = http.createServer((request, response) => {
      taken = response
      edge.handler(request, response)
    })
    const port = await listen(t, front)
    const answer = ask(port, '/').catch(() => undefined)
    await eventually(() => taken?.headersSent === true)
    more()
    if (taken !== undefined) take(taken)
    await answer
    await eventually(() => records.length === 1)
    t.equal(edge.counters().running, 0)
    t.match(edge.snapshot().clusters[0]?.servers, [{ pending: 0, health: 'up' }])
  })
}

t.test('a response of the host that throws ends its request, and the host is told', async t => {
  const server = await origin(t)
  const { edge, warnings, records } = await edgeOn(t, edgeConfig([{ port: server.port }]))
  const front = http.createServer((request, response) => {
    response.writeHead = () => {
      throw new Error('broken middleware')
    }
    edge.handler(request, response)
  })
  const port = await listen(t, front)
  await t.rejects(ask(port, '/'))
  await eventually(() => records.length === 1)
  t.match(warnings, [{ code: 'INTERNAL', message: /broken middleware/ }])
  t.match(records, [{ result: 'response-broken' }])
  t.match(edge.snapshot().clusters[0]?.servers, [{ pending: 0 }])
})
