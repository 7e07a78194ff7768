import http2 from 'node:http2'
import net, { type Socket } from 'node:net'
import { join } from 'node:path'
import tls from 'node:tls'
import t, { type Test } from 'tap'
import { type Message, readAnswers, readRequests, valuesOf } from '../security/wire.ts'
import { authority, serverCertificate, serverKey } from '../support/certificates.ts'
import { edgeConfig } from '../support/edge-config.ts'
import { edgeOn, eventually, listen, type TestEdge } from '../support/loopback.ts'

/** An application server that shows what came, byte for byte. */
interface Server {
  readonly port: number
  /** What came on each of its connections. */
  readonly bytes: string[]
  /** Whole requests of all connections; a fault in any of them fails the test. */
  messages(): readonly Message[]
}

type OnRequest = (socket: Socket, message: Message, connection: number) => void

const ok = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'
const answerOk: OnRequest = socket => socket.write(ok)

const serverOn = async (
  t: Test,
  onRequest: OnRequest = answerOk,
  listener: (connected: (socket: Socket) => void) => net.Server = connected =>
    net.createServer({ noDelay: true }, connected),
): Promise<Server> => {
  const bytes: string[] = []
  const readings = () => bytes.map(readRequests)
  const connected = (socket: Socket): void => {
    const connection = bytes.push('') - 1
    let answered = 0
    socket.on('error', () => {})
    socket.on('data', chunk => {
      bytes[connection] += chunk.toString('latin1')
      const { messages } = readRequests(bytes[connection] ?? '')
      while (answered < messages.length) {
        onRequest(socket, messages[answered++] as Message, connection)
      }
    })
  }
  const port = await listen(t, listener(connected))
  const messages = () => {
    t.strictSame(
      readings().flatMap(({ faults, rest }) => [...faults, ...(rest === '' ? [] : [rest])]),
      [],
      'every byte belongs to a request',
    )
    return readings().flatMap(({ messages }) => messages)
  }
  return { port, bytes, messages }
}

/** Sends bytes on one connection until this many answers are whole. */
const talk = async (port: number, bytes: string | readonly string[], answers = 1) => {
  const socket = net.connect(port, '127.0.0.1')
  let text = ''
  let ended = false
  socket.on('data', chunk => {
    text += chunk.toString('latin1')
  })
  socket.on('error', () => {})
  socket.on('close', () => {
    ended = true
  })
  for (const piece of typeof bytes === 'string' ? [bytes] : bytes) {
    socket.write(piece, 'latin1')
    await new Promise(setImmediate)
  }
  const finals = () => readAnswers(text).messages
  await eventually(() => ended || finals().length >= answers)
  socket.destroy()
  return finals()
}

const head = (method = 'POST', ...fields: string[]): string =>
  [`${method} /a HTTP/1.1`, 'Host: h', 'Transfer-Encoding: chunked', ...fields, '', ''].join('\r\n')

const chunk = (body: string): string => `${body.length.toString(16)}\r\n${body}\r\n`

const sum = '0\r\nX-Sum: 42\r\n\r\n'

const acceptAll = { settings: { acceptAllContent: true } }

