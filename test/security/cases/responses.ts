import { edgeConfig } from '../../support/edge-config.ts'
import { eventually } from '../../support/loopback.ts'
import { appServer, bytesAre, openStage, request, talk } from '../stage.ts'
import { type Case, probe } from '../suite.ts'
import { type Message, statusOf, valuesOf } from '../wire.ts'

/** A server that has failed may be asked again at once, so that a second client can look at what is left of the first. */
export const forgiving = (port: number) =>
  edgeConfig([{ port }], { cluster: { retryIntervalMs: 0 } })

const ok = 'HTTP/1.1 200 OK\r\n'
const marker = 'INJECTED'
const injected = `${ok}X-${marker}: 1\r\nContent-Length: 8\r\n\r\n${marker}`

interface Wanted {
  /** Status of the first final answer; `page`: a refusal of ours; `cut`: it began and ends before its end. */
  readonly client: number | 'page' | 'cut'
  readonly body?: string
  readonly has?: Readonly<Record<string, readonly string[]>>
  /** The server closes behind its bytes. */
  readonly closes?: boolean
  readonly method?: string
  /** The client may see the marker: it belongs to its own answer. */
  readonly markerIsData?: boolean
}

/** What a server sends to one request, what its client sees, and that the next client sees none of it. */
const answering = (title: string, bytes: string, wanted: Wanted): Case => ({
  title: `${title}: ${wanted.client}`,
  run: async t => {
    const { port, app, edge } = await openStage(t, { config: forgiving })
    app.answer = bytesAre(bytes, wanted.closes)
    const method = wanted.method ?? 'GET'
    const seen = await talk(port, request(`${method} /a`, 'Connection: close'), {
      methods: [method],
    })
    t.strictSame(seen.faults, [], 'HTTP that can be read in one way')
    const finals = seen.messages.filter(message => statusOf(message) >= 200)
    const [answer] = finals
    if (wanted.client === 'cut') {
      t.strictSame(
        finals.filter(({ framing }) => framing !== 'close'),
        [],
        'no answer is whole',
      )
    } else {
      t.equal(finals.length, 1, 'one answer')
      t.equal(seen.rest, '')
      t.equal(answer && statusOf(answer), wanted.client === 'page' ? 500 : wanted.client)
      looksRight(t, answer, wanted)
    }
    for (const message of seen.messages) t.strictSame(valuesOf(message, `X-${marker}`), [])
    if (wanted.markerIsData !== true) t.notMatch(seen.text, new RegExp(marker))

    await eventually(() => edge.counters().running === 0)
    for (const target of ['/next1', '/next2']) {
      const { messages, text } = await talk(port, request(`GET ${target}`, 'Connection: close'))
      t.notMatch(text, new RegExp(marker))
      t.strictSame(
        messages.map(message => [statusOf(message), message.body]),
        [[200, target]],
        'the next client gets its own',
      )
    }
  },
})

const looksRight = (
  t: Parameters<Case['run']>[0],
  answer: Message | undefined,
  { body, has, client }: Wanted,
) => {
  if (client === 'page') t.match(answer?.body, /could not be answered/)
  if (body !== undefined) t.equal(answer?.body, body)
  for (const [name, values] of Object.entries(has ?? {}))
    t.strictSame(valuesOf(answer, name), values, name)
}

const sized = (lines: string, body = 'hi'): string =>
  `${ok}${lines}Content-Length: ${body.length}\r\n\r\n${body}`

const chunks = (body: string, lines = ''): string =>
  `${ok}Transfer-Encoding: chunked\r\n${lines}\r\n${body}`

