import net from 'node:net'
import { edgeConfig } from '../../support/edge-config.ts'
import { eventually, refusingPort } from '../../support/loopback.ts'
import { bytesAre, last, openStage, request, talk, unambiguous } from '../stage.ts'
import { type Case, probe, refused, served } from '../suite.ts'
import { statusOf, valuesOf } from '../wire.ts'

const chunked = 'Transfer-Encoding: chunked'
const whole = '2\r\nhi\r\n0\r\n\r\n'
const ok = 'HTTP/1.1 200 OK\r\n'

const accepting = (port: number) => edgeConfig([{ port }], { settings: { acceptAllContent: true } })

/** What the server says, and how the client’s view of it is judged. */
const answer = (
  title: string,
  bytes: string,
  judge: Case['run'] extends (t: infer T, ...rest: never[]) => unknown
    ? (t: T, seen: Awaited<ReturnType<typeof talk>>) => void
    : never,
  over: {
    readonly lines?: readonly string[]
    readonly method?: string
    readonly closes?: boolean
  } = {},
): Case =>
  probe(title, async t => {
    const { port, app } = await openStage(t)
    const { method = 'GET', lines = [] } = over
    app.answer = bytesAre(bytes, over.closes)
    const seen = await talk(port, request(`${method} /a`, ...lines) + last, { methods: [method] })
    t.strictSame(seen.faults, [])
    judge(t, seen)
  })