for (const postBufferSizeBytes of [65_536, 0]) {
  const how = postBufferSizeBytes === 0 ? 'streamed' : 'in memory'
  const cluster = { postBufferSizeBytes }

  t.test(`trailers of a request reach the server, ${how}`, async t => {
    const server = await serverOn(t)
    const { port } = await edgeOn(t, edgeConfig([{ port: server.port }], { cluster }))
    const raw = 'X-CaMeL: a\xe9\r\nX-Sum:\r\nx-sum: \t2 \r\n'
    const [answer] = await talk(
      port,
      `${head('POST', 'Trailer: X-CaMeL', 'trailer: X-Sum')}${chunk('hi')}0\r\n${raw}\r\n`,
    )
    t.match(answer, { start: 'HTTP/1.1 200 OK', body: 'ok' })
    const [message] = server.messages()
    t.match(message, { body: 'hi', framing: 'chunked' })
    t.strictSame(message?.trailers, [
      ['X-CaMeL', 'a\xe9'],
      ['X-Sum', ''],
      ['x-sum', '2'],
    ])
    t.strictSame(valuesOf(message, 'trailer'), ['X-CaMeL, X-Sum'])
    t.strictSame(valuesOf(message, 'x-sum'), [], 'and stay out of the head')
    t.ok(server.bytes[0]?.endsWith('2\r\nhi\r\n0\r\nX-CaMeL: a\xe9\r\nX-Sum: \r\nx-sum: 2\r\n\r\n'))
  })

  t.test(`trailers that nobody has announced reach the server, ${how}`, async t => {
    const server = await serverOn(t)
    const { port } = await edgeOn(t, edgeConfig([{ port: server.port }], { cluster }))
    await talk(port, [head(), chunk('hi'), chunk('there'), '0\r\n', 'X-Sum: 42\r\n', '\r\n'])
    const [message] = server.messages()
    t.match(message, { body: 'hithere', trailers: [['X-Sum', '42']] })
    t.strictSame(valuesOf(message, 'trailer'), [])
  })

  for (const method of ['POST', 'GET', 'DELETE', 'OPTIONS']) {
    t.test(`trailers of a ${method} without a byte of body reach the server, ${how}`, async t => {
      const server = await serverOn(t)
      const { port } = await edgeOn(
        t,
        edgeConfig([{ port: server.port }], { cluster, ...acceptAll }),
      )
      const text = head(method, 'Trailer: X-Sum') + sum
      const answers = await talk(port, text + text, 2)
      t.strictSame(
        answers.map(({ body }) => body),
        ['ok', 'ok'],
      )
      const messages = server.messages()
      t.equal(messages.length, 2)
      for (const message of messages) {
        t.match(message, { framing: 'chunked', body: '', trailers: [['X-Sum', '42']] })
      }
    })
  }

  t.test(`bodies that look like the end of a body stay what they are, ${how}`, async t => {
    const server = await serverOn(t)
    const { port } = await edgeOn(t, edgeConfig([{ port: server.port }], { cluster }))
    const bodies = ['\r\n0\r\n\r\n', '0\r\n\r\n', 'POST / HTTP/1.1\r\ncontent-length: 0\r\n\r\n']
    for (const body of bodies) await talk(port, head() + chunk(body) + sum)
    const all = head() + bodies.map(chunk).join('') + sum
    await talk(port, all)
    t.match(
      server.messages(),
      [...bodies, bodies.join('')].map(body => ({ body, trailers: [['X-Sum', '42']] })),
    )
  })

  t.test(`a pooled connection is used again after trailers, without them, ${how}`, async t => {
    const server = await serverOn(t)
    const { port } = await edgeOn(t, edgeConfig([{ port: server.port }], { cluster }))
    const plain = 'POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nhi'
    const requests = [
      head('POST', 'Trailer: X-Sum') + chunk('hi') + sum,
      `${head() + chunk('\r\n0\r\n\r\n')}0\r\n\r\n`,
      plain,
      'POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n',
      `${head()}0\r\n\r\n`,
      'GET /a HTTP/1.1\r\nHost: h\r\n\r\n',
      head() + sum,
      plain,
    ]
    for (const request of requests) await talk(port, request)
    t.equal(server.bytes.length, 1, 'one connection')
    const messages = server.messages()
    t.strictSame(
      messages.map(({ trailers }) => trailers.length),
      [1, 0, 0, 0, 0, 0, 1, 0],
    )
    t.match(messages[2], { framing: 'length', body: 'hi' })
    t.strictSame(valuesOf(messages[3], 'content-length'), ['0'])
  })

  t.test(`HTTP/2 trailers of a request reach the server, ${how}`, async t => {
    const server = await serverOn(t)
    const test = await edgeOn(t, edgeConfig([{ port: server.port }], { cluster, ...acceptAll }))
    const client = await http2Client(t, test)
    const post = { ':method': 'POST', ':path': '/a' }
    const trailers = { 'x-sum': '42', 'grpc-status': '0', cookie: 'a=1' }
    await http2Ask(client, { ...post, trailer: 'x-sum' }, 'hi', trailers)
    await http2Ask(client, post, '', trailers)
    await http2Ask(client, { ':path': '/a' }, '', trailers)
    await http2Ask(client, { ...post, trailer: 'x-sum', 'content-length': 2 }, 'hi', trailers)
    await http2Ask(client, post, 'z'.repeat(200_000), trailers)
    await http2Ask(client, { ...post, 'content-length': 2 }, 'hi')
    const messages = server.messages()
    t.strictSame(
      messages.map(({ body }) => body.length),
      [2, 0, 0, 2, 200_000, 2],
    )
    for (const message of messages.slice(0, 5)) {
      t.equal(message.framing, 'chunked')
      t.strictSame(message.trailers, [
        ['x-sum', '42'],
        ['grpc-status', '0'],
      ])
    }
    t.strictSame(
      messages.map(message => valuesOf(message, 'trailer')),
      [['x-sum'], [], [], ['x-sum'], [], []],
    )
    t.match(messages[5], { framing: 'length', trailers: [] })
  })

  t.test(`trailers go to a server that speaks TLS, ${how}`, async t => {
    const files = t.testdir({ 'plugin-key.pem': authority })
    const server = await serverOn(t, answerOk, connected =>
      tls.createServer({ cert: serverCertificate, key: serverKey }, connected),
    )
    const { port } = await edgeOn(
      t,
      edgeConfig([{ port: server.port }], {
        cluster,
        transport: {
          protocol: 'https',
          hostname: 'app.example',
          keyring: join(files, 'plugin-key.pem'),
        },
      }),
      { lookup: async () => ['127.0.0.1'] },
    )
    for (const body of [chunk('hi'), '', chunk('hi')]) await talk(port, head() + body + sum)
    t.equal(server.bytes.length, 1, 'one connection')
    t.match(
      server.messages(),
      ['hi', '', 'hi'].map(body => ({ body, trailers: [['X-Sum', '42']] })),
    )
  })

  t.test(`WaitForContinue: trailers wait with their body, ${how}`, async t => {
    const texts: string[] = []
    const port = await listen(
      t,
      net.createServer({ noDelay: true }, socket => {
        let text = ''
        let asked = false
        socket.on('error', () => {})
        socket.on('data', bytes => {
          text += bytes.toString('latin1')
          if (!asked && text.endsWith('\r\n\r\n')) {
            asked = true
            t.match(text, /\r\nexpect: 100-continue\r\n\r\n$/)
            socket.write('HTTP/1.1 100 Continue\r\n\r\n')
          }
          if (!text.endsWith(sum)) return
          texts.push(text)
          text = ''
          asked = false
          socket.write(ok)
        })
      }),
    )
    const test = await edgeOn(t, edgeConfig([{ port, waitForContinue: true }], { cluster }))
    for (const body of [chunk('hi'), '', chunk('hi')]) {
      t.match(await talk(test.port, head() + body + sum), [{ body: 'ok' }])
    }
    t.match(
      texts.map(text => readRequests(text)),
      ['hi', '', 'hi'].map(body => ({
        messages: [{ body, trailers: [['X-Sum', '42']] }],
        faults: [],
        rest: '',
      })),
    )
  })
}

