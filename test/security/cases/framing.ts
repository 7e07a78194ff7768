import { edgeConfig } from '../../support/edge-config.ts'
import { eventually } from '../../support/loopback.ts'
import { last, openStage, request, talk, unambiguous } from '../stage.ts'
import { type Case, clearOrRefused, probe, refused, served } from '../suite.ts'
import { statusOf, valuesOf } from '../wire.ts'

const post = (lines: readonly string[], body: string, start = 'POST /a'): string =>
  request(start, ...lines) + body

const chunked = 'Transfer-Encoding: chunked'
const hidden = 'GET /hidden HTTP/1.1\r\nHost: edge.example\r\n\r\n'
const whole = `2\r\nhi\r\n0\r\n\r\n`

/** Request framing (security.md 1): every message is framed anew or refused. */
export const framing: readonly Case[] = [
  // Content-Length
  refused(
    'a Content-Length twice, both the same',
    post(['Content-Length: 2', 'Content-Length: 2'], 'hi'),
  ),
  refused('two Content-Lengths', post(['Content-Length: 2', 'Content-Length: 5'], 'hi')),
  refused(
    'a Content-Length of 0 and another',
    post(['Content-Length: 0', 'Content-Length: 2'], 'hi'),
  ),
  ...[
    '2, 2',
    '2,5',
    '+2',
    '-2',
    '0x2',
    '2 2',
    '2\t2',
    '1e1',
    '2.0',
    '2;',
    '"2"',
    '\xb2',
    '\xd9\xa2',
  ].map(value =>
    refused(
      `a Content-Length of ${JSON.stringify(value)}`,
      post([`Content-Length: ${value}`], 'hi'),
    ),
  ),
  ...['18446744073709551616', '99999999999999999999999', '9'.repeat(400)].map(value =>
    refused(`a Content-Length of ${value.length} digits`, post([`Content-Length: ${value}`], 'hi')),
  ),
  clearOrRefused('an empty Content-Length', post(['Content-Length:'], ''), ''),
  clearOrRefused('a Content-Length of blanks', post(['Content-Length: \t '], ''), ''),
  clearOrRefused(
    'a Content-Length with blanks around',
    post(['Content-Length: \t 2 \t'], 'hi'),
    'hi',
  ),
  served('a Content-Length with leading zeros', post(['Content-Length: 0002'], 'hi'), {
    body: 'hi',
    has: { 'content-length': ['2'] },
  }),
  refused('a blank before the colon of Content-Length', post(['Content-Length : 2'], 'hi')),
  refused('a tab before the colon of Content-Length', post(['Content-Length\t: 2'], 'hi')),
  served('an underscore Content_Length', post(['Content_Length: 60', 'Content-Length: 2'], 'hi'), {
    body: 'hi',
    has: { 'content-length': ['2'] },
  }),
  served('a length of 0 on a POST', post(['Content-Length: 0'], ''), {}),
  served('a POST without any framing', post([], ''), {}),

  // Both
  refused('Content-Length before chunked', post(['Content-Length: 2', chunked], whole)),
  refused('Content-Length behind chunked', post([chunked, 'Content-Length: 2'], whole)),
  refused(
    'a length of 0 and chunked around a request',
    post(['Content-Length: 0', chunked], `${hidden.length.toString(16)}\r\n${hidden}\r\n0\r\n\r\n`),
  ),
  refused(
    'a length of 0 and a hidden coding',
    post(['Content-Length: 0', 'Transfer-Encoding: xchunked'], `0\r\n\r\n`),
  ),

  // Transfer-Encoding
  served('chunked', post([chunked], whole), { body: 'hi' }),
  served('chunked in odd case', post(['tRANSFER-eNCODING: CHUNKED'], whole), { body: 'hi' }),
  clearOrRefused(
    'chunked with blanks around',
    post(['Transfer-Encoding: \t chunked \t'], whole),
    'hi',
  ),
  ...[
    'xchunked',
    'chunkedx',
    'chunked, identity',
    'chunked, gzip',
    'chunked;q=1',
    'identity',
    'gzip',
    'chunked chunked',
    '"chunked"',
    'chunked\x80',
    '\xa0chunked',
    'x chunked y',
  ].map(value =>
    refused(
      `a Transfer-Encoding of ${JSON.stringify(value)}`,
      post([`Transfer-Encoding: ${value}`], whole),
    ),
  ),
  ...['\x0bchunked', 'chunked\x0c', '\x00chunked', 'chun\x00ked'].map(value =>
    refused(
      `a Transfer-Encoding of ${JSON.stringify(value)}`,
      post([`Transfer-Encoding: ${value}`], whole),
    ),
  ),
  ...['gzip, chunked', 'identity, chunked', 'chunked, chunked', ', chunked', 'chunked,'].map(
    value =>
      clearOrRefused(
        `a Transfer-Encoding of ${JSON.stringify(value)}`,
        post([`Transfer-Encoding: ${value}`], whole),
        'hi',
      ),
  ),
  // Node 20 takes it for no coding at all, later versions refuse it.
  probe(
    'an empty Transfer-Encoding is refused, or means no body and the end of the connection',
    async (t, { port, app }) => {
      const { messages } = await talk(port, post(['Transfer-Encoding:'], whole) + last)
      t.equal(messages.length === 0 ? 0 : statusOf(messages.at(-1) as never), 400)
      t.ok(app.messages().every(({ body }) => body === ''))
      t.notMatch(app.text(), /last/)
      unambiguous(t, app)
    },
  ),
  clearOrRefused(
    'two Transfer-Encodings, chunked last',
    post(['Transfer-Encoding: identity', chunked], whole),
    'hi',
  ),
  refused(
    'two Transfer-Encodings, chunked first',
    post([chunked, 'Transfer-Encoding: identity'], whole),
  ),
  refused(
    'a blank before the colon of Transfer-Encoding',
    post(['Transfer-Encoding : chunked'], whole),
  ),
  refused('a folded Transfer-Encoding', post(['Transfer-Encoding:', ' xchunked'], whole)),
  served(
    'an underscore Transfer_Encoding',
    post(['Transfer_Encoding: chunked', 'Content-Length: 12'], whole.padEnd(12)),
    { body: whole.padEnd(12) },
  ),
  clearOrRefused(
    'chunked in HTTP/1.0',
    `POST /a HTTP/1.0\r\nHost: edge.example\r\nConnection: keep-alive\r\n${chunked}\r\n\r\n${whole}`,
    'hi',
  ),
  refused(
    'a length and chunked in HTTP/1.0',
    `POST /a HTTP/1.0\r\nHost: edge.example\r\nContent-Length: 2\r\n${chunked}\r\n\r\n${whole}`,
  ),

  // Chunks
  served(
    'a chunk extension is not passed on',
    post([chunked], `2;a=b;c="d"\r\nhi\r\n0;e\r\n\r\n`),
    { body: 'hi' },
  ),
  served('chunk sizes with leading zeros', post([chunked], `0002\r\nhi\r\n000\r\n\r\n`), {
    body: 'hi',
  }),
  served(
    'chunk sizes in either case',
    post([chunked], `a\r\n0123456789\r\nA\r\n0123456789\r\n0\r\n\r\n`),
    { body: '01234567890123456789' },
  ),
  ...[
    ['a chunk size of 17 digits', `fffffffffffffffff\r\nhi\r\n0\r\n\r\n`],
    ['a chunk size with a sign', `+2\r\nhi\r\n0\r\n\r\n`],
    ['a negative chunk size', `-2\r\nhi\r\n0\r\n\r\n`],
    ['a chunk size with 0x', `0x2\r\nhi\r\n0\r\n\r\n`],
    ['a blank before a chunk size', ` 2\r\nhi\r\n0\r\n\r\n`],
    ['an empty chunk size', `\r\nhi\r\n0\r\n\r\n`],
    ['a chunk size of a letter that is no digit', `g\r\nhi\r\n0\r\n\r\n`],
    ['a chunk longer than its size', `2\r\nhiX\r\n0\r\n\r\n`],
    ['a chunk without its line end', `2\r\nhi0\r\n\r\n`],
    ['a chunk ended by LF alone', `2\r\nhi\n0\r\n\r\n`],
    ['a chunk size ended by CR alone', `2\rhi\r\n0\r\n\r\n`],
    ['a chunk extension with LF alone', `2;a\nhi\r\n0\r\n\r\n`],
    ['a chunk extension with CR alone', `2;a\rb\r\nhi\r\n0\r\n\r\n`],
    ['a chunk extension with NUL', `2;a=\x00\r\nhi\r\n0\r\n\r\n`],
    ['a trailer without a name', `2\r\nhi\r\n0\r\n: x\r\n\r\n`],
    ['a trailer with a blank before the colon', `2\r\nhi\r\n0\r\nX : y\r\n\r\n`],
  ].map(([title = '', body = '']) => brokenBody(title, body)),
  clearOrRefused('a chunk size ended by LF alone', post([chunked], `2\nhi\r\n0\r\n\r\n`), 'hi'),
  clearOrRefused('a blank behind a chunk size', post([chunked], `2 \r\nhi\r\n0\r\n\r\n`), 'hi'),
  served(
    'trailers that mean framing, routing or trust',
    post(
      [chunked, 'Trailer: X-Sum'],
      `2\r\nhi\r\n0\r\nHost: evil\r\n$WSRA: 6.6.6.6\r\nX-Forwarded-For: 6.6.6.6\r\nCookie: JSESSIONID=x\r\nX-Sum: 1\r\n\r\n`,
    ),
    {
      body: 'hi',
      has: { host: ['edge.example'], $WSRA: ['127.0.0.1'] },
      lacks: ['cookie', 'x-forwarded-for'],
      trailers: [['X-Sum', '1']],
    },
  ),
  ...['Content-Length: 9', 'Transfer-Encoding: chunked'].map(trailer =>
    clearOrRefused(
      `a trailer ${trailer}`,
      post([chunked], `2\r\nhi\r\n0\r\n${trailer}\r\n\r\n`),
      'hi',
    ),
  ),

  // Lines
  refused('a line ended by CR alone', 'GET /a HTTP/1.1\r\nHost: edge.example\rX: y\r\n\r\n'),
  refused('CR in a value', request('GET /a', 'X: a\rY: b')),
  refused('NUL in a value', request('GET /a', 'X: a\x00b')),
  refused('NUL in a name', request('GET /a', 'X\x00Y: b')),
  refused('DEL in a value', request('GET /a', 'X: a\x7fb')),
  refused('a control character in a value', request('GET /a', 'X: a\x01b')),
  refused('a vertical tab before the colon', request('GET /a', 'X\x0b: b')),
  refused('a field without a colon', request('GET /a', 'Nonsense')),
  refused('a first line that is folded', 'GET /a HTTP/1.1\r\n X: y\r\nHost: edge.example\r\n\r\n'),
  clearOrRefused('a head with LF alone at all ends', 'GET /a HTTP/1.1\nHost: edge.example\n\n', ''),
  clearOrRefused(
    'LF alone before a framing field',
    `POST /a HTTP/1.1\r\nHost: edge.example\r\nX: y\nContent-Length: 2\r\n\r\nhi`,
    'hi',
  ),
  clearOrRefused(
    'a head that ends with LF alone',
    'GET /a HTTP/1.1\r\nHost: edge.example\r\n\n',
    '',
  ),
  clearOrRefused('a folded field', request('GET /a', 'X: a', ' b', '\tc'), ''),
  clearOrRefused(
    'a field folded around a framing field',
    post(['X: a', ' Content-Length: 40', 'Content-Length: 2'], 'hi'),
    'hi',
  ),
  clearOrRefused('empty lines before the request', `\r\n\r\n${request('GET /a')}`, ''),
  ...[
    ['a tab behind the method', 'GET\t/a HTTP/1.1'],
    ['a blank in the target', 'GET /a b HTTP/1.1'],
    ['a tab in the target', 'GET /a\tb HTTP/1.1'],
    ['HTTP/1.2', 'GET /a HTTP/1.2'],
    ['HTTP/11.1', 'GET /a HTTP/11.1'],
    ['HTTP/1.1x', 'GET /a HTTP/1.1x'],
    ['http/1.1 in lower case', 'GET /a http/1.1'],
    ['another protocol', 'GET /a ICE/1.0'],
    ['a method in lower case', 'get /a HTTP/1.1'],
    ['a method that nobody knows', 'SMUGGLE /a HTTP/1.1'],
    ['an empty method', ' /a HTTP/1.1'],
    ['the preface of HTTP/2', 'PRI * HTTP/2.0'],
  ].map(([title = '', line = '']) => refused(title, `${line}\r\nHost: edge.example\r\n\r\n`)),
  clearOrRefused(
    'a second blank behind the method',
    'GET  /a HTTP/1.1\r\nHost: edge.example\r\n\r\n',
    '',
  ),
  // Node reads the oldest versions still; what goes on is HTTP/1.1, and the connection ends.
  ...['GET /a', 'GET /a HTTP/0.9'].map(line =>
    probe(`${line} is one request in one clear form`, async (t, { port, app }) => {
      const { messages } = await talk(port, `${line}\r\nHost: edge.example\r\n\r\n`)
      t.strictSame(messages.map(statusOf), [200])
      t.strictSame(
        app.messages().map(({ start }) => start),
        ['GET /a HTTP/1.1'],
      )
      unambiguous(t, app)
    }),
  ),
  refused('a handshake of TLS', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n'),

  // Bodies that are dropped (E4) leave no bytes behind for the next request.
  ...['GET', 'DELETE', 'OPTIONS', 'TRACE'].flatMap(method => [
    served(
      `a request in the body of a ${method} with a length`,
      post([`Content-Length: ${hidden.length}`], hidden, `${method} /a`),
      { start: `${method} /a`, lacks: ['content-length', 'transfer-encoding'] },
    ),
    served(
      `a request in the chunked body of a ${method}`,
      post([chunked], `${hidden.length.toString(16)}\r\n${hidden}\r\n0\r\n\r\n`, `${method} /a`),
      { start: `${method} /a`, lacks: ['transfer-encoding'] },
    ),
  ]),
  ...['GET', 'DELETE', 'OPTIONS'].map(method =>
    probe(`AcceptAllContent: the chunked body of a ${method} stays a body`, async t => {
      const { port, app } = await openStage(t, {
        config: port => edgeConfig([{ port }], { settings: { acceptAllContent: true } }),
      })
      const chunks = `${hidden.length.toString(16)}\r\n${hidden}\r\n0\r\n\r\n`
      const { messages } = await talk(port, post([chunked], chunks, `${method} /a`) + last)
      t.strictSame(messages.map(statusOf), [200, 200])
      t.strictSame(
        app.messages().map(({ body }) => body),
        [hidden],
      )
      unambiguous(t, app)
    }),
  ),

  // A body that turns out wrong when it is on its way
  probe('CVE-2022-22720: a body that breaks on its way ends both connections', async (t, stage) => {
    const { port, app, edge } = stage
    const first = 'x'.repeat(100_000)
    const { messages } = await talk(
      port,
      post([chunked], `${first.length.toString(16)}\r\n${first}\r\nzz\r\n${hidden}`) + last,
    )
    t.notOk(messages.some(message => statusOf(message) === 200))
    await eventually(() => edge.counters().running === 0)
    t.strictSame(app.messages(), [], 'the server never sees a whole request')
    t.notMatch(app.text(), /hidden|zz\r\n/)
    const { messages: after } = await talk(port, request('GET /after') + last)
    t.strictSame(
      after.map(({ body }) => body),
      ['/after', '/last'],
    )
  }),
  probe(
    'CVE-2008-5519: a length without its body leaves nothing for the next client',
    async (t, stage) => {
      const { port, app, edge } = stage
      await talk(port, post(['Content-Length: 500000'], 'x'.repeat(200_000)), { hangUp: true })
      await eventually(() => edge.counters().running === 0)
      t.strictSame(app.messages(), [])
      const { messages } = await talk(port, request('GET /after') + last)
      t.strictSame(
        messages.map(({ body }) => body),
        ['/after', '/last'],
      )
      t.strictSame(valuesOf(app.messages()[0], 'content-length'), [])
    },
  ),
  probe(
    'more bytes than the length are the next request, and refused if they are none',
    async (t, stage) => {
      const { port, app } = stage
      const { messages } = await talk(port, `${post(['Content-Length: 2'], 'hiJUNK')}\r\n\r\n`)
      t.ok(messages.every(message => [200, 400].includes(statusOf(message))))
      t.ok(app.messages().every(({ body }) => body === 'hi'))
      t.notMatch(app.text(), /JUNK/)
    },
  ),
]

/** The beginning may be on its way when the body turns out to be broken; no server ever sees a whole request. */
function brokenBody(title: string, body: string): Case {
  return {
    title: `${title} ends the request`,
    run: async (t, { port, app }) => {
      const { messages } = await talk(port, post([chunked], body) + last)
      t.notOk(
        messages.some(message => statusOf(message) < 400),
        'no answer but a refusal',
      )
      t.strictSame(app.messages(), [])
      t.notMatch(app.text(), /last/)
    },
  }
}