/** Response side: a hostile or broken server (security.md 1). */
export const responses: readonly Case[] = [
  // Status line
  ...[
    ['no HTTP at all', 'I am no web server\r\n\r\n'],
    ['a greeting of mail', '220 mail.example ESMTP\r\n'],
    ['ICY', 'ICY 200 OK\r\n\r\n'],
    ['the bytes of HTTP/2', '\x00\x00\x12\x04\x00\x00\x00\x00\x00'],
    ['an alert of TLS', '\x15\x03\x01\x00\x02\x02\x46'],
    ['a version that is none', 'HTTP/x.1 200 OK\r\nContent-Length: 0\r\n\r\n'],
    ['HTTP/3.0', 'HTTP/3.0 200 OK\r\nContent-Length: 0\r\n\r\n'],
    ['a status of letters', 'HTTP/1.1 abc OK\r\nContent-Length: 0\r\n\r\n'],
    ['a status of two digits', 'HTTP/1.1 20 OK\r\nContent-Length: 0\r\n\r\n'],
    ['a status of four digits', 'HTTP/1.1 2000 OK\r\nContent-Length: 0\r\n\r\n'],
    ['a negative status', 'HTTP/1.1 -20 OK\r\nContent-Length: 0\r\n\r\n'],
    ['a status of 000', 'HTTP/1.1 000 OK\r\nContent-Length: 0\r\n\r\n'],
    ['a status of 099', 'HTTP/1.1 099 OK\r\nContent-Length: 0\r\n\r\n'],
    ['no status', 'HTTP/1.1\r\nContent-Length: 0\r\n\r\n'],
    [
      'a 101 that nobody asked for',
      `HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n${injected}`,
    ],
    ['a 101 without anything', `HTTP/1.1 101 Go\r\n\r\n${injected}`],
  ].map(([title = '', bytes = '']) => answering(title, bytes, { client: 'page', closes: true })),
  eitherFraming('NUL in the reason', 'HTTP/1.1 200 O\x00K\r\nContent-Length: 0\r\n\r\n'),
  answering('CR in the reason', `HTTP/1.1 200 O\rX-${marker}: 1\r\nContent-Length: 2\r\n\r\nhi`, {
    client: 'page',
  }),
  answering(
    'a reason of 60,000 letters',
    `HTTP/1.1 200 ${'x'.repeat(60_000)}\r\nContent-Length: 2\r\n\r\nhi`,
    { client: 200, body: 'hi' },
  ),
  answering('a reason of 100,000 letters and no end', `HTTP/1.1 200 ${'x'.repeat(100_000)}`, {
    client: 'page',
    closes: true,
  }),
  answering('no reason', 'HTTP/1.1 200\r\nContent-Length: 2\r\n\r\nhi', {
    client: 200,
    body: 'hi',
  }),
  answering(
    'a reason of bytes above ASCII',
    'HTTP/1.1 200 \xe9\xff\r\nContent-Length: 2\r\n\r\nhi',
    { client: 200, body: 'hi' },
  ),
  answering(
    'a reason of escape sequences',
    'HTTP/1.1 200 \x1b[31mred\r\nContent-Length: 2\r\n\r\nhi',
    { client: 200, body: 'hi' },
  ),
  answering('a status of 999', 'HTTP/1.1 999 Odd\r\nContent-Length: 2\r\n\r\nhi', {
    client: 999,
    body: 'hi',
  }),
  answering('HTTP/1.0', 'HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nhi', {
    client: 200,
    body: 'hi',
    closes: true,
  }),

  // Header fields
  ...[
    ['an empty name', ': x\r\n'],
    ['a blank in a name', 'X Y: z\r\n'],
    ['a blank before the colon', `X-${marker} : 1\r\n`],
    ['a blank before the colon of Content-Length', 'Content-Length : 5\r\n'],
    ['a name of bytes above ASCII', 'X\xe9: y\r\n'],
    ['a name in parentheses', '(X): y\r\n'],
    ['no colon', 'nonsense\r\n'],
    ['NUL in a name', 'X\x00Y: z\r\n'],
    ['NUL in a value', 'X: y\x00z\r\n'],
    ['CR in a value', `X: y\rX-${marker}: 1\r\n`],
    ['a control character in a value', 'X: y\x01z\r\n'],
  ].map(([title = '', line = '']) => splitting(`a field with ${title}`, line)),
  splitting('LF in a value', `X: y\nX-Own: 1\r\n`),
  splitting('a folded value', `X: y\r\n X-${marker}: 1\r\n`),
  splitting('a folded Set-Cookie', 'Set-Cookie: a=1\r\n\tb=2\r\n'),
  answering(
    'CVE-2023-38709: an encoded line end in a Location',
    sized(`Location: /x%0d%0aX-${marker}:%201\r\n`),
    { client: 200, body: 'hi', markerIsData: true },
  ),
  answering('bytes above ASCII in a value', sized('X-Own: \xe9\xff\r\n'), {
    client: 200,
    has: { 'x-own': ['\xe9\xff'] },
  }),
  answering(
    'private and hop-by-hop fields',
    sized(
      '$WSEP: x\r\n$wspt: y\r\n_WS_HAPRT_WLMVERSION: 1\r\nKeep-Alive: timeout=999999\r\nProxy-Connection: x\r\nProxy-Authenticate: Basic\r\nUpgrade: h2c\r\nX-Own: 1\r\n',
    ),
    {
      client: 200,
      has: {
        $wsep: [],
        $wspt: [],
        _ws_haprt_wlmversion: [],
        'keep-alive': [],
        'proxy-connection': [],
        upgrade: [],
        'x-own': ['1'],
      },
    },
  ),
  answering(
    '300 fields and more',
    sized(Array.from({ length: 600 }, (_, i) => `X-${i}: ${i}\r\n`).join('')),
    { client: 200, body: 'hi' },
  ),
  answering('a head of 1 MB', sized(`X-${marker}: ${'x'.repeat(1_000_000)}\r\n`), {
    client: 'page',
  }),
  answering('1 MB of fields', sized(`X: ${'x'.repeat(90)}\r\n`.repeat(10_000)), { client: 'page' }),
  answering('a head that never ends', `${ok}${`X: ${'x'.repeat(990)}\r\n`.repeat(200)}`, {
    client: 'page',
  }),
  answering('a head that breaks off', `${ok}Content-Le`, { client: 'page', closes: true }),

  // Lengths
  ...[
    ['two lengths', 'Content-Length: 2\r\nContent-Length: 5\r\n'],
    ['a list of lengths', 'Content-Length: 2, 5\r\n'],
    ['a length with a sign', 'Content-Length: +2\r\n'],
    ['a negative length', 'Content-Length: -2\r\n'],
    ['a length in hex', 'Content-Length: 0x2\r\n'],
    ['a length of letters', 'Content-Length: two\r\n'],
    ['a length of 20 digits', 'Content-Length: 99999999999999999999\r\n'],
    ['a length and chunked', 'Content-Length: 3\r\nTransfer-Encoding: chunked\r\n'],
    ['chunked and a length', 'Transfer-Encoding: chunked\r\nContent-Length: 3\r\n'],
  ].map(([title = '', lines = '']) =>
    eitherFraming(title, `${ok}${lines}\r\n2\r\nhi\r\n0\r\n\r\n`),
  ),
  eitherFraming('an empty length', `${ok}Content-Length:\r\n\r\n`),
  eitherFraming('the same length twice', `${ok}Content-Length: 2\r\nContent-Length: 2\r\n\r\nhi`),
  answering('a body longer than its length', `${sized('')}${injected}`, {
    client: 200,
    body: 'hi',
  }),
  answering('a body shorter than its length', `${ok}Content-Length: 100\r\n\r\nhi`, {
    client: 'cut',
    closes: true,
  }),
  answering('a length and no body at all', `${ok}Content-Length: 100\r\n\r\n`, {
    client: 'cut',
    closes: true,
  }),
  answering('no length, until close', `${ok}Connection: close\r\n\r\nhi`, {
    client: 200,
    body: 'hi',
    closes: true,
  }),
  answering(
    'a 304 with a length',
    'HTTP/1.1 304 Not Modified\r\nContent-Length: 1234\r\nETag: "x"\r\n\r\n',
    { client: 304, body: '', has: { etag: ['"x"'] } },
  ),
  answering(
    'a 304 with a length and that body',
    `HTTP/1.1 304 Not Modified\r\nContent-Length: ${injected.length}\r\n\r\n${injected}`,
    { client: 304, body: '' },
  ),
  answering(
    'a 304 that is chunked',
    'HTTP/1.1 304 Not Modified\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    { client: 304, body: '' },
  ),
  answering('a 204 with a length', 'HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n', {
    client: 204,
    body: '',
    has: { 'content-length': [] },
  }),
  answering('a 204 with a body', `HTTP/1.1 204 No Content\r\n\r\n${injected}`, {
    client: 204,
    body: '',
  }),
  answering('a 205 with a length', 'HTTP/1.1 205 Reset Content\r\nContent-Length: 0\r\n\r\n', {
    client: 205,
    body: '',
  }),
  answering('an answer to HEAD with a length', `${ok}Content-Length: 1234\r\n\r\n`, {
    client: 200,
    method: 'HEAD',
    has: { 'content-length': ['1234'] },
  }),
  answering(
    'an answer to HEAD with a body',
    `${ok}Content-Length: ${injected.length}\r\n\r\n${injected}`,
    { client: 200, method: 'HEAD' },
  ),
  answering('an answer to HEAD that is chunked', `${ok}Transfer-Encoding: chunked\r\n\r\n`, {
    client: 200,
    method: 'HEAD',
  }),
  answering(
    'an answer to HEAD that is chunked, with chunks',
    chunks(`8\r\n${marker}\r\n0\r\n\r\n`),
    { client: 200, method: 'HEAD' },
  ),

  // Codings and chunks
  ...['gzip', 'xchunked', 'identity', 'chunked, gzip', 'chunked;q=1', 'chunked\x0b'].map(value =>
    eitherFraming(
      `a Transfer-Encoding of ${JSON.stringify(value)}`,
      `${ok}Transfer-Encoding: ${value}\r\n\r\n2\r\nhi\r\n0\r\n\r\n`,
      true,
    ),
  ),
  answering('chunk extensions', chunks('2;a=b;c="d"\r\nhi\r\n0;x\r\n\r\n'), {
    client: 200,
    body: 'hi',
  }),
  ...[
    ['a chunk size of letters', 'zz\r\nhi\r\n0\r\n\r\n'],
    ['a chunk size of 17 digits', 'fffffffffffffffff\r\nhi\r\n0\r\n\r\n'],
    ['a chunk size with a sign', '-2\r\nhi\r\n0\r\n\r\n'],
    ['a chunk longer than its size', `2\r\nhi${marker}\r\n0\r\n\r\n`],
    ['a chunk extension with LF', '2;a\nhi\r\n0\r\n\r\n'],
  ].map(([title = '', body = '']) =>
    answering(title, chunks(body), { client: 'cut', closes: true }),
  ),
  answering('no last chunk', chunks('2\r\nhi\r\n'), { client: 'cut', closes: true }),
  answering('half a chunk', chunks('ff\r\nhi'), { client: 'cut', closes: true }),
  answering('a last chunk without its end', chunks('2\r\nhi\r\n0\r\n'), {
    client: 'cut',
    closes: true,
  }),
  answering(
    'trailers',
    chunks(
      '2\r\nhi\r\n0\r\nX-Sum: 42\r\nSet-Cookie: a=1\r\n$WSEP: x\r\n\r\n',
      'Trailer: X-Sum\r\n',
    ),
    { client: 200, body: 'hi', has: { 'set-cookie': [], $wsep: [] } },
  ),
  answering(
    'a trailer with CR',
    chunks(`2\r\nhi\r\n0\r\nX: y\rX-${marker}: 1\r\n\r\n`, 'Trailer: X\r\n'),
    { client: 'cut', closes: true },
  ),
  answering(
    'a head, a body and trailers of gzip that is none',
    sized('Content-Encoding: gzip\r\nVary: *\r\n', '\x1f\x8bnot gzip\xff'),
    { client: 200, body: '\x1f\x8bnot gzip\xff', has: { 'content-encoding': ['gzip'] } },
  ),

  // More answers than requests
  answering('CVE-2026-6733: two answers at once', `${sized('')}${injected}`, {
    client: 200,
    body: 'hi',
  }),
  answering('three answers at once', `${sized('')}${injected}${injected}`, {
    client: 200,
    body: 'hi',
  }),
  answering('half an answer behind the answer', `${sized('')}${injected.slice(0, 20)}`, {
    client: 200,
    body: 'hi',
  }),
  answering('a line end behind the answer', `${sized('')}\r\n`, { client: 200, body: 'hi' }),
  answering('a second answer behind the last chunk', chunks(`2\r\nhi\r\n0\r\n\r\n${injected}`), {
    client: 200,
    body: 'hi',
  }),
  answering('a second answer behind a 304', `HTTP/1.1 304 Not Modified\r\n\r\n${injected}`, {
    client: 304,
  }),
  later('an answer that nobody asked for, on an idle connection', injected),
  later('junk on an idle connection', 'junk'),
  later(
    'a 408 on an idle connection',
    'HTTP/1.1 408 Request Timeout\r\nConnection: close\r\nContent-Length: 0\r\n\r\n',
  ),
  later('a 100 on an idle connection', 'HTTP/1.1 100 Continue\r\n\r\n'),
  probe('an answer before the request, on a new connection, is for nobody', async t => {
    const { port } = await openStage(t, {
      config: forgiving,
      connected: socket => socket.write(injected),
    })
    for (const target of ['/next1', '/next2', '/next3']) {
      const { messages, text, faults } = await talk(
        port,
        request(`GET ${target}`, 'Connection: close'),
      )
      t.strictSame(faults, [])
      t.equal(messages.length, 1)
      // Which of the two comes first is a race that nobody can judge on a new connection; a second one is never seen.
      t.ok(text.split(marker).length <= 3)
    }
  }),

  // Interim answers
  ...[1, 2, 50].map(count =>
    answering(
      `${count} 100s before the answer`,
      `${'HTTP/1.1 100 Continue\r\n\r\n'.repeat(count)}${sized('')}`,
      { client: 200, body: 'hi' },
    ),
  ),
  answering('10,000 100s', 'HTTP/1.1 100 Continue\r\n\r\n'.repeat(10_000) + sized(''), {
    client: 'page',
  }),
  answering('10,000 102s', 'HTTP/1.1 102 Processing\r\n\r\n'.repeat(10_000) + sized(''), {
    client: 'page',
  }),
  answering(
    '10,000 103s',
    `HTTP/1.1 103 Early Hints\r\nLink: </x>; rel=preload\r\n\r\n`.repeat(10_000) + sized(''),
    { client: 'page' },
  ),
  answering(
    'a 103 with fields that are none',
    `HTTP/1.1 103 Early Hints\r\nLink: <a\r\nX: y\r\n\r\n${sized('')}`,
    { client: 200, body: 'hi' },
  ),
  answering(
    'a 100 with a length',
    `HTTP/1.1 100 Continue\r\nContent-Length: 8\r\n\r\n${sized('')}`,
    { client: 200, body: 'hi' },
  ),
  answering('a 199', `HTTP/1.1 199 Odd\r\n\r\n${sized('')}`, { client: 200, body: 'hi' }),
  answering('a 100 and no answer', 'HTTP/1.1 100 Continue\r\n\r\n', {
    client: 'page',
    closes: true,
  }),
  answering('nothing at all', '', { client: 'page', closes: true }),

  probe(
    'a server that breaks off while another can answer: nothing of the first is seen',
    async t => {
      const bad = await appServer(t)
      bad.answer = bytesAre(
        `HTTP/1.1 200 OK\r\nX-${marker}: 1\r\nContent-Length: x\r\n\r\n${marker}`,
      )
      const { port, app } = await openStage(t, {
        config: good => edgeConfig([{ port: bad.port }, { port: good }]),
      })
      const { messages, text } = await talk(port, request('GET /a', 'Connection: close'))
      t.strictSame(
        messages.map(({ body }) => body),
        ['/a'],
      )
      t.notMatch(text, new RegExp(marker))
      t.equal(app.messages().length, 1)
    },
  ),
]