t.test('WaitForContinue: trailers of a client that waits for a 100 as well', async t => {
  const texts: string[] = []
  const port = await listen(
    t,
    net.createServer({ noDelay: true }, socket => {
      let text = ''
      socket.on('error', () => {})
      socket.on('data', bytes => {
        text += bytes.toString('latin1')
        if (text.endsWith('expect: 100-continue\r\n\r\n')) {
          socket.write('HTTP/1.1 100 Continue\r\n\r\n')
        }
        if (!text.endsWith(sum)) return
        texts.push(text)
        text = ''
        socket.write(ok)
      })
    }),
  )
  const { server, edge, ...test } = await edgeOn(t, edgeConfig([{ port, waitForContinue: true }]))
  server.on('checkContinue', edge.handler)
  for (const body of [chunk('hi'), '', chunk('hi')]) {
    const client = net.connect(test.port, '127.0.0.1')
    let answer = ''
    client.on('data', bytes => {
      if (answer === '') client.write(body + sum)
      answer += bytes.toString('latin1')
    })
    client.write(head('POST', 'Expect: 100-continue', 'Trailer: X-Sum'))
    await eventually(() => answer.endsWith('ok'))
    client.destroy()
    t.match(answer, /^HTTP\/1\.1 100 Continue\r\n/)
  }
  t.match(
    texts.map(text => readRequests(text)),
    ['hi', '', 'hi'].map(body => ({
      messages: [{ body, trailers: [['X-Sum', '42']] }],
      faults: [],
      rest: '',
    })),
  )
})

const http2Client = async (t: Test, { edge }: TestEdge) => {
  const port = await listen(t, http2.createServer(edge.handler as never))
  const client = http2.connect(`http://127.0.0.1:${port}`)
  t.teardown(() => client.destroy())
  return client
}