/** A correct pipe: one case at least for every row of the table in security.md 2. */
export const pipe: readonly Case[] = [
  served('Host sent upstream: the client’s', request('GET /a'), {
    has: { host: ['edge.example'] },
  }),
  served(
    'a request header named by Connection is dropped',
    request('GET /a', 'Connection: X-Hop', 'X-Hop: 1'),
    { lacks: ['x-hop'] },
  ),
  served(
    'Proxy-Connection and Keep-Alive are dropped',
    request('GET /a', 'Proxy-Connection: keep-alive', 'Keep-Alive: timeout=9'),
    { lacks: ['proxy-connection', 'keep-alive'] },
  ),
  answer(
    'a response header named by Connection is dropped',
    `${ok}Connection: X-Hop\r\nX-Hop: 1\r\nKeep-Alive: timeout=5\r\nContent-Length: 2\r\n\r\nok`,
    (t, { messages }) => {
      t.strictSame([valuesOf(messages[0], 'x-hop'), messages[0]?.body], [[], 'ok'])
    },
  ),
  probe('request header spelling is kept', async (t, { port, app }) => {
    await talk(port, request('GET /a', 'X-CaMeL: 1', 'x-lower: 2') + last)
    t.strictSame(
      app.messages()[0]?.fields.filter(([name]) => /^x-/i.test(name)),
      [
        ['X-CaMeL', '1'],
        ['x-lower', '2'],
      ],
    )
  }),
  served(
    'a repeated request header stays two lines',
    request('GET /a', 'X-Dup: 1', 'X-Dup: 2', 'x-dup: 3'),
    { has: { 'x-dup': ['1', '2', '3'] } },
  ),
  served(
    'two Cookie lines stay two lines',
    request('GET /a', 'Cookie: a=1', 'Cookie: JSESSIONID=x:c1'),
    { has: { cookie: ['a=1', 'JSESSIONID=x:c1'] } },
  ),
  answer(
    'a repeated response header and two Set-Cookies keep their lines and spelling',
    `${ok}Set-Cookie: a=1; Path=/\r\nSet-Cookie: b=2, c\r\nX-Dup: 1\r\nX-Dup: 2\r\nX-CaMeL: v\r\nContent-Length: 2\r\n\r\nok`,
    (t, { messages }) => {
      t.strictSame(
        messages[0]?.fields.filter(([name]) => /^(?:x-|set)/i.test(name)),
        [
          ['Set-Cookie', 'a=1; Path=/'],
          ['Set-Cookie', 'b=2, c'],
          ['X-Dup', '1'],
          ['X-Dup', '2'],
          ['X-CaMeL', 'v'],
        ],
      )
    },
  ),
  answer(
    'the reason phrase is kept',
    'HTTP/1.1 299 Very Special\r\nContent-Length: 2\r\n\r\nok',
    (t, { messages }) => {
      t.equal(messages[0]?.start, 'HTTP/1.1 299 Very Special')
    },
  ),
  answer(
    '103 Early Hints are passed on',
    `HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\n\r\n${ok}Content-Length: 2\r\n\r\nok`,
    (t, { messages }) => {
      t.strictSame(messages.map(statusOf), [103, 200, 200])
      t.strictSame(valuesOf(messages[0], 'link'), ['</a.css>; rel=preload'])
    },
  ),
  answer(
    '102 Processing is passed on',
    `HTTP/1.1 102 Processing\r\n\r\n${ok}Content-Length: 2\r\n\r\nok`,
    (t, { messages }) => {
      t.strictSame(messages.map(statusOf), [102, 200, 200])
    },
  ),
  probe('no interim answer goes to a client of HTTP/1.0', async (t, { port, app }) => {
    app.answer = bytesAre(
      `HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n${ok}Content-Length: 2\r\n\r\nok`,
    )
    const { messages } = await talk(port, 'GET /a HTTP/1.0\r\nHost: edge.example\r\n\r\n')
    t.strictSame(
      messages.map(message => [statusOf(message), message.body]),
      [[200, 'ok']],
    )
  }),
  answer(
    'response trailers are passed on',
    `${ok}${chunked}\r\nTrailer: X-Sum\r\n\r\n2\r\nok\r\n0\r\nX-Sum: 42\r\n\r\n`,
    (t, { messages }) => {
      t.strictSame([messages[0]?.body, messages[0]?.trailers], ['ok', [['X-Sum', '42']]])
    },
    { lines: ['TE: trailers', 'Connection: TE'] },
  ),
  served(
    'request trailers are passed on, as trailers',
    `${request('POST /a', chunked, 'Trailer: X-Sum')}2\r\nhi\r\n0\r\nX-Sum: 42\r\n\r\n`,
    { body: 'hi', has: { trailer: ['X-Sum'] }, lacks: ['x-sum'], trailers: [['X-Sum', '42']] },
  ),
  served('a chunked upload arrives with a length', `${request('POST /a', chunked)}${whole}`, {
    body: 'hi',
    has: { 'content-length': ['2'] },
    lacks: ['transfer-encoding'],
  }),
  served(
    'a DELETE with a chunked body: dropped whole',
    `${request('DELETE /a', chunked)}${whole}`,
    { start: 'DELETE /a' },
  ),
  served('a GET with a body: dropped whole', `${request('GET /a', 'Content-Length: 2')}hi`, {
    start: 'GET /a',
  }),
  ...['DELETE', 'GET', 'OPTIONS'].flatMap(method =>
    [['chunked', [chunked], whole] as const, ['sized', ['Content-Length: 2'], 'hi'] as const].map(
      ([title, lines, body]) =>
        probe(`a ${method} with a ${title} body and AcceptAllContent: kept whole`, async t => {
          const { port, app } = await openStage(t, { config: accepting })
          const { messages } = await talk(port, request(`${method} /a`, ...lines) + body + last)
          t.strictSame(messages.map(statusOf), [200, 200])
          t.strictSame(
            app.messages().map(message => message.body),
            ['hi'],
          )
          unambiguous(t, app)
        }),
    ),
  ),
  probe('Expect: 100-continue, and the server never says 100', async (t, { port, app }) => {
    const socket = net.connect(port, '127.0.0.1')
    let text = ''
    socket.on('data', chunk => {
      text += chunk
    })
    socket.write(request('POST /a', 'Expect: 100-continue', 'Content-Length: 2'))
    await eventually(() => text.startsWith('HTTP/1.1 100 '))
    socket.write('hi')
    await eventually(() => text.endsWith('/a'))
    t.strictSame(
      app.messages().map(({ body }) => body),
      ['hi'],
    )
    socket.destroy()
  }),
  refused(
    'an expectation that nobody knows',
    request('GET /a', 'Expect: the-unexpected', 'Connection: close'),
    [417],
  ),
  answer(
    'a truncated Content-Length response cuts the client off',
    `${ok}Content-Length: 100\r\n\r\n0123456789`,
    (t, { messages, text }) => {
      t.strictSame(messages, [])
      t.match(text, /0123456789$/)
    },
    { closes: true },
  ),
  answer(
    'a truncated chunked response cuts the client off',
    `${ok}${chunked}\r\n\r\na\r\n0123456789\r\n`,
    (t, { messages, text }) => {
      t.strictSame(messages, [])
      t.notMatch(text, /\r\n0\r\n\r\n/)
    },
    { closes: true },
  ),
  answer(
    'a response delimited by close',
    `${ok}Connection: close\r\n\r\nhello`,
    (t, { messages }) => {
      t.strictSame(
        messages.map(({ body }) => body),
        ['hello', '/last'],
      )
    },
    { closes: true },
  ),
  answer(
    'HEAD keeps Content-Length',
    `${ok}Content-Length: 1234\r\n\r\n`,
    (t, { messages }) => {
      t.strictSame(
        [valuesOf(messages[0], 'content-length'), messages[1]?.body],
        [['1234'], '/last'],
      )
    },
    { method: 'HEAD' },
  ),
  answer(
    '304 with Content-Length',
    'HTTP/1.1 304 Not Modified\r\nETag: "x"\r\nContent-Length: 1234\r\n\r\n',
    (t, { messages }) => {
      t.strictSame(messages.map(statusOf), [304, 200])
    },
  ),
  answer('204 without a body', 'HTTP/1.1 204 No Content\r\n\r\n', (t, { messages }) => {
    t.strictSame(messages.map(statusOf), [204, 200])
  }),
  answer(
    'two different Content-Lengths in a response are no answer',
    `${ok}Content-Length: 2\r\nContent-Length: 5\r\n\r\nokHTTP`,
    (t, { messages }) => {
      t.equal(messages[0] && statusOf(messages[0]), 500)
    },
  ),
  answer(
    'Content-Length and chunked in a response are never both sent',
    `${ok}Content-Length: 3\r\n${chunked}\r\n\r\n2\r\nok\r\n0\r\n\r\n`,
    (t, { messages }) => {
      t.ok(messages[0] !== undefined && [200, 500].includes(statusOf(messages[0])))
    },
  ),
  refused(
    'Content-Length and chunked in a request',
    `${request('POST /a', 'Content-Length: 3', chunked)}${whole}`,
  ),
  ...['GET', 'POST'].map(method =>
    probe(`the server resets a ${method}: one try, and a page`, async t => {
      const { port, app } = await openStage(t)
      app.answer = (_, socket) => {
        socket.resetAndDestroy()
      }
      const body = method === 'POST' ? ['Content-Length: 2'] : []
      const { messages } = await talk(
        port,
        `${request(`${method} /a`, ...body, 'Connection: close')}${body.length > 0 ? 'hi' : ''}`,
      )
      t.strictSame(messages.map(statusOf), [500])
      t.equal(app.messages().length, 1)
    }),
  ),
  served(
    'an absolute-form target arrives as its path',
    request('GET http://edge.example/t/abs?q=1'),
    { start: 'GET /t/abs?q=1' },
  ),
  ...['//127.0.0.9/t/a', '/t/x/../a', '/t/x;v=1/%2e%2e/a', '/t/a|b"c'].map(target =>
    served(`the target ${target} arrives as it is`, request(`GET ${target}`), {
      start: `GET ${target}`,
    }),
  ),
  refused('a target with a backslash', request('GET /t/a\\b')),
  refused('a target with a raw byte of UTF-8', request('GET /t/a\xc3\xa9')),
  probe('the client is gone while the server is silent: the server is released', async t => {
    const { port, app, edge } = await openStage(t)
    app.answer = () => {}
    const client = net.connect(port, '127.0.0.1', () => client.write(request('GET /a')))
    client.on('error', () => {})
    await eventually(() => app.messages().length === 1)
    client.destroy()
    await eventually(() => app.sockets[0]?.destroyed === true && edge.counters().running === 0)
    t.equal(edge.counters().idleStreams, 0)
  }),
  probe('the client is gone in the middle of an answer: the server is released', async t => {
    const { port, app, edge } = await openStage(t)
    app.answer = (_, socket) => {
      socket.write(`${ok}Content-Length: 1000000\r\n\r\nbeginning`)
    }
    const client = net.connect(port, '127.0.0.1', () => client.write(request('GET /a')))
    client.on('error', () => {})
    await new Promise(resolve => client.once('data', resolve))
    client.destroy()
    await eventually(() => app.sockets[0]?.destroyed === true && edge.counters().running === 0)
    t.equal(edge.counters().idleStreams, 0)
  }),
  probe('the server is down', async t => {
    const down = await refusingPort()
    const { port } = await openStage(t, { config: () => edgeConfig([{ port: down }]) })
    const { messages } = await talk(port, request('GET /a', 'Connection: close'))
    t.ok(messages[0] !== undefined && [500, 503].includes(statusOf(messages[0])))
  }),
  probe('an early answer while the client still uploads reaches it', async t => {
    const { port, app, edge } = await openStage(t)
    const client = net.connect(port, '127.0.0.1')
    let text = ''
    client.on('data', chunk => {
      text += chunk
    })
    client.on('error', () => {})
    client.write(`${request('POST /a', 'Content-Length: 1000000')}${'x'.repeat(100_000)}`)
    await eventually(() => app.text().length > 100_000)
    app.sockets[0]?.write(
      'HTTP/1.1 413 Too Much\r\nConnection: close\r\nContent-Length: 2\r\n\r\nno',
    )
    await eventually(() => text.endsWith('no'))
    t.match(text, /^HTTP\/1\.1 413 Too Much\r\n/)
    client.destroy()
    await eventually(() => edge.counters().running === 0)
    t.equal(edge.counters().idleStreams, 0, 'nobody knows where the server is in the body')
  }),
  answer(
    'gzip goes through untouched',
    `${ok}Content-Encoding: gzip\r\nContent-Length: 6\r\n\r\n\x1f\x8b\x08\x00\xff\x00`,
    (t, { messages }) => {
      t.strictSame(
        [messages[0]?.body, valuesOf(messages[0], 'content-encoding')],
        ['\x1f\x8b\x08\x00\xff\x00', ['gzip']],
      )
    },
    { lines: ['Accept-Encoding: gzip;q=1.0, *;q=0'] },
  ),
  served(
    'a gzip upload and Accept-Encoding go through untouched',
    `${request('POST /a', 'Content-Encoding: gzip', 'Accept-Encoding: gzip, br;q=0.1', 'Content-Length: 4')}\x1f\x8b\xff\x00`,
    {
      body: '\x1f\x8b\xff\x00',
      has: { 'content-encoding': ['gzip'], 'accept-encoding': ['gzip, br;q=0.1'] },
    },
  ),
  probe('20 requests in one segment are answered in their order', async (t, { port, app }) => {
    const list = Array.from({ length: 20 }, (_, i) => `/p${i}`)
    const { messages } = await talk(
      port,
      list.map(target => request(`GET ${target}`)).join('') + last,
    )
    t.strictSame(
      messages.map(({ body }) => body),
      [...list, '/last'],
    )
    unambiguous(t, app)
  }),
]