/** One clear answer with the bytes as a value, or a page: Node’s and undici’s parsers may differ in what they take. */
function splitting(title: string, line: string): Case {
  return eitherFraming(title, sized(line))
}

function eitherFraming(title: string, bytes: string, closes = false): Case {
  return {
    title: `${title}: a page, a cut, or one clear answer`,
    run: async t => {
      const { port, app, edge } = await openStage(t, { config: forgiving })
      app.answer = bytesAre(bytes, true)
      const { messages, faults } = await talk(port, request('GET /a', 'Connection: close'))
      t.strictSame(faults, [])
      t.ok(messages.length <= 1)
      const [answer] = messages
      if (answer !== undefined) t.ok([200, 500].includes(statusOf(answer)))
      t.strictSame(valuesOf(answer, `X-${marker}`), [])
      if (
        !closes &&
        answer !== undefined &&
        statusOf(answer) === 200 &&
        answer.framing !== 'close'
      ) {
        t.ok(['', 'hi'].includes(answer.body), JSON.stringify(answer.body))
      }
      await eventually(() => edge.counters().running === 0)
      const { messages: after } = await talk(port, request('GET /next', 'Connection: close'))
      t.strictSame(
        after.map(({ body }) => body),
        ['/next'],
      )
    },
  }
}

/** Bytes that come when nobody waits for any: the connection is given up, or they are dropped. */
function later(title: string, bytes: string): Case {
  return {
    title: `${title} is for nobody`,
    run: async t => {
      const { port, app, edge } = await openStage(t, { config: forgiving })
      const first = await talk(port, request('GET /next0', 'Connection: close'))
      t.strictSame(
        first.messages.map(({ body }) => body),
        ['/next0'],
      )
      await eventually(() => edge.counters().idleStreams === 1)
      const [socket] = app.sockets
      await new Promise<void>(resolve => socket?.write(bytes, 'latin1', () => resolve()))
      // Some read it before the next request, some with it.
      for (const target of ['/next1', '/next2']) {
        const { messages, text } = await talk(port, request(`GET ${target}`, 'Connection: close'))
        t.strictSame(
          messages.map(({ body }) => body),
          [target],
        )
        t.notMatch(text, new RegExp(marker))
      }
    },
  }
}