const http2Ask = (
  client: http2.ClientHttp2Session,
  headers: http2.OutgoingHttpHeaders,
  body: string,
  trailers?: http2.OutgoingHttpHeaders,
): Promise<void> =>
  new Promise((resolve, reject) => {
    const waitForTrailers = trailers !== undefined
    const stream = client.request(headers, { endStream: false, waitForTrailers } as never)
    stream.on('wantTrailers', () => stream.sendTrailers(trailers ?? {}))
    stream.on('error', reject)
    stream.on('end', resolve)
    stream.resume()
    stream.end(body)
  })

const firstServers: Readonly<Record<string, OnRequest>> = {
  'resets the connection': socket => socket.resetAndDestroy(),
  'answers 503': socket => socket.write('HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n'),
}
for (const [failure, onRequest] of Object.entries(firstServers)) {
  for (const body of ['hi', '']) {
    const title = body === '' ? 'without a byte of body' : 'with a body'
    t.test(`B2 B4 a request ${title} is sent again with trailers: ${failure}`, async t => {
      const first = await serverOn(t, onRequest)
      const second = await serverOn(t)
      const { port, records } = await edgeOn(
        t,
        edgeConfig([{ port: first.port }, { port: second.port }]),
      )
      const text = head('POST', 'Trailer: X-Sum') + (body === '' ? '' : chunk(body)) + sum
      t.match(await talk(port, text), [{ body: 'ok' }])
      for (const server of [first, second]) {
        const messages = server.messages()
        t.equal(messages.length, 1)
        t.match(messages[0], { body, trailers: [['X-Sum', '42']] })
        t.strictSame(valuesOf(messages[0], 'trailer'), ['X-Sum'])
      }
      t.match(records, [{ attempts: 2, status: 200 }])
    })
  }
}

t.test('F6 a request goes out again with its trailers when a pooled connection dies', async t => {
  let requests = 0
  const server = await serverOn(t, socket => {
    if (++requests === 2) socket.resetAndDestroy()
    else socket.write(ok)
  })
  const { port } = await edgeOn(t, edgeConfig([{ port: server.port }]))
  const text = head() + chunk('hi') + sum
  for (let i = 0; i < 2; i++) t.match(await talk(port, text), [{ body: 'ok' }])
  t.equal(server.bytes.length, 2)
  t.match(
    server.messages(),
    [1, 2, 3].map(() => ({ body: 'hi', trailers: [['X-Sum', '42']] })),
  )
})

t.test('a long upload with trailers comes whole, however slowly the server reads', async t => {
  const server = await serverOn(t)
  const { port } = await edgeOn(t, edgeConfig([{ port: server.port }]))
  const body = 'z'.repeat(40_000)
  const pieces = Array.from({ length: 20 }, () => chunk(body))
  t.match(await talk(port, [head(), ...pieces, sum]), [{ body: 'ok' }])
  const [message] = server.messages()
  t.equal(message?.body.length, 800_000)
  t.strictSame(message?.trailers, [['X-Sum', '42']])
})

t.test('trailers of many requests at once stay with their own', async t => {
  const server = await serverOn(t)
  const streamed = { cluster: { postBufferSizeBytes: 40 } }
  const { port } = await edgeOn(t, edgeConfig([{ port: server.port }], streamed))
  const client = async (name: string): Promise<void> => {
    for (let i = 0; i < 12; i++) {
      const body = `${name}.${i} `.repeat((i % 4) * 5)
      const end = i % 3 === 0 ? '0\r\n\r\n' : `0\r\nX-Of: ${name}.${i}\r\n\r\n`
      const start = head('POST', `X-Of: ${name}.${i}`)
      t.match(await talk(port, [start, body === '' ? '' : chunk(body), end]), [{ body: 'ok' }])
    }
  }
  await Promise.all(Array.from({ length: 12 }, (_, n) => client(`c${n}`)))
  const messages = server.messages()
  t.equal(messages.length, 144)
  for (const message of messages) {
    const [of = ''] = valuesOf(message, 'x-of')
    const i = Number(of.split('.')[1])
    t.equal(message.body, `${of} `.repeat((i % 4) * 5))
    t.strictSame(message.trailers, i % 3 === 0 ? [] : [['X-Of', of]])
  }
})

t.test('forbidden trailers and announcements end here', async t => {
  const server = await serverOn(t)
  const { port } = await edgeOn(t, edgeConfig([{ port: server.port }]))
  const forbidden = [
    'Host',
    'Cookie',
    'Authorization',
    'Content-Type',
    'Content-Encoding',
    'Connection',
    'Keep-Alive',
    'Trailer',
    'TE',
    'Proxy-Authorization',
    'Expect',
    'Range',
    'If-Match',
    '$WSRA',
    '_WSSC',
    'X-Forwarded-For',
    'X-Hop',
  ]
  const lines = forbidden.map(name => `${name}: evil\r\n`).join('')
  const fields = [`Trailer: ${forbidden.join(', ')}, X-Sum`, 'Connection: X-Hop']
  const [answer] = await talk(
    port,
    `${head('POST', ...fields)}${chunk('hi')}0\r\n${lines}X-Sum: 42\r\n\r\n`,
  )
  t.equal(answer?.body, 'ok')
  const [message] = server.messages()
  t.match(message, { body: 'hi', framing: 'chunked' })
  t.strictSame(message?.trailers, [['X-Sum', '42']])
  t.strictSame(valuesOf(message, 'trailer'), ['X-Sum'])
  t.notMatch(server.bytes.join(), /evil/)
})

t.test('with nothing but forbidden trailers the request is as one without', async t => {
  const server = await serverOn(t)
  const { port } = await edgeOn(t, edgeConfig([{ port: server.port }]))
  await talk(port, `${head('POST', 'Trailer: Host, X-Sum')}${chunk('hi')}0\r\nHost: evil\r\n\r\n`)
  const [message] = server.messages()
  t.match(message, { body: 'hi', framing: 'length' })
  t.strictSame(valuesOf(message, 'trailer'), [], 'what was announced does not come')
})

t.test('a request with a length has no trailers, and announces none', async t => {
  const server = await serverOn(t)
  const { port } = await edgeOn(t, edgeConfig([{ port: server.port }]))
  const text = 'POST /a HTTP/1.1\r\nHost: h\r\nTrailer: X-Sum\r\nContent-Length: 2\r\n\r\nhi'
  await talk(port, text + text, 2)
  await talk(port, 'GET /a HTTP/1.1\r\nHost: h\r\nTrailer: X-Sum\r\n\r\n')
  for (const message of server.messages()) {
    t.not(message.framing, 'chunked')
    t.strictSame(valuesOf(message, 'trailer'), [])
  }
})

t.test('HTTP/1.0 knows no trailers', async t => {
  const server = await serverOn(t)
  for (const postBufferSizeBytes of [65_536, 0]) {
    const { port } = await edgeOn(
      t,
      edgeConfig([{ port: server.port }], { cluster: { postBufferSizeBytes } }),
    )
    const fields = 'Host: h\r\nTrailer: X-Sum\r\nTransfer-Encoding: chunked\r\n\r\n'
    await talk(port, `POST /a HTTP/1.0\r\n${fields}${chunk('hi')}${sum}`)
  }
  for (const message of server.messages()) {
    t.match(message, { body: 'hi', trailers: [] })
    t.strictSame(valuesOf(message, 'trailer'), [])
  }
})

t.test('E4 a body that is dropped takes its trailers along', async t => {
  const server = await serverOn(t)
  const { port } = await edgeOn(
    t,
    edgeConfig([{ port: server.port }], { settings: { acceptAllContent: false } }),
  )
  const text = head('GET', 'Trailer: X-Sum') + chunk('hi') + sum
  t.match(await talk(port, text + text, 2), [{ body: 'ok' }, { body: 'ok' }])
  for (const message of server.messages()) {
    t.match(message, { framing: 'none', body: '' })
    t.strictSame(valuesOf(message, 'trailer'), [])
  }
})

const smuggled = 'GET /evil HTTP/1.1\r\nHost: h\r\n\r\n'
const attempts: Readonly<Record<string, string>> = {
  'CR in a value': `X-Sum: a\r${smuggled}\r\n\r\n`,
  'LF as the end of a line': `X-Sum: a\n\n${smuggled}\r\n`,
  'NUL in a value': 'X-Sum: a\0b\r\n\r\n',
  'a blank before the colon': 'X-Sum : a\r\n\r\n',
  'a line that goes on in the next': `X-Sum: a\r\n ${smuggled}\r\n`,
  'no colon': 'GET /evil HTTP/1.1\r\n\r\n',
  'another length': 'Content-Length: 100\r\nX-Sum: 42\r\n\r\n',
  'another coding': 'Transfer-Encoding: identity\r\nX-Sum: 42\r\n\r\n',
  'the end of a body': 'X-Sum: 0\\r\\n\\r\\n\r\n0: \r\n\r\n',
}
for (const [title, section] of Object.entries(attempts)) {
  for (const postBufferSizeBytes of [65_536, 0]) {
    const how = postBufferSizeBytes === 0 ? 'streamed' : 'in memory'
    t.test(`no request is smuggled in trailers by ${title}, ${how}`, async t => {
      const server = await serverOn(t)
      const { port, edge } = await edgeOn(
        t,
        edgeConfig([{ port: server.port }], { cluster: { postBufferSizeBytes } }),
      )
      const last = 'GET /last HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n'
      await talk(port, `${head()}${chunk('hi')}0\r\n${section}${last}`, 3)
      await eventually(() => edge.counters().running === 0)
      const requests = server.bytes.flatMap(text => readRequests(text).messages)
      t.strictSame(
        server.bytes.flatMap(text => readRequests(text).faults),
        [],
      )
      t.notOk(requests.some(({ start }) => start.includes('/evil')))
      for (const { start, body } of requests) {
        if (start.startsWith('POST')) t.equal(body, 'hi')
      }
    })
  }
}

t.test('a request behind trailers is a request of its own', async t => {
  const server = await serverOn(t)
  const { port } = await edgeOn(t, edgeConfig([{ port: server.port }]))
  const text = head() + chunk('hi') + sum
  const next = 'GET /next HTTP/1.1\r\nHost: h\r\n\r\n'
  t.equal((await talk(port, text + next + text, 3)).length, 3)
  t.strictSame(
    server
      .messages()
      .map(({ start, trailers }) => [start, trailers.length])
      .sort(),
    [
      ['GET /next HTTP/1.1', 0],
      ['POST /a HTTP/1.1', 1],
      ['POST /a HTTP/1.1', 1],
    ],
  )
})

for (const postBufferSizeBytes of [65_536, 0]) {
  const how = postBufferSizeBytes === 0 ? 'streamed' : 'in memory'
  t.test(`trailers longer than Node allows do not reach the server, ${how}`, async t => {
    const server = await serverOn(t)
    const { port, edge } = await edgeOn(
      t,
      edgeConfig([{ port: server.port }], { cluster: { postBufferSizeBytes } }),
    )
    const lines = `X-Long: ${'y'.repeat(1000)}\r\n`.repeat(100)
    await talk(port, `${head()}${chunk('hi')}0\r\n${lines}\r\n`)
    await eventually(() => edge.counters().running === 0)
    t.notMatch(server.bytes.join(), /X-Long|\r\n0\r\n/)
    t.match(edge.snapshot().clusters[0]?.servers, [{ health: 'up', pending: 0 }])
  })

  t.test(`a client that leaves before its trailers ends the request, ${how}`, async t => {
    const server = await serverOn(t)
    const { port, edge, records } = await edgeOn(
      t,
      edgeConfig([{ port: server.port }], { cluster: { postBufferSizeBytes } }),
    )
    const socket = net.connect(port, '127.0.0.1')
    socket.write(`${head('POST', 'Trailer: X-Sum')}${chunk('hi')}0\r\nX-Sum: 4`)
    if (postBufferSizeBytes === 0) {
      await eventually(() => server.bytes[0]?.endsWith('hi') === true)
    } else await eventually(() => edge.counters().running === 1)
    socket.destroy()
    await eventually(() => records.length === 1)
    t.match(records, [{ result: 'client-aborted' }])
    t.notMatch(server.bytes.join(), /\r\n0\r\n|X-Sum: /)
    t.match(edge.snapshot().clusters[0]?.servers, [{ health: 'up', pending: 0 }])
    t.match(await talk(port, head() + chunk('hi') + sum), [{ body: 'ok' }])
  })
}

t.test('a server that answers before the trailers is heard, and its connection ends', async t => {
  const early = await listen(
    t,
    net.createServer({ noDelay: true }, socket => {
      socket.on('error', () => {})
      socket.once('data', () =>
        socket.write('HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno'),
      )
    }),
  )
  const { port, edge } = await edgeOn(
    t,
    edgeConfig([{ port: early }], { cluster: { postBufferSizeBytes: 0 } }),
  )
  const text = head('POST', 'Trailer: X-Sum') + chunk('hi')
  for (let i = 0; i < 2; i++) {
    const [answer] = await talk(port, text)
    t.match(answer, { start: 'HTTP/1.1 403 Forbidden', body: 'no' })
  }
  // With the whole request on its way as well.
  t.match(await talk(port, text + sum), [{ body: 'no' }])
  await eventually(() => edge.counters().running === 0)
  t.match(edge.snapshot().clusters[0]?.servers, [{ health: 'up', pending: 0 }])
})
